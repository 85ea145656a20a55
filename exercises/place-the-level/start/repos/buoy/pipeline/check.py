"""Looks at the crossings before anything is trained on them."""
import csv
import sys

COLUMNS = {"sailed_at", "wave_height_m", "wind_kn", "late_min"}


def problems(path):
    with open(path, newline="", encoding="utf-8") as crossings:
        rows = list(csv.DictReader(crossings))
    if not rows or set(rows[0]) != COLUMNS:
        yield "columns are not those of the contract"
        return
    for number, row in enumerate(rows, 2):
        if not 0 <= float(row["wave_height_m"]) <= 12:
            yield f"line {number}: a wave of {row['wave_height_m']} m"


if __name__ == "__main__":
    found = list(problems(sys.argv[1]))
    print("\n".join(found))
    sys.exit(1 if found else 0)
