"""What two ways of working cost: python handoffs.py --tickets F --out report.json"""
import argparse
import csv
import datetime
import json
import statistics


def read(path):
    """For each group its items, each a list of steps."""
    groups = {}
    with open(path, newline="", encoding="utf-8") as tickets:
        for row in csv.DictReader(tickets):
            for name in ("start", "end"):
                row[name] = datetime.datetime.fromisoformat(row[name])
            groups.setdefault(row["group"], {}).setdefault(row["item"], []).append(row)
    return {group: list(items.values()) for group, items in groups.items()}


def hours(duration):
    return duration.total_seconds() / 3600


def lead_hours(steps):
    return hours(max(step["end"] for step in steps) - min(step["start"] for step in steps))


def report_on(items):
    lead = [lead_hours(steps) for steps in items]
    work = sum(hours(step["end"] - step["start"]) for steps in items for step in steps)
    kinds = {}
    for steps in items:
        for step in steps:
            kinds.setdefault(step["person"], set()).add(step["activity"])
    return {
        "handoffs_per_item": statistics.mean(len(steps) for steps in items),
        "waiting_share": 1 - work / sum(lead),
        "median_lead_hours": statistics.median(lead),
        "kinds_per_person_week": statistics.mean(len(each) for each in kinds.values()),
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tickets", required=True)
    parser.add_argument("--out", required=True)
    arguments = parser.parse_args()
    groups = {group: report_on(items) for group, items in read(arguments.tickets).items()}
    with open(arguments.out, "w", encoding="utf-8") as out:
        json.dump({"groups": groups}, out, indent=2)


if __name__ == "__main__":
    main()
