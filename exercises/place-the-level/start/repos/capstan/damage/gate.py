"""The newest candidate beside the champion, on rows that neither has seen."""
from damage import registry, settings
from damage.statistics import auc_by_belt


def run():
    limits = settings.load()["gate"]
    candidate, champion = settings.store().last(state="candidate"), registry.champion()
    rows = settings.unseen_rows()
    new, old = auc_by_belt(candidate, rows), auc_by_belt(champion, rows)
    worse = [belt for belt in old if new[belt] < old[belt] - limits["max_drop_by_belt"]]
    if worse or new["all"] - old["all"] < limits["min_gain_auc"]:
        print("kept the champion:", ", ".join(worse) or "no gain")
        return 1
    registry.make_champion(candidate)
    return 0
