"""The command line: python -m late loop, see contract.md."""

import argparse
import json
import sys
from pathlib import Path

from tools.clock import ClockError, now
from tools.latemodel import ModelError

from late.loop import replay, run
from late.store import StateError


def parse_arguments():
    parser = argparse.ArgumentParser(prog="late")
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("loop")
    command.add_argument("--window", type=Path)
    command.add_argument("--state", type=Path)
    command.add_argument("--replay", type=Path)
    arguments = parser.parse_args()
    if arguments.replay is None and (arguments.window is None or arguments.state is None):
        parser.error("give --window and --state, or --replay")
    if arguments.replay is not None and (arguments.window or arguments.state):
        parser.error("--replay stands alone")
    return arguments


def main():
    arguments = parse_arguments()
    try:
        if arguments.replay is not None:
            lines = replay(arguments.replay)
            code = 0 if all(line["agrees"] for line in lines) else 1
        else:
            lines = [run(arguments.window, arguments.state, now().date())]
            code = 1 if lines[0]["decision"] in ("refused-data", "rejected") else 0
    except (ClockError, ModelError, StateError) as error:
        print(f"late: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"late: {error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    for line in lines:
        print(json.dumps(line))
    return code


if __name__ == "__main__":
    sys.exit(main())
