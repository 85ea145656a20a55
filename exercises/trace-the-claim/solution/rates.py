"""The share of projects that reached production, four ways; contract.md says what each is."""
import argparse
import csv
import datetime
import json
import sys

YEAR = datetime.timedelta(days=365)
DATES = ("started", "prototype", "deployed", "stopped")


def read(path, asof):
    """The projects as they stood on that day: what came later had not happened."""
    with open(path, newline="", encoding="utf-8") as register:
        for row in csv.DictReader(register):
            dates = {name: datetime.date.fromisoformat(row[name]) if row[name] else None for name in DATES}
            known = {name: date if date and date <= asof else None for name, date in dates.items()}
            if known["started"]:
                yield known


def share(projects, counts):
    return sum(1 for project in projects if counts(project)) / len(projects) if projects else None


def is_deployed(project):
    return project["deployed"] is not None


def in_a_year(project):
    return is_deployed(project) and project["deployed"] - project["started"] <= YEAR


def rates(projects, asof):
    return {
        "per_started": share(projects, is_deployed),
        "per_prototype": share([p for p in projects if p["prototype"]], is_deployed),
        "per_finished": share([p for p in projects if p["deployed"] or p["stopped"]], is_deployed),
        "within_12_months": share([p for p in projects if asof - p["started"] >= YEAR], in_a_year),
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--register", required=True)  # mutants: contract.md always gives all three
    parser.add_argument("--asof", required=True, type=datetime.date.fromisoformat)  # mutants: the same
    parser.add_argument("--out", required=True)  # mutants: the same
    arguments = parser.parse_args()
    try:
        projects = list(read(arguments.register, arguments.asof))
    except (OSError, ValueError, KeyError) as fault:
        sys.exit(f"rates: {arguments.register}: {fault}")  # mutants: contract.md says nothing of a broken register
    with open(arguments.out, "w", encoding="utf-8") as out:
        json.dump(rates(projects, arguments.asof), out, indent=2)  # mutants: the layout is free


if __name__ == "__main__":
    main()
