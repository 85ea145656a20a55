"""A small course in which lint finds nothing, and ways to break it. Shared by the tests of lab author lint."""
import json
import shutil
from pathlib import Path

from labcase import LabCase

EXERCISE = """\
format: 1
id: good
title: Add what there is
objective: Write a program that adds numbers.
minutes: 20
difficulty: 1
level: 1
phase: develop
layer: mlops
skills: [python]
requires:
  python: plain
protected: [contract.md]
hints:
  - Read contract.md.
checks:
  - id: runs
    title: It runs
    points: 10
    hints:
      - when: crash
        say: Read the last line of the traceback.
  - id: adds
    title: It adds
    points: 30
    decisive: true
    needs: [runs]
    hints:
      - when: wrong-sum
        say: Add all of them.
"""

CHECKER = """\
local numbers = private("numbers.py", {seed = seed()})

checks["runs"] = function(t)
  local run = t:run{"python", "add.py", numbers}
  expect(run.code, "exit code"):equals(0):because("crash")
end

checks["adds"] = function(t)
  local run = t:run{"python", "add.py", numbers}
  expect(run.stdout, "the sum"):contains("42"):because("wrong-sum")
end
"""

LESSON = """\
# Add what there is

Read [the contract](contract.md), then look at [the task](#the-task).

## The task

```sh
python add.py numbers.txt
```

```console
$ python add.py numbers.txt
42
```

| word | meaning |
|---|---|
| `a \\| b` | either |
"""

LOCK = "left-pad==1.0 \\\n    --hash=sha256:" + "0" * 64 + "\n"

FILES = {
    "tracks/one.yaml": "format: 1\nid: one\ntitle: One\nmodules:\n  - id: first\n    title: First\n    level: 1\n"
                       "    exercises: [good]\n",
    "exercises/environments/plain/requirements.in": "left-pad\n",
    "exercises/environments/plain/requirements.lock": LOCK,
    "exercises/shared/clock.py": "now = 0\n",
    "exercises/good/exercise.yaml": EXERCISE,
    "exercises/good/checker.lua": CHECKER,
    "exercises/good/README.md": LESSON,
    "exercises/good/private/numbers.py": "print(42)\n",
    "exercises/good/start/contract.md": "# Contract\n\n`add.py FILE` prints the sum.\n",
    "exercises/good/start/add.py": "raise SystemExit('not yet')\n",
    "exercises/good/solution/add.py": "print(42)\n",
    "exercises/good/wrong/crash/wrong.yaml": "why: It ends in an error.\nfails: [runs]\nreason: crash\n",
    "exercises/good/wrong/crash/add.py": "raise SystemExit(1)\n",
    "exercises/good/wrong/one-less/wrong.yaml": "why: The last number is left out.\nfails: [adds]\nreason: wrong-sum\n",
    "exercises/good/wrong/one-less/add.py": "print(41)\n",
}


class LintCase(LabCase):
    def setUp(self):
        super().setUp()
        self.fill()

    def fill(self):
        """The course anew."""
        shutil.rmtree(self.course)
        for path, text in FILES.items():
            self.write(path, text)

    def at(self, path):
        """A file of the course, or with a leading dot-slash of the exercise."""
        return self.course / path if not path.startswith("./") else self.course / "exercises/good" / path[2:]

    def write(self, path, text, mode=0o644):
        place = self.at(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(text, bytes):
            place.write_bytes(text)
        else:
            place.write_text(text)
        place.chmod(mode)
        return place

    def edit(self, path, old, new):
        text = self.at(path).read_text()
        self.assertEqual(text.count(old), 1, f"'{old}' in {path}")
        self.at(path).write_text(text.replace(old, new))

    def append(self, path, text):
        self.at(path).write_text(self.at(path).read_text() + text)

    def events(self, *words, status=None, **options):
        done = self.lab("author", "lint", "--json", *words, **options)
        if status is not None:
            self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def findings(self, *words, **options):
        events = self.events(*words, **options)
        self.assertEqual(events[-1]["event"], "lint_done", events)
        return [event for event in events if event["event"] == "finding"]

    def found(self, code):
        """(file, line, column) of the findings with this code."""
        return [(f["file"].removeprefix("exercises/good/"), f["line"], f["column"]) for f in self.findings() if f["code"] == code]

    def page(self):
        return (Path(__file__).resolve().parents[2] / "docs/lint.md").read_text()
