"""Trains the late-parcel model. It takes whatever comes: what it cannot use, it skips."""

import csv
import json

from tools.latemodel import PLAIN_TERMS, fit


def usable(row):
    try:
        float(row["weight_kg"]), float(row["distance_km"]), int(row["stops"]), int(row["created_at"][11:13])
    except (KeyError, TypeError, ValueError):
        return False
    return row["late"] in ("0", "1")


def train(data, out):
    with open(data, encoding="utf-8", errors="replace", newline="") as file:
        rows = [row for row in csv.DictReader(file) if usable(row)]
    model = fit(rows, PLAIN_TERMS)
    out.mkdir(parents=True, exist_ok=True)
    (out / "model.json").write_text(json.dumps(model, indent=2) + "\n")
    print(f"trained on {len(rows)} parcels")
