"""lab fetch knows the exercises of courses that were added, and what each course calls an environment or a service."""
import unittest

from coursecase import CourseCase


class FetchOfCourses(CourseCase):
    def setUp(self):
        super().setUp()
        self.acme = self.make_course("acme", "churn", "both", course_id="acme")
        self.needs(self.course, "both", "none")
        self.needs(self.acme, "both", "absent")
        self.ok("course", "add", str(self.acme))

    def needs(self, course, exercise, tool):
        file = course / "exercises" / exercise / "exercise.yaml"
        file.write_text(file.read_text().replace("checks:\n", f"requires: {{tools: [no-such-{tool}]}}\nchecks:\n"))

    def test_an_exercise_by_its_course_and_without(self):
        for word in ("acme/churn", "churn"):
            self.assertEqual([row["state"] for row in self.rows("fetch", word)][-1:], ["here" if word == "churn" else "fetched"])

    def test_a_track_of_a_course(self):
        self.assertRegex(self.fails(4, "fetch", "acme/one"), "no-such-absent")

    def test_a_bare_id_that_two_courses_have(self):
        self.assertIn("acme/both", self.fails(2, "fetch", "both"))

    def test_all_is_of_all_courses(self):
        said = self.fails(4, "fetch", "--all")
        self.assertIn("no-such-none", said)
        self.assertIn("no-such-absent", said)

    def test_where_one_stands_says_which(self):
        self.ok("start", "acme/both")
        said = self.fails(4, "fetch", cwd=self.work / "acme/both")
        self.assertIn("no-such-absent", said)
        self.assertNotIn("no-such-none", said)

    def test_a_course_that_is_at_fault_hinders_no_other(self):
        (self.acme / "docker-compose.yml").write_text("services: [\n")
        said = self.fails(4, "fetch", "--all")
        self.assertIn("docker-compose.yml", said)
        self.assertIn("no-such-none", said)
        self.assertNotIn("no-such-absent", said)


if __name__ == "__main__":
    unittest.main()
