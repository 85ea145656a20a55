"""The command line: python -m late validate|train, see contract.md."""

import argparse
import json
import sys
from pathlib import Path

from tools.clock import ClockError

from late.table import Unreadable
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


def run(arguments):
    """Does what the command line says; the report."""
    if arguments.command == "train":
        from late.train import train  # numpy is for training alone

        return train(arguments.data, arguments.out)
    report, _ = validate(arguments.data, arguments.quarantine)
    arguments.report.write_text(json.dumps(report, indent=2) + "\n")
    return report


def main():
    try:
        report = run(parse_arguments())
    except (Unreadable, ClockError) as error:
        print(f"late: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"late: {error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    for item in report["violations"]:
        print(f"{item['severity']}: {item['rule']}: {item['column'] or 'the file'}: {item['message']}")
    print(report["verdict"])
    return 1 if report["verdict"] == "refuse" else 0


if __name__ == "__main__":
    sys.exit(main())
