"""What the gate says of a version, if it was the gate that said it."""

import json
from pathlib import Path


class Unusable(Exception):
    """There is no report, or none of the gate's. `reason` is that of the refusal."""

    def __init__(self, reason):
        super().__init__(reason)
        self.reason = reason


def read(path):
    """The report in a file, an object that the gate has signed."""
    try:
        report = json.loads(Path(path or "").read_bytes())
    except OSError:
        raise Unusable("no-report") from None
    except (ValueError, RecursionError):
        raise Unusable("signature") from None
    if not isinstance(report, dict):
        raise Unusable("signature")
    return report
