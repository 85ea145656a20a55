"""The client of today: the model that was the best when it was written."""

import json

from tools.latemodel import score

VERSION = 1


def serve(registry, requests, answers):
    """Answers each parcel, a line of JSON, by a line of JSON."""
    model = registry.model(VERSION)
    for line in requests:
        chance = score(model, json.loads(line))
        answer = {"version": VERSION, "score": chance, "late": chance >= model["threshold"]}
        print(json.dumps(answer), file=answers, flush=True)
