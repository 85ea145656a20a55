"""Checks that are questions: how they are judged, answered by lab answer, and proved."""
import json
import unittest

from coursecase import CourseCase

HEAD = """\
format: 1
id: {id}
title: Questions for a test
objective: Answer them.
minutes: 20
difficulty: 1
level: 0
phase: develop
layer: mlops
hints:
  - Think again.
checks:
"""
WHY = """\
  - id: why
    title: Why it is late
    kind: choice
    points: 20
    decisive: true
    question: Why is the parcel late?
    options:
      - {id: ferry, text: The ferry did not sail, right: true}
      - {id: rain, text: It rained, feedback: It rained on those in time as well.}
    hints:
      - {when: rain, say: Look at the weather of the others.}
"""
DAYS = """\
  - id: days
    title: How late it is
    kind: number
    points: 20
    decisive: true
    question: How many days?
    answer: 8131.5
    within: 1
    unit: days
    feedback:
      - {near: 4000, say: That is the half of it., reason: half}
      - Count again.
"""
LUA = """\
  - id: runs
    title: It runs
    points: 10
    decisive: true
    needs: [why]
"""
CHECKER = 'checks["runs"] = function(t) expect(t.needs["why"], "the answer"):equals(file("said.txt"):text()) end\n'


class QuestionCase(CourseCase):
    def setUp(self):
        super().setUp()
        self.asked = self.write("asked", WHY + DAYS)

    def write(self, name, checks, checker=None):
        """An exercise of these checks; its folder."""
        folder = self.exercise(name, {}, {})
        (folder / "exercise.yaml").write_text(HEAD.format(id=name) + checks)
        (folder / "checker.lua").unlink()
        if checker:
            (folder / "checker.lua").write_text(checker)
            (folder / "start").mkdir()
            (folder / "start/said.txt").write_text("ferry")
        return folder

    def answers(self, work, text):
        (work / "answers.yaml").write_text(text)


class Judging(QuestionCase):
    def test_a_start_asks_and_is_untried(self):
        work = self.started("asked")
        self.assertIn("#   ferry  The ferry did not sail\n", (work / "answers.yaml").read_text())
        events = self.events("asked")
        self.assertEqual([event["event"] for event in events],
                         ["attempt_started", "check_started", "check_done", "check_started", "check_done", "attempt_done"])
        self.assertEqual((events[-1]["verdict"], events[-1]["points"]), ("untried", 0))
        self.assertEqual(events[2]["reason"], "no-answer")

    def test_each_answer_is_told_what_is_wrong_with_it(self):
        work = self.started("asked")
        self.answers(work, "why: rain\ndays: 4000\n")
        results = self.results("asked")
        why, days = results["why"], results["days"]
        self.assertEqual((why["verdict"], why["reason"], why["message"]), ("fail", "rain", "It rained on those in time as well."))
        self.assertEqual((why["actual"], why["evidence"][0]["where"]), ("rain", {"file": "answers.yaml", "line": 1}))
        self.assertEqual((days["reason"], days["message"]), ("half", "That is the half of it."))
        self.assertIn("Look at the weather of the others.", self.ok("hint", "asked").stdout)

    def test_right_answers_earn_everything(self):
        self.answers(self.started("asked"), "days: 8131 # about\nwhy: ferry\n")
        done = self.ok("check", "asked")
        self.assertIn("all 2 checks pass, 40 of 40 points", done.stdout)

    def test_a_broken_file_fails_every_question_with_its_place(self):
        self.answers(self.started("asked"), 'why: ferry\ndays: "8131\n')
        for message in self.verdicts("asked").values():
            self.assertEqual(message, ("fail", "answers.yaml:2:7: the quoted text that begins here has no end"))

    def test_a_link_is_not_followed(self):
        work = self.started("asked")
        (self.home / "elsewhere").write_text("why: ferry\n")
        (work / "answers.yaml").unlink()
        (work / "answers.yaml").symlink_to(self.home / "elsewhere")
        verdict, message = self.verdicts("asked")["why"]
        self.assertEqual(verdict, "fail")
        self.assertIn("symbolic link", message)
        self.assertEqual(self.lab("answer", "asked", "why", "ferry").returncode, 2)

    def test_what_is_right_is_told_nowhere(self):
        work = self.started("asked")
        self.answers(work, "why: rain\ndays: 3\n")
        said = "".join(self.lab(*words).stdout for words in (
            ("check", "asked", "--json"), ("show", "asked", "--json"), ("answer", "asked", "--json"), ("history", "asked", "--json")))
        said += "".join(path.read_text(errors="replace") for path in work.rglob("*") if path.is_file())
        self.assertNotIn("8131", said)
        self.assertNotIn("right", self.lab("answer", "asked", "--json").stdout)

    def test_hidden_questions_tell_their_verdict_only(self):
        folder = self.write("secret", WHY.replace("    decisive: true\n", "    hidden: true\n") + DAYS)
        self.answers(self.started("secret"), "why: rain\n")
        why = self.results("secret")["why"]
        self.assertEqual((why["verdict"], why["message"], why["reason"], why["evidence"]), ("fail", None, None, []))
        self.assertTrue(folder.exists())

    def test_a_question_without_a_right_option_is_the_authors_fault(self):
        self.write("broken", WHY.replace(", right: true", "") + DAYS)
        self.answers(self.started("broken"), "why: ferry\n")
        self.assertEqual(self.verdicts("broken")["why"], ("broken", "no option of this question is right"))

    def test_only_and_other_orders_reach_questions(self):
        self.answers(self.started("asked"), "why: ferry\n")
        self.assertEqual(list(self.results("asked", "--only", "why")), ["why"])


class Beside(QuestionCase):
    """Questions beside checks of Lua."""

    def setUp(self):
        super().setUp()
        self.write("mixed", WHY + LUA, CHECKER)

    def test_what_needs_a_question_waits_for_it_and_has_its_answer(self):
        work = self.started("mixed")
        self.answers(work, "why: rain\n")
        self.assertEqual(self.verdicts("mixed")["runs"], ("blocked", "waits for why"))
        self.answers(work, "why: ferry\n")
        self.assertEqual(self.verdicts("mixed"), {"why": ("pass", None), "runs": ("pass", None)})

    def test_a_question_may_wait_for_a_check(self):
        self.write("later", WHY.replace("    decisive: true\n", "    needs: [runs]\n") + LUA.replace("    needs: [why]\n", ""),
                   'checks["runs"] = function(t) expect(file("said.txt"):text()):equals("now") end\n')
        work = self.started("later")
        self.answers(work, "why: ferry\n")
        self.assertEqual(self.verdicts("later")["why"], ("blocked", "waits for runs"))
        (work / "said.txt").write_text("now")
        self.assertEqual(self.verdicts("later")["why"], ("pass", None))

    def test_a_function_for_a_question_is_refused(self):
        self.write("both-ways", WHY + LUA, CHECKER + 'checks["why"] = function(t) t:score(1) end\n')
        self.started("both-ways")
        done = self.lab("check", "both-ways")
        self.assertEqual(done.returncode, 3)
        self.assertIn('exercises/both-ways/checker.lua:2: checks["why"] is a question, which has no function', done.stderr)


class Answering(QuestionCase):
    def setUp(self):
        super().setUp()
        self.place = self.started("asked")

    def test_a_script_gives_one_answer_and_the_rest_is_kept(self):
        self.answers(self.place, "# mine\nwhy: rain # hm\n\ndays:\n")
        (row,) = self.rows("answer", "why", "2", cwd=self.place)
        self.assertEqual(row, {"event": "answer", "exercise": "asked", "check": "why", "answer": "rain", "before": "rain", "file": "answers.yaml"})
        self.ok("answer", "days", "8131 days", cwd=self.place)
        self.ok("answer", "asked", "why", "ferry")
        self.assertEqual((self.place / "answers.yaml").read_text(), "# mine\nwhy: ferry # hm\n\ndays: 8131\n")
        self.ok("check", "asked")

    def test_what_is_no_answer_is_said_and_nothing_is_written(self):
        before = (self.place / "answers.yaml").read_text()
        for words, said in ((("why", "snow"), "'snow' is no option here: ferry or rain"),
                            (("why", "3"), "'3' is no option here: ferry or rain"),
                            (("days", "many"), "'many' is no number, in days"),
                            (("dyas", "3"), "asked has no question 'dyas', did you mean 'days'?"),
                            ((), "questions are asked on a terminal, and this is none")):
            self.assertIn(said, self.fails(2, "answer", *words, cwd=self.place))
        self.assertEqual((self.place / "answers.yaml").read_text(), before)
        self.started("own")
        self.assertIn("own asks no questions", self.fails(2, "answer", "own"))

    def test_a_missing_file_is_made(self):
        (self.place / "answers.yaml").unlink()
        self.assertIn("there is no answers.yaml; lab answer", self.verdicts("asked")["why"][1])
        self.ok("answer", "why", "ferry", cwd=self.place)
        self.assertIn("\nwhy: ferry\n", (self.place / "answers.yaml").read_text())

    def test_json_lists_the_questions(self):
        rows = self.rows("answer", "asked")
        self.assertEqual([row["check"] for row in rows], ["why", "days"])
        self.assertEqual(rows[0]["options"], [{"id": "ferry", "text": "The ferry did not sail"}, {"id": "rain", "text": "It rained"}])
        self.assertEqual((rows[1]["kind"], rows[1]["unit"], rows[1]["answer"]), ("number", "days", None))

    def test_a_terminal_asks_each_question(self):
        said, status = self.answered("7\n1\n8131\n", "answer", "asked")
        self.assertEqual(status, 0, said)
        for text in ("1 of 2  why: Why it is late", "   2  It rained", "'7' is no option here", "answer in days",
                     "2 of 2 questions are answered in answers.yaml"):
            self.assertIn(text, said)
        self.assertNotIn("It rained on those", said)
        self.ok("check", "asked")

    def test_an_empty_line_leaves_an_answer_and_the_end_of_input_ends(self):
        self.answers(self.place, "why: rain\n")
        said, status = self.answered("\n\x04", "answer", "asked")
        self.assertEqual(status, 0, said)
        self.assertIn("now: rain", said)
        self.assertEqual((self.place / "answers.yaml").read_text(), "why: rain\n")


class Proving(QuestionCase):
    def prove(self, days):
        (self.asked / "solution").mkdir()
        (self.asked / "solution/answers.yaml").write_text("why: ferry\ndays: 8131.5\n")
        for name, text, fails in (("rain", "why: rain\ndays: 8131.5\n", "fails: [why]\nreason: rain\n"),
                                  ("half", f"why: ferry\ndays: {days}\n", "fails: [days]\nreason: half\nmessage: the half\n")):
            (self.asked / "wrong" / name).mkdir(parents=True)
            (self.asked / "wrong" / name / "answers.yaml").write_text(text)
            (self.asked / "wrong" / name / "wrong.yaml").write_text(f"why: It is wrong.\n{fails}")
        return self.lab("author", "test", "asked", "--json")

    def test_an_exercise_of_questions_alone_is_proved(self):
        done = self.prove(4000)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(self.lab("author", "lint", "asked", "--strict").returncode, 0, self.lab("author", "lint", "asked").stdout)

    def test_a_variant_that_is_not_wrong_proves_nothing(self):
        done = self.prove(8131)
        self.assertNotEqual(done.returncode, 0)
        faults = [fault for line in done.stdout.splitlines() for fault in json.loads(line).get("faults") or [] if isinstance(fault, str)]
        self.assertIn("days should fail, and passes", faults)

    def test_reasons_that_no_answer_gives_are_found(self):
        text = (self.asked / "exercise.yaml").read_text()
        (self.asked / "exercise.yaml").write_text(text.replace("when: rain", "when: snow"))
        found = [json.loads(line) for line in self.lab("author", "lint", "asked", "--json").stdout.splitlines()]
        self.assertIn(("E706", "nothing in this check gives the reason 'snow'"), [(row.get("code"), row.get("message")) for row in found])


if __name__ == "__main__":
    unittest.main()
