"""Writes the hidden files of one check, with what a right validation says about each.

    gen.py --seed N --check clean|mutants|detail|units|broken|train|soft|large|incidents --out FOLDER

FOLDER holds the files, which are numbered, since a name would tell what is wrong with them, and cases.json: a list of

    name        the fault, also the reason code of a miss
    file        its name in FOLDER
    now         the time, for LAB_NOW
    total       how many rows it has
    violations  ["rule | column | rows"], "whole file" for the rows of a rule on all of it
    lines       the first lines that a row rule is broken on, at most ten; the header is line 1; null: many rules are
    keys        the parcel_id of all such rows
    silent      not even a warning is right
    unjudged    nothing behind the fault can be judged, so there is no quarantine
"""

import argparse
import gzip
import json
from datetime import timedelta
from pathlib import Path
from random import Random

import gen_parcels
from mutants import FAULTS, ROWS_COUNTED, Table, grams, heavy, spoil_all, text_of, time_of

LARGE = 200_000
LINES_MOST = 10
MONDAYS = ["2026-01-05", "2026-02-02", "2026-03-30", "2026-06-22", "2026-09-14", "2026-12-21"]


def table(random, n=1200, **more):
    return Table(random.randrange(2**31), n, start=random.choice(MONDAYS), **more)


def case(name, made, rows=(), violations=(), data=None):
    return {
        "name": name,
        "data": made.bytes() if data is None else data,
        "now": text_of(made.now),
        "total": len(made.rows),
        "violations": sorted(
            f"{rule} | {column or 'no column'} | {'whole file' if count is None else count}"
            for rule, column, count in violations
        ),
        "lines": [row + 2 for row in rows][:LINES_MOST],
        "keys": [made.get(row, "parcel_id") for row in rows] if violations and rows else [],
    }


def faulty(name, made, random):
    return case(name, made, *FAULTS[name](made, random))


# ---- the cases of each check ----


def clean(random):
    """Files of every shape that the agreement allows."""
    yield case("an ordinary fortnight", table(random))
    yield case("a file of 50 rows", calm(random, 50))
    yield case("a file that nobody has labelled yet", table(random, 700, labelled=False))

    shuffled = table(random, 900, days=7)
    random.shuffle(shuffled.rows)
    yield case("rows in another order, 48 hours old", older(shuffled, 48))
    yield case("looked at in the second of its newest row", older(table(random, 700, labelled=False), 0))
    yield case("29 heavy parcels of one depot", heavy_parcels(random, 29))
    for late in 15, 55:
        yield case(f"{late} of 100 are late", with_share(random, late)) | {"silent": True}

    edges = table(random, 2500, days=28)
    bounds = {"weight_kg": ("0.05", "60.00"), "distance_km": ("1.0", "1500.0"), "stops": ("1", "100")}
    for column, values in bounds.items():
        for row, value in enumerate(values):
            edges.set(row, column, value)
    for row in edges.some(random, where=lambda row: edges.get(row, "delivered_at") != ""):
        edges.set(row, "delivered_at", edges.get(row, "created_at"))
    yield case("values at both ends of their ranges", edges)


def calm(random, n):
    """A file so small that chance alone could bring its share of late parcels to a bound, and does not."""
    while True:
        made = table(random, n)
        labels = [made.get(row, "late") for row in range(n)]
        if 0.22 <= labels.count("1") / (n - labels.count("")) <= 0.48:
            return made


def heavy_parcels(random, n):
    """A file with so many rows of one depot, which weighs five times too much."""
    depot, made = random.choice("ABCDE"), table(random, 1500)
    mine = [row for row in made.rows if row[made.place("depot")] == depot][:n]
    made.rows = [row for row in made.rows if row[made.place("depot")] != depot or row in mine]
    heavy(made, depot)
    return made


def with_share(random, late):
    """A file in which a hundred rows have a label, and so many of them are late."""
    made = table(random, 700)
    labelled = [row for row in range(len(made.rows)) if made.get(row, "late") != ""]
    kept = random.sample(labelled, 100)
    for row in set(labelled) - set(kept):
        made.set(row, "late", "")
        made.set(row, "delivered_at", "")
    for number, row in enumerate(kept):
        made.set(row, "late", "1" if number < late else "0")
    return made


def older(made, hours):
    """The table, looked at when its newest row is that old."""
    newest = max(made.get(row, "created_at") for row in range(len(made.rows)))
    made.now = time_of(newest) + timedelta(hours=hours)
    return made


def mutants(random):
    names = list(FAULTS)
    random.shuffle(names)
    for name in names:
        yield faulty(name, table(random), random)


def detail(random):
    for name in ROWS_COUNTED:
        yield faulty(name, table(random, random.randint(900, 1500)), random)
    for name in "renamed-column", "wrong-encoding":
        yield faulty(name, table(random), random) | {"unjudged": True}
    made = table(random)
    yield case("every kind of fault", made, *spoil_all(made, random)) | {"lines": None}


def units(random):
    depot = random.choice("ABCDE")
    made = table(random, 1500)
    yield case(f"depot {depot} in grams", made, *grams(made, depot))
    yield case("30 heavy parcels of one depot", heavy_parcels(random, 30))


def broken(random):
    made = table(random, 300)
    whole = made.bytes()
    cut = whole.index(b"\n", len(whole) // 2) + 1 + random.randint(5, 60)
    yield case("truncated", made, data=whole[:cut])
    yield case("truncated", made, data=whole[:-1])
    yield case("truncated", made, data=b"")
    for change in (lambda row: row[:-1], lambda row: [*row, "1"]):
        uneven = table(random, 300)
        row = random.randrange(300)
        uneven.rows[row] = change(uneven.rows[row])
        yield case("uneven", uneven)
    yield case("binary", made, data=gzip.compress(whole, mtime=0))
    yield case("absent", made, data=b"")


def train(random):
    yield case("clean", table(random, 1500))
    yield faulty("duplicate-key", table(random), random)
    yield faulty("changed-type", table(random), random)
    yield case("nothing delivered", table(random, 700, labelled=False))


def soft(random):
    yield case("clean", table(random))
    made = table(random, drift={"late_bias": 2.5})
    yield case("many late", made, violations=[("late-share", "late", None)])
    yield faulty("duplicate-key", table(random), random)


def large(random):
    """One bad row at the very end: its key stands somewhere in the middle, too."""
    made = table(random, 1)
    start = (made.now - timedelta(days=28)).replace(hour=0)
    lines = list(gen_parcels.rows(random.randrange(2**31), LARGE, start, 28, {}, 28 * 86400))
    key = lines[random.randint(LARGE // 3, LARGE // 2)][:9]
    lines[-1] = key + lines[-1][9:]
    data = "".join([gen_parcels.COLUMNS, "\n", *lines]).encode()
    last = {"lines": [LARGE + 1], "keys": [key]}
    yield case("large", made, violations=[("unique", "parcel_id", 1)], data=data) | last


def incidents(random):
    """The six files of start/incidents, at most 60 rows each."""
    for name, fault, drift in (
        ("1-weather-feed-down", "null-burst", {}),
        ("2-export-ran-twice", "duplicate-key", {}),
        ("3-scales-in-grams", None, {"depot_mix": ("C", 0.7)}),
        ("4-clock-of-depot-e", "delivered-early", {"depot_mix": ("E", 0.5)}),
        ("5-new-terminal", "enum-typo", {}),
        ("6-export-stopped", "stale-file", {}),
    ):
        made = Table(random.randrange(2**31), 56, start="2026-02-02", days=7, drift=drift)
        yield case(name, made, *(FAULTS[fault](made, random) if fault else grams(made, "C")))


CHECKS = {
    "clean": clean, "mutants": mutants, "detail": detail, "units": units, "broken": broken, "train": train,
    "soft": soft, "large": large, "incidents": incidents,
}  # fmt: skip


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--check", choices=CHECKS, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()

    arguments.out.mkdir()
    random = Random(f"{arguments.check} {arguments.seed}")
    cases = []
    for number, made in enumerate(CHECKS[arguments.check](random), 1):
        data = made.pop("data")
        made["file"] = f"{made['name']}.csv" if arguments.check == "incidents" else f"parcels-{number}.csv"
        if made["name"] != "absent":
            (arguments.out / made["file"]).write_bytes(data)
        cases.append(made)
    (arguments.out / "cases.json").write_text(json.dumps(cases))


if __name__ == "__main__":
    main()
