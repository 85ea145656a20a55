"""A register of projects, from a seed: python gen.py --seed N --projects N --out FILE [--asof D]. The same arguments give the
same bytes. With a day, projects that lie exactly on the bounds of that day's rates come at the end."""
import argparse
import csv
import datetime
import random

FIRST = datetime.date(2023, 1, 1)
LAST = datetime.date(2026, 3, 31)  # of the export: what came later is not in it


def project(chance, number):
    """A row: when it started, had a prototype, was deployed, was stopped; empty where that did not happen."""
    started = FIRST + datetime.timedelta(days=chance.randrange(1150))
    prototype = deployed = stopped = None
    if chance.random() < 0.8:
        prototype = started + datetime.timedelta(days=chance.randint(20, 120))
    if chance.random() < (0.5 if prototype else 0.15):
        deployed = (prototype or started) + datetime.timedelta(days=chance.randint(60, 480))
    if deployed and chance.random() < 0.2:
        stopped = deployed + datetime.timedelta(days=chance.randint(90, 400))
    elif not deployed and chance.random() < 0.7:
        stopped = (prototype or started) + datetime.timedelta(days=chance.randint(60, 500))
    dates = [date if date and date <= LAST else None for date in (started, prototype, deployed, stopped)]
    return [f"T{number:03d}", *(date.isoformat() if date else "" for date in dates)]


def bounds(asof):
    """Started, with a prototype, deployed or stopped on the very day; a year old on it, and deployed when a year old."""
    year, month = asof - datetime.timedelta(days=365), asof - datetime.timedelta(days=30)
    rows = [(asof,), (month, asof), (month, month, asof), (month, month, None, asof), (year, month), (year, None, asof)]
    for number, dates in enumerate(rows, 1):
        cells = [date.isoformat() if date else "" for date in dates]
        yield [f"B{number:03d}", *cells, *[""] * (4 - len(cells))]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--projects", type=int, required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--asof", type=datetime.date.fromisoformat)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    with open(arguments.out, "w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["project", "started", "prototype", "deployed", "stopped"])
        writer.writerows(project(chance, number) for number in range(1, arguments.projects + 1))
        writer.writerows(bounds(arguments.asof) if arguments.asof else ())


if __name__ == "__main__":
    main()
