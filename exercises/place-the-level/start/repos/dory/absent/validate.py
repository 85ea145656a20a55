"""Ends with 1 when the table is not as training expects it."""
import sys

from absent.table import read

HOURS = range(6, 22)


def main():
    rows = read()
    odd = [row for row in rows if row["hour"] not in HOURS or row["parcels"] < 1]
    if not rows or odd:
        print(f"{len(odd)} odd rows of {len(rows)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
