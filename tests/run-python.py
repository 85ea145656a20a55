#!/usr/bin/env python3
"""Runs the other tests written in Python: tests/shared (programs of exercises/shared), tests/behaviour (behaviour of the
real program that a transcript cannot show).

    run-python.py PROGRAM
"""
import os
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main():
    os.environ["LAB_PROGRAM"] = str(Path(sys.argv[1]).resolve())
    suite = unittest.TestSuite()
    for folder in ("tests/shared", "tests/behaviour"):
        if (ROOT / folder).is_dir():
            suite.addTests(unittest.TestLoader().discover(str(ROOT / folder), top_level_dir=str(ROOT / folder)))
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=0).run(suite)
    bad = len(result.failures) + len(result.errors)
    skipped = len(result.skipped)
    print(f"python tests: {result.testsRun - bad - skipped} passed, {bad} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if bad or not result.testsRun else 0


if __name__ == "__main__":
    sys.exit(main())
