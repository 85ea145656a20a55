"""Sums up a file of sensor readings.

    summary.py --data FILE --out FILE
"""

import argparse
import csv
import json


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", required=True)
    arguments = parser.parse_args()

    with open(arguments.data, encoding="utf-8", newline="") as data:
        values = [row["value"] for row in csv.DictReader(data)]

    readings = [float(value) for value in values if value]
    report = {"rows": len(values), "missing": len(values) - len(readings), "mean": sum(readings) / len(readings)}
    with open(arguments.out, "w", encoding="utf-8") as out:
        json.dump(report, out)


if __name__ == "__main__":
    main()
