"""The mean error in minutes, over all crossings: python -m pipeline.evaluate --model M --out R."""
import argparse
import json

from pipeline.model import COLUMNS, read_config, read_rows


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--out", required=True)
    arguments = parser.parse_args()
    config = read_config("config.yaml")
    with open(arguments.model, encoding="utf-8") as model:
        weights = json.load(model)
    rows = read_rows(config["data"])
    misses = [abs(row["late_min"] - sum(weights[name] * row[name] for name in COLUMNS)) for row in rows]
    with open(arguments.out, "w", encoding="utf-8") as out:
        json.dump({"error_min": sum(misses) / len(misses)}, out)


if __name__ == "__main__":
    main()
