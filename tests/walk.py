#!/usr/bin/env python3
"""Walks a track as its learners do, by documented commands only: everything is fetched, the network is cut, and each exercise is
started, checked as it was given (which has to fail), given its solution, and checked again (which has to pass).

    walk.py PROGRAM [--home DIR] [--online] TRACK | EX…

    --home DIR    keep workspaces and progress there (default: a folder that goes afterwards)
    --online      do not cut the network: for exercises whose checks run containers, which are reached by the engine's bridge

The cut is a network namespace with nothing but a loopback. The last line is "walk: N passed, N failed"; a solution of which
this machine cannot judge all is counted apart.
"""
import argparse
import fcntl
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests/fixtures"))
import learner  # noqa: E402

INSIDE = "LAB_WALK_INSIDE"
SIOCSIFFLAGS, IFF_UP = 0x8914, 1
PASS, FAIL, LACKS = 0, 1, 4  # exit statuses of lab check


def raise_loopback():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        fcntl.ioctl(asked, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))


def interfaces():
    return [name for _, name in socket.if_nameindex()]


class Learner:
    def __init__(self, program, home):
        self.program = program
        self.environment = learner.environment(home)
        self.work = Path(self.environment["LAB_WORK"])

    def lab(self, *words):
        """What a command printed, and its exit status."""
        done = subprocess.run([self.program, *words], env=self.environment, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    def exercises(self, names):
        listed = []
        for name in names:
            status, text = self.lab("list", name, "--json")
            listed += [json.loads(line)["id"] for line in text.splitlines()] if status == 0 else [name]
        return list(dict.fromkeys(listed))


def check(who, name, *expected):
    """How long a check took, in seconds, and its status; raises with its output when that is not among those expected."""
    began = time.monotonic()
    status, text = who.lab("check", name)
    if status not in expected:
        raise AssertionError(f"lab check {name} ended with {status}:\n{text}")
    return time.monotonic() - began, status


def walk(who, name):
    """The seconds of start, of the first check and of the second; and how that ended."""
    began = time.monotonic()
    status, text = who.lab("start", name)
    if status:
        raise AssertionError(f"lab start {name} ended with {status}:\n{text}")
    started = time.monotonic() - began
    given, _ = check(who, name, FAIL)
    shutil.copytree(ROOT / "exercises" / name / "solution", who.work / name, dirs_exist_ok=True)
    solved, status = check(who, name, PASS, LACKS)
    return (started, given, solved), status


def walk_all(who, names):
    counts = {PASS: 0, FAIL: 0, LACKS: 0}
    print(f"interfaces of this network: {', '.join(interfaces())}")
    print(f"{'exercise':<22}{'start':>8}{'as given':>10}{'solved':>8}   seconds", flush=True)
    for name in who.exercises(names):
        try:
            seconds, status = walk(who, name)
            print(f"{name:<22}{seconds[0]:>8.1f}{seconds[1]:>10.1f}{seconds[2]:>8.1f}{'   not all judged' if status else ''}", flush=True)
        except AssertionError as why:
            print(f"{name:<22}FAILED\n{why}", flush=True)
            status = FAIL
        counts[status] += 1
    status, text = who.lab("down")
    print(text.rstrip())
    counts[FAIL] += status != 0
    print(f"walk: {counts[PASS]} passed, {counts[FAIL]} failed" + (f", {counts[LACKS]} not all judged" if counts[LACKS] else ""))
    return counts[FAIL]


def again_without_network(words, home):
    """Runs this program once more, in a network of its own."""
    fence = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--net", "--map-root-user"]
    return subprocess.run([*fence, sys.executable, __file__, *words], env={**os.environ, INSIDE: str(home)}, check=False).returncode


def main():
    parser = argparse.ArgumentParser(description="Walks a track as its learners do, without a network.")
    parser.add_argument("program")
    parser.add_argument("names", nargs="+", metavar="TRACK | EX")
    parser.add_argument("--home")
    parser.add_argument("--online", action="store_true")
    given = parser.parse_args()
    program = str(Path(given.program).resolve())
    if INSIDE in os.environ:
        raise_loopback()
        return min(walk_all(Learner(program, os.environ.pop(INSIDE)), given.names), 1)

    with tempfile.TemporaryDirectory(prefix="lab-walk-") as made:
        home = Path(given.home or made).resolve()
        home.mkdir(parents=True, exist_ok=True)
        who = Learner(program, home)
        began = time.monotonic()
        status, text = who.lab("fetch", *given.names)
        print(text.rstrip())
        print(f"fetched in {time.monotonic() - began:.1f} s", flush=True)
        if status:
            return 1
        return min(walk_all(who, given.names), 1) if given.online else again_without_network(sys.argv[1:], home)


if __name__ == "__main__":
    sys.exit(main())
