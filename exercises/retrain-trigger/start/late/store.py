"""The state folder: champion, baseline, policy. contract.md says which file holds what."""

import csv
import json

from tools.latemodel import load, model_sha, read_rows


class StateError(ValueError):
    """A state folder that cannot be used. The text names the file and what is wrong."""


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


def save_champion(state, model):
    (state / "champion.json").write_text(json.dumps(model, indent=2) + "\n")


def write_rows(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def sha_of_champion(state):
    return model_sha(load_champion(state))
