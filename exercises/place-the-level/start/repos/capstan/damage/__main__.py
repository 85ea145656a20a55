"""python -m damage train|watch|quality|release|back …"""
import argparse

from damage import gate, quality, registry, training, watch


def main():
    parser = argparse.ArgumentParser(prog="damage")
    verbs = parser.add_subparsers(dest="verb", required=True)
    for name, run in COMMANDS.items():
        verbs.add_parser(name).set_defaults(run=run)
    arguments = parser.parse_args()
    return arguments.run()


COMMANDS = {
    "train": training.run,
    "watch": watch.run,
    "quality": quality.run,
    "release": gate.run,
    "back": registry.back,
}

if __name__ == "__main__":
    raise SystemExit(main())
