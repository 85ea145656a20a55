"""Who is champion. Everything is read and examined before anything is written."""

import fcntl
import json
import os
from contextlib import contextmanager

from tools.clock import now

from late import audit
from late.registry import RegistryError
from late.report import Unusable, read

LOCK = "registry.lock"


@contextmanager
def alone():
    """The registry has no compare-and-set: whoever reads an alias and then writes it must be alone between the two."""
    with open(LOCK, "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def attempt(registry, action, to, decide):
    """An attempt, noted whatever comes of it. decide: fills in the entry of the log."""
    with alone():
        entry = {
            "time": now().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "actor": os.environ.get("LATE_ACTOR", "unknown"),
            "action": action,
            "model": registry.name,
            "from": None,
            "to": to,
            "verdict": "refuse",
            "reason": None,
        }
        try:
            entry["from"] = registry.alias("champion")
            decide(entry)
        except RegistryError as error:
            entry.update(verdict="error", reason=error.reason)
            raise
        finally:
            audit.append(entry)
        return entry


def fault_of(registry, version, path, expected, champion):
    """Why a version may not become the champion; None when it may."""
    registry.model(version)
    answer = registry.ask("GET", "/api/2.0/mlflow/model-versions/get", {"name": registry.name, "version": version})
    tags = json.loads(answer)["model_version"].get("tags", [])
    sha = next((tag["value"] for tag in tags if tag["key"] == "model_sha"), None)
    try:
        report = read(path)
    except Unusable as fault:
        return fault.reason
    if report.get("verdict") != "pass":
        return "gate"
    if (report.get("model"), report.get("version")) != (registry.name, version):
        return "version"
    if report.get("model_sha") != sha:
        return "content"
    if champion != expected:
        return "stale"
    return "already" if champion == version else None


def promote(registry, version, report, expected):
    """Makes a version the champion, if its report vouches for it. Answers the entry of the log."""

    def decide(entry):
        champion = entry["from"]
        entry["reason"] = fault_of(registry, version, report, expected, champion)
        if entry["reason"] is None:
            if champion is not None:
                registry.set_alias("previous", champion)
            registry.set_alias("champion", version)
            entry["verdict"] = "promoted"

    return attempt(registry, "promote", version, decide)


def rollback(registry):
    """Makes the champion before this one the champion again. Answers the entry of the log."""

    def decide(entry):
        entry["to"] = registry.alias("previous")
        if entry["to"] is None:
            entry["reason"] = "no-previous"
        else:
            registry.set_alias("champion", entry["to"])
            registry.delete_alias("previous")
            entry["verdict"] = "rolled-back"

    return attempt(registry, "rollback", None, decide)
