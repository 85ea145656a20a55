#!/usr/bin/env python3
"""Runs the other tests written in Python: tests/shared (programs of exercises/shared), tests/behaviour (behaviour of the
real program that a transcript cannot show). Files run in processes of their own, as many at once as there are cores.

    run-python.py PROGRAM [NAME…]      NAME: of a file, as test_box; without any, all
"""
import contextlib
import io
import multiprocessing
import os
import sys
import time
import unittest
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("tests/shared", "tests/behaviour")


def run(file):
    """The file's name, the counts (passed, failed, skipped), what was printed, and how many seconds it took."""
    began = time.monotonic()
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        suite = unittest.TestLoader().discover(str(file.parent), pattern=file.name, top_level_dir=str(file.parent))
        result = unittest.TextTestRunner(stream=said, verbosity=0).run(suite)
    failed, skipped = len(result.failures) + len(result.errors), len(result.skipped)
    return file.stem, (max(result.testsRun - failed - skipped, 0), failed, skipped), said.getvalue(), time.monotonic() - began


def main():
    os.environ["LAB_PROGRAM"] = str(Path(sys.argv[1]).resolve())
    files = [file for folder in FOLDERS for file in (ROOT / folder).glob("test_*.py") if not sys.argv[2:] or file.stem in sys.argv[2:]]
    files.sort(key=lambda file: file.stat().st_size, reverse=True)  # the long ones first, so that none is left alone at the end
    passed = failed = skipped = 0
    with ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("spawn"), max_tasks_per_child=1) as pool:
        for done in as_completed([pool.submit(run, file) for file in files]):
            name, counts, said, seconds = done.result()
            passed, failed, skipped = (sum(pair) for pair in zip((passed, failed, skipped), counts))
            print(f"  PYTHON {name}: {counts[0]} passed, {seconds:.0f} s", flush=True)
            told = said.splitlines() if counts[1] else [line for line in said.splitlines() if ": skipped: " in line]
            print("".join(line + "\n" for line in told), end="", flush=True)
    if not passed:
        failed = max(failed, 1)
    print(f"python tests: {passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
