"""lab author lint: a case for each code, the ways of showing findings, and its page."""
import json
import os
import re
import shutil
import unittest
from pathlib import Path

from lintcase import EXERCISE, LOCK, LintCase

LINES = "\n".join(f"value_{i} = compute_the_number_that_the_task_asks_for({i}, scale=7)" for i in range(8)) + "\n"

QUESTION = """\
  - id: why
    title: Why it adds
    kind: choice
    points: 5
    question: Why does it add?
    options:
      - {id: sum, text: Because sums are asked for, right: true}
      - {id: luck, text: By luck, feedback: It adds every time.}
"""

SKILLS = """\
format: 1
skills:
  - {id: python, what: Python, targets: {practitioner: 3, mlops-engineer: 2, ai-platform-engineer: 2}}
"""


def write(path, text, mode=0o644):
    return lambda case: case.write(path, text, mode)


def edit(path, old, new):
    return lambda case: case.edit(path, old, new)


def append(path, text):
    return lambda case: case.append(path, text)


def yaml(old, new):
    return edit("./exercise.yaml", old, new)


def asks(old="", new=""):
    return append("./exercise.yaml", QUESTION.replace(old, new) if old else QUESTION)


def remove(path):
    return lambda case: case.at(path).unlink()


def link(path, to):
    return lambda case: case.at(path).symlink_to(to)


def deep(case):
    case.at("./start/" + "d/" * 70).mkdir(parents=True)


def both(*steps):
    return lambda case: [step(case) for step in steps]


# code: (what breaks the course, where the finding is: file, line, column; None: the file as a whole)
CASES = {
    "E001": (yaml("points: 10", "pionts: 10"), ("exercise.yaml", 19, 5)),
    "E002": (yaml("id: good", "id: g\u043eod"), ("exercise.yaml", 2, 6)),
    "N003": (edit("tracks/one.yaml", "[good]", "[]"), ("exercise.yaml", 1, 1)),
    "E101": (yaml("    decisive: true\n", ""), ("exercise.yaml", 17, 3)),
    "E102": (both(yaml("points: 10", "points: 20"), yaml("points: 30", "points: 20")), ("exercise.yaml", 17, 3)),
    "W103": (yaml("points: 30", "points: 29"), ("exercise.yaml", 6, 13)),
    "W104": (yaml("minutes: 20", "minutes: 41"), ("exercise.yaml", 5, 10)),
    "W105": (yaml("title: It adds", "title: It adds " + "all of them " * 5), ("exercise.yaml", 24, 12)),
    "W106": (yaml("adds numbers.", "adds numbers" + " and more numbers" * 10), ("exercise.yaml", 4, 12)),
    "N107": (both(yaml("points: 10", "points: 0"), yaml("points: 30", "points: 40")), ("exercise.yaml", 27, 12)),
    "W108": (yaml("    points: 10\n", "    points: 10\n    hidden: true\n"), ("exercise.yaml", 28, 12)),
    "W109": (yaml("        say: Add all of them.\n", "        say: Add all of them.\n      - when: wrong-sum\n        say: Add all of them.\n"),
             ("exercise.yaml", 29, 7)),
    "N110": (both(yaml("hints:\n  - Read contract.md.\n", ""), yaml(
        "    hints:\n      - when: crash\n        say: Read the last line of the traceback.\n", "")), ("exercise.yaml", 15, 9)),
    "E111": (asks(", right: true"), ("exercise.yaml", 37, 7)),
    "E112": (asks("By luck", "because  SUMS are asked for"), ("exercise.yaml", 38, 9)),
    "W113": (asks(", feedback: It adds every time."), ("exercise.yaml", 38, 9)),
    "W114": (both(asks(), append("./README.md", "\nIt adds *because sums* are no more.\nBecause sums\nare asked for.\n")), ("exercise.yaml", 37, 7)),
    "W115": (both(write("exercises/shared/skills.yaml", SKILLS), yaml("[python]", "[python, pyhton]")), ("exercise.yaml", 10, 18)),
    "N116": (both(yaml("    points: 10\n", "    points: 10\n    decisive: true\n"), yaml("    decisive: true\n    needs", "    needs")),
             ("exercise.yaml", 27, 12)),
    "W117": (yaml("    points: 10\n", "    points: 10\n    tool: docker\n"), ("exercise.yaml", 20, 11)),
    "E201": (lambda case: shutil.rmtree(case.at("./solution")), ("exercises/good", None, None)),
    "E202": (lambda case: shutil.rmtree(case.at("./wrong")), ("exercises/good", None, None)),
    "E203": (edit("./wrong/crash/wrong.yaml", "[runs]", "[adds]"), ("exercise.yaml", 17, 9)),
    "E204": (yaml("    decisive: true\n", "    decisive: true\n    hidden: true\n"), ("wrong/one-less/wrong.yaml", 2, 8)),
    "E205": (write("./wrong/crash/add.py", "print(42)\n"), ("wrong/crash/wrong.yaml", 1, 1)),
    "E206": (edit("./wrong/crash/wrong.yaml", "[runs]", "[runs, adds]"), ("wrong/crash/wrong.yaml", 2, 8)),
    "W207": (write("./solution/contract.md", "mine\n"), ("solution/contract.md", None, None)),
    "E208": (write("./solution/add.py", "raise SystemExit('not yet')\n"), ("solution", None, None)),
    "E301": (link("./start/data.csv", "/etc/passwd"), ("start/data.csv", None, None)),
    "E302": (lambda case: os.mkfifo(case.at("./start/pipe")), ("start/pipe", None, None)),
    "W303": (write("./start/data.csv", "1,2\n" * 50001), ("start/data.csv", None, None)),
    "W304": (write("./start/notes.md", b"one\r\ntwo\r\n"), ("start/notes.md", 1, 4)),
    "W305": (write("./start/run.sh", "#!/bin/sh\n"), ("start/run.sh", 1, 1)),
    "W306": (write("./start/data.csv", "1,2\n", 0o755), ("start/data.csv", None, None)),
    "W307": (write("./start/notes.txt", b"first\ncaf\xe9\n"), ("start/notes.txt", 2, 4)),
    "W308": (write("./start/__pycache__/add.cpython-311.pyc", b"\0"), ("start/__pycache__", None, None)),
    "W309": (write("./start/add.py~", "old\n"), ("start/add.py~", None, None)),
    "W310": (write("./solutoin/add.py", "print(42)\n"), ("solutoin", None, None)),
    "E311": (deep, ("exercises/good", None, None)),
    "E312": (write("./start/.git/config", "[core]\n"), ("start/.git", None, None)),
    "E313": (remove("./checker.lua"), ("exercises/good", None, None)),
    "E401": (both(write("./solution/add.py", "import sys\n" + LINES), write("./start/notes.py", "# notes\n" + LINES)), ("start/notes.py", 2, 1)),
    "E402": (both(write("./solution/add.py", LINES), append("./README.md", "\n```python\n" + LINES + "```\n")), ("README.md", 21, 1)),
    "W403": (both(write("./private/world.py", LINES), write("./start/notes.py", "\n    " + LINES)), ("start/notes.py", 2, 5)),
    "W404": (append("./README.md", "\nThe numbers come from private/numbers.py.\n"), ("README.md", 20, 31)),
    "E501": (append("./README.md", "\nSee [that](nowhere.md).\n"), ("README.md", 20, 12)),
    "E502": (edit("./README.md", "#the-task", "#the-tsak"), ("README.md", 3, 59)),
    "W503": (append("./README.md", "\nSee [that](javascript:alert).\n"), ("README.md", 20, 12)),
    "W504": (append("./README.md", "\n![](contract.md)\n"), ("README.md", 20, 5)),
    "W505": (edit("./README.md", "## The task", "### The task"), ("README.md", 5, 5)),
    "W506": (edit("./README.md", "a \\| b", "a | b"), ("README.md", 18, 6)),
    "N507": (edit("./README.md", "```sh", "```"), ("README.md", 7, 1)),
    "E508": (append("./README.md", "\n```text\nopen\n"), ("README.md", 20, 1)),
    "E509": (edit("./README.md", "add.py numbers.txt\n```\n\n", "add.py 'numbers.txt\n```\n\n"), ("README.md", 8, 15)),
    "W510": (edit("./README.md", "\npython add.py", "\n$ python add.py"), ("README.md", 8, 1)),
    "N511": (edit("./README.md", "\n42\n", "\n" + "42" * 51 + "\n"), ("README.md", 13, 1)),
    "E512": (write("./README.md", "# One\n" + "word\n" * 50000), ("README.md", None, None)),
    "W514": (append("./README.md", "\nSee [that](start/add.py).\n"), ("README.md", 20, 12)),
    "E601": (write("exercises/environments/plain/requirements.lock", LOCK + "right-pad>=1.0 --hash=sha256:" + "0" * 64 + "\n"),
             ("exercises/environments/plain/requirements.lock", 3, 1)),
    "E602": (write("exercises/environments/plain/requirements.lock", "left-pad==1.0\n"), ("exercises/environments/plain/requirements.lock", 1, 1)),
    "E603": (append("exercises/environments/plain/requirements.in", "# more\nRight_Pad>=2\n"), ("exercises/environments/plain/requirements.in", 3, 1)),
    "W604": (append("exercises/environments/plain/requirements.lock", "--index-url https://pypi.example/simple\n"),
             ("exercises/environments/plain/requirements.lock", 3, 1)),
    "N605": (both(write("exercises/environments/other/requirements.in", ""), write("exercises/environments/other/requirements.lock", "")),
             ("exercises/environments/other", None, None)),
    "E606": (remove("exercises/environments/plain/requirements.in"), ("exercises/environments/plain/requirements.in", None, None)),
    "E701": (edit("./checker.lua", "local numbers", "error('no')\nlocal numbers"), ("checker.lua", 1, 1)),
    "E702": (edit("./checker.lua", 'checks["adds"]', "local more"), ("exercise.yaml", 23, 9)),
    "E703": (append("./checker.lua", 'checks["more"] = function(t) t:score(1) end\n'), ("checker.lua", 12, 1)),
    "N704": (edit("./checker.lua", "seed = seed()})", "seed = seed()})\nlocal rows = file(numbers):lines()"), ("checker.lua", 2, 1)),
    "E705": (edit("./checker.lua", 'expect(run.stdout, "the sum"):contains("42"):because("wrong-sum")', "print(run.stdout)"), ("checker.lua", 8, 8)),
    "E706": (yaml("when: crash", "when: crush"), ("exercise.yaml", 21, 15)),
    "W707": (edit("./checker.lua", 'because("crash")', 'because("crush")'), ("checker.lua", 5, 51)),
    "W708": (edit("./checker.lua", '"add.py", numbers}\n  expect(run.code', '"add.py", numbers, "--fast"}\n  expect(run.code'), ("checker.lua", 4, 50)),
    "E709": (edit("./checker.lua", "numbers.py", "nubmers.py"), ("checker.lua", 1, 25)),
    "E710": (edit("./wrong/crash/wrong.yaml", "reason: crash", "reason: wrong-sum"), ("wrong/crash/wrong.yaml", 2, 8)),
    "E711": (append("./checker.lua", "local broken = = 1\n"), ("checker.lua", 12, 16)),
    "E712": (append("./checker.lua", "pritn(1)\n"), ("checker.lua", 12, 1)),
    "E713": (append("./checker.lua", "more = 1\n"), ("checker.lua", 12, 1)),
    "E714": (append("./checker.lua", "print(json.encod)\n"), ("checker.lua", 12, 12)),
    "E715": (edit("./checker.lua", '):equals(0)', '):equls(0)'), ("checker.lua", 5, 33)),
    "E716": (edit("./checker.lua", '"add.py", numbers}\n  expect(run.code', '"add.py", numbers, timeuot = 5}\n  expect(run.code'), ("checker.lua", 4, 50)),
    "E717": (append("./checker.lua", "os.exit()\n"), ("checker.lua", 12, 1)),
    "W718": (append("./checker.lua", "local more = 1\n"), ("checker.lua", 12, 7)),
    "W719": (append("./checker.lua", "local function f(a) end\nf(1)\n"), ("checker.lua", 12, 18)),
    "W720": (append("./checker.lua", "local function f() local numbers = 1; return numbers end\nprint(f())\n"), ("checker.lua", 12, 26)),
    "W721": (append("./checker.lua", "::out::\n"), ("checker.lua", 12, 3)),
    "W722": (append("./checker.lua", "local function f() do return 1 end print(2) end\nf()\n"), ("checker.lua", 12, 36)),
    "W723": (append("./checker.lua", "local function f() seed() end\nf()\n"), ("checker.lua", 12, 20)),
    "E724": (append("./checker.lua", "print(numbers == 0/0)\n"), ("checker.lua", 12, 15)),
    "W725": (append("./checker.lua", "if numbers then end\n"), ("checker.lua", 12, 1)),
    "E726": (append("./checker.lua", 'checks["adds"] = function(t) t:score(1) end\n'), ("checker.lua", 12, 8)),
    "E727": (edit("./checker.lua", 'expect(run.stdout, "the sum")', 'expect(t.needs.nothing)'), ("checker.lua", 10, 18)),
}


class Codes(LintCase):
    def rules(self):
        sarif = json.loads(self.lab("author", "lint", "--sarif", "-").stdout)
        return sarif["runs"][0]["tool"]["driver"]["rules"]

    def test_nothing_is_found_in_a_good_course(self):
        self.assertEqual(self.findings(status=0), [])

    def test_nothing_is_found_in_a_new_exercise(self):
        self.ok("author", "new", "fresh", "--track", "one", "--module", "first")
        self.assertEqual(self.findings("fresh", status=0), [])

    def test_nothing_is_found_in_the_exercises_of_this_repository(self):
        root = Path(__file__).resolve().parents[2]
        self.assertEqual([f for f in self.findings("--course", str(root), status=0) if f["severity"] != "note"], [])

    def test_each_code_is_found_where_it_is(self):
        for code, (breaks, where) in CASES.items():
            with self.subTest(code=code):
                self.fill()
                breaks(self)
                self.assertIn(where, self.found(code))

    def test_each_code_has_a_case(self):
        self.assertEqual([rule["id"] for rule in self.rules()], list(CASES))

    def test_the_page_has_each_code_in_order_with_its_meaning_and_an_example(self):
        page = self.page()
        sections = re.findall(r"^### (\w\d\d\d) ([\w-]+)\n\n(.*?)(?=^## |^### \w\d\d\d |\Z)", page, re.M | re.S)
        self.assertEqual([(code, name) for code, name, _ in sections], [(rule["id"], rule["name"]) for rule in self.rules()])
        for (code, _, text), rule in zip(sections, self.rules()):
            with self.subTest(code=code):
                self.assertTrue(text.startswith(rule["shortDescription"]["text"]), text)
                self.assertIn("```", text, "an example")
                self.assertRegex(text, r"\nMend: ")


class Showing(LintCase):
    def test_an_error_makes_the_status_3_and_a_warning_only_when_strict(self):
        self.edit("./exercise.yaml", "minutes: 20", "minutes: 41")
        self.findings(status=0)
        self.findings("--strict", status=3)
        self.edit("./exercise.yaml", "minutes: 41", "minutes: none")
        self.findings(status=3)

    def test_people_see_place_line_caret_help_and_a_summary(self):
        self.edit("./exercise.yaml", "minutes: 20", "minutes: 41")
        done = self.lab("author", "lint")
        self.assertEqual(done.stdout.splitlines(), [
            "exercises/good/exercise.yaml:5:10: warning W104: 41 minutes; difficulty 1 has 10 to 40",
            "    5 | minutes: 41",
            "      |          ^",
            "  help: change the minutes, or the difficulty: 1 has 10 to 40, 2 has 25 to 60, 3 has 40 to 240",
            "1 exercise: 0 errors, 1 warning, 0 notes"])

    def test_quiet_shows_a_line_for_each_and_no_notes(self):
        self.edit("tracks/one.yaml", "[good]", "[]")
        self.edit("./exercise.yaml", "minutes: 20", "minutes: 41")
        self.assertEqual(len(self.lab("author", "lint", "-q").stdout.splitlines()), 2)

    def test_all_faults_are_told_not_only_twenty(self):
        self.append("./exercise.yaml", "".join(f"extra-{i}: 1\n" for i in range(30)))
        self.assertEqual(sum(f["code"] == "E001" for f in self.findings(status=3)), 30)

    def test_one_exercise_alone_is_looked_at_when_it_is_named(self):
        self.write("exercises/bad/exercise.yaml", "format: 2\n")
        self.assertEqual(self.findings("good", status=0), [])
        self.assertEqual({f["exercise"] for f in self.findings("bad", status=3)}, {"bad"})

    def test_an_alias_names_its_exercise(self):
        self.edit("./exercise.yaml", "id: good\n", "id: good\naliases: [fine]\nminuets: 1\n")
        self.lab("author", "lint", "fine")
        self.edit("./exercise.yaml", "minuets: 1\n", "")
        self.assertEqual(self.events("fine", status=0)[-1]["exercises"], 1)

    def test_an_id_that_is_none_is_wrong_use(self):
        done = self.lab("author", "lint", "goood")
        self.assertEqual(done.returncode, 2)
        self.assertIn("did you mean 'good'", done.stderr)
        self.assertEqual(self.lab("author", "lint", "--all", "good").returncode, 2)

    def test_a_faulty_track_is_a_finding_and_the_rest_is_looked_at(self):
        self.edit("tracks/one.yaml", "[good]", "[good, wood]")
        self.edit("./exercise.yaml", "minutes: 20", "minutes: 41")
        codes = {f["code"]: f["file"] for f in self.findings(status=3)}
        self.assertEqual(codes["E001"], "tracks/one.yaml")
        self.assertIn("W104", codes)

    def test_an_alias_of_two_exercises_is_a_finding(self):
        self.edit("./exercise.yaml", "id: good\n", "id: good\naliases: [fine]\n")
        self.write("exercises/twin/exercise.yaml", EXERCISE.replace("id: good\n", "id: twin\naliases: [fine]\n"))
        self.assertIn("exercises/twin/exercise.yaml", [f["file"] for f in self.findings() if "is an alias of" in f["message"]])


class Sarif(LintCase):
    """The properties that SARIF 2.1.0 requires, and what its sections 3.4 to 3.30 say of those that are used."""

    def sarif(self):
        self.append("./README.md", "\nSee [that](nowhere.md).\n")
        self.write("./start/a b\u00e9.csv", "1,2\n", 0o755)
        self.assertEqual(self.lab("author", "lint", "--sarif", str(self.home / "out.sarif")).returncode, 3)
        return json.loads((self.home / "out.sarif").read_text())

    def test_what_is_required_is_there(self):
        log = self.sarif()
        self.assertEqual(log["version"], "2.1.0")
        self.assertEqual(set(log), {"$schema", "version", "runs"})
        run, = log["runs"]
        self.assertTrue(run["tool"]["driver"]["name"])
        self.assertEqual(run["columnKind"], "unicodeCodePoints")
        ids = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
        self.assertEqual(len(ids), len(set(ids)))
        for rule in run["tool"]["driver"]["rules"]:
            self.assertTrue(rule["shortDescription"]["text"] and rule["help"]["text"])

    def test_results_point_at_rules_and_places(self):
        run, = self.sarif()["runs"]
        rules = run["tool"]["driver"]["rules"]
        self.assertEqual(len(run["results"]), 2)
        for result in run["results"]:
            self.assertEqual(rules[result["ruleIndex"]]["id"], result["ruleId"])
            self.assertIn(result["level"], ("error", "warning", "note"))
            self.assertTrue(result["message"]["text"])
            location, = result["locations"]
            self.assertRegex(location["physicalLocation"]["artifactLocation"]["uri"], r"^[A-Za-z0-9._~/%-]+$")
        regions = {r["ruleId"]: r["locations"][0]["physicalLocation"].get("region") for r in run["results"]}
        self.assertEqual(regions, {"E501": {"startLine": 20, "startColumn": 12}, "W306": None})
        uris = [r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in run["results"]]
        self.assertIn("exercises/good/start/a%20b%C3%A9.csv", uris)

    def test_standard_output_holds_it_alone(self):
        done = self.lab("author", "lint", "--sarif", "-")
        self.assertEqual(json.loads(done.stdout)["version"], "2.1.0")
        self.assertEqual(self.lab("author", "lint", "--sarif", "-", "--json").returncode, 2)

    def test_a_place_that_cannot_be_written_is_told(self):
        done = self.lab("author", "lint", "--sarif", str(self.home / "no/such/out.sarif"))
        self.assertEqual(done.returncode, 4)
        self.assertIn("out.sarif", done.stderr)


if __name__ == "__main__":
    unittest.main()
