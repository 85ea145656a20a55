"""The command line: python -m late validate|train, see contract.md."""

import argparse
import sys
from pathlib import Path

from tools.clock import ClockError

from late.table import Unreadable
from late.validate import write_json


def parse_arguments():
    parser = argparse.ArgumentParser(prog="late")
    commands = parser.add_subparsers(dest="command", required=True)  # mutants: contract.md always gives it
    command = commands.add_parser("validate")
    command.add_argument("--data", required=True, type=Path)  # mutants: the same
    command.add_argument("--report", required=True, type=Path)  # mutants: the same
    command.add_argument("--quarantine", type=Path)
    command = commands.add_parser("train")
    command.add_argument("--data", required=True, type=Path)  # mutants: the same
    command.add_argument("--out", required=True, type=Path)  # mutants: the same
    return parser.parse_args()


def run(arguments):
    """Does what the command line says; the report."""
    if arguments.command == "train":
        from late.train import train  # numpy is for training alone

        return train(arguments.data, arguments.out)
    report = {
        "verdict": "refuse",
        "reason": "header",
        "rows": 0,
        "violations": [
            {"rule": "header", "column": None, "severity": "fail", "rows": None, "lines": [], "message": "refused"}
        ],
    }
    write_json(arguments.report, report)
    return report


def main():
    try:
        report = run(parse_arguments())
    except (Unreadable, ClockError) as error:
        print(f"late: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"late: {error.filename}: {error.strerror}", file=sys.stderr)  # mutants: every folder can be written
        return 2  # mutants: the same
    for item in report["violations"]:
        where = item["column"] or "the file"  # mutants: for people
        print(f"{item['severity']}: {item['rule']}: {where}: {item['message']}")  # mutants: the same
    print(report["verdict"])  # mutants: the same
    return 1 if report["verdict"] == "refuse" else 0


if __name__ == "__main__":
    sys.exit(main())
