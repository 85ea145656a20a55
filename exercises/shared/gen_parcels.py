#!/usr/bin/env python3
"""Writes parcels of Tidewater Parcels as CSV: the same arguments give the same bytes.

    gen_parcels.py --seed N --n ROWS --out FILE [--start 2026-01-05] [--days 28]
                   [--drift key=value]... [--labels full|asof=DATE]

Every row takes the same number of draws from one generator, so a drift changes what it is about and leaves the rest of
the rows as they were.

Drift keys, which may be combined (repeat the option):
    weight_shift=K       adds K x 3.5 kg to every weight (one standard deviation of the reference)
    depot_mix=F:0.3      depot F gets this share, the others keep their proportions
    weather_mix=storm:0.3
    concept=K            effects of weather and tier x (1 - 2K), and +1.6K before 09:00
    late_bias=K          adds K to the log-odds of every parcel

With --labels asof=DATE, what is not known at DATE (00:00 UTC, or a full time such as 2026-01-20T12:00:00Z) is left
empty: late and delivered_at of parcels delivered after it.
"""

import argparse
import sys
from datetime import datetime, timedelta, timezone
from math import cos, exp, log, pi, sqrt
from random import Random

COLUMNS = "parcel_id,created_at,depot,tier,weight_kg,distance_km,stops,weather,promised_h,late,delivered_at"

DEPOTS = {"A": 0.25, "B": 0.20, "C": 0.20, "D": 0.15, "E": 0.15, "F": 0.05}
TIERS = {"economy": 0.3, "standard": 0.5, "express": 0.2}
WEATHERS = {"clear": 0.65, "rain": 0.20, "snow": 0.10, "storm": 0.05}
PROMISED_H = {"economy": 72, "standard": 48, "express": 24}

DEPOT_EFFECT = {"A": 0.0, "B": 0.3, "C": -0.3, "D": 0.4, "E": -0.2, "F": 0.0}
TIER_EFFECT = {"economy": -0.4, "standard": 0.0, "express": 0.7}
WEATHER_EFFECT = {"clear": 0.0, "rain": 0.5, "snow": 1.1, "storm": 1.8}

DAY_S = 86400  # parcels are accepted around the clock
EVENING = 17
MORNING = 9
WEIGHT_STEP = 3.5  # kg, one standard deviation of the reference
TWO_PI = 2 * pi

MOST_ROWS = 5_000_000
DRIFT_KEYS = {"weight_shift", "depot_mix", "weather_mix", "concept", "late_bias"}


class Wrong(Exception):
    """A wrong argument; the text says which and why."""


def parse_drift(items):
    """['concept=1', 'depot_mix=F:0.3'] as {'concept': 1.0, 'depot_mix': ('F', 0.3)}."""
    drift = {}
    for item in items:
        key, separator, value = item.partition("=")
        if not separator or key not in DRIFT_KEYS:
            raise Wrong(f"--drift {item}: expected one of {', '.join(sorted(DRIFT_KEYS))}, then = and a value")
        if key in drift:
            raise Wrong(f"--drift {key} is given twice")
        if key.endswith("_mix"):
            name, _, share = value.partition(":")
            known = DEPOTS if key == "depot_mix" else WEATHERS
            if name not in known:
                raise Wrong(f"--drift {item}: {name!r} is none of {', '.join(known)}")
            share = parse_number(item, share)
            if not 0 <= share <= 1:
                raise Wrong(f"--drift {item}: a share lies between 0 and 1")
            drift[key] = (name, share)
        else:
            drift[key] = parse_number(item, value)
    return drift


def parse_number(item, text):
    try:
        number = float(text)
    except ValueError:
        raise Wrong(f"--drift {item}: {text!r} is no number") from None
    if not abs(number) < 1e6:  # also refuses nan
        raise Wrong(f"--drift {item}: {text} is out of range")
    return number


def parse_time(text, option):
    """A date, or a time in UTC such as 2026-01-20T12:00:00Z."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise Wrong(f"{option} {text}: expected a date such as 2026-01-05") from None
    return time.replace(tzinfo=timezone.utc) if time.tzinfo is None else time.astimezone(timezone.utc)


def with_share(shares, mix):
    """The shares with one of them set and the others scaled to fill the rest."""
    if mix is None:
        return shares
    name, share = mix
    scale = (1 - share) / (1 - shares[name])
    return {key: share if key == name else old * scale for key, old in shares.items()}


def cumulate(shares):
    """The shares as [(upper bound, key)], the last bound above every draw."""
    bounds, total = [], 0.0
    for key, share in shares.items():
        total += share
        bounds.append((total, key))
    bounds[-1] = (2.0, bounds[-1][1])
    return bounds


def pick(bounds, draw):
    for bound, key in bounds:
        if draw < bound:
            return key
    raise AssertionError("the last bound is above every draw")


def poisson(mean, draw):
    """Poisson by inversion: one draw each, whatever the mean."""
    term = total = exp(-mean)
    count = 0
    while draw > total and count < 200:
        count += 1
        term *= mean / count
        total += term
    return count


def log_odds(depot, tier, weight, distance, stops, weather, hour, concept=0.0, bias=0.0):
    """The truth: the log-odds that a parcel is late, from what its row says."""
    hundreds = distance / 100
    fade = 1 - 2 * concept
    odds = -3.2 + bias + DEPOT_EFFECT[depot] + 0.12 * (stops - 1) + 0.05 * weight
    odds += 2.6 - 1.1 * hundreds if depot == "F" else 0.55 * hundreds
    odds += fade * (TIER_EFFECT[tier] + WEATHER_EFFECT[weather])
    if hour >= EVENING:
        odds += 0.6
    elif hour < MORNING:
        odds += 1.6 * concept
    return odds


def sigmoid(x):
    return 1 / (1 + exp(-x)) if x > -700 else 0.0


def clock_text(times, stamp):
    """The time `stamp` seconds after the start as 2026-01-05T08:13:00Z; `times` keeps the text of each day."""
    day, second = divmod(stamp, DAY_S)
    date = times["days"].get(day)
    if date is None:
        date = times["days"][day] = (times["start"] + timedelta(days=day)).strftime("%Y-%m-%dT")
    minute, second = divmod(second, 60)
    return "%s%02d:%02d:%02dZ" % (date, minute // 60, minute % 60, second)


def rows(seed, n, start, days, drift, known_until):
    """The lines of the file, without its header. known_until: seconds since the start, or None for all labels."""
    random = Random(seed)
    uniform = random.random
    depots = cumulate(with_share(DEPOTS, drift.get("depot_mix")))
    weathers = cumulate(with_share(WEATHERS, drift.get("weather_mix")))
    tiers = cumulate(TIERS)
    shift = drift.get("weight_shift", 0.0) * WEIGHT_STEP
    concept, bias = drift.get("concept", 0.0), drift.get("late_bias", 0.0)
    times = {"start": start, "days": {}}
    parcel = random.randrange(10_000_000, 90_000_000)

    for created in sorted(int(uniform() * days * DAY_S) for _ in range(n)):
        depot, tier, weather = pick(depots, uniform()), pick(tiers, uniform()), pick(weathers, uniform())
        normal = sqrt(-2 * log(1 - uniform())) * cos(TWO_PI * uniform())
        weight = round(min(max(exp(1.0 + 0.8 * normal) + shift, 0.05), 60.0), 2)
        # A gamma of shape 2 is the sum of two exponentials.
        distance = round(min(max(-120 * log((1 - uniform()) * (1 - uniform())), 1.0), 1500.0), 1)
        stops = 1 + poisson(distance / 100, uniform())
        hour = created % DAY_S // 3600
        odds = log_odds(depot, tier, weight, distance, stops, weather, hour, concept, bias)
        late = uniform() < sigmoid(odds)
        share = 1.02 + 0.78 * uniform() if late else 0.40 + 0.58 * uniform()

        promised = PROMISED_H[tier]
        delivered = created + int(share * promised * 3600)
        known = known_until is None or delivered <= known_until
        yield "P%08d,%s,%s,%s,%.2f,%.1f,%d,%s,%d,%s,%s\n" % (
            parcel,
            clock_text(times, created),
            depot,
            tier,
            weight,
            distance,
            stops,
            weather,
            promised,
            ("1" if late else "0") if known else "",
            clock_text(times, delivered) if known else "",
        )
        parcel += 1


def parse_arguments(argv):
    parser = argparse.ArgumentParser(description="Writes parcels of Tidewater Parcels as CSV.")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--n", type=int, required=True, metavar="ROWS")
    parser.add_argument("--out", required=True, metavar="FILE")
    parser.add_argument("--start", default="2026-01-05", metavar="DATE")
    parser.add_argument("--days", type=int, default=28)
    parser.add_argument("--drift", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--labels", default="full", metavar="full|asof=DATE")
    return parser.parse_args(argv)


def known_until(labels, start):
    """What --labels says, as seconds since the start; None for all labels."""
    if labels == "full":
        return None
    if not labels.startswith("asof="):
        raise Wrong(f"--labels {labels}: expected full or asof=DATE")
    return int((parse_time(labels[len("asof=") :], "--labels asof=") - start).total_seconds())


def main(argv=None):
    arguments = parse_arguments(argv)
    try:
        if not 0 <= arguments.n <= MOST_ROWS:
            raise Wrong(f"--n {arguments.n}: expected 0 to {MOST_ROWS}")
        if not 1 <= arguments.days <= 3660:
            raise Wrong(f"--days {arguments.days}: expected 1 to 3660")
        start = parse_time(arguments.start, "--start")
        if start.time() != start.min.time():
            raise Wrong(f"--start {arguments.start}: expected a date without a time")
        lines = rows(
            arguments.seed,
            arguments.n,
            start,
            arguments.days,
            parse_drift(arguments.drift),
            known_until(arguments.labels, start),
        )
        with open(arguments.out, "w", encoding="ascii", newline="\n") as out:
            out.write(COLUMNS + "\n")
            out.writelines(lines)
    except (Wrong, OSError) as error:
        print(f"gen_parcels.py: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
