#!/usr/bin/env python3
"""Models of the format late-json-1: load, score, hash and fit.

    from tools.latemodel import load, scores
    scores(load("model.json"), rows)      # rows: dictionaries by column, as csv.DictReader gives them

A model is a JSON object:

    {"format": "late-json-1", "intercept": -3.2, "threshold": 0.5,
     "terms": {"distance_km": 0.0055, "depot=F": 2.6, "depot=F*distance_km": -0.0165, "hour>=17": 0.6}}

A term is a numeric column, `column=value` (1 where the column holds that text, else 0), `hour>=H` (1 when the parcel
was accepted at H o'clock UTC or later, else 0), or a product of two of them. The score is the logistic of the sum of the
intercept and each term times its coefficient. A parcel counts as late when its score is at least the threshold.

Run as a program:

    latemodel.py --model M --data F --out O             parcel_id,score of each parcel, as CSV
    latemodel.py --fit TERM [--fit TERM]… --data F --out O   a model fitted to the labelled parcels of F
    latemodel.py --model M --hash --out O               the model's SHA-256

All but fit() needs the standard library only; fit() needs numpy.
"""

import argparse
import csv
import hashlib
import json
import re
import sys
from math import exp, isfinite

FORMAT = "late-json-1"
KEYS = {"format", "intercept", "terms", "threshold"}

# The terms of a logistic regression with one effect a column, and those that treat depot F apart.
PLAIN_TERMS = (
    ["distance_km", "weight_kg", "stops", "tier=economy", "tier=express", "hour>=17"]
    + [f"weather={value}" for value in ("rain", "snow", "storm")]
    + [f"depot={value}" for value in "BCDEF"]
)
ISLAND_TERMS = [*PLAIN_TERMS, "depot=F*distance_km"]

DIGITS = 9  # of a fitted coefficient: what is left of it is the same on every machine
NEWTON_STEPS = 50


class ModelError(ValueError):
    """A model, or data, that cannot be scored. The text says which and why."""


# ---- models ----


def load(path):
    """The model in a file; ModelError when there is none."""
    try:
        with open(path, encoding="utf-8") as file:
            return parse(file.read(), path)
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ModelError(f"{path}: this is not UTF-8") from None


def parse(text, source="model"):
    """The model in a JSON text. `source` names it in errors."""
    try:
        model = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{source}: this is not JSON: {error}") from None
    return check(model, source)


def check(model, source="model"):
    """The model itself, when it is one."""
    if not isinstance(model, dict) or model.get("format") != FORMAT:
        raise ModelError(f"{source}: expected an object with the format {FORMAT}")
    if set(model) != KEYS:
        wrong = ", ".join(sorted(set(model) ^ KEYS))
        raise ModelError(f"{source}: a model has exactly the keys {', '.join(sorted(KEYS))}; see {wrong}")
    if not isinstance(model["terms"], dict):
        raise ModelError(f"{source}: terms is an object of coefficients by term")
    for term, coefficient in [("intercept", model["intercept"]), *model["terms"].items()]:
        if not is_number(coefficient):
            raise ModelError(f"{source}: {term} is {coefficient!r}, and no finite number")
    if not is_number(model["threshold"]) or not 0 <= model["threshold"] <= 1:
        raise ModelError(f"{source}: threshold is a number from 0 to 1")
    for term in model["terms"]:
        factors_of(term, source)
    return model


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e300


def canonical(model):
    """The model as JSON text: keys sorted, no spaces. Two files of one model have one canonical text."""
    return json.dumps(model, sort_keys=True, separators=(",", ":"))


def model_sha(model):
    """SHA-256 of the canonical text, in hex: the name of a model."""
    return hashlib.sha256(canonical(model).encode()).hexdigest()


# ---- terms ----

COLUMN = re.compile(r"[a-z][a-z0-9_]*")
VALUE = re.compile(r"([a-z][a-z0-9_]*)=([^*]+)")
HOUR = re.compile(r"hour>=([01]?[0-9]|2[0-3])")


def factors_of(term, source="term"):
    """The one or two factors of a term, each as (kind, column, value)."""
    factors = [factor_of(text) for text in term.split("*")]
    if len(factors) > 2 or None in factors:
        raise ModelError(f"{source}: {term!r} is no term: expected column, column=value, hour>=H, or a product of two")
    return factors


def factor_of(text):
    if match := HOUR.fullmatch(text):
        return "hour", "created_at", int(match[1])
    if match := VALUE.fullmatch(text):
        return "value", match[1], match[2]
    return ("number", text, None) if COLUMN.fullmatch(text) else None


def numbers(rows, column):
    """A column as floats; ModelError for what is no finite number."""
    found = []
    for place, row in enumerate(rows, 1):
        try:
            number = float(row[column])
        except KeyError:
            raise ModelError(f"the data have no column {column}") from None
        except (TypeError, ValueError):
            number = float("nan")
        if not isfinite(number):
            raise ModelError(f"row {place}: {column} is {row[column]!r}, and no number")
        found.append(number)
    return found


def hours(rows):
    """The hours of created_at, such as 2026-01-05T08:13:00Z."""
    try:
        return [int(row["created_at"][11:13]) for row in rows]
    except KeyError:
        raise ModelError("the data have no column created_at") from None
    except (TypeError, ValueError):
        raise ModelError("created_at holds something else than times such as 2026-01-05T08:13:00Z") from None


def factor_values(rows, factor):
    kind, column, value = factor
    if kind == "number":
        return numbers(rows, column)
    if kind == "hour":
        return [1.0 if hour >= value else 0.0 for hour in hours(rows)]
    if rows and column not in rows[0]:
        raise ModelError(f"the data have no column {column}")
    return [1.0 if row[column] == value else 0.0 for row in rows]


def term_values(rows, term):
    """What a term is for each row."""
    values = [factor_values(rows, factor) for factor in factors_of(term)]
    return values[0] if len(values) == 1 else [first * second for first, second in zip(*values)]


# ---- scores ----


def logistic(x):
    return 1 / (1 + exp(-x)) if x >= 0 else (e := exp(max(x, -700))) / (1 + e)


def scores(model, rows):
    """The score of each row, from 0 to 1."""
    sums = [float(model["intercept"])] * len(rows)
    for term in sorted(model["terms"]):  # an order of its own, so that the last digits do not depend on the file's
        coefficient = model["terms"][term]
        sums = [total + coefficient * value for total, value in zip(sums, term_values(rows, term))]
    return [logistic(total) for total in sums]


def score(model, row):
    """The score of one row."""
    return scores(model, [row])[0]


# ---- fitting ----


def fit(rows, terms, threshold=0.5, ridge=1.0):
    """The model with these terms that fits the labelled rows best: logistic regression by Newton's method.

    Rows with an empty `late` are left out. `ridge` is the weight of the squared coefficients (in standard deviations of
    their terms; the intercept is free), so a value that only late parcels have does not get an endless coefficient. A
    term that is the same for all rows gets 0.
    """
    import numpy as np

    rows = [row for row in rows if row["late"] != ""]
    labels = np.array(numbers(rows, "late"))
    if not set(labels) == {0.0, 1.0}:
        raise ModelError("the data have no parcels that were late, or none that were not")
    terms = sorted(set(terms))
    plain = np.array([term_values(rows, term) for term in terms]).reshape(len(terms), len(rows)).T
    means, deviations = plain.mean(axis=0), plain.std(axis=0)
    varied = deviations > 1e-12
    scaled = np.where(varied, (plain - means) / np.where(varied, deviations, 1), 0)
    design = np.column_stack([np.ones(len(rows)), scaled])
    weights = newton(design, labels, np.array([1e-9] + [ridge] * len(terms)))

    coefficients = np.where(varied, weights[1:] / np.where(varied, deviations, 1), 0)
    intercept = weights[0] - coefficients @ means
    return check(
        {
            "format": FORMAT,
            "intercept": rounded(intercept),
            "terms": {term: rounded(coefficient) for term, coefficient in zip(terms, coefficients)},
            "threshold": threshold,
        }
    )


def newton(design, labels, penalty):
    """Weights that minimise the log-loss plus half the penalty times the squared weights."""
    import numpy as np

    def loss(weights):
        sums = design @ weights
        return np.logaddexp(0, sums).sum() - labels @ sums + penalty @ weights**2 / 2

    weights = np.zeros(design.shape[1])
    now = loss(weights)
    for _ in range(NEWTON_STEPS):
        chances = 1 / (1 + np.exp(-np.clip(design @ weights, -500, 500)))
        gradient = design.T @ (chances - labels) + penalty * weights
        curvature = design.T @ (design * (chances * (1 - chances))[:, None]) + np.diag(penalty)
        step = np.linalg.solve(curvature, gradient)
        while (after := loss(weights - step)) > now and np.abs(step).max() > 1e-12:
            step = step / 2
        weights = weights - step
        if np.abs(step).max() < 1e-11:
            break
        now = after
    return weights


def rounded(number):
    return float(f"{float(number):.{DIGITS}g}")


# ---- as a program ----


def read_rows(path):
    """The rows of a CSV file as dictionaries."""
    try:
        with open(path, encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ModelError(f"{path}: this is not UTF-8") from None
    for place, row in enumerate(rows, 1):
        if None in row or None in row.values():
            raise ModelError(f"{path}: row {place} has not as many fields as the header")
    return rows


def parse_arguments(argv):
    parser = argparse.ArgumentParser(description="Scores, hashes and fits models of the format late-json-1.")
    parser.add_argument("--out", required=True, metavar="FILE")
    parser.add_argument("--model", metavar="FILE")
    parser.add_argument("--data", metavar="FILE")
    parser.add_argument("--hash", action="store_true", help="write the model's SHA-256")
    parser.add_argument("--fit", action="append", metavar="TERM", help="fit a model with this term (repeat it)")
    parser.add_argument("--threshold", type=float, default=0.5, help="of the fitted model")
    arguments = parser.parse_args(argv)
    if bool(arguments.fit) == bool(arguments.model) or not (arguments.data or arguments.hash):
        parser.error("give --model and --data, --fit and --data, or --model and --hash")
    return arguments


def result(arguments):
    """What the program writes."""
    if arguments.fit:
        return json.dumps(fit(read_rows(arguments.data), arguments.fit, arguments.threshold), indent=2) + "\n"
    model = load(arguments.model)
    if arguments.hash:
        return model_sha(model) + "\n"
    rows = read_rows(arguments.data)
    lines = (f"{row['parcel_id']},{chance:.12f}\n" for row, chance in zip(rows, scores(model, rows)))
    return "parcel_id,score\n" + "".join(lines)


def main(argv=None):
    arguments = parse_arguments(argv)
    try:
        text = result(arguments)
        with open(arguments.out, "w", encoding="utf-8", newline="\n") as out:
            out.write(text)
    except (ModelError, OSError) as error:
        print(f"latemodel.py: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
