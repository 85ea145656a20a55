"""What two ways of working cost: python handoffs.py --tickets F --out report.json"""
import argparse
import csv
import datetime
import itertools
import json
import statistics


def read(path):
    """For each group its items, each a list of steps in the order in which they began."""
    groups = {}
    with open(path, newline="", encoding="utf-8") as tickets:
        for row in csv.DictReader(tickets):
            for name in ("start", "end"):
                row[name] = datetime.datetime.fromisoformat(row[name])
            groups.setdefault(row["group"], {}).setdefault(row["item"], []).append(row)
    for items in groups.values():
        for steps in items.values():
            steps.sort(key=lambda step: step["start"])
    return {group: list(items.values()) for group, items in groups.items()}


def hours(duration):
    return duration.total_seconds() / 3600


def handoffs(steps):
    """The neighbors between which the role changes."""
    return [(before, after) for before, after in itertools.pairwise(steps) if before["role"] != after["role"]]


def waiting_hours(steps):
    return sum(hours(after["start"] - before["end"]) for before, after in handoffs(steps))


def week(step):
    """The Monday of the week in which the step began."""
    return step["start"].date() - datetime.timedelta(days=step["start"].weekday())


def report_on(items):
    lead = [hours(steps[-1]["end"] - steps[0]["start"]) for steps in items]
    kinds = {}
    for steps in items:
        for step in steps:
            kinds.setdefault((step["person"], week(step)), set()).add(step["activity"])
    return {
        "handoffs_per_item": statistics.mean(len(handoffs(steps)) for steps in items),
        "waiting_share": sum(waiting_hours(steps) for steps in items) / sum(lead),
        "median_lead_hours": statistics.median(lead),
        "kinds_per_person_week": statistics.mean(len(each) for each in kinds.values()),
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tickets", required=True)  # mutants: the checks give both options, as the contract does
    parser.add_argument("--out", required=True)  # mutants: likewise
    arguments = parser.parse_args()
    try:
        groups = {group: report_on(items) for group, items in read(arguments.tickets).items()}
    except (OSError, ValueError, KeyError) as fault:
        parser.error(f"{arguments.tickets}: {fault}")  # mutants: what is no log is no part of the contract
    with open(arguments.out, "w", encoding="utf-8") as out:
        json.dump({"groups": groups}, out)


if __name__ == "__main__":
    main()
