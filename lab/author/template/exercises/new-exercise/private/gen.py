"""Makes hidden readings; the checker calls it.

    gen.py --seed N --rows N --out FILE
"""

import argparse
import random


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--out", required=True)
    arguments = parser.parse_args()

    chance = random.Random(arguments.seed)
    values = [f"{chance.uniform(4, 9):.2f}" for _ in range(arguments.rows)]
    for row in chance.sample(range(arguments.rows), arguments.rows // 5):
        values[row] = ""

    with open(arguments.out, "w", encoding="ascii", newline="\n") as out:
        out.write("sensor,value\n")
        out.writelines(f"S{chance.randrange(1, 40):02},{value}\n" for value in values)


if __name__ == "__main__":
    main()
