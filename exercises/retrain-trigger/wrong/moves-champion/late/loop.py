"""One day of the loop, and the replay of all days."""

from late import store
from late.metrics import drift
from late.rules import decide
from late.training import auc_of, candidate_of
from late.window import examine


class Day:
    """The window of a day, the champion that it meets, and the candidate, if it comes to that."""

    def __init__(self, window, state, day):
        self.state, self.policy = state, store.load_policy(state)
        self.champion, self.baseline = store.load_champion(state), store.load_baseline(state)
        self.rows, problem = examine(window, self.policy["min_rows"])
        self.entry = {
            "day": str(day),
            "window": store.sha_of_file(window),
            "champion": store.model_sha(self.champion),
            "baseline": store.sha_of_file(state / "baseline.csv"),
            "problem": problem,
            "drift": None,
            "auc": None,
            "champion_auc": None,
            "candidate_auc": None,
        }
        self.candidate = self.used = None

    def measure(self):
        self.entry["drift"] = drift(self.baseline, self.rows, self.policy["drift_columns"])
        self.entry["auc"] = auc_of(self.champion, self.rows)
        store.keep_window(self.state, self.entry["day"], self.rows)

    def compare(self, entry):
        self.used = store.last_windows(self.state, self.policy["train_windows"])
        self.candidate, held = candidate_of(self.used)
        entry["champion_auc"], entry["candidate_auc"] = auc_of(self.champion, held), auc_of(self.candidate, held)


def run(window, state, day):
    """Looks at the window of a day, and answers its entry of the log. A day is decided once."""
    with store.locked(state):
        past = store.read_log(state)
        if past and past[-1]["day"] >= str(day):
            return store.entry_of(past, str(day))
        today = Day(window, state, day)
        if today.entry["problem"] is None:
            today.measure()
        decision, reason = decide(today.policy, today.entry, past, today.compare)
        entry = {**today.entry, "decision": decision, "reason": reason}
        if decision == "promoted":
            store.promote(state, today.candidate, today.used)
        store.append_log(state, entry)
        store.archive_champion(state)
        return entry


def logged(entry):
    """The gate's AUCs are those of the log."""
    if entry["champion_auc"] is None or entry["candidate_auc"] is None:
        raise store.StateError(f"{store.LOG}: {entry['day']}: there was no training, and should have been")


def replay(state):
    """The decisions, recomputed from the evidence in the log."""
    policy, past, lines = store.load_policy(state), [], []
    for entry in store.read_log(state):
        decision, reason = decide(policy, entry, past, logged)
        past.append({**entry, "decision": decision, "reason": reason})
        agrees = (decision, reason) == (entry["decision"], entry["reason"])
        lines.append({"day": entry["day"], "decision": decision, "reason": reason, "agrees": agrees})
    return lines
