"""Makes the hidden files of the checks out of generated parcels.

    prepare.py --data FILE --out FILE [--without-depot X] [--unlabeled] [--shuffle SEED]
"""

import argparse
from random import Random


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--without-depot", help="leave out the rows of this depot")
    parser.add_argument("--unlabeled", action="store_true", help="empty what is known only after delivery")
    parser.add_argument("--shuffle", type=int, help="bring the rows into another order")
    arguments = parser.parse_args()

    with open(arguments.data, encoding="ascii") as data:
        header, *lines = data.read().splitlines()
    names = header.split(",")
    rows = [line.split(",") for line in lines]

    if arguments.without_depot:
        depot = names.index("depot")
        rows = [row for row in rows if row[depot] != arguments.without_depot]
    if arguments.unlabeled:
        after_the_fact = {names.index("late"), names.index("delivered_at")}
        rows = [["" if index in after_the_fact else value for index, value in enumerate(row)] for row in rows]
    if arguments.shuffle is not None:
        Random(arguments.shuffle).shuffle(rows)

    with open(arguments.out, "w", encoding="ascii", newline="\n") as out:
        out.writelines(",".join(row) + "\n" for row in [names, *rows])


if __name__ == "__main__":
    main()
