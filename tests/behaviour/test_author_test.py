"""What lab author test promises: right work passes, wrong work fails for its reason, and whatever proves nothing is named."""
import json
import subprocess
import unittest

from proofcase import ProofCase, SUM


class Proof(ProofCase):
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


class Flakes(ProofCase):
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


class Mutation(ProofCase):
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


class Hostile(ProofCase):
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
