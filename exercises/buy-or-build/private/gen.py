"""A brief and a price list from a seed: python gen.py --seed N --case CASE --part brief|prices --out FILE. The same
arguments give the same bytes. In the case meets the curves meet, in never they do not; in equal, first, last and beyond they do
so exactly, at some number of models, at 1, at 500, at 501. In steps the number of models reaches a step of licenses and staff in the
second year, and goes over one of nearly everything in the third."""
import argparse
import random

CASES = ("meets", "never", "equal", "first", "last", "beyond", "steps")
EXACT = {"equal": range(25, 41), "first": (1,), "last": (500,), "beyond": (501,)}
FACTS = ("maturity_level", "months_to_launch", "tools_missing", "custom_steps", "requirements_unmet", "audits_a_year")


def cents(chance, low, high):
    return chance.randint(low * 100, high * 100) / 100


def licenses(chance, case):
    """Steps of the price of a model."""
    first, second, third = chance.randint(6, 14), chance.randint(20, 35), chance.randint(60, 90)
    if case == "never":
        return {1: cents(chance, 120, 150), first: cents(chance, 80, 100), second: cents(chance, 45, 58)}
    low = cents(chance, 255, 275)
    return {1: cents(chance, 400, 450), first: cents(chance, 350, 390), second: cents(chance, 290, 310), third: low}


def ordinary(chance, case):
    people = {"vendor": chance.choice([0.25, 0.5]), "build": chance.choice([2, 3, 3.5]), "run": chance.choice([1.5, 2, 2.25])}
    steps = {
        "platform": {1: cents(chance, 1500, 2200), 30: cents(chance, 2800, 3300)},
        "license": licenses(chance, case),
        "staff": {1: cents(chance, 6800, 7900)},
        "base": {1: cents(chance, 500, 800), 30: cents(chance, 1100, 1400)},
        "machines": {1: cents(chance, 60, 95)},
    }
    return people, steps


def exact(chance, case):
    """What is saved with each model makes up for the rest exactly at a number of models; all in whole euros."""
    models, staff, base, machines = chance.choice(EXACT[case]), 6000, chance.randint(400, 700), chance.randint(60, 90)
    saved = 100 if models < 50 else 10
    prices = {"platform": base + staff // 2 + staff // 3 - saved * models, "license": machines + saved}
    prices |= {"staff": staff, "base": base, "machines": machines}
    return {"vendor": 1, "build": 1, "run": 1.5}, {item: {1: price} for item, price in prices.items()}


def growth(chance, case, steps):
    """The models of today, and those that come in a year."""
    if case == "steps":
        first = sorted(steps["license"])[1]
        return first - 4, max(4, 31 - first)
    return chance.randint(8, 28), chance.randint(3, 12)


def make(chance, case):
    people, steps = exact(chance, case) if case in EXACT else ordinary(chance, case)
    models, a_year = growth(chance, case, steps)
    if case == "steps":
        steps["license"] = {start: price for start, price in steps["license"].items() if start <= 14}
        steps["license"][models + a_year] = cents(chance, 320, 340)
        steps["staff"][models + a_year] = cents(chance, 8000, 8400)
    facts = {name: chance.randint(0, 6) for name in FACTS}
    facts |= {"platform_engineers": chance.randint(0, 6), "data_may_leave": "true", "million_answers_a_day": 2.5}
    facts |= {"models": models, "models_a_year": a_year} | {f"{name}_engineers": number for name, number in people.items()}
    return facts, steps


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--case", choices=CASES, required=True)
    parser.add_argument("--part", choices=("brief", "prices"), required=True)
    parser.add_argument("--out", required=True)
    arguments = parser.parse_args()
    chance = random.Random(f"{arguments.seed} {arguments.case}")
    facts, steps = make(chance, arguments.case)
    lines = [f"{item},{start},{price:.2f}" for item, each in steps.items() for start, price in each.items()]
    chance.shuffle(lines)
    with open(arguments.out, "w", encoding="utf-8") as out:
        if arguments.part == "brief":
            out.write("facts:\n" + "".join(f"  {name}: {value}\n" for name, value in facts.items()))
        else:
            out.write("item,from_models,eur_a_month\n" + "".join(line + "\n" for line in lines))


if __name__ == "__main__":
    main()
