"""Looks whether a run is what its manifest says."""

import json

from . import manifest


def first_difference(claimed, run, data):
    """The first of the three that is not what was claimed; None when all are."""
    files = {"data": data, "model": run / "model.json", "lock": manifest.LOCK}
    digests = {name: manifest.sha256(path) for name, path in files.items()}
    return next((name for name in files if digests[name] != claimed[f"{name}_sha256"]), None)


def verify(run, data):
    """Prints the verdict; the exit code."""
    reason = first_difference(manifest.read(run), run, data)
    print(json.dumps({"verdict": "refuse", "reason": reason} if reason else {"verdict": "pass"}))
    return 1 if reason else 0
