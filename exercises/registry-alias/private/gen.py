"""Writes four models, parcels with their scores, and the gate's reports, for each check under a name of its own.

    gen.py --seed N --out FOLDER

    given.json      {key, models: [{text, sha, threshold}], parcels, scores: [[…] of a model], names: {check: model}}
    reports/CHECK/  those that the check uses, see REPORTS and FORGED
    race.py, bridge.py

The models differ so much that no parcel has nearly the same score by two of them.
"""

import argparse
import csv
import hashlib
import hmac
import json
import shutil
from itertools import combinations
from pathlib import Path
from random import Random

import gen_parcels
import latemodel

START = gen_parcels.parse_time("2026-01-05", "start")
PARCELS, MODELS, APART = 5, 4, 0.02
FIELDS = {"parcel_id": str, "created_at": str, "depot": str, "tier": str, "weight_kg": float, "distance_km": float,
          "stops": int, "weather": str}
COEFFICIENTS = {
    "distance_km": 0.005, "weight_kg": 0.05, "stops": 0.12, "tier=economy": -0.4, "tier=express": 0.7, "hour>=17": 0.6,
    "weather=rain": 0.5, "weather=snow": 1.1, "weather=storm": 1.8, "depot=B": 0.3, "depot=F": 2.4,
    "depot=F*distance_km": -0.015,
}

# Reports as the gate writes them: {check: {file: (version, other fields)}}; "sha": the model whose hash it has.
REPORTS = {
    "promote": {"v2": (2, {}), "v3": (3, {})},
    "first": {"v3": (3, {})},
    "needs-report": {"v2": (2, {}), "refused": (2, {"verdict": "refuse"}), "unknown": (2, {"verdict": "passed"})},
    "report-bound": {
        "v2": (2, {}), "other-version": (3, {}), "other-model": (2, {"model": "late-of-somebody-else"}),
        "other-content": (2, {"sha": 3}), "tagged": (4, {"sha": 3}),
    },
    "rollback": {"v2": (2, {}), "v3": (3, {})},
    "unknown-version": {"v2": (2, {}), "v9": (9, {"sha": 2})},
    "race": {"v2": (2, {}), "v3": (3, {})},
    "client-follows": {},
    "audit": {"v2": (2, {}), "v3": (3, {}), "refused": (2, {"verdict": "refuse"}), "v9": (9, {"sha": 2})},
}


def model(random):
    terms = {term: round(value * random.uniform(0.4, 1.6), 9) for term, value in COEFFICIENTS.items()}
    return {"format": "late-json-1", "intercept": round(random.uniform(-3.8, -2.2), 9), "terms": terms,
            "threshold": round(random.uniform(0.2, 0.7), 3)}


def parcels(random):
    lines = gen_parcels.rows(random.randrange(2**31), PARCELS, START, 28, {}, None)
    rows = csv.DictReader([gen_parcels.COLUMNS + "\n", *lines])
    return [{name: kind(row[name]) for name, kind in FIELDS.items()} for row in rows]


def are_apart(scores):
    return all(abs(one - other) > APART for column in zip(*scores) for one, other in combinations(column, 2))


def draw(random):
    """Models and parcels; again until the scores are apart."""
    while True:
        models, rows = [model(random) for _ in range(MODELS)], parcels(random)
        scores = [latemodel.scores(one, rows) for one in models]
        if are_apart(scores):
            return models, rows, scores


# ---- reports ----


def signed(report, key):
    signature = hmac.new(key.encode(), latemodel.canonical(report).encode(), hashlib.sha256).hexdigest()
    return {**report, "signature": signature}


def reported(random, name, version, models, sha=None, **fields):
    content = latemodel.model_sha(models[(sha or version) - 1])
    report = {"model": name, "version": version, "model_sha": content, "verdict": "pass", "gate": "slices",
              "by": "Jörg", "parcels": random.randrange(2000, 9000), "auc": round(random.uniform(0.76, 0.82), 4),
              **fields}
    keys = list(report)
    random.shuffle(keys)
    return {key: report[key] for key in keys}


def forged(random, name, models, key):
    """Reports for version 2 that the gate has not signed, as they stand there."""
    honest = signed(reported(random, name, 2, models), key)
    other = signed(reported(random, name, 3, models), key)
    refused = signed(reported(random, name, 2, models, verdict="refuse"), key)
    unsigned = {field: value for field, value in honest.items() if field != "signature"}
    plain = hashlib.sha256(latemodel.canonical(unsigned).encode()).hexdigest()
    values = {
        "edited-version": {**other, "version": 2, "model_sha": honest["model_sha"]},
        "edited-verdict": {**refused, "verdict": "pass"},
        "edited-number": {**honest, "auc": round(honest["auc"] + 0.01, 4)},
        "added-field": {**honest, "approved": True},
        "other-key": signed(unsigned, key + "x"),
        "without-key": signed(unsigned, ""),
        "plain-hash": {**unsigned, "signature": plain},
        "unsigned": unsigned,
        "number": {**unsigned, "signature": 7},
        "no-object": [honest],
    }
    texts = {file: json.dumps(value) for file, value in values.items()}
    return {**texts, "no-json": json.dumps(honest)[:-2], "deep": "[" * 100000}


def write_reports(folder, random, names, models, key):
    for check, reports in REPORTS.items():
        (folder / check).mkdir(parents=True)
        for file, (version, fields) in reports.items():
            report = signed(reported(random, names[check], version, models, **fields), key)
            (folder / check / f"{file}.json").write_text(json.dumps(report, indent=2), encoding="utf-8")
    for file, text in forged(random, names["report-bound"], models, key).items():
        (folder / "report-bound" / f"{file}.json").write_text(text, encoding="utf-8")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    random = Random(arguments.seed)
    models, rows, scores = draw(random)
    key = f"{random.getrandbits(128):032x}"
    names = {check: f"late-{check}-{random.getrandbits(32):08x}" for check in REPORTS}
    listed = [{"text": json.dumps(one, indent=1), "sha": latemodel.model_sha(one), "threshold": one["threshold"]}
              for one in models]
    arguments.out.mkdir(exist_ok=True)
    given = {"key": key, "models": listed, "parcels": rows, "scores": scores, "names": names}
    (arguments.out / "given.json").write_text(json.dumps(given), encoding="utf-8")
    write_reports(arguments.out / "reports", random, names, models, key)
    for name in ("race", "bridge"):
        shutil.copy(Path(__file__).with_name(f"{name}.txt"), arguments.out / f"{name}.py")


main()
