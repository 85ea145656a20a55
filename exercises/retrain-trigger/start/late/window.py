"""Whether a window can be believed: the rules of contract.md, in their order."""

from tools.latemodel import ModelError, read_rows

COLUMNS = "parcel_id created_at depot tier weight_kg distance_km stops weather promised_h late delivered_at".split()
RANGES = {"weight_kg": (0.05, 60), "distance_km": (1, 1500), "stops": (1, 500)}


def number_of(text):
    try:
        return float(text)
    except ValueError:
        return float("nan")


def problem_of(rows, least):
    """The first rule of contract.md that the rows break, or None. least: how many rows a window has."""
    if len(rows) < least:
        return "rows"
    if list(rows[0]) != COLUMNS:
        return "schema"
    if len({row["parcel_id"] for row in rows}) < len(rows):
        return "duplicates"
    for row in rows:
        if not all(low <= number_of(row[column]) <= high for column, (low, high) in RANGES.items()):
            return "values"
        if not (row["depot"] and row["tier"] and row["weather"]):
            return "values"
    if {row["late"] for row in rows} != {"0", "1"}:
        return "labels"
    return None


def examine(path, least):
    """(rows, problem) of the window in a file. With a problem the rows are not to be used."""
    try:
        rows = read_rows(path)
    except ModelError:
        if not path.is_file():
            raise
        return [], "schema"
    return rows, problem_of(rows, least)
