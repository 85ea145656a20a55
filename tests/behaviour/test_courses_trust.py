"""Services of a course that was added are programs with the learner's rights: they run when the learner says so, and not before."""
import json
import unittest

from coursecase import CourseCase
from servicecase import SERVER


class Trust(CourseCase):
    def setUp(self):
        super().setUp()
        self.acme = self.make_course("acme", course_id="acme")
        at_hand, self.course = self.course, self.acme
        self.exercise("churn", {"a": "expect(1):equals(1)"}, {"main.py": "x\n"}, extra="requires: {services: [tiny]}\n")
        self.course = at_hand
        (self.acme / "exercises/shared").mkdir()
        (self.acme / "exercises/shared/tiny.py").write_text("\n".join(line[4:] for line in SERVER.split("\n")))
        self.reached = self.home / "reached"
        self.declare(f'touch {self.reached}; exec python3 {{shared}}/tiny.py --port {{port}} --data {{data}}')
        self.addCleanup(self.lab, "down")

    def declare(self, command):
        (self.acme / "docker-compose.yml").write_text(
            "services:\n  tiny:\n    image: x/y\n    x-lab:\n      title: Tiny\n      port: 7001\n      ready: {tcp: true}\n"
            f"      native: [sh, -c, {json.dumps(command)}]\n")

    def add(self, source=None):
        return self.ok("course", "add", str(source or self.acme))

    def test_nobody_was_asked(self):
        self.add()
        said = self.fails(4, "start", "acme/churn")
        self.assertIn("The services of acme run with your rights, outside of the box", said)
        self.assertIn(f"  tiny         sh -c 'touch {self.reached}; exec python3", said)
        self.assertIn("the services of acme do not run: you have not allowed that yet", said)
        self.assertIn("try: lab course trust acme --yes", said)
        self.assertTrue((self.work / "acme/churn/main.py").exists())
        for words in (["services", "start"], ["services", "restart"], ["run", "--", "true"]):
            self.fails(4, *words, cwd=self.work / "acme/churn")
        self.assertFalse(self.reached.exists())
        self.ok("run", "--no-services", "--", "true", cwd=self.work / "acme/churn")

    def test_a_check_needs_no_trust(self):
        self.add()
        self.ok("start", "acme/churn", "--no-services")
        self.ok("check", cwd=self.work / "acme/churn")
        self.assertFalse(self.reached.exists())

    def test_it_is_said_once(self):
        self.add()
        self.assertIn("the services of acme may run", self.ok("course", "trust", "acme", "--yes").stdout)
        self.assertIn("tiny", self.ok("start", "acme/churn").stdout)
        self.assertTrue(self.reached.exists())
        self.assertEqual(self.rows("course", "trust", "acme"), [{"event": "course_trusted", "id": "acme"}])

    def test_it_is_asked_on_a_terminal(self):
        self.add()
        said, status = self.answered("n\n", "start", "acme/churn")
        self.assertIn("do you trust its authors with that? [y/N]", said)
        self.assertEqual((status, self.reached.exists()), (4, False))
        said, status = self.answered("y\n", "start", "acme/churn")
        self.assertEqual((status, self.reached.exists()), (0, True), said)
        self.assertNotIn("do you trust", self.ok("services", "start", cwd=self.work / "acme/churn").stderr)

    def test_the_course_at_hand_is_trusted(self):
        self.ok("start", "churn", LAB_COURSE=str(self.acme))
        self.assertTrue(self.reached.exists())

    def test_a_newer_version_of_the_same_source_is_trusted(self):
        self.add()
        self.ok("course", "trust", "acme", "-y")
        self.declare(f'touch {self.reached}2; exec python3 {{shared}}/tiny.py --port {{port}} --data {{data}}')
        self.ok("course", "update", "acme")
        self.ok("start", "acme/churn")

    def test_another_archive_of_the_same_name_is_not(self):
        first, second = self.home / "first.labcourse", self.home / "second.labcourse"
        self.ok("author", "pack", "--out", str(first), LAB_COURSE=str(self.acme))
        self.add(first)
        self.ok("course", "trust", "acme", "-y")
        self.declare(f'touch {self.reached}2; exec python3 {{shared}}/tiny.py --port {{port}} --data {{data}}')
        self.ok("author", "pack", "--out", str(second), LAB_COURSE=str(self.acme))
        self.add(second)
        self.fails(4, "start", "acme/churn")

    def test_trust_that_is_taken_back(self):
        self.add()
        self.ok("course", "trust", "acme", "-y")
        self.ok("course", "remove", "acme")
        self.add()
        self.fails(4, "start", "acme/churn")

    def test_no_such_course(self):
        self.assertIn("no course 'acme' was added", self.fails(2, "course", "trust", "acme", "-y"))


if __name__ == "__main__":
    unittest.main()
