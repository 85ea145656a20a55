"""The loop of today: it trains every day on what came in, and takes whatever comes out."""

from tools.latemodel import read_rows

from late.store import StateError, save_champion, sha_of_champion, write_rows
from late.training import candidate_of


def run(window, state, day):
    """Looks at the window of a day, and answers the decision."""
    rows = read_rows(window)
    before = sha_of_champion(state)
    write_rows(state / "windows" / f"{day}.csv", rows)
    candidate, _ = candidate_of(rows)
    save_champion(state, candidate)
    return {"day": str(day), "champion": before, "decision": "promoted", "reason": "daily"}


def replay(state):
    """The decisions of the log, recomputed."""
    raise StateError(f"{state}: there is no log to replay yet")
