"""AUC by day, once the claims of that day are in."""
from damage import settings
from damage.statistics import auc


def run():
    for day in settings.days_with_claims():
        scores, claims = settings.joined(day)
        settings.publish("auc", {day: auc(claims, scores)})
    return 0


def last():
    return settings.published("auc")[-1]
