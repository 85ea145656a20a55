"""What the gate says of a version, if it was the gate that said it."""

import hashlib
import hmac
import json
import os
from pathlib import Path

from tools.latemodel import canonical

from late.registry import RegistryError


class Unusable(Exception):
    """There is no report, or none of the gate's. `reason` is that of the refusal."""

    def __init__(self, reason):
        super().__init__(reason)
        self.reason = reason


def is_signed(report):
    """Whether the gate has signed all other fields. Without a key nobody has: with an empty one anybody could."""
    rest = {field: value for field, value in report.items() if field != "signature"}
    key, signature = os.environ.get("LATE_GATE_KEY"), report.get("signature")
    if not key or not isinstance(signature, str):
        return False
    wanted = hmac.new(key.encode(), canonical(rest).encode(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(signature.encode(), wanted.encode())


def read(path):
    """The report in a file, an object that the gate has signed."""
    try:
        report = json.loads(Path(path or "").read_bytes())
    except OSError:
        raise Unusable("no-report") from None
    except (ValueError, RecursionError):
        raise RegistryError(f"{path}: this is no JSON") from None
    if not isinstance(report, dict) or not is_signed(report):
        raise Unusable("signature")
    return report
