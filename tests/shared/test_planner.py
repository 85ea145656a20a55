"""Tests of exercises/shared/planner.py: which step follows which outcome, and what is refused."""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SHARED = Path(__file__).resolve().parents[2] / "exercises" / "shared"
sys.path.insert(0, str(SHARED))
import planner  # noqa: E402

LOOK = {"id": "look", "tool": "get", "arguments": {"name": "north"}}
CHANGE = {"id": "change", "tool": "set", "arguments": {"name": "north", "weight": 6}, "say": "I saw {last}."}
DONE = {"id": "done", "answer": "It said: {last}"}


def outcome(step, status="ok", content="fine"):
    return {"tool": step["tool"], "arguments": step["arguments"], "status": status, "content": content}


def answer(steps, *outcomes):
    read = planner.read_plan(json.dumps({"goal": "g", "steps": steps}))
    return planner.next_step(read, planner.read_transcript("\n".join(map(json.dumps, outcomes))))


class TestSteps(unittest.TestCase):
    def test_one_after_the_other(self):
        steps = [LOOK, CHANGE, DONE]
        self.assertEqual(answer(steps), {"tool": "get", "arguments": {"name": "north"}})
        said = answer(steps, outcome(LOOK, content={"b": 1, "a": 2}))
        self.assertEqual((said["tool"], said["say"]), ("set", 'I saw {"a":2,"b":1}.'))
        self.assertEqual(answer(steps, outcome(LOOK), outcome(CHANGE)), {"answer": "It said: fine"})

    def test_order_of_the_arguments_does_not_matter(self):
        turned = CHANGE | {"arguments": {"weight": 6, "name": "north"}}
        self.assertEqual(answer([CHANGE, DONE], outcome(turned)), {"answer": "It said: fine"})

    def test_next_by_name(self):
        self.assertIn("answer", answer([LOOK | {"next": "done"}, CHANGE, DONE], outcome(LOOK)))


class TestBranches(unittest.TestCase):
    def branching(self, *branches):
        return [CHANGE | {"next": [{"when": when, "goto": goto} for when, goto in branches]}, LOOK, DONE]

    def test_status(self):
        steps = self.branching(({"status": ["denied", "error"]}, "look"), ({"status": "ok"}, "done"))
        self.assertEqual(answer(steps, outcome(CHANGE, "denied"))["tool"], "get")
        self.assertEqual(answer(steps, outcome(CHANGE, "error"))["tool"], "get")
        self.assertIn("answer", answer(steps, outcome(CHANGE)))

    def test_contains(self):
        steps = self.branching(({"contains": "freeze"}, "look"), ({"contains": '"x":1'}, "change"), ({}, "done"))
        self.assertEqual(answer(steps, outcome(CHANGE, "denied", "a freeze until May"))["tool"], "get")
        self.assertEqual(answer(steps, outcome(CHANGE, "ok", {"x": 1}))["tool"], "set")
        self.assertIn("answer", answer(steps, outcome(CHANGE)))

    def test_stubborn_for_a_while(self):
        steps = self.branching(({"status": "denied", "visits_below": 3}, "change"), ({}, "done"))
        denied = outcome(CHANGE, "denied", "no")
        self.assertEqual([("tool" in answer(steps, *[denied] * count)) for count in (1, 2, 3)], [True, True, False])


class TestRefusals(unittest.TestCase):
    def refuses(self, part, steps, *outcomes):
        with self.assertRaises(planner.PlannerError) as caught:
            answer(steps, *outcomes)
        self.assertIn(part, str(caught.exception))

    def test_outcome_of_another_call(self):
        self.refuses("transcript:1: is about set, but step look asked for get", [LOOK, DONE], outcome(CHANGE))
        other = LOOK | {"arguments": {"name": "south"}}
        self.refuses("transcript:1: is about get", [LOOK, DONE], outcome(other))
        self.refuses("transcript:2: the plan had ended", [LOOK, DONE], outcome(LOOK), outcome(LOOK))

    def test_broken_lines(self):
        for text, part in (("{", "transcript:1:"), ("\n[]", "transcript:2: a line needs"), ('{"tool": "x"}', "needs")):
            with self.assertRaisesRegex(planner.PlannerError, part):
                planner.read_transcript(text)
        self.refuses("the status must be one of ok, error, denied", [LOOK, DONE], outcome(LOOK, "approved"))

    def test_broken_plans(self):
        self.refuses("steps must be a list", [])
        self.refuses("step 1 has no id", [{"answer": "x"}])
        self.refuses("needs either tool and arguments, or answer", [{"id": "a"}])
        self.refuses("needs either", [LOOK | {"answer": "x"}])
        self.refuses("unknown field because", [LOOK | {"because": "x"}])
        self.refuses("two steps have one id", [LOOK, LOOK])
        self.refuses("goes on to no step", [LOOK | {"next": "nowhere"}])
        self.refuses("goes on to no step", [LOOK | {"next": ["done"]}, DONE])
        self.refuses("unknown condition stat", [LOOK | {"next": [{"when": {"stat": "ok"}, "goto": "done"}]}, DONE])

    def test_conditions_of_another_type(self):
        for when, part in (
            ({"visits_below": "2"}, "visits_below must be a number"),
            ({"visits_below": True}, "visits_below must be a number"),
            ({"contains": 2}, "contains must be a text"),
            ({"contains": None}, "contains must be a text"),
            ({"status": 5}, "status must be a text or a list of texts"),
            ({"status": {"ok": 1}}, "status must be a text"),
            ({"status": ["ok", ["ok"]]}, "status must be a text"),
        ):
            self.refuses(f"plan: step look: {part}", [LOOK | {"next": [{"when": when, "goto": "done"}]}, DONE])
        fits = {"visits_below": 1.5, "status": [], "contains": ""}
        answer([LOOK | {"next": [{"when": fits, "goto": "done"}]}, DONE])

    def test_say_that_is_no_text(self):
        self.refuses("plan: step look: say must be a text", [LOOK | {"say": 5}])

    def test_a_plan_that_leads_nowhere(self):
        self.refuses("nothing follows step look", [LOOK], outcome(LOOK))
        branch = [{"when": {"status": "ok"}, "goto": "done"}]
        self.refuses("when its outcome is denied", [LOOK | {"next": branch}, DONE], outcome(LOOK, "denied"))


class TestProgram(unittest.TestCase):
    def run_planner(self, plan, transcript):
        with tempfile.NamedTemporaryFile("w", suffix=".json", errors="surrogateescape") as file:
            file.write(plan)
            file.flush()
            command = [sys.executable, "-X", "utf8", SHARED / "planner.py", "--plan", file.name]
            return subprocess.run(command, input=transcript, capture_output=True, text=True, errors="surrogateescape")

    def test_one_line(self):
        done = self.run_planner(json.dumps({"steps": [LOOK, DONE]}), json.dumps(outcome(LOOK, content="süd")) + "\n")
        self.assertEqual((done.returncode, done.stdout), (0, '{"answer": "It said: süd"}\n'))

    def test_errors(self):
        plan, deep = json.dumps({"steps": [LOOK, DONE]}), "[" * 100_000
        branch = [{"when": {"visits_below": "2"}, "goto": "done"}]
        broken = ["{", "{}", deep, "\udcff", json.dumps({"steps": [LOOK | {"next": branch}, DONE]})]
        lone = json.dumps(outcome(LOOK, content="\ud800"))
        for plan, transcript in [(text, "") for text in broken] + [(plan, text) for text in ("x", deep, lone)]:
            done = self.run_planner(plan, transcript)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertRegex(done.stderr, r"^planner: .+\n$")


if __name__ == "__main__":
    unittest.main()
