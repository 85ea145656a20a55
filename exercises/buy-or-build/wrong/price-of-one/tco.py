"""What a platform costs in three years, bought or built: python tco.py --brief B --prices P --out tco.json"""
import argparse
import csv
import json
from decimal import Decimal

import yaml

NUMBERS = ("models", "models_a_year", "vendor_engineers", "build_engineers", "run_engineers")
YEARS, MONTHS = 3, 12
MOST_MODELS = 500  # up to which a break-even is looked for


def read_facts(path):
    """The numbers of a brief on which cost depends."""
    with open(path, encoding="utf-8") as brief:
        facts = yaml.safe_load(brief)["facts"]
    return {name: Decimal(str(facts[name])) for name in NUMBERS}


def read_prices(path):
    """For each item its steps (from how many models, price), in their order."""
    steps = {}
    with open(path, newline="", encoding="utf-8") as prices:
        for row in csv.DictReader(prices):
            steps.setdefault(row["item"], []).append((int(row["from_models"]), Decimal(row["eur_a_month"])))
    return {item: sorted(each) for item, each in steps.items()}


def price(prices, item, models):
    return [amount for start, amount in prices[item] if start <= models][-1]


def bought(facts, prices, models, year):
    """A month of that year."""
    people = facts["vendor_engineers"] * price(prices, "staff", models)
    return price(prices, "platform", models) + models * price(prices, "license", 1) + people


def built(facts, prices, models, year):
    """A month of that year. Who builds is there in the first; who runs it stays."""
    engineers = facts["run_engineers"] + (facts["build_engineers"] if year == 0 else 0)
    machines = price(prices, "base", models) + models * price(prices, "machines", models)
    return machines + engineers * price(prices, "staff", models)


def total(way, facts, prices, models, growth):
    return sum(MONTHS * way(facts, prices, models + year * growth, year) for year in range(YEARS))


def break_even(facts, prices):
    for models in range(1, MOST_MODELS + 1):
        if total(built, facts, prices, models, 0) <= total(bought, facts, prices, models, 0):
            return models
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--brief", required=True)  # mutants: the checks give all three options, as the contract does
    parser.add_argument("--prices", required=True)  # mutants: likewise
    parser.add_argument("--out", required=True)  # mutants: likewise
    arguments = parser.parse_args()
    try:
        facts, prices = read_facts(arguments.brief), read_prices(arguments.prices)
        models, growth = facts["models"], facts["models_a_year"]
        costs = {
            "buy": float(total(bought, facts, prices, models, growth)),
            "build": float(total(built, facts, prices, models, growth)),
            "break_even": break_even(facts, prices),
        }
    except (OSError, ArithmeticError, ValueError, LookupError, TypeError, yaml.YAMLError) as fault:
        parser.error(f"{arguments.brief}, {arguments.prices}: {fault!r}")  # mutants: what is no brief is no part of the contract
    with open(arguments.out, "w", encoding="utf-8") as out:
        json.dump(costs, out)


if __name__ == "__main__":
    main()
