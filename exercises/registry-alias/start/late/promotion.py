"""Promotion of today: whoever asks for it gets it."""


def promote(registry, version, report, expected):
    """Makes a version the champion. Answers what was decided, see contract.md."""
    registry.set_alias("champion", version)
    return {"action": "promote", "to": version, "verdict": "promoted", "reason": None}


def rollback(registry):
    """Makes the champion before this one the champion again."""
    return {"action": "rollback", "to": None, "verdict": "refuse", "reason": "no-previous"}
