"""The four numbers of each group, in whole minutes and without classes of time beyond reading."""
import argparse
import csv
import json
from collections import defaultdict
from datetime import datetime


def minutes(moment):
    return int((datetime.fromisoformat(moment) - datetime(2000, 1, 1)).total_seconds()) // 60


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tickets")
    parser.add_argument("--out")
    arguments = parser.parse_args()
    with open(arguments.tickets, newline="", encoding="utf-8") as tickets:
        rows = sorted(csv.DictReader(tickets), key=lambda row: (row["group"], row["item"], row["start"]))
    groups = {}
    last = None
    for row in rows:
        group = groups.setdefault(row["group"], {"handoffs": 0, "waiting": 0, "lead": defaultdict(int), "kinds": defaultdict(set)})
        start, end = minutes(row["start"]), minutes(row["end"])
        if last and last[0] == row["item"]:
            group["lead"][row["item"]] += end - last[2]
            if last[1] != row["role"]:
                group["handoffs"] += 1
                group["waiting"] += start - last[2]
        else:
            group["lead"][row["item"]] += end - start
        year, week, _ = datetime.fromisoformat(row["start"]).isocalendar()
        group["kinds"][row["person"], year, week].add(row["activity"])
        last = (row["item"], row["role"], end)
    report = {}
    for name, group in groups.items():
        leads = sorted(group["lead"].values())
        middle = len(leads) // 2
        report[name] = {
            "handoffs_per_item": group["handoffs"] / len(leads),
            "waiting_share": group["waiting"] / sum(leads),
            "median_lead_hours": (leads[middle] + leads[~middle]) / 120,
            "kinds_per_person_week": sum(map(len, group["kinds"].values())) / len(group["kinds"]),
        }
    with open(arguments.out, "w", encoding="utf-8") as out:
        out.write(json.dumps({"groups": report}))


main()
