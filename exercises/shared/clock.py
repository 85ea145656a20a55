#!/usr/bin/env python3
"""The time, as a program under test should ask for it.

    from tools.clock import now
    now()                        # an aware datetime in UTC

LAB_NOW wins when it is set, so that a check can move a program through time; else the content of the file that
LAB_NOW_FILE names, which is read anew at each call, so that the clock of a running service can be moved too; else the
real time. Both hold an ISO 8601 date or time, such as 2026-02-01T08:00:00Z; one without a zone is in UTC.

Run as a program, it prints the time.
"""

import os
from datetime import datetime, timezone


class ClockError(ValueError):
    """LAB_NOW or the file of LAB_NOW_FILE holds no time. The text says where and what."""


def now():
    """The current time: an aware datetime in UTC."""
    text = os.environ.get("LAB_NOW")
    if text:
        return parse(text, "LAB_NOW")
    path = os.environ.get("LAB_NOW_FILE")
    if path:
        try:
            with open(path, encoding="utf-8") as file:
                return parse(file.read(), f"LAB_NOW_FILE {path}")
        except OSError as error:
            raise ClockError(f"LAB_NOW_FILE {path}: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise ClockError(f"LAB_NOW_FILE {path}: {error}") from error
    return datetime.now(timezone.utc)


def parse(text, source="time"):
    """An ISO 8601 text as an aware datetime in UTC. `source` names it in the error."""
    try:
        time = datetime.fromisoformat(text.strip())
        return time.replace(tzinfo=timezone.utc) if time.tzinfo is None else time.astimezone(timezone.utc)
    except (ValueError, OverflowError):
        raise ClockError(f"{source}: expected a time such as 2026-02-01T08:00:00Z, found {text.strip()!r}") from None


if __name__ == "__main__":
    print(now().strftime("%Y-%m-%dT%H:%M:%SZ"))
