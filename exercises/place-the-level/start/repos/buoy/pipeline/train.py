"""Trains on the crossings of config.yaml: python -m pipeline.train --config C --out M."""
import argparse
import json
import random

from pipeline.model import fit, read_config, read_rows


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", required=True)
    parser.add_argument("--out", required=True)
    arguments = parser.parse_args()
    config = read_config(arguments.config)
    chance = random.Random(config["seed"])
    rows = read_rows(config["data"])
    chance.shuffle(rows)
    held_out = int(len(rows) * config["holdout_share"])
    with open(arguments.out, "w", encoding="utf-8") as out:
        json.dump(fit(rows[held_out:], chance), out)


if __name__ == "__main__":
    main()
