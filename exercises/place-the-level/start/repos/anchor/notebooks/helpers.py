"""Functions that several notebooks had copies of."""
import csv


def read_csv(path):
    with open(path, newline="", encoding="utf-8") as rows:
        return list(csv.DictReader(rows))


def error(model, rows):
    return sum(abs(model(row) - float(row["parcels"])) for row in rows) / len(rows)
