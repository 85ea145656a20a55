"""The model: minutes late as a sum over the columns, fitted in small steps."""
import csv

COLUMNS = ("wave_height_m", "wind_kn")


def read_config(path):
    with open(path, encoding="utf-8") as lines:
        pairs = (line.split(": ") for line in lines if ": " in line)
        return {name: value.strip() if name == "data" else float(value) for name, value in pairs}


def read_rows(path):
    with open(path, newline="", encoding="utf-8") as rows:
        return [{name: float(row[name]) for name in (*COLUMNS, "late_min")} for row in csv.DictReader(rows)]


def fit(rows, chance, rounds=2000, step=1e-4):
    weights = dict.fromkeys(COLUMNS, 0.0)
    for _ in range(rounds):
        row = chance.choice(rows)
        miss = row["late_min"] - sum(weights[name] * row[name] for name in COLUMNS)
        for name in COLUMNS:
            weights[name] += step * miss * row[name]
    return weights
