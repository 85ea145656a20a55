"""What lab author test promises: right work passes, wrong work fails for its reason, and whatever proves nothing is named."""
import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import jsonschema

from labcase import LabCase

SCHEMAS = Path(__file__).resolve().parents[2] / "docs/schema"

SUM = """\
import sys

def total(numbers):
    result = 0
    for number in numbers:
        result = result + number
    return result

def main():
    with open(sys.argv[1]) as file:
        numbers = [int(line) for line in file]
    print(len(numbers))
    if {guard}:
        print(total(numbers))

main()
"""
GENERATOR = """\
import random, sys
seed, out = (sys.argv[sys.argv.index(name) + 1] for name in ("--seed", "--out"))
draw = random.Random(seed)
with open(out, "w") as file:
    for _ in range(5):
        file.write(f"{draw.randint(10, 99)}\\n")
"""
COUNT = """\
local lines = t:run{"python", "sum.py", private("gen.py", {seed = seed()})}:ok():lines()
expect(lines[1], "the first line, the count"):equals("5"):because("count")
"""
TOTAL = """\
local data = private("gen.py", {seed = seed()})
local lines = t:run{"python", "sum.py", data}:ok():lines()
local total = 0
for number in file(data):text():gmatch("%d+") do total = total + tonumber(number) end
expect(lines[2], "the second line, the sum"):equals(tostring(total)):because("sum")
"""
EXTRA = {"total": "    decisive: true\n    hints:\n      - when: sum\n        say: Add all of them.\n"}


class AuthorCase(LabCase):
    def proved_exercise(self, name="one", **checks):
        """An exercise whose proof holds: a count that the start gets right, and a sum that it does not print."""
        folder = self.exercise(name, {"count": COUNT, "total": TOTAL, **checks}, {"sum.py": SUM.format(guard="False")},
                               check_extra=EXTRA)
        text = (folder / "exercise.yaml").read_text()
        (folder / "exercise.yaml").write_text(text.replace("id: count\n    title: The check called count\n    points: 10",
                                                           "id: count\n    title: The count\n    points: 5"))
        (folder / "private").mkdir()
        (folder / "private/gen.py").write_text(GENERATOR)
        (folder / "solution").mkdir()
        (folder / "solution/sum.py").write_text(SUM.format(guard="True"))
        self.wrong(folder, "off-by-one", SUM.format(guard="True").replace("result = 0", "result = 1"), "[total]", "reason: sum")
        self.wrong(folder, "counts-more", SUM.format(guard="True").replace("len(numbers)", "len(numbers) + 1"), "[count]",
                   "reason: count\nmessage: the first line")
        return folder

    def wrong(self, folder, name, text, fails, more=""):
        variant = folder / "wrong" / name
        variant.mkdir(parents=True)
        (variant / "sum.py").write_text(text)
        (variant / "wrong.yaml").write_text(f"why: It is wrong.\nfails: {fails}\n{more}\n")

    def change(self, path, old, new):
        text = path.read_text()
        self.assertIn(old, text)
        path.write_text(text.replace(old, new))

    def prove(self, *words, status=0, **options):
        """The case_done events by name, and the proof_done event, of exercise one."""
        done = self.lab("author", "test", "one", "--json", "--repeat", "2", *words, **options)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        events = [json.loads(line) for line in done.stdout.splitlines()]
        cases = {event["case"]: event for event in events if event["event"] == "case_done"}
        return cases, next(event for event in events if event["event"] == "proof_done")

    def faults(self, *words):
        """All faults of exercise one, which is not proved, as one text."""
        cases, proof = self.prove(*words, status=1)
        return "\n".join([f"{name}: {fault}" for name, case in cases.items() for fault in case["faults"]] + proof["faults"])


class Proof(AuthorCase):
    def test_a_bonus_that_cannot_be_judged_here_is_left_out(self):
        folder = self.proved_exercise(live='t:run{"no-such-program"}', easy='expect(1, "the number"):equals(2)')
        for name in ("live", "easy"):
            self.change(folder / "exercise.yaml", f"title: The check called {name}\n    points: 10", f"title: More\n    points: 0\n    bonus: true")
        self.assertIn("easy does not pass", self.faults())
        self.change(folder / "checker.lua", "equals(2)", "equals(1)")
        self.assertTrue(self.prove()[1]["proved"])

    def test_a_right_exercise_is_proved(self):
        self.proved_exercise()
        cases, proof = self.prove()
        self.assertEqual(list(cases), ["start", "solution", "wrong/counts-more", "wrong/off-by-one", "solution, its own seed",
                                       "solution, seed 2, other conditions", "killed"])
        self.assertTrue(proof["proved"])
        self.assertEqual(cases["start"]["verdict"], "untried")
        self.assertEqual(cases["start"]["points"], 5)
        self.assertEqual(len(cases["solution, seed 2, other conditions"]["conditions"]), 7)

    def test_a_second_solution_is_proved_too(self):
        folder = self.proved_exercise()
        (folder / "solution-short").mkdir()
        (folder / "solution-short/sum.py").write_text(SUM.format(guard="True").replace("len(numbers)", "0"))
        self.assertIn("solution-short: count does not pass", self.faults())

    def test_a_fault_is_told_before_all_is_over(self):
        folder = self.proved_exercise()
        self.change(folder / "checker.lua", ":equals(tostring(total))", ":matches('%d')")
        done = self.lab("author", "test", "one", "--repeat", "1", "--jobs", "1")
        told = [line for line in done.stderr.splitlines() if "1 at fault, first one wrong/off-by-one" in line]
        self.assertGreater(len(told), 1, done.stderr)

    def test_a_weakened_check(self):
        folder = self.proved_exercise()
        self.change(folder / "checker.lua", ":equals(tostring(total))", ":matches('%d')")
        self.assertIn("wrong/off-by-one: total should fail, and passes", self.faults())

    def test_a_check_that_nothing_fails(self):
        folder = self.proved_exercise(always="expect(1):equals(1)")
        self.assertIn("always is unproved: no wrong variant fails it", self.faults())
        self.change(folder / "wrong/off-by-one/wrong.yaml", "[total]", "[total, always]")
        self.assertIn("always should fail, and passes", self.faults())

    def test_a_wrong_variant_that_fails_more_than_it_says(self):
        folder = self.proved_exercise()
        self.change(folder / "wrong/off-by-one/sum.py", "len(numbers)", "7")
        self.assertIn("wrong/off-by-one: count fails, and is not named in wrong.yaml", self.faults())

    def test_another_reason_and_another_message(self):
        folder = self.proved_exercise()
        self.change(folder / "wrong/off-by-one/wrong.yaml", "reason: sum", "reason: product\nmessage: the third line")
        said = self.faults()
        self.assertIn("the reason given is sum, not product", said)
        self.assertIn("no failure says 'the third line'", said)

    def test_a_start_that_is_worth_too_much(self):
        folder = self.proved_exercise()
        self.change(folder / "exercise.yaml", "points: 5", "points: 7")
        self.assertIn("the start earns 7 of 17 points, which is 40 % or more", self.faults())

    def test_a_start_that_passes_what_is_decisive(self):
        folder = self.proved_exercise()
        self.change(folder / "exercise.yaml", "points: 5", "points: 5\n    decisive: true")
        self.assertIn("start: count passes on the start, and is decisive", self.faults())

    def test_a_solution_that_is_wrong(self):
        folder = self.proved_exercise()
        self.change(folder / "solution/sum.py", "if True", "if False")
        said = self.faults()
        self.assertIn("solution: total does not pass", said)
        self.assertIn("it fails each time", said)

    def test_a_blocked_check_is_no_failed_one(self):
        folder = self.proved_exercise()
        self.change(folder / "exercise.yaml", "id: total\n", "id: total\n    needs: [count]\n")
        cases, _ = self.prove()
        self.assertTrue(cases["wrong/counts-more"]["proved"])

    def test_a_broken_check_is_nobodys_success(self):
        self.proved_exercise(breaks="error('oh')")
        said = self.faults()
        self.assertIn("solution: breaks does not pass (broken: ", said)
        self.assertIn("start: breaks is broken by the start", said)

    def test_a_hint_that_cannot_be_shown(self):
        folder = self.proved_exercise()
        self.change(folder / "exercise.yaml", "say: Add all of them.", 'say: "Add \\u202e all."')
        self.assertIn("hint 1 of total holds characters that cannot be shown: Add \\u202e all.", self.faults())


class Flakes(AuthorCase):
    def test_set_order(self):
        """Right by PYTHONHASHSEED=0, which every check sets; the work is an accident all the same."""
        folder = self.proved_exercise()
        (folder / "start/order.py").write_text("print(list({'ab', 'cd', 'ef', 'gh', 'ij', 'kl', 'mn'}))\n")
        first = '"' + json.loads(self.python_prints("print(list({'ab', 'cd', 'ef', 'gh', 'ij', 'kl', 'mn'})[0])")) + '"'
        self.add_to_total(folder, f"""expect(t:run{{"python", "order.py"}}:ok().stdout:match("'(%a+)'")):equals({first})""")
        self.assertIn("flaky: total fails with seed 2 with another PYTHONHASHSEED", self.faults())

    def test_the_time_of_day(self):
        folder = self.proved_exercise()
        (folder / "start/day.py").write_text("import os\nprint(os.environ.get('LAB_NOW', '2026-01-05')[:4])\n")
        self.add_to_total(folder, 'expect(t:run{"python", "day.py"}:ok():lines()[1]):equals("2026")')
        self.assertIn("flaky: total fails with seed 2 at another time (LAB_NOW)", self.faults())

    def test_a_seed(self):
        folder = self.proved_exercise()
        self.add_to_total(folder, "expect(seed()):not_equals(2)")
        self.assertIn("flaky: total fails with seed 2, each time, also under usual conditions", self.faults())

    def python_prints(self, program):
        done = subprocess.run(["python3", "-c", program], env={"PYTHONHASHSEED": "0", "PATH": self.environment["PATH"]},
                              capture_output=True, text=True, check=True)
        return json.dumps(done.stdout.strip())

    def add_to_total(self, folder, line):
        self.change(folder / "checker.lua", ':because("sum")', f':because("sum")\n{line}')


class Kept(AuthorCase):
    def test_only_what_changed_is_tried_again(self):
        folder = self.proved_exercise()
        self.prove()
        cases, _ = self.prove()
        self.assertEqual({case["cached"] for case in cases.values()}, {True})
        self.change(folder / "wrong/off-by-one/sum.py", "result = 1", "result = 2")
        cases, _ = self.prove()
        self.assertEqual([name for name, case in cases.items() if not case["cached"]], ["wrong/off-by-one"])
        self.change(folder / "private/gen.py", "randint(10", "randint(11")
        cases, _ = self.prove()
        self.assertEqual({case["cached"] for case in cases.values()}, {False})
        cases, _ = self.prove("--fresh")
        self.assertEqual({case["cached"] for case in cases.values()}, {False})

    def test_what_was_tried_before_an_interruption_is_kept(self):
        self.proved_exercise()
        self.interrupt_at("one: [1-9]")
        cases, _ = self.prove()
        kept = sum(case["cached"] for case in cases.values())
        self.assertTrue(0 < kept < len(cases), kept)
        before = len(self.results())
        self.interrupt_at("mutants: [1-9]", "--mutate")
        self.assertGreater(len(self.results()), before)

    def test_what_an_interruption_cut_short_is_not_kept(self):
        folder = self.proved_exercise()
        for name in ("start", "solution"):
            self.change(folder / name / "sum.py", "import", "import time; time.sleep(2)\nimport")
        self.interrupt_at("trials: 0 of")
        self.assertEqual(self.results(), [])

    def test_an_interruption_of_lab_alone_ends_its_trials(self):
        folder = self.proved_exercise()
        self.change(folder / "exercise.yaml", "checks:", "box: {timeout: 300}\nchecks:")
        self.change(folder / "start/sum.py", "import", "import signal\nsignal.pause()\nimport")
        self.interrupt_at("trials: 0 of", patience=60)
        self.wait_for(lambda: not self.processes())

    def results(self):
        folder = self.home / "lab/cache/proofs"
        return list(folder.iterdir()) if folder.exists() else []

    def interrupt_at(self, told, *words, patience=None):
        argv = [*self.program, "author", "test", "one", "-j1", *words]
        with subprocess.Popen(argv, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
            while line := process.stderr.readline():
                if re.search(told, line):
                    process.send_signal(signal.SIGINT)
                    break
            try:
                process.communicate(timeout=patience)
            finally:
                process.kill()
        self.assertEqual(process.returncode, 130)

    def test_what_is_at_fault_is_tried_again(self):
        folder = self.proved_exercise()
        self.change(folder / "wrong/off-by-one/wrong.yaml", "reason: sum", "reason: product")
        self.faults()
        cases, _ = self.prove(status=1)
        self.assertEqual([name for name, case in cases.items() if not case["cached"]], ["wrong/off-by-one"])

    def test_a_shared_program_that_is_named_counts(self):
        folder = self.proved_exercise()
        shared = self.course / "exercises/shared"
        shared.mkdir()
        (shared / "figures.py").write_text("FIRST = 10\n")
        (shared / "other.py").write_text("FIRST = 10\n")
        self.change(folder / "private/gen.py", "import random, sys\n", "import random, sys\nfrom figures import FIRST\n")
        self.change(folder / "private/gen.py", "randint(10", "randint(FIRST")
        first = self.fingerprint()
        (shared / "other.py").write_text("FIRST = 11\n")
        self.assertEqual(self.fingerprint(), first)
        (shared / "figures.py").write_text("FIRST = 11\n")
        self.assertNotEqual(self.fingerprint(), first)

    def test_transcripts_are_the_same_wherever_the_course_lies(self):
        """The second file of one name is called after what it was made of."""
        folder = self.proved_exercise()
        self.change(folder / "checker.lua", 'local data = private(', 'private("gen.py", {seed = seed() + 1})\n  local data = private(')
        self.ok("author", "test", "one", "--repeat", "0", "--update-golden", "-y")
        shown = (self.course / "tests/golden/one/wrong-off-by-one.txt").read_text()
        self.assertRegex(shown, r"/[0-9a-f]{6}-gen")
        elsewhere = self.home / "elsewhere"
        shutil.copytree(self.course, elsewhere)
        self.ok("author", "test", "one", "--repeat", "0", "--fresh", "--course", str(elsewhere))

    def fingerprint(self):
        return self.prove()[1]["fingerprint"]

    def test_the_lock_vouches_for_what_was_proved(self):
        folder = self.proved_exercise()
        self.ok("author", "test", "one", "--update-lock", "--repeat", "0")
        lock = (self.course / "tests/proved.lock").read_text()
        self.assertRegex(lock, r"(?m)^one [0-9a-f]{64} \d{4}-\d\d-\d\d \d+ s$")
        self.assertIn("0 of 0 exercises proved", self.ok("author", "test", "--changed").stdout)
        self.assertIn("one: proved", self.ok("author", "test", "--changed", "--sample", "600").stdout)
        (folder / "README.md").write_text("# Another lesson\n")
        done = self.lab("author", "test", "--changed", "--repeat", "0")
        self.assertEqual(done.returncode, 1)
        self.assertIn("one: proved", done.stdout)
        self.assertIn("tests/proved.lock is stale for one", done.stderr)
        self.ok("author", "test", "--changed", "--repeat", "0", "--update-lock")
        self.ok("author", "test", "--changed")

    def test_two_runs_that_end_together_keep_each_others_entries(self):
        self.proved_exercise()
        self.exercise("two", {"there": 'expect(file("a"):exists()):equals(true)'}, {"b": ""})
        lock = self.course / "tests/proved.lock"
        lock.parent.mkdir()
        folder = os.open(lock.parent, os.O_RDONLY)
        self.addCleanup(os.close, folder)
        fcntl.flock(folder, fcntl.LOCK_EX)
        command = [*self.program, "author", "test", "one", "--update-lock", "--repeat", "0", "--quiet"]
        process = subprocess.Popen(command, env=self.environment, cwd=self.home, stdout=subprocess.DEVNULL)
        waits = re.compile(rf"-> FLOCK\s+ADVISORY\s+WRITE\s+{process.pid}\b")
        self.wait_for(lambda: process.poll() is not None or waits.search(Path("/proc/locks").read_text()), 120)
        others = f"two {'0' * 64} 2026-01-01 3 s"
        lock.write_text(others + "\n")
        fcntl.flock(folder, fcntl.LOCK_UN)
        self.assertEqual(process.wait(20), 0)
        self.assertRegex(lock.read_text(), rf"(?m)^one .*\n{others}$")

    def test_a_lock_that_is_none(self):
        self.proved_exercise()
        (self.course / "tests").mkdir()
        (self.course / "tests/proved.lock").write_text("# a comment\none abc 2026-01-01 3 s\n")
        done = self.lab("author", "test", "--changed")
        self.assertEqual(done.returncode, 3)
        self.assertIn("tests/proved.lock:2:1: not 'EXERCISE FINGERPRINT DATE SECONDS s'", done.stderr)


class Golden(AuthorCase):
    def test_transcripts_are_written_compared_and_cleared_away(self):
        folder = self.proved_exercise()
        golden = self.course / "tests/golden/one"
        self.prove()
        self.assertFalse(golden.exists())
        done = self.ok("author", "test", "one", "--update-golden", "--yes", "--repeat", "0")
        self.assertIn("+++ b/tests/golden/one/wrong-off-by-one.txt", done.stdout)
        self.assertEqual(sorted(path.name for path in golden.iterdir()),
                         ["solution.txt", "start.txt", "wrong-counts-more.txt", "wrong-off-by-one.txt"])
        self.assertIn("all 2 checks pass, 15 of 15 points, … s; attempt 1", (golden / "solution.txt").read_text())
        self.prove()
        self.change(folder / "checker.lua", "the second line, the sum", "the sum")
        (golden / "wrong-gone.txt").write_text("old\n")
        said = self.faults()
        self.assertIn("-      the second line, the sum", said)
        self.assertIn("+      the sum", said)
        self.assertIn("tests/golden/one/wrong-gone.txt is the transcript of no variant", said)
        self.ok("author", "test", "one", "--update-golden", "--yes", "--repeat", "0")
        self.assertFalse((golden / "wrong-gone.txt").exists())
        self.prove()

    def test_a_transcript_that_leads_out_is_not_followed(self):
        self.proved_exercise()
        golden = self.course / "tests/golden/one"
        golden.mkdir(parents=True)
        outside = self.home / "outside.txt"
        outside.write_text("precious")
        (golden / "start.txt").symlink_to(outside)
        self.assertEqual(self.lab("author", "test", "one", "--repeat", "0").returncode, 3)
        self.assertEqual(outside.read_text(), "precious")


class Reports(AuthorCase):
    def test_junit(self):
        folder = self.proved_exercise()
        self.change(folder / "wrong/off-by-one/wrong.yaml", "reason: sum", "reason: product")
        file = self.home / "junit.xml"
        self.prove("--junit", str(file), status=1)
        suite = ElementTree.parse(file).getroot().find("testsuite")
        self.assertEqual(suite.get("name"), "one")
        self.assertEqual(int(suite.get("tests")), len(suite.findall("testcase")))
        self.assertEqual(int(suite.get("failures")), len(suite.findall("testcase/failure")))
        self.assertIn("the reason given is sum", suite.find("testcase/failure").get("message"))
        checked = subprocess.run(["xmllint", "--nonet", "--noout", "--schema", SCHEMAS / "junit.xsd", file], capture_output=True,
                                 text=True, check=False)
        self.assertEqual(checked.returncode, 0, checked.stderr)

    def test_events_are_as_their_schema_says(self):
        self.proved_exercise()
        validator = jsonschema.Draft7Validator(json.loads((SCHEMAS / "events.schema.json").read_text()))
        self.started("one")
        printed = [self.lab(*words, "--json").stdout.splitlines() for words in (
            ["author", "test", "one", "--repeat", "0", "--mutate"], ["check", "one"], ["author", "test", "on"])]
        events = [json.loads(line) for lines in printed for line in lines]
        self.assertEqual({event["event"] for event in events}, {kind["title"] for kind in validator.schema["oneOf"]} - {"service"})
        for event in events:
            validator.validate(event)
            for field in event.keys() - {"event"}:
                without = {key: value for key, value in event.items() if key != field}
                self.assertFalse(validator.is_valid(without), f"{event['event']} without {field}")

    def test_for_people(self):
        self.proved_exercise()
        done = self.ok("author", "test", "one", "--repeat", "1", "-v")
        self.assertIn("wrong/off-by-one: fails what it names, and nothing else", done.stdout)
        self.assertIn("one: proved by 6 cases", done.stdout)

    def test_no_exercise_named(self):
        self.proved_exercise()
        done = self.lab("author", "test")
        self.assertEqual(done.returncode, 2)
        self.assertIn("lab author test --all", done.stderr)


class Mutation(AuthorCase):
    def mutants(self):
        done = self.ok("author", "test", "one", "--mutate", "--json", "--repeat", "0")
        events = [json.loads(line) for line in done.stdout.splitlines()]
        return ({(event["line"], event["change"]): event["noticed"] for event in events if event["event"] == "mutant"},
                next(event for event in events if event["event"] == "mutation_done"))

    def test_what_no_check_notices_is_named(self):
        folder = self.proved_exercise()
        changes, done = self.mutants()
        self.assertTrue(changes[(6, "'result + number' becomes 'result - number'")])
        self.assertEqual(done["mutants"], len(changes))
        self.change(folder / "checker.lua", ':equals(tostring(total)):because("sum")',
                    ':matches("%d")\nexpect(lines[2], "the sum"):not_equals(tostring(total + 1)):because("sum")')
        changes, done = self.mutants()
        self.assertFalse(changes[(6, "'result + number' becomes 'result - number'")])
        self.assertLess(done["noticed"], done["mutants"])
        text = self.ok("author", "test", "one", "--mutate", "--repeat", "0").stdout
        self.assertIn("exercises/one/solution/sum.py:6:18: 'result + number' becomes", text)

    def test_a_line_that_the_author_explained_is_left_alone(self):
        folder = self.proved_exercise()
        self.change(folder / "solution/sum.py", "result + number", "result + number  # mutants: for this test")
        changes, _ = self.mutants()
        self.assertFalse([line for line, _ in changes if line == 6])


class Hostile(AuthorCase):
    def test_a_variant_that_leads_out_of_its_folder(self):
        folder = self.proved_exercise()
        secret = self.home / "secret.py"
        secret.write_text("print('secret')\n")
        (folder / "wrong/off-by-one/extra.py").symlink_to(secret)
        done = self.lab("author", "test", "one")
        self.assertEqual(done.returncode, 3)
        self.assertIn("exercises/one/wrong/off-by-one/extra.py is no plain file", done.stderr)

    def test_a_variant_without_its_yaml_or_with_a_wrong_one(self):
        folder = self.proved_exercise()
        self.change(folder / "wrong/off-by-one/wrong.yaml", "fails: [total]", "fails: [totl]\nfaults: 1")
        (folder / "wrong/counts-more/wrong.yaml").unlink()
        done = self.lab("author", "test", "one")
        self.assertEqual(done.returncode, 3)
        self.assertIn("exercises/one/wrong/off-by-one/wrong.yaml:2:8: one has no check 'totl', did you mean 'total'?", done.stderr)
        self.assertIn("wrong.yaml:3:1: unknown key 'faults'", done.stderr)
        self.assertIn("exercises/one/wrong/counts-more/wrong.yaml:1:1: No such file", done.stderr)

    def test_lua_that_never_ends_at_load(self):
        folder = self.proved_exercise()
        (folder / "checker.lua").write_text("while true do end\n")
        self.assertRegex(self.faults(), r"start: (exercises/one/)?checker\.lua(:1)?: the checker (ran|waited) longer than")

    def test_python_that_cannot_be_parsed_has_no_mutants(self):
        folder = self.proved_exercise()
        (folder / "solution/deep.py").write_text("(" * 5000 + ")" * 5000)
        (folder / "solution/latin.py").write_bytes(b"x = '\xff'\n")
        self.ok("author", "test", "one", "--mutate", "--repeat", "0")


if __name__ == "__main__":
    unittest.main()
