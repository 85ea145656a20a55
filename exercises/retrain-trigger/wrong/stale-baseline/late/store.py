"""The state folder: champion, baseline, policy, windows and log. contract.md says which file holds what."""

import csv
import fcntl
import hashlib
import io
import json
import os
from contextlib import contextmanager

from tools.latemodel import load, model_sha, read_rows

LOG = "decisions.jsonl"


class StateError(ValueError):
    """A state folder that cannot be used. The text names the file and what is wrong."""


@contextmanager
def locked(state):
    """Nobody else works on the folder meanwhile."""
    path = state / "lock"
    with open(path, "a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StateError(f"{path}: another call is at work") from None
        yield


def write(path, text):
    """Writes a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".new")
    draft.write_text(text, encoding="utf-8", newline="")
    os.replace(draft, path)


# ---- champion and baseline ----


def load_policy(state):
    path = state / "policy.json"
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise StateError(f"{path}: this is not JSON: {error}") from None


def load_champion(state):
    return load(state / "champion.json")


def load_baseline(state):
    return read_rows(state / "baseline.csv")


def sha_of_file(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def promote(state, model):
    """Makes a model the champion."""
    write(state / "champion.json", json.dumps(model, indent=2) + "\n")


# ---- windows ----


def text_of(rows):
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def keep_window(state, day, rows):
    write(state / "windows" / f"{day}.csv", text_of(rows))


def last_windows(state, count):
    """The rows of the newest windows, in their order."""
    paths = sorted((state / "windows").glob("*.csv"))[-count:]
    return [row for path in paths for row in read_rows(path)]


# ---- the log ----


def read_log(state):
    path = state / LOG
    if not path.exists():
        return []
    entries = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            entries.append(json.loads(line))
        except ValueError:
            raise StateError(f"{path}:{number}: this is not JSON") from None
    return entries


def entry_of(entries, day):
    for entry in entries:
        if entry["day"] == day:
            return entry
    raise StateError(f"{LOG}: {day} has no entry, and {entries[-1]['day']} has one already")


def append_log(state, entry):
    with open(state / LOG, "a", encoding="utf-8") as log:
        log.write(json.dumps(entry) + "\n")
