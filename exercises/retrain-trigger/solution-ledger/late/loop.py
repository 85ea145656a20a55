"""The loop as a fold over the log: the memory is two facts, which each day's evidence changes.

The good windows lie in an SQLite file, and two fifths of their parcels are for the gate.
"""

import csv
import fcntl
import hashlib
import io
import json
import sqlite3
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from tools.latemodel import ISLAND_TERMS, fit, load, model_sha, read_rows, scores

from late.metrics import drift
from late.store import StateError
from late.window import examine


@dataclass
class Memory:
    """What the days so far leave behind."""

    policy: dict
    streak: int = 0
    free_from: date = date.min

    def step(self, facts, train):
        """Takes in the facts of a day, and answers (decision, reason)."""
        if facts["problem"] is not None:
            return "refused-data", facts["problem"]
        day, policy = date.fromisoformat(facts["day"]), self.policy
        signal = "drift" if facts["drift"] > policy["max_drift"] else "auc" if facts["auc"] < policy["min_auc"] else None
        self.streak = self.streak + 1 if signal else 0
        if signal is None:
            return "quiet", None
        if day < self.free_from:
            return "cooldown", signal
        if self.streak < policy["sustain"]:
            return "watch", signal
        before, now = train(facts)
        self.free_from = day + timedelta(days=policy["cooldown_days"])
        if now < policy["gate"]["min_auc"]:
            return "rejected", "floor"
        if now - before < policy["gate"]["min_gain"]:
            return "rejected", "gain"
        self.streak = 0
        return "promoted", signal


def from_log(facts):
    if None in (facts["champion_auc"], facts["candidate_auc"]):
        raise StateError(f"decisions.jsonl: no gate on {facts['day']}")
    return facts["champion_auc"], facts["candidate_auc"]


def recall(state):
    """(memory, lines): the memory after all days of the log, and each line with the decision that follows."""
    memory, lines = Memory(json.loads((state / "policy.json").read_text())), []
    log = state / "decisions.jsonl"
    for text in log.read_text().splitlines() if log.exists() else []:
        facts = json.loads(text)
        lines.append((facts, memory.step(facts, from_log)))
    return memory, lines


def replay(state):
    """The decisions, recomputed from the evidence in the log."""
    _, lines = recall(state)
    return [
        {"day": facts["day"], "decision": word, "reason": why, "agrees": [word, why] == [facts["decision"], facts["reason"]]}
        for facts, (word, why) in lines
    ]


def auc_of(model, rows):
    """The share of pairs of a late parcel and one on time that the model puts in order."""
    late, found = np.array([row["late"] == "1" for row in rows]), np.array(scores(model, rows))
    ordered = np.sort(found[~late])
    wins = np.searchsorted(ordered, found[late], "left") + np.searchsorted(ordered, found[late], "right")
    return float(wins.mean() / 2 / len(ordered))


def text_of(rows):
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0].keys(), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


class Trainer:
    """Trains on six of ten parcels of the last windows in the pool, and gates on the others."""

    def __init__(self, pool, champion, windows):
        self.pool, self.champion, self.windows = pool, champion, windows
        self.rows = self.model = None

    def __call__(self, facts):
        found = self.pool.execute("SELECT rows FROM pool ORDER BY day DESC LIMIT ?", (self.windows,))
        parts = [json.loads(text) for (text,) in reversed(found.fetchall())]
        self.rows = [row for part in parts for row in part]
        seen = [row for part in parts for place, row in enumerate(part) if place % 10 < 6]
        held = [row for part in parts for place, row in enumerate(part) if place % 10 >= 6]
        self.model = fit(seen, ISLAND_TERMS)
        facts["champion_auc"], facts["candidate_auc"] = auc_of(self.champion, held), auc_of(self.model, held)
        return facts["champion_auc"], facts["candidate_auc"]


def decide(pool, window, state, day, memory):
    """The day's line of the log, and a promotion, if it comes to that."""
    champion = load(state / "champion.json")
    rows, problem = examine(window, memory.policy["min_rows"])
    facts = dict.fromkeys(["problem", "drift", "auc", "champion_auc", "candidate_auc"])
    facts = {
        "day": day,
        "window": hashlib.sha256(window.read_bytes()).hexdigest(),
        "champion": model_sha(champion),
        "baseline": hashlib.sha256((state / "baseline.csv").read_bytes()).hexdigest(),
        **facts,
        "problem": problem,
    }
    if problem is None:
        facts["drift"] = drift(read_rows(state / "baseline.csv"), rows, memory.policy["drift_columns"])
        facts["auc"] = auc_of(champion, rows)
        pool.execute("INSERT OR REPLACE INTO pool VALUES (?, ?)", (day, json.dumps(rows)))
    train = Trainer(pool, champion, memory.policy["train_windows"])
    facts["decision"], facts["reason"] = memory.step(facts, train)
    if facts["decision"] == "promoted":
        (state / "baseline.csv").write_text(text_of(train.rows), newline="")
        (state / "champion.json").write_text(json.dumps(train.model))
        (state / "baseline.json").write_text(json.dumps({"champion": model_sha(train.model)}))
    return facts


def run(window, state, day):
    """Looks at the window of a day, and answers the decision."""
    day = str(day)
    with open(state / "lock", "a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise StateError(f"{lock.name}: the lock is held by another call") from None
        memory, lines = recall(state)
        known = {facts["day"]: facts for facts, _ in lines}
        if day in known:
            return known[day]
        if known and day < max(known):
            raise StateError(f"{state}: {day} lies before {max(known)}, which is decided")
        with sqlite3.connect(state / "pool.db") as pool:
            pool.execute("CREATE TABLE IF NOT EXISTS pool (day TEXT PRIMARY KEY, rows TEXT)")
            facts = decide(pool, window, state, day, memory)
        with open(state / "decisions.jsonl", "a") as log:
            log.write(json.dumps(facts) + "\n")
    return facts
