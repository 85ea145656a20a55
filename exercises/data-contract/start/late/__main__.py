"""The command line: python -m late validate|train, see contract.md."""

import argparse
import json
import sys
from pathlib import Path

from late.train import train
from late.validate import validate


def parse_arguments():
    parser = argparse.ArgumentParser(prog="late")
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("validate")
    command.add_argument("--data", required=True, type=Path)
    command.add_argument("--report", required=True, type=Path)
    command.add_argument("--quarantine", type=Path)
    command = commands.add_parser("train")
    command.add_argument("--data", required=True, type=Path)
    command.add_argument("--out", required=True, type=Path)
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    if arguments.command == "train":
        train(arguments.data, arguments.out)
        return 0
    report = validate(arguments.data)
    arguments.report.write_text(json.dumps(report, indent=2) + "\n")
    print(report["verdict"])
    return 1 if report["verdict"] == "refuse" else 0


if __name__ == "__main__":
    sys.exit(main())
