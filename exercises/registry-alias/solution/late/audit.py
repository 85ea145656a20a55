"""The audit log: a line for each attempt, never changed again."""

import json

LOG = "audit.jsonl"


def append(entry):
    """Notes an attempt. Whoever calls is alone (promotion.alone), so the lines stand in the order of the decisions."""
    with open(LOG, "a", encoding="utf-8") as log:
        log.write(json.dumps(entry) + "\n")
