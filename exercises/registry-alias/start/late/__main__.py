"""The command line: python -m late promote, rollback or client, see contract.md."""

import argparse
import json
import sys

from tools.clock import ClockError

from late.client import serve
from late.promotion import promote, rollback
from late.registry import Registry, RegistryError

CODES = {"promoted": 0, "rolled-back": 0, "refuse": 1}


def version_or_none(text):
    """--expect-champion: the number of a version, or none."""
    return None if text == "none" else int(text)


def parse_arguments():
    parser = argparse.ArgumentParser(prog="late")
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("promote")
    command.add_argument("version", type=int)
    command.add_argument("--report")
    command.add_argument("--expect-champion", type=version_or_none, required=True, dest="expected")
    commands.add_parser("rollback")
    commands.add_parser("client")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    try:
        registry = Registry.of_environment()
        if arguments.command == "client":
            serve(registry, sys.stdin, sys.stdout)
            return 0
        if arguments.command == "promote":
            entry = promote(registry, arguments.version, arguments.report, arguments.expected)
        else:
            entry = rollback(registry)
    except (ClockError, RegistryError) as error:
        print(f"late: {error}", file=sys.stderr)
        return 2
    print(json.dumps(entry))
    return CODES[entry["verdict"]]


if __name__ == "__main__":
    sys.exit(main())
