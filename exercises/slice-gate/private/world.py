"""Parcels, models and slices for the checks of slice-gate, and what a right gate computes about them."""

import csv
from datetime import datetime, timezone
from itertools import product

import gen_parcels
import latemodel
import numpy as np

START = datetime(2026, 3, 2, tzinfo=timezone.utc)
THRESHOLD = 0.2
DEPOTS = list(gen_parcels.DEPOTS)
TRAINED_ON = 2500

POLICY = {
    "columns": ["depot", "tier", "weather"],
    "crossings": [["depot", "tier"]],
    "min_support": 120,
    "max_drop": 0.05,
    "tpr_gap": {"column": "depot", "max": 0.5},
}


def parcels(random, n, **drift):
    """Labelled rows, as csv.DictReader gives them."""
    lines = gen_parcels.rows(random.randrange(2**31), n, START, 28, drift, None)
    return list(csv.DictReader([gen_parcels.COLUMNS + "\n", *lines]))


def text_of(rows):
    lines = [",".join(row.values()) + "\n" for row in rows]
    return "".join([gen_parcels.COLUMNS, "\n", *lines])


# ---- models ----


def fitted(random, terms, without=None):
    """A model of a month of its own. without: a depot that it has not seen."""
    rows = [row for row in parcels(random, TRAINED_ON) if row["depot"] != without]
    return latemodel.fit(rows, terms, THRESHOLD)


def changed(model, **fields):
    """The model with other terms, added to its own, or with another intercept or threshold."""
    terms = dict(model["terms"])
    for term, coefficient in fields.pop("add", {}).items():
        terms[term] = round(terms.get(term, 0.0) + coefficient, 9)
    return {**model, "terms": terms, **fields}


def underrating_weather(model):
    """What the champion is: it knows depot F, and thinks too little of the weather."""
    return changed(model, add={term: -0.9 * c for term, c in model["terms"].items() if term.startswith("weather=")})


# ---- slices ----


def auc(labels, scores):
    """Area under the ROC curve, by Mann and Whitney, with midranks for ties."""
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    late = labels.sum()
    return float((ranks[labels == 1].sum() - late * (late + 1) / 2) / (late * (len(labels) - late)))


def slices(rows, policy):
    """Yields (name, mask) of every slice that the policy asks for: the values are those of the data."""
    columns = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    yield "overall", np.ones(len(rows), bool)
    for crossed in [[column] for column in policy["columns"]] + policy["crossings"]:
        for values in product(*(sorted(set(columns[column])) for column in crossed)):
            mask = np.logical_and.reduce([columns[column] == value for column, value in zip(crossed, values)])
            if mask.any():
                yield "*".join(f"{column}={value}" for column, value in zip(crossed, values)), mask


def judged(rows, policy, champion, candidate):
    """{slice: what a right report says about it}, with the drop."""
    labels = np.array([int(row["late"]) for row in rows])
    before, after = (np.array(latemodel.scores(model, rows)) for model in (champion, candidate))
    flagged = after >= candidate["threshold"]
    found = {}
    for name, mask in slices(rows, policy):
        mine = labels[mask]
        item = {"support": int(mask.sum()), "late_rate": float(mine.mean()), "tpr": None, "drop": None}
        if mine.any():
            item["tpr"] = float(flagged[mask][mine == 1].mean())
        if item["support"] < policy["min_support"] or len(set(mine)) < 2:
            item["verdict"] = "insufficient"
        else:
            item["champion_auc"], item["candidate_auc"] = auc(mine, before[mask]), auc(mine, after[mask])
            item["drop"] = item["champion_auc"] - item["candidate_auc"]
            item["verdict"] = "refuse" if item["drop"] > policy["max_drop"] else "pass"
        found[name] = item
    return found


def tpr_gap(found, column):
    """(gap, slice with the lowest rate, slice with the highest) of the true-positive rates of a column's slices."""
    rates = [
        (item["tpr"], name)
        for name, item in found.items()
        if name.startswith(f"{column}=") and "*" not in name and item["verdict"] != "insufficient"
    ]
    return max(rates)[0] - min(rates)[0], min(rates)[1], max(rates)[1]
