"""The command line: python -m late train | verify. See contract.md."""

import argparse
import sys
from pathlib import Path

from . import manifest, verify
from .errors import WrongUse

DEFAULTS = {"seed": 7, "c": 1.0, "test_share": 0.25, "max_iter": 200}


def parse(words):
    parser = argparse.ArgumentParser(prog="late", description="The late-parcel model.")
    commands = parser.add_subparsers(dest="command", required=True)
    train_command = commands.add_parser("train", help="fit a model, and say what it was made from")
    train_command.add_argument("--data", required=True, type=Path)
    train_command.add_argument("--out", required=True, type=Path)
    for name, value in DEFAULTS.items():
        train_command.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value)
    verify_command = commands.add_parser("verify", help="look whether a run is what its manifest says")
    verify_command.add_argument("run", type=Path)
    verify_command.add_argument("--data", required=True, type=Path)
    return parser.parse_args(words)


def main(words=None):
    asked = parse(words)
    try:
        if asked.command == "verify":
            return verify.verify(asked.run, asked.data)
        from .train import train  # slow to import, and verify does not need it

        params = {name: getattr(asked, name) for name in DEFAULTS}
        metrics = train(asked.data, asked.out, params)
        manifest.write(asked.out, asked.data, params, metrics)
        print(f"AUC {metrics['auc']:.3f} on {params['test_share']:.0%} of {asked.data}")
        return 0
    except WrongUse as error:
        print(f"late: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
