"""The same two totals, in whole cents and tables of the three years."""
import csv
import json
import sys

import yaml

options = dict(zip(sys.argv[1::2], sys.argv[2::2]))
facts = yaml.safe_load(open(options["--brief"], encoding="utf-8"))["facts"]
lines = sorted(csv.DictReader(open(options["--prices"], newline="", encoding="utf-8")), key=lambda line: -int(line["from_models"]))


def cents(item, models):
    return next(round(100 * float(line["eur_a_month"])) for line in lines if line["item"] == item and int(line["from_models"]) <= models)


def of_engineers(number, models):
    return round(4 * number) * cents("staff", models) * 3  # quarters of an engineer, twelve months


def totals(by_year):
    buy = sum(12 * (cents("platform", n) + n * cents("license", n)) + of_engineers(facts["vendor_engineers"], n) for n in by_year)
    build = sum(12 * (cents("base", n) + n * cents("machines", n)) + of_engineers(facts["run_engineers"], n) for n in by_year)
    return buy, build + of_engineers(facts["build_engineers"], by_year[0])


buy, build = totals([facts["models"] + year * facts["models_a_year"] for year in range(3)])
meets = [n for n in range(1, 501) if (lambda pair: pair[1] <= pair[0])(totals([n] * 3))]
with open(options["--out"], "w", encoding="utf-8") as out:
    json.dump({"buy": buy / 100, "build": build / 100, "break_even": meets[0] if meets else None}, out)
