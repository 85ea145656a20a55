"""What the gate measures."""

import numpy as np


def auc(labels, scores):
    """Area under the ROC curve: how often a late parcel has a higher score than one on time, ties counted half.

    labels, scores: arrays of equal length, labels 0 and 1, both of which occur.
    """
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    late = labels.sum()
    return float((ranks[labels == 1].sum() - late * (late + 1) / 2) / (late * (len(labels) - late)))
