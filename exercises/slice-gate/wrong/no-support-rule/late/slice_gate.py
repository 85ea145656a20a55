"""Whether a candidate may take the champion's place: slice by slice, and by whom it overlooks."""

import numpy as np
from tools.latemodel import scores

from late.metrics import auc


def slices(rows, policy):
    """Yields (name, mask) of all parcels, of each value of the policy's columns, and of each crossing of them.

    Which values there are is what the data say.
    """
    yield "overall", np.ones(len(rows), bool)
    for columns in [*([column] for column in policy["columns"]), *policy["crossings"]]:
        keys = np.array(["*".join(f"{column}={row[column]}" for column in columns) for row in rows])
        for key in np.unique(keys):
            yield str(key), keys == key


def measure(name, labels, before, now, threshold, policy):
    """One item of the report. labels, before, now: of the parcels of the slice."""
    late = labels == 1
    flagged = now >= threshold  # mutants: no score lies just on it
    item = {
        "slice": name,
        "support": len(labels),
        "late_rate": float(labels.mean()),
        "champion_auc": None,
        "candidate_auc": None,
        "tpr": float(flagged[late].mean()) if late.any() else None,
        "verdict": "insufficient",
    }
    if late.any() and not late.all():
        item["champion_auc"], item["candidate_auc"] = auc(labels, before), auc(labels, now)
        drop = item["champion_auc"] - item["candidate_auc"]
        item["verdict"] = "refuse" if drop > policy["max_drop"] else "pass"  # mutants: no drop lies just on it
    return item


def gap_of(items, names):
    """The gap of the true-positive rates between the slices with these names that can be judged."""
    judged = [item for item in items if item["slice"] in names and item["verdict"] != "insufficient"]
    if len(judged) < 2:
        return {"gap": None, "low": None, "high": None}
    low, high = (end(judged, key=lambda item: item["tpr"]) for end in (min, max))
    return {"gap": high["tpr"] - low["tpr"], "low": low["slice"], "high": high["slice"]}


def judge(candidate, champion, rows, policy):
    """The report, in the form of contract.md. rows: labelled parcels."""
    labels = np.array([int(row["late"]) for row in rows])
    before, now = (np.array(scores(model, rows)) for model in (champion, candidate))
    items = [
        measure(name, labels[mask], before[mask], now[mask], candidate["threshold"], policy)
        for name, mask in slices(rows, policy)
    ]
    column = policy["tpr_gap"]["column"]
    gap = gap_of(items, {f"{column}={row[column]}" for row in rows})
    if any(item["verdict"] == "refuse" for item in items):
        reason = "slice"
    elif (
        gap["gap"] is not None
        and gap["gap"] > policy["tpr_gap"]["max"]  # mutants: no gap lies just on it
    ):
        reason = "tpr-gap"
    else:
        reason = None
    return {"verdict": "refuse" if reason else "pass", "reason": reason, "slices": items, "tpr_gap": gap}
