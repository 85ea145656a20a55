"""A log of work items from a seed: python gen.py --seed N --items N --out FILE [--shuffle]. The same arguments give the same bytes."""
import argparse
import csv
import datetime
import random

MONDAY = datetime.datetime(2026, 2, 2, 8, 0)
WAY = (  # activity, and whose it is in the squad
    ("collect data", "data-engineer"),
    ("clean data", "data-engineer"),
    ("explore", "data-scientist"),
    ("train", "data-scientist"),
    ("evaluate", "data-scientist"),
    ("package", "ml-engineer"),
    ("deploy", "platform-engineer"),
    ("watch", "ml-engineer"),
)
SQUAD = {
    "data-engineer": ("Noor", "Emil"),
    "data-scientist": ("Ines", "Jonas"),
    "ml-engineer": ("Bram", "Lotte"),
    "platform-engineer": ("Oda",),
}
ALONE = ("Rafa", "Mila", "Pavel")


def way(chance, group):
    """The activities of an item. Some leave something out, some come back to it."""
    steps = [step for step in WAY if chance.random() < 0.85] or [WAY[3]]
    if chance.random() < 0.3:
        back = chance.randrange(len(WAY) - 3)
        steps += WAY[back:back + 2]
    if group == "squad":
        return steps
    helped = chance.random() < 0.35
    return [(step, role if helped and step == "deploy" else "data-scientist") for step, role in steps]


def people(chance, group):
    """Who does the steps of an item, by role; in the squad a colleague may take over within a role."""
    if group == "end-to-end":
        owner = chance.choice(ALONE)
        return lambda role: owner if role == "data-scientist" else "Oda"
    return lambda role: chance.choice(SQUAD[role])


def item(chance, group):
    """Rows without their item. Between two roles lie days, within one at most a night."""
    who = people(chance, group)
    at = MONDAY + datetime.timedelta(minutes=15 * chance.randrange(4 * 24 * 40))
    before = None
    for activity, role in way(chance, group):
        if before:
            at += datetime.timedelta(minutes=15 * (chance.randint(8, 400) if before != role else chance.randint(0, 60)))
        end = at + datetime.timedelta(minutes=15 * chance.randint(4, 60))
        yield [activity, who(role), role, at, end]
        at, before = end, role


def rows(chance, items):
    for number in range(1, items + 1):
        group = "squad" if number % 2 else "end-to-end"
        for activity, person, role, start, end in item(chance, group):
            times = [moment.isoformat(timespec="minutes") for moment in (start, end)]
            yield [f"W{number:02d}", group, activity, person, role, *times]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--items", type=int, required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--shuffle", action="store_true")
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    log = sorted(rows(chance, arguments.items), key=lambda row: (row[5], row[0]))
    if arguments.shuffle:
        chance.shuffle(log)
    with open(arguments.out, "w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["item", "group", "activity", "person", "role", "start", "end"])
        writer.writerows(log)


if __name__ == "__main__":
    main()
