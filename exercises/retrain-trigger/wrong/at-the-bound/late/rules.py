"""What is decided, from evidence and from what was decided before. Knows no files, no models and no clock.

| the window                                              | decision            |
|---------------------------------------------------------|---------------------|
| breaks a rule                                           | refused-data        |
| has no signal                                           | quiet               |
| has one, and the last training is not long ago          | cooldown            |
| has one, and so few before it had one                   | watch               |
| has one, and so had those before it                     | promoted, rejected  |
"""

from datetime import date

TRAININGS = ("promoted", "rejected")


def signal_of(policy, entry):
    """What the window gives reason to train for: drift, auc or None."""
    if entry["drift"] >= policy["max_drift"]:
        return "drift"
    return "auc" if entry["auc"] < policy["min_auc"] else None


def streak_of(policy, past):
    """How many windows before this one had a signal, back to one without, or to a promotion."""
    length = 0
    for entry in reversed(past):
        if entry["decision"] == "refused-data":
            continue
        if entry["decision"] == "promoted" or signal_of(policy, entry) is None:
            break
        length += 1
    return length


def cools_down(policy, day, past):
    trained = [entry["day"] for entry in past if entry["decision"] in TRAININGS]
    return bool(trained) and (date.fromisoformat(day) - date.fromisoformat(trained[-1])).days < policy["cooldown_days"]


def gate(policy, entry):
    """The fault of a candidate: floor, gain or None."""
    if entry["candidate_auc"] < policy["gate"]["min_auc"]:
        return "floor"
    gain = entry["candidate_auc"] - entry["champion_auc"]
    return "gain" if gain < policy["gate"]["min_gain"] else None


def decide(policy, entry, past, compare):
    """(decision, reason) for an entry of the log. past: those before it. compare: trains, and fills in the gate's AUCs."""
    if entry["problem"]:
        return "refused-data", entry["problem"]
    signal = signal_of(policy, entry)
    if signal is None:
        return "quiet", None
    if cools_down(policy, entry["day"], past):
        return "cooldown", signal
    if streak_of(policy, past) + 1 < policy["sustain"]:
        return "watch", signal
    compare(entry)
    fault = gate(policy, entry)
    return ("rejected", fault) if fault else ("promoted", signal)
