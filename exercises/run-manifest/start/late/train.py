"""Reads parcels, fits a logistic regression, and measures it on parcels that it has not seen.

Nothing here is wrong: the same data and parameters give the same model, on any day and in any folder.
"""

import csv
import json

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score

from .errors import WrongUse

NUMBERS = ("weight_kg", "distance_km", "stops")
CHOICES = {"depot": "ABCDEF", "tier": ("economy", "standard", "express"), "weather": ("clear", "rain", "snow", "storm")}


def read(path):
    """The labelled parcels of a file, in an order that does not depend on the file's."""
    try:
        with open(path, encoding="utf-8", newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["late"] != ""]
        return sorted(rows, key=lambda row: row["parcel_id"])
    except (OSError, UnicodeDecodeError, KeyError) as error:
        raise WrongUse(f"{path}: {error}") from None


def features(rows, scale=None):
    """Columns of numbers, scaled to the parcels that the model learns from."""
    columns = [[float(row[name]) for row in rows] for name in NUMBERS]
    for name, values in CHOICES.items():
        columns += [[float(row[name] == value) for row in rows] for value in values]
    columns.append([float(row["created_at"][11:13] >= "17") for row in rows])
    table = np.array(columns).T
    mean, deviation = scale or (table.mean(axis=0), table.std(axis=0) + 1e-12)
    return (table - mean) / deviation, (mean, deviation)


def train(data, out, params):
    """Writes OUT/model.json; the metrics on the share of the parcels that was put aside."""
    from threadpoolctl import threadpool_limits

    rows = read(data)
    if len(rows) < 20:
        raise WrongUse(f"{data}: {len(rows)} labelled parcels are too few")
    order = np.random.default_rng(params["seed"]).permutation(len(rows))
    aside = max(2, int(len(rows) * params["test_share"]))
    test, known = [rows[i] for i in order[:aside]], [rows[i] for i in order[aside:]]
    inputs, scale = features(known)
    with threadpool_limits(1):
        model = LogisticRegression(C=params["c"], max_iter=params["max_iter"])
        model.fit(inputs, [int(row["late"]) for row in known])
        scores = model.predict_proba(features(test, scale)[0])[:, 1]
    out.mkdir(parents=True, exist_ok=True)
    fitted = {
        "mean": scale[0].tolist(),
        "deviation": scale[1].tolist(),
        "coefficients": model.coef_[0].tolist(),
        "intercept": float(model.intercept_[0]),
    }
    (out / "model.json").write_text(json.dumps(fitted) + "\n", encoding="utf-8")
    labels = [int(row["late"]) for row in test]
    return {"auc": float(roc_auc_score(labels, scores)), "log_loss": float(log_loss(labels, scores))}
