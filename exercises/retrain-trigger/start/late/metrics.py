"""What the loop measures: the AUC, and how far a window lies from the baseline."""

from bisect import bisect_right
from collections import Counter
from math import log

NUMERIC = {"weight_kg", "distance_km", "stops"}
BINS = 10
FLOOR = 1e-4  # the least share of a bin, so that an empty one has a logarithm


def auc(labels, scores):
    """Area under the ROC curve, ties counted half. labels: 0 and 1, both of which occur."""
    ranks, place = {}, 0
    for score, count in sorted(Counter(scores).items()):
        ranks[score] = place + (count + 1) / 2
        place += count
    late = sum(labels)
    total = sum(ranks[score] for label, score in zip(labels, scores) if label)
    return (total - late * (late + 1) / 2) / (late * (len(labels) - late))


def binned(baseline, window, column):
    """The values of a column in both, numbers as the number of their bin; the bins hold equal parts of the baseline."""
    before, now = ([row[column] for row in rows] for rows in (baseline, window))
    if column not in NUMERIC:
        return before, now
    before, now = ([float(value) for value in values] for values in (before, now))
    ordered = sorted(before)
    edges = sorted({ordered[len(ordered) * part // BINS] for part in range(1, BINS)})
    return ([bisect_right(edges, value) for value in values] for values in (before, now))


def psi(baseline, window, column):
    """The population stability index of a column."""
    before, now = (Counter(values) for values in binned(baseline, window, column))
    total = 0.0
    for key in before | now:
        old, new = max(before[key] / len(baseline), FLOOR), max(now[key] / len(window), FLOOR)
        total += (new - old) * log(new / old)
    return total


def drift(baseline, window, columns):
    """The highest index of these columns."""
    return max(psi(baseline, window, column) for column in columns)
