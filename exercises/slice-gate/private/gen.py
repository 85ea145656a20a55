"""Writes the models, data and policies of one check, with what a right gate says about each.

    gen.py --seed N --check good|island|hidden|small|new|crossed|tpr|report --out FOLDER

What is drawn is measured, and drawn again until right and wrong lie far apart (see the margins below), so that no
verdict hangs on a digit. FOLDER holds numbered files and cases.json, a list of

    name        what the case is about
    candidate, champion, data, policy    names of files in FOLDER
    verdict, reason                      of a right gate
    slice       the slice that has to be named, with its verdict in slice_verdict
    gap, low                             the gap of the true-positive rates, and who has the lowest
    slices      {name: {support, late_rate, champion_auc, candidate_auc, tpr, verdict}}, of the check report
"""

import argparse
import json
from copy import deepcopy
from pathlib import Path
from random import Random

import latemodel
from world import (
    DEPOTS,
    POLICY,
    changed,
    fitted,
    judged,
    parcels,
    text_of,
    tpr_gap,
    underrating_weather,
)

ROWS = 5000
CALM = 0.6  # of what the policy allows: a good candidate stays below this share of it
CLEAR = 1.5  # of what the policy allows: a bad one is above
MOST_DRAWS = 60


class World:
    """A good candidate, a champion that it beats, and a month of parcels to compare them on."""

    def __init__(self, random, n=ROWS, **drift):
        self.random = random
        self.policy = deepcopy(POLICY)
        self.candidate = fitted(random, latemodel.ISLAND_TERMS)
        self.champion = underrating_weather(self.candidate)
        self.rows = parcels(random, n, **drift)

    def judged(self, candidate=None):
        return judged(self.rows, self.policy, self.champion, candidate or self.candidate)

    def case(self, name, verdict, reason=None, candidate=None, **more):
        return {
            "name": name,
            "verdict": verdict,
            "reason": reason,
            "candidate": deepcopy(candidate or self.candidate),
            "champion": self.champion,
            "data": text_of(self.rows),
            "policy": deepcopy(self.policy),
            **more,
        }


def until(draw):
    """The first of the draws that is far from every bound."""
    for _ in range(MOST_DRAWS):
        if found := draw():
            return found
    raise SystemExit("no draw is clear enough")


def drop(found, name):
    return found[name]["drop"] if name in found and found[name]["drop"] is not None else 0.0


def is_calm(found, policy, besides=()):
    """Whether no slice and no gap comes near to what the policy allows."""
    drops = [drop(found, name) for name in found if name not in besides]
    calm_gap = tpr_gap(found, policy["tpr_gap"]["column"])[0] <= policy["tpr_gap"]["max"] * 0.85
    return max(drops) <= policy["max_drop"] * CALM and calm_gap


def is_clear(found, policy, name):
    return drop(found, name) >= policy["max_drop"] * CLEAR


# ---- the cases of each check ----


def good(random):
    """One that is better everywhere, on one depot by far, and one that is the champion itself."""

    def draw():
        world = World(random)
        name = f"depot={random.choice('ABCDE')}"
        world.champion = backwards(world.champion, name)
        found = world.judged()
        is_better = drop(found, name) <= -world.policy["max_drop"] * CLEAR
        every = judged(world.rows, {**world.policy, "min_support": 2}, world.champion, world.candidate)
        harms_nobody = all(drop(every, slice) <= world.policy["max_drop"] for slice in every)
        return world if is_better and harms_nobody and is_calm(found, world.policy) else None

    world = until(draw)
    better = world.case("better everywhere", "pass")
    return [better, {**better, "name": "the champion itself", "champion": world.candidate}]


def island(random):
    def draw():
        world = World(random)
        bad = fitted(random, latemodel.PLAIN_TERMS, without="F")
        return (world, bad) if is_clear(world.judged(bad), world.policy, "depot=F") else None

    world, bad = until(draw)
    return [world.case("trained without depot F", "refuse", "slice", bad, slice="depot=F", slice_verdict="refuse")]


def backwards(model, term):
    """The model, with the distance working backwards in one slice, and its mean score there about the same."""
    return changed(model, add={f"{term}*distance_km": -0.0085, term: 1.8})


def hidden(random):
    """Bad on a depot, on a tier, on a kind of weather."""

    def draw():
        world = World(random)
        names = [
            f"depot={random.choice('BCDE')}",
            f"tier={random.choice(['economy', 'express'])}",
            f"weather={random.choice(['rain', 'snow', 'storm'])}",
        ]
        bad = {name: backwards(world.candidate, name) for name in names}
        clear = all(is_clear(world.judged(model), world.policy, name) for name, model in bad.items())
        return (world, bad) if clear else None

    world, bad = until(draw)
    return [
        world.case(f"bad on {name}", "refuse", "slice", model, slice=name, slice_verdict="refuse")
        for name, model in bad.items()
    ]


def small(random):
    """Twelve parcels of one depot, on which the candidate is terrible."""

    def draw():
        world = World(random)
        depot = random.choice("BCDEF")
        name = f"depot={depot}"
        mine = [row for row in world.rows if row["depot"] == depot]
        late = [row for row in mine if row["late"] == "1"]
        kept = random.sample(late, 6) + random.sample([row for row in mine if row["late"] == "0"], 6)
        ids = {row["parcel_id"] for row in kept}
        world.rows = [row for row in world.rows if row["depot"] != depot or row["parcel_id"] in ids]
        bad = changed(world.candidate, add={f"{name}*distance_km": -0.02, name: -9.0})
        found = world.judged(bad)
        alone = judged(kept, {**world.policy, "min_support": 2}, world.champion, bad)
        terrible = drop(alone, name) >= 4 * world.policy["max_drop"] and alone[name]["tpr"] == 0
        return (world, name, bad) if terrible and is_calm(found, world.policy) else None

    world, name, bad = until(draw)
    return [world.case("twelve parcels of a depot", "pass", None, bad, slice=name, slice_verdict="insufficient")]


def new(random):
    """A depot that the models have never heard of. The candidate has a slope of the distance for each old one."""

    def draw():
        world = World(random)
        letter, home = random.choice("GHJKLM"), random.choice("ABC")
        for row in world.rows:
            if row["depot"] == home and random.random() < 0.5:
                row["depot"] = letter
        terms = world.candidate["terms"]
        slope = terms["distance_km"]
        model = changed(world.candidate, add={f"depot={depot}*distance_km": slope for depot in DEPOTS})
        del model["terms"]["distance_km"]
        model = changed(model, add={"stops": -terms["stops"]})  # which say how far it is, too
        name = f"depot={letter}"
        return (world, name, model) if is_clear(world.judged(model), world.policy, name) else None

    world, name, model = until(draw)
    return [world.case("a new depot", "refuse", "slice", model, slice=name, slice_verdict="refuse")]


CELL = 160


def crossed(random):
    """Bad only where a depot and a tier meet: on a kind of weather that this depot has in express parcels alone."""

    def draw():
        depot, weather = random.choice("ABC"), random.choice(["snow", "storm"])
        world = World(random, depot_mix=(depot, 0.35), weather_mix=(weather, 0.35))
        name = f"depot={depot}*tier=express"
        rows, cell = [], 0
        for row in world.rows:
            if row["depot"] == depot and row["tier"] == "express":
                cell += 1
                if cell > CELL:
                    continue
            elif row["depot"] == depot and row["weather"] == weather:
                continue
            rows.append(row)
        world.rows = rows
        bad = changed(world.candidate, add={f"depot={depot}*weather={weather}": -3.0})
        found = world.judged(bad)
        clear = is_clear(found, world.policy, name) and is_calm(found, world.policy, besides=[name])
        return (world, name, bad) if clear else None

    world, name, bad = until(draw)
    return [world.case("bad in one crossing", "refuse", "slice", bad, slice=name, slice_verdict="refuse")]


# Of each depot's parcels in a case of tpr: how many, the share that is late, and of flagged ones among the late
# and among the others.
GROUP, LATE, TPR, FPR = 240, 0.4, 0.7, 0.2
AS_MANY = FPR + 0.2 * LATE / (1 - LATE)  # makes up for a true-positive rate that is 0.2 lower


def tpr(random):
    """The same ranking, so no slice drops; parcels are chosen so that the rates are what the case is about."""

    def draw():
        world = World(random, 2 * ROWS, depot_mix=("F", 0.2))
        world.candidate = changed(world.candidate, threshold=0.35)
        world.champion = changed(world.candidate, intercept=world.candidate["intercept"] - 0.2)
        world.policy["tpr_gap"] = {"column": "depot", "max": 0.1}
        pool = world.rows
        odd = random.choice(DEPOTS)
        cases = []
        for name, verdict, rates in (
            ("a depot with fewer hits and as many flags", "refuse", {"tpr": TPR - 0.2, "fpr": AS_MANY}),
            ("a depot with more late parcels, and more flags", "pass", {"late": LATE + 0.25}),
            ("a gap just within the policy", "pass", {"tpr": TPR - 0.07}),
        ):
            world.rows = chosen(random, pool, world.candidate, odd, rates)
            if world.rows is None:
                return None
            gap, low, _ = tpr_gap(world.judged(), "depot")
            cases.append(world.case(name, verdict, "tpr-gap" if verdict == "refuse" else None, gap=gap, low=low))
        other = random.choice([depot for depot in DEPOTS if depot != odd])
        world.rows = chosen(random, pool, world.candidate, odd, {"tpr": TPR - 0.2}, [odd, other])
        if world.rows is None:
            return None
        gap, low, _ = tpr_gap(world.judged(), "depot")
        cases.append(world.case("two depots, one with fewer hits", "refuse", "tpr-gap", gap=gap, low=low))
        world.rows = [row for row in world.rows if row["depot"] == odd]
        cases.append(world.case("one depot, which has none to be compared with", "pass", gap=None, low=None))
        return cases

    return until(draw)


def chosen(random, pool, model, odd, rates, depots=DEPOTS):
    """GROUP rows of each depot with the wanted rates, those of `odd` apart; None when there are not enough."""
    cells = {}
    for row, score in zip(pool, latemodel.scores(model, pool)):
        cells.setdefault((row["depot"], row["late"], score >= model["threshold"]), []).append(row)
    picked = []
    for depot in depots:
        mine = {"late": LATE, "tpr": TPR, "fpr": FPR} | (rates if depot == odd else {})
        late = round(GROUP * mine["late"])
        hits, alarms = round(late * mine["tpr"]), round((GROUP - late) * mine["fpr"])
        for label, flagged, count in (("1", True, hits), ("1", False, late - hits), ("0", True, alarms),
                                      ("0", False, GROUP - late - alarms)):  # fmt: skip
            cell = cells.get((depot, label, flagged), [])
            if len(cell) < count:
                return None
            picked += random.sample(cell, count)
    return sorted(picked, key=lambda row: row["created_at"])


def report(random):
    """A good candidate under another policy, and all the numbers."""

    def draw():
        world = World(random)
        world.policy["crossings"] = [random.sample(world.policy["columns"], 2)]
        supports = sorted({item["support"] for item in world.judged().values() if 100 <= item["support"] <= 160})
        if not supports:
            return None
        world.policy["min_support"] = random.choice(supports)  # as many as one of the slices has
        found = world.judged()
        return (world, found) if is_calm(found, world.policy) else None

    world, found = until(draw)
    return [world.case("a good candidate", "pass", slices=found)]


CHECKS = {"good": good, "island": island, "hidden": hidden, "small": small, "new": new, "crossed": crossed, "tpr": tpr,
          "report": report}  # fmt: skip


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--check", choices=CHECKS, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()

    arguments.out.mkdir()
    cases = CHECKS[arguments.check](Random(f"{arguments.check} {arguments.seed}"))
    for number, case in enumerate(cases, 1):
        for part, ending in (("candidate", "json"), ("champion", "json"), ("data", "csv"), ("policy", "yaml")):
            value = case[part]
            case[part] = f"{part}-{number}.{ending}"
            text = value if isinstance(value, str) else json.dumps(value, indent=2) + "\n"  # JSON is YAML
            (arguments.out / case[part]).write_text(text)
    (arguments.out / "cases.json").write_text(json.dumps(cases))


if __name__ == "__main__":
    main()
