"""`lab next` and what `lab progress` lists as not judged, when some checks are run alone and the machine lacks a tool."""
import json
import unittest

from labcase import LabCase

LINES = {"runs": "expect.file('main.py'):contains('runs')", "mean": "expect.file('main.py'):contains('mean')",
         "extra": "expect.file('main.py'):contains('extra')", "more": "expect.file('main.py'):contains('more')"}


class Next(LabCase):
    def setUp(self):
        super().setUp()
        self.exercise("figures", LINES, {"main.py": "start\n"}, extra="requires: {tools: [no-such-tool]}\n",
                      check_extra={"extra": "    tool: no-such-tool\n", "more": "    needs: [extra]\n"})
        self.workspace = self.started("figures")

    def check(self, text, *words):
        (self.workspace / "main.py").write_text(text)
        self.lab("check", "figures", *words)

    def next(self):
        advice = json.loads(self.ok("next", "--json").stdout)
        return advice["reason"], advice["check"]

    def not_judged(self):
        track = json.loads(self.ok("progress", "--json").stdout.splitlines()[0])
        return [(one["check"], one["needs"]) for one in track["modules"][0]["exercises"][0]["not_judged"]]

    def assert_left(self, check):
        self.assertEqual(self.next(), ("unfinished", check))
        self.assertEqual(self.not_judged(), [("extra", "no-such-tool"), ("more", "no-such-tool")])

    def test_a_check_that_is_run_alone_hides_no_other(self):
        self.check("mine\n")
        self.assert_left("runs")
        self.check("mine\n", "--only", "extra")
        self.assert_left("runs")
        self.check("runs\n", "--only", "runs")
        self.assert_left("mean")

    def test_what_is_left_waits_for_the_machine(self):
        self.check("mine\n")
        self.check("runs mean\n", "--only", "runs", "--only", "mean")
        self.assertEqual(self.next(), ("done", None))

    def test_what_was_never_run_does_not_wait(self):
        self.check("mine\n", "--only", "more")
        self.assertEqual(self.next(), ("unfinished", None))
        self.assertIn("not every check of it has run and passed", self.ok("next").stdout)


if __name__ == "__main__":
    unittest.main()
