#!/usr/bin/env python3
"""Proves exercises by `lab author test`, and counts what came of it.

    run-proofs.py PROGRAM WORD…      the words are those of lab author test

Where a container engine answers, the base image that exercises name is made if it is missing; where none does, the
exercises that need one are skipped, and counted. Workspaces and progress lie in a home of their own; Python environments and results of trials in the caller's cache.
"""
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "fixtures"))
import base_image  # noqa: E402
import learner  # noqa: E402


def prepare_engine():
    """The base image; what is missing is said by those who need it."""
    try:
        base_image.ensure()
    except base_image.Missing as why:
        print(f"proofs: {why}", file=sys.stderr)


def main():
    prepare_engine()
    program, words = str(Path(sys.argv[1]).resolve()), sys.argv[2:]
    with tempfile.TemporaryDirectory(prefix="lab-proofs-") as home:
        report = Path(home, "junit.xml")
        done = subprocess.Popen([program, "author", "test", *words, "--junit", str(report)], env=learner.environment(home), text=True,
                                stderr=subprocess.PIPE)
        skipped = 0
        for line in done.stderr:
            skipped += " is skipped, and not proved: " in line
            sys.stderr.write(line)
            sys.stderr.flush()
        done.wait()
        cases = list(ElementTree.parse(report).getroot().iter("testcase")) if report.exists() else []
    bad = sum(case.find("failure") is not None for case in cases)
    if done.returncode and not bad:
        bad = 1  # a stale lock, or a course that cannot be read
    print(f"proofs: {len(cases) - bad if len(cases) > bad else 0} passed, {bad} failed" + (f", {skipped} exercises skipped" if skipped else ""))
    return 1 if done.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
