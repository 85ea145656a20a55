"""The command line: python -m late slice-gate, see contract.md."""

import argparse
import json
import sys
from pathlib import Path

from tools.latemodel import ModelError, load, read_rows

from late.policy import PolicyError, load_policy
from late.slice_gate import judge


def parse_arguments():
    parser = argparse.ArgumentParser(prog="late")
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("slice-gate")
    for option in ("candidate", "champion", "data", "policy", "out"):
        command.add_argument(f"--{option}", required=True, type=Path)
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    try:
        candidate, champion = load(arguments.candidate), load(arguments.champion)
        rows = [row for row in read_rows(arguments.data) if row.get("late")]
        if not rows:
            raise ModelError(f"{arguments.data}: there is no labelled parcel in it")
        report = judge(candidate, champion, rows, load_policy(arguments.policy, rows))
        arguments.out.write_text(json.dumps(report, indent=2) + "\n")
    except (ModelError, PolicyError) as error:
        print(f"late: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"late: {error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    for item in report["slices"]:
        if item["verdict"] == "refuse":
            print(f"slice: {item['slice']}: {item['champion_auc']:.3f} before, {item['candidate_auc']:.3f} now")
    print(report["verdict"], report["reason"] or "")
    return 1 if report["verdict"] == "refuse" else 0


if __name__ == "__main__":
    sys.exit(main())
