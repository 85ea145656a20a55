"""Writes a state folder and windows of every kind, all far from every bound of the policy.

    gen.py --seed N --out FOLDER

FOLDER/state holds champion.json, baseline.csv, baseline.json and policy.json. The windows are FOLDER/KIND-NUMBER.csv:

    clean     as the baseline
    moved     heavier parcels, and another truth: drift, and a low AUC
    concept   another truth only: no drift, and a low AUC
    heavy     heavier parcels only: drift, and a candidate that gains nothing
    noise     as moved, with labels that were drawn from a hat
    broken    as clean, each with one fault

What is drawn is measured, and drawn again until it is clear, so that no verdict hangs on a digit.
"""

import argparse
import csv
import io
import json
from math import log
from pathlib import Path
from random import Random

import gen_parcels
import latemodel
import numpy as np

POLICY = {
    "drift_columns": ["weight_kg", "distance_km", "stops", "depot", "tier", "weather"],
    "min_rows": 500,
    "max_drift": 0.2,
    "min_auc": 0.71,
    "sustain": 3,
    "cooldown_days": 5,
    "train_windows": 3,
    "gate": {"min_gain": 0.02, "min_auc": 0.62},
}
ROWS = 600
BASELINE_ROWS = 1500
CHAMPION_ROWS = 6000
NUMERIC = {"weight_kg", "distance_km", "stops"}
CONCEPT, HEAVY = {"concept": 1.0}, {"weight_shift": 1.0}
KINDS = {
    "clean": (6, {}),
    "moved": (6, CONCEPT | HEAVY),
    "concept": (3, CONCEPT),
    "heavy": (3, HEAVY),
    "noise": (5, CONCEPT | HEAVY),
}
MOST_DRAWS = 200


def parcels(random, n, drift):
    seed, start = random.randrange(2**31), gen_parcels.parse_time("2026-01-05", "start")
    text = gen_parcels.COLUMNS + "\n" + "".join(gen_parcels.rows(seed, n, start, 28, drift, None))
    return list(csv.DictReader(io.StringIO(text)))


# ---- what a right loop measures ----


def auc(model, rows):
    """By Mann and Whitney: the share of pairs that are in the right order."""
    scores, late = np.array(latemodel.scores(model, rows)), np.array([row["late"] == "1" for row in rows])
    apart = scores[late][:, None] - scores[~late][None, :]
    return float((apart > 0).mean() + (apart == 0).mean() / 2)


def drift(baseline, window):
    return max(psi(baseline, window, column) for column in POLICY["drift_columns"])


def psi(baseline, window, column):
    before, now = ([row[column] for row in rows] for rows in (baseline, window))
    if column in NUMERIC:
        before, now = np.array(before, float), np.array(now, float)
        edges = np.unique(np.quantile(before, np.arange(1, 10) / 10, method="inverted_cdf"))
        before, now = np.searchsorted(edges, before, "right").tolist(), np.searchsorted(edges, now, "right").tolist()
    pairs = [[max(part.count(key) / len(part), 1e-4) for part in (before, now)] for key in set(before) | set(now)]
    return sum((new - old) * log(new / old) for old, new in pairs)


def gains(champion, windows):
    """(candidate's AUC, its gain) of a training on windows."""
    rows = [row for window in windows for row in window]
    candidate = latemodel.fit([row for place, row in enumerate(rows) if place % 3 != 2], latemodel.PLAIN_TERMS)
    found = auc(candidate, rows[2::3])
    return found, found - auc(champion, rows[2::3])


# ---- drawing until it is clear ----


def is_clear(kind, model, baseline, window):
    far, found = drift(baseline, window), auc(model, window)
    if kind == "clean":
        return far <= 0.12 and found >= POLICY["min_auc"] + 0.02
    if kind == "concept":
        return far <= 0.12 and found <= POLICY["min_auc"] - 0.02
    return far >= 0.4 and (kind == "heavy" or found <= POLICY["min_auc"] - 0.02)


def draw(random, kind, count, drift_of, champion, baseline):
    windows = []
    for _ in range(MOST_DRAWS):
        window = parcels(random, ROWS, drift_of)
        if kind == "noise":
            labels = [row["late"] for row in window]
            random.shuffle(labels)
            window = [{**row, "late": label} for row, label in zip(window, labels)]
        if is_clear(kind, champion, baseline, window):
            windows.append(window)
        if len(windows) == count:
            return windows
    raise SystemExit(f"no draw of {kind} is clear enough")


def trains_well(champion, windows):
    """Whether every training on the last one to three windows passes the gate, and the rest is calm after three."""
    for last in range(len(windows)):
        for first in range(max(0, last - 2), last + 1):
            found, gain = gains(champion, windows[first : last + 1])
            if found < POLICY["gate"]["min_auc"] + 0.02 or gain < POLICY["gate"]["min_gain"] + 0.01:
                return False
    rows = [row for window in windows[:3] for row in window]
    renewed = latemodel.fit([row for place, row in enumerate(rows) if place % 3 != 2], latemodel.PLAIN_TERMS)
    return all(is_clear("clean", renewed, rows, window) for window in windows[3:])


def trains_badly(champion, windows):
    """Whether no training on the last one to three windows passes the gate."""
    for last in range(len(windows)):
        for first in range(max(0, last - 2), last + 1):
            found, gain = gains(champion, windows[first : last + 1])
            if found > POLICY["gate"]["min_auc"] - 0.01 and gain > POLICY["gate"]["min_gain"] - 0.01:
                return False
    return True


def world(random):
    champion = latemodel.fit(parcels(random, CHAMPION_ROWS, {}), latemodel.ISLAND_TERMS)
    baseline = parcels(random, BASELINE_ROWS, {})
    windows = {}
    for kind, (count, drift_of) in KINDS.items():
        asks = {"moved": trains_well, "concept": trains_well, "heavy": trains_badly, "noise": trains_badly}.get(kind)
        for _ in range(MOST_DRAWS):
            windows[kind] = draw(random, kind, count, drift_of, champion, baseline)
            if asks is None or asks(champion, windows[kind]):
                break
        else:
            raise SystemExit(f"no draw of {kind} trains as it should")
    return champion, baseline, windows


# ---- faults ----


def broken(random):
    """Windows with one fault each: some weights in grams, labels that are missing, parcels that came twice."""
    windows = [parcels(random, ROWS, {}) for _ in range(3)]
    for place in random.sample(range(ROWS), 150):
        windows[0][place]["weight_kg"] = f"{float(windows[0][place]['weight_kg']) * 1000:.2f}"
        windows[1][place]["late"] = ""
    for place in random.sample(range(1, ROWS), 20):
        windows[2][place] = windows[2][place - 1]
    return windows


def text_of(rows):
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    random = Random(arguments.seed)
    champion, baseline, windows = world(random)
    windows["broken"] = broken(random)
    state = arguments.out / "state"
    state.mkdir(parents=True, exist_ok=True)
    sha = latemodel.model_sha(champion)
    (state / "champion.json").write_text(json.dumps(champion, indent=2) + "\n")
    (state / "baseline.csv").write_text(text_of(baseline))
    (state / "baseline.json").write_text(json.dumps({"champion": sha}) + "\n")
    (state / "policy.json").write_text(json.dumps(POLICY, indent=2) + "\n")
    for kind, found in windows.items():
        for number, rows in enumerate(found, 1):
            (arguments.out / f"{kind}-{number}.csv").write_text(text_of(rows))


if __name__ == "__main__":
    main()
