#!/usr/bin/env python3
"""Writes a course of COUNT exercises into FOLDER, for measuring.

    generate_course.py FOLDER [COUNT]        COUNT: 1000 when not given

The exercises are as large as real ones: eight checks with points, needs and hints, about 3 kB of YAML each. The same
arguments always write the same files.
"""
import sys
from pathlib import Path

MODULE_SIZE = 20
PHASES = ("develop", "deploy", "monitor", "improve")
LAYERS = ("mlops", "llmops", "agenticops")

EXERCISE = """\
format: 1
id: {id}
title: "Exercise {n}: the model that number {n} of the depots asked for"
objective: >-
  Make the nightly job of depot {n} give the same answer twice, say so in its manifest,
  and refuse input that its contract does not allow.
minutes: {minutes}
difficulty: {difficulty}
level: {level}
phase: {phase}
layer: {layer}
skills: [python, ml-frameworks, testing]
requires:
  python: ml
protected: [tests/**, contract.md]
box: {{timeout: 90, memory: 1GiB, processes: 64}}
hints:
  - Read contract.md once more, from the end to the beginning.
  - Run the program twice and compare what it wrote, byte for byte.
checks:
"""

CHECK = """\
  - id: check-{k}
    title: Promise {k} of the contract holds on a hidden month
    points: {points}
    decisive: {decisive}
{needs}    hints:
      - Look at what the program does with the rows of the second depot.
      - when: order-{k}
        say: "The order of a set changes with PYTHONHASHSEED; the order of a list does not."
"""


def exercise(n):
    head = EXERCISE.format(id=name(n), n=n, minutes=15 + n % 4 * 10, difficulty=1 + n % 3, level=n % 4,
                           phase=PHASES[n % 4], layer=LAYERS[n % 3])
    return head + "".join(
        CHECK.format(k=k, points=5 + k % 3 * 5, decisive="true" if k % 2 else "false",
                     needs="" if k == 1 else f"    needs: [check-{k - 1}]\n")
        for k in range(1, 9))


def name(n):
    return f"exercise-{n:04}"


def track(count):
    lines = ["format: 1", "id: long-road", "title: A long road", "audience: [Machine]", "pass: {module_min: 60}",
             "modules:"]
    for first in range(1, count + 1, MODULE_SIZE):
        names = ", ".join(name(n) for n in range(first, min(first + MODULE_SIZE, count + 1)))
        number = first // MODULE_SIZE + 1
        lines += [f"  - id: module-{number}", f"    title: Module {number}", f"    level: {number % 4}",
                  f"    exercises: [{names}]"]
    return "\n".join(lines) + "\n"


def main():
    folder, count = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    environment = folder / "exercises/environments/ml"
    environment.mkdir(parents=True)
    (environment / "requirements.lock").write_text("")
    (folder / "tracks").mkdir()
    (folder / "tracks/long-road.yaml").write_text(track(count))
    for n in range(1, count + 1):
        home = folder / "exercises" / name(n)
        (home / "start").mkdir(parents=True)
        (home / "exercise.yaml").write_text(exercise(n))
        (home / "README.md").write_text(f"# Exercise {n}\n")
        (home / "start/train.py").write_text("print('train')\n")


main()
