"""Whether a candidate may take the champion's place. For now: by the AUC over all parcels."""

import numpy as np
from tools.latemodel import scores

from late.metrics import auc


def judge(candidate, champion, rows, policy):
    """The report, in the form of contract.md. rows: labelled parcels."""
    labels = np.array([int(row["late"]) for row in rows])
    before, now = (np.array(scores(model, rows)) for model in (champion, candidate))
    flagged = now >= candidate["threshold"]
    overall = {
        "slice": "overall",
        "support": len(rows),
        "late_rate": float(labels.mean()),
        "champion_auc": auc(labels, before),
        "candidate_auc": auc(labels, now),
        "tpr": float(flagged[labels == 1].mean()),
    }
    refused = overall["champion_auc"] - overall["candidate_auc"] > policy["max_drop"]
    overall["verdict"] = "refuse" if refused else "pass"
    return {
        "verdict": overall["verdict"],
        "reason": "slice" if refused else None,
        "slices": [overall],
        "tpr_gap": {"gap": None, "low": None, "high": None},
    }
