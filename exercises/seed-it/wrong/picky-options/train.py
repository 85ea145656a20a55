"""Trains the late-parcel model: the same input and the same seed give the same model.

What decides the model is on the command line: the rows of --data (not their order) and --seed. Not the process, the
machine's time zone, the day, the directory, nor the number of cores.
"""

import argparse
import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score

NUMBERS = ["weight_kg", "distance_km", "stops", "promised_h"]

# The values of each word column, written down: the columns of the model do not depend on which values a file holds, nor
# on the order of a set. A value that is not listed has zeros in all columns.
WORDS = {
    "depot": ["A", "B", "C", "D", "E", "F"],
    "tier": ["economy", "express", "standard"],
    "weather": ["clear", "rain", "snow", "storm"],
}
EVENING = 17  # o'clock UTC

TREES = 30
LEAF_SIZES = [3, 10]
TRAIN_SHARE = 0.8


def read_parcels(path):
    """The rows in an order of their own: whoever wrote the file may have sorted it in any way."""
    return pd.read_csv(path).sort_values("parcel_id")


def features(parcels):
    """One row of numbers a parcel, always the same columns in the same order."""
    columns = {name: parcels[name] for name in NUMBERS}
    for name, values in WORDS.items():
        for value in values:
            columns[f"{name}={value}"] = parcels[name] == value
    # created_at is UTC and stays so; the hour is a property of the parcel, its age is one of today.
    columns["evening"] = parcels["created_at"].str[11:13].astype(int) >= EVENING
    return pd.DataFrame(columns).astype(float)


def split(parcels, generator):
    """80 % to train on, the rest to choose the leaf size."""
    order = generator.permutation(len(parcels))
    cut = int(TRAIN_SHARE * len(parcels))
    return parcels.iloc[order[:cut]], parcels.iloc[order[cut:]]


def auc_of(model, parcels):
    return float(roc_auc_score(parcels["late"], score(model, parcels)))


def score(model, parcels):
    return model.predict_proba(features(parcels))[:, 1]


def fit(parcels, seed, jobs):
    """The better of the forests on the rows that they were not trained on."""
    generator = np.random.default_rng(seed)
    train, valid = split(parcels, generator)
    forest_seed = int(generator.integers(2**31))
    models = [
        RandomForestClassifier(TREES, min_samples_leaf=leaf, random_state=forest_seed, n_jobs=jobs).fit(
            features(train), train["late"]
        )
        for leaf in LEAF_SIZES
    ]
    return max(models, key=lambda model: auc_of(model, valid))


def main():
    parser = argparse.ArgumentParser(description="Trains the late-parcel model.")
    parser.add_argument("--data", required=True, help="labelled parcels to train on")
    parser.add_argument("--test", required=True, help="labelled parcels to measure on")
    parser.add_argument("--probe", required=True, help="parcels to score")
    parser.add_argument("--out", required=True, type=Path, help="folder for the results")
    parser.add_argument("--seed", required=True, type=int, help="the only source of randomness")
    parser.add_argument("--jobs", required=True, type=int, help="cores to use")
    arguments = parser.parse_args()

    model = fit(read_parcels(arguments.data), arguments.seed, arguments.jobs)

    probe = read_parcels(arguments.probe)
    os.makedirs(arguments.out, exist_ok=True)
    with open(arguments.out / "predictions.csv", "w", newline="\n") as out:
        out.write("parcel_id,score\n")
        for parcel_id, probability in zip(probe["parcel_id"], score(model, probe)):
            out.write(f"{parcel_id},{probability:.12f}\n")

    # Measured on parcels that neither the trees nor the choice between them have seen.
    metrics = {"auc": auc_of(model, read_parcels(arguments.test))}
    (arguments.out / "metrics.json").write_text(json.dumps(metrics) + "\n")


if __name__ == "__main__":
    main()
