"""What the gate says of a version, if it was the gate that said it."""

import hashlib
import hmac
import json
import os
from pathlib import Path

from tools.latemodel import canonical


class Unusable(Exception):
    """There is no report, or none of the gate's. `reason` is that of the refusal."""

    def __init__(self, reason):
        super().__init__(reason)
        self.reason = reason


def signature_of(report):
    rest = {field: value for field, value in report.items() if field != "signature"}
    key = os.environ.get("LATE_GATE_KEY", "").encode()
    return hmac.new(key, canonical(rest).encode(), hashlib.sha256).hexdigest()


def read(path):
    """The report in a file, an object that the gate has signed."""
    try:
        report = json.loads(Path(path or "").read_bytes())
    except OSError:
        raise Unusable("no-report") from None
    except (ValueError, RecursionError):
        raise Unusable("signature") from None
    signature = report.get("signature") if isinstance(report, dict) else None
    if not isinstance(signature, str) or not hmac.compare_digest(signature.encode(), signature_of(report).encode()):
        raise Unusable("signature")
    return report
