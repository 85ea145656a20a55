"""Writes what the checks send and what a right service answers.

    gen.py --seed N --out FOLDER

FOLDER holds

    models.json   [{text, sha, threshold}]: two models, and the first again in another layout
    rows.json     250 parcels, as they are sent
    scores.json   [[score of each parcel] of the first and the second model]
    ask.py        the client, which the checks run beside the service
"""

import argparse
import csv
import json
import shutil
from datetime import datetime, timezone
from pathlib import Path
from random import Random

import gen_parcels
import latemodel

ROWS = 250
START = datetime(2026, 2, 2, tzinfo=timezone.utc)
FIELDS = {"created_at": str, "depot": str, "tier": str, "weight_kg": float, "distance_km": float, "stops": int, "weather": str}
COEFFICIENTS = {
    "distance_km": 0.005, "weight_kg": 0.05, "stops": 0.12, "tier=economy": -0.4, "tier=express": 0.7, "hour>=17": 0.6,
    "weather=rain": 0.5, "weather=snow": 1.1, "weather=storm": 1.8, "depot=B": 0.3, "depot=C": -0.3, "depot=F": 2.4,
    "depot=F*distance_km": -0.015,
}


def model(random):
    terms = {term: round(value * random.uniform(0.6, 1.4), 9) for term, value in COEFFICIENTS.items()}
    return {"format": "late-json-1", "intercept": round(random.uniform(-3.4, -2.6), 9), "terms": terms,
            "threshold": round(random.uniform(0.25, 0.6), 3)}


def shuffled(random, value):
    """The same object with its keys in another order."""
    keys = list(value)
    random.shuffle(keys)
    return {key: shuffled(random, value[key]) if isinstance(value[key], dict) else value[key] for key in keys}


def parcels(random):
    lines = gen_parcels.rows(random.randrange(2**31), ROWS, START, 28, {}, None)
    rows = csv.DictReader([gen_parcels.COLUMNS + "\n", *lines])
    return [{name: kind(row[name]) for name, kind in FIELDS.items()} for row in rows]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    random = Random(arguments.seed)
    models, rows = [model(random), model(random)], parcels(random)
    texts = [json.dumps(shuffled(random, models[0]), indent=2), json.dumps(models[1]),
             latemodel.canonical(models[0]) + "\n"]
    listed = [{"text": text, "sha": latemodel.model_sha(one), "threshold": one["threshold"]}
              for text, one in zip(texts, [*models, models[0]])]
    arguments.out.mkdir(exist_ok=True)
    for name, value in (("models", listed), ("rows", rows), ("scores", [latemodel.scores(one, rows) for one in models])):
        (arguments.out / f"{name}.json").write_text(json.dumps(value), encoding="utf-8")
    shutil.copy(Path(__file__).with_name("ask.txt"), arguments.out / "ask.py")


main()
