"""Parcels as a table, and the faults that can be put into it.

A fault is a function of (table, random). It changes the table, and answers the numbers of the rows that it broke and what
a right validation says: a list of (rule, column, rows), with None for the rows of a rule on the whole file. For the
faults of ROWS_COUNTED this list is complete.
"""

import csv
import io
from datetime import datetime, timedelta, timezone

import gen_parcels

HEADER = gen_parcels.COLUMNS.split(",")
ENUMS = {"depot": "ABCDEF", "tier": list(gen_parcels.TIERS), "weather": list(gen_parcels.WEATHERS)}
FRENCH = {"clear": "dégagé", "rain": "averse mêlée", "snow": "neige tassée", "storm": "tempête"}


def text_of(time):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def time_of(text):
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)


class Table:
    """The rows of a file as lists of text, and the time at which it is looked at."""

    def __init__(self, seed, n, start="2026-01-05", days=14, age_h=6, drift=None, labelled=True):
        """age_h: hours between the end of the period and now. labelled: what was delivered by now has its label."""
        first = datetime.fromisoformat(start).replace(tzinfo=timezone.utc)
        self.now = first + timedelta(days=days, hours=age_h)
        known = (self.now - first).total_seconds() if labelled else -1
        lines = gen_parcels.rows(seed, n, first, days, drift or {}, known)
        self.header = list(HEADER)
        self.rows = [line.rstrip("\n").split(",") for line in lines]
        self.encoding = "utf-8"

    def place(self, column):
        return self.header.index(column)

    def get(self, row, column):
        return self.rows[row][self.place(column)]

    def set(self, row, column, value):
        self.rows[row][self.place(column)] = value

    def change(self, rows, column, value_of):
        """Replaces a field of some rows by value_of(its text)."""
        for row in rows:
            self.set(row, column, value_of(self.get(row, column)))

    def some(self, random, share=0.05, where=lambda row: True):
        """Numbers of about that share of the rows, three where there are so many, in the order of the file."""
        fitting = [number for number in range(len(self.rows)) if where(number)]
        count = max(3, int(len(fitting) * share * (0.6 + 0.8 * random.random())))
        return sorted(random.sample(fitting, min(count, len(fitting))))

    def bytes(self):
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows([self.header, *self.rows])
        return out.getvalue().encode(self.encoding)


# ---- faults ----


def null_burst(table, random):
    column = random.choice(["weather", "weight_kg", "distance_km", "stops", "tier"])
    rows = table.some(random, 0.1)
    table.change(rows, column, lambda text: "")
    return rows, [("nulls", column, len(rows))]


def enum_typo(table, random):
    column = random.choice(["depot", "tier", "weather"])
    value = random.choice(ENUMS[column])
    spoil = random.choice([str.swapcase, lambda text: text + " ", lambda text: text + text[-1]])
    rows = table.some(random, 0.3, lambda row: table.get(row, column) == value)
    table.change(rows, column, spoil)
    return rows, [("enum", column, len(rows))]


def duplicate_key(table, random):
    """An export that was tried twice: some rows come again at the end."""
    again = [list(table.rows[row]) for row in table.some(random, 0.04)]
    table.rows += again
    rows = list(range(len(table.rows) - len(again), len(table.rows)))
    return rows, [("unique", "parcel_id", len(rows))]


def future_date(table, random):
    rows = table.some(random, 0.01, lambda row: table.get(row, "delivered_at") == "")
    later = lambda text: text_of(table.now + timedelta(hours=random.randint(2, 9000)))
    table.change(rows, "created_at", later)
    return rows, [("future", "created_at", len(rows))]


def stale_file(table, random):
    table.now += timedelta(hours=random.randint(72, 240))
    return [], [("fresh", "created_at", None)]


def renamed_column(table, random):
    column, name = random.choice([("weight_kg", "weight"), ("distance_km", "distance"), ("created_at", "accepted_at")])
    table.header[table.place(column)] = name
    return [], [("header", None, None)]


def changed_type(table, random):
    column = random.choice(["weight_kg", "created_at", "stops"])
    spoil = {
        "weight_kg": lambda text: text + " kg",
        "created_at": lambda text: time_of(text).strftime("%d/%m/%Y %H:%M"),
        "stops": lambda text: random.choice(["few", "some", "many"]),
    }
    rows = table.some(random, 0.5)
    table.change(rows, column, spoil[column])
    return rows, [("type", column, len(rows))]


def negative_weight(table, random):
    rows = table.some(random, 0.02)
    table.change(rows, "weight_kg", lambda text: "-" + text)
    return rows, [("range", "weight_kg", len(rows))]


def header_only(table, random):
    table.rows = []
    return [], [("row-count", None, None)]


def swapped_columns(table, random):
    """Two columns whose values changed places; the header did not."""
    first, second = random.choice([("weight_kg", "distance_km"), ("stops", "distance_km")])
    for row in range(len(table.rows)):
        one, other = table.get(row, first), table.get(row, second)
        table.set(row, first, other)
        table.set(row, second, one)
    return [], [("median", "distance_km", None)]


def delivered_early(table, random):
    rows = table.some(random, 0.03, lambda row: table.get(row, "delivered_at") != "")
    for row in rows:
        early = time_of(table.get(row, "created_at")) - timedelta(minutes=random.randint(20, 1200))
        table.set(row, "delivered_at", text_of(early))
    return rows, [("order", "delivered_at", len(rows))]


def lost_rows(table, random):
    table.rows = table.rows[-random.randint(8, 35) :]
    return [], [("row-count", None, None)]


def wrong_encoding(table, random):
    """The terminals of one depot write French, in an encoding of the last century."""
    depot = random.choice("ABCDE")
    rows = [row for row in range(len(table.rows)) if table.get(row, "depot") == depot]
    table.change(rows, "weather", lambda text: FRENCH[text])
    table.encoding = "cp1252"
    return [], [("encoding", None, None)]


def wrong_promise(table, random):
    tier = random.choice(list(gen_parcels.PROMISED_H))
    promised = random.choice([hours for name, hours in gen_parcels.PROMISED_H.items() if name != tier])
    rows = table.some(random, 0.2, lambda row: table.get(row, "tier") == tier)
    table.change(rows, "promised_h", lambda text: str(promised))
    return rows, [("promise", "promised_h", len(rows))]


def grams(table, depot):
    """The scales of one depot were set to grams."""
    rows = [row for row in range(len(table.rows)) if table.get(row, "depot") == depot]
    table.change(rows, "weight_kg", lambda text: f"{float(text) * 1000:.0f}")
    return rows, [("median", "weight_kg", None), ("range", "weight_kg", len(rows))]


def heavy(table, depot):
    """The scales of one depot show five times as much, and never more than they can."""
    rows = [row for row in range(len(table.rows)) if table.get(row, "depot") == depot]
    table.change(rows, "weight_kg", lambda text: f"{min(float(text) * 5, 60):.2f}")


FAULTS = {
    "null-burst": null_burst,
    "enum-typo": enum_typo,
    "duplicate-key": duplicate_key,
    "future-date": future_date,
    "stale-file": stale_file,
    "renamed-column": renamed_column,
    "changed-type": changed_type,
    "negative-weight": negative_weight,
    "header-only": header_only,
    "swapped-columns": swapped_columns,
    "delivered-early": delivered_early,
    "lost-rows": lost_rows,
    "wrong-encoding": wrong_encoding,
    "wrong-promise": wrong_promise,
}
ROWS_COUNTED = [
    "null-burst", "enum-typo", "duplicate-key", "negative-weight", "delivered-early", "wrong-promise", "changed-type",
    "future-date",
]  # fmt: skip

# Fields as they may not be, and the one rule that says so.
SPOILT = [
    ("parcel_id", "", "nulls"),
    ("parcel_id", "P1", "type"),
    ("created_at", "", "nulls"),
    ("created_at", "yesterday", "type"),
    ("depot", "", "nulls"),
    ("depot", "Z", "enum"),
    ("tier", "premium", "enum"),
    ("weight_kg", "", "nulls"),
    ("weight_kg", "2,5", "type"),
    ("distance_km", "60000", "range"),
    ("stops", "2.5", "type"),
    ("stops", "0", "range"),
    ("promised_h", "", "nulls"),
    ("promised_h", "two days", "type"),
    ("late", "2", "type"),
    ("delivered_at", "2026-02-30T08:00:00Z", "type"),
]


def spoil_all(table, random):
    """Every field of SPOILT in two rows of its own."""
    rows = random.sample(range(len(table.rows)), 2 * len(SPOILT))
    for number, row in enumerate(rows):
        column, value, _ = SPOILT[number // 2]
        table.set(row, column, value)
    return sorted(rows), [(rule, column, 2) for column, _, rule in SPOILT]
