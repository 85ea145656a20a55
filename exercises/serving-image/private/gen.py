"""Writes parcels, with the scores that the model gives them.

    gen.py --seed N --model TEXT --out FILE

FILE is a JSON list of {"parcel": {column: value}, "score": number, "late": true or false}.
"""

import argparse
import csv
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import gen_parcels
import latemodel

GIVEN = ["created_at", "depot", "tier", "weight_kg", "distance_km", "stops", "weather"]
NUMBERS = {"weight_kg": float, "distance_km": float, "stops": int}
PARCELS = 200
SHOWN = 6


def parcels(seed):
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "parcels.csv")
        words = ["--seed", str(seed), "--n", str(PARCELS), "--out", str(out)]
        subprocess.run([sys.executable, gen_parcels.__file__, *words], check=True)
        with open(out, encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))


def as_sent(row):
    return {name: NUMBERS.get(name, str)(row[name]) for name in GIVEN}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--out", required=True)
    asked = parser.parse_args()
    model = latemodel.parse(asked.model)
    rows = parcels(asked.seed)
    ranked = sorted(zip(latemodel.scores(model, rows), range(len(rows))))
    picked = [ranked[place * (len(ranked) - 1) // (SHOWN - 1)] for place in range(SHOWN)]  # from the lowest score to the highest
    cases = [{"parcel": as_sent(rows[i]), "score": score, "late": score >= model["threshold"]} for score, i in picked]
    Path(asked.out).write_text(json.dumps(cases), encoding="utf-8")


if __name__ == "__main__":
    main()
