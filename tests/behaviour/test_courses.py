"""Courses of one's own: adding, finding in several, removing."""
import shutil
import unittest

from coursecase import CourseCase


class Adding(CourseCase):
    def test_a_folder_stays_where_it_is(self):
        acme = self.make_course("acme-folder", "theirs", course_id="acme")
        self.ok("course", "add", str(acme))
        row = next(row for row in self.rows("course", "list") if row["id"] == "acme")
        self.assertEqual((row["kind"], row["source"], row["title"], row["exercises"]), ("folder", str(acme), "The course acme", 1))
        self.ok("show", "theirs")
        self.ok("show", "acme/theirs")
        (acme / "exercises/theirs/exercise.yaml").write_text(
            (acme / "exercises/theirs/exercise.yaml").read_text().replace("An exercise made", "An exercise changed"))
        self.assertIn("An exercise changed", self.ok("show", "theirs").stdout)

    def test_without_a_file_the_folder_gives_the_name(self):
        self.ok("course", "add", str(self.make_course("My Course", "theirs")))
        self.assertEqual(self.course_ids(), ["course", "my-course"])

    def test_another_name(self):
        acme = self.make_course("acme", "theirs", course_id="acme")
        self.ok("course", "add", str(acme), "--name", "winter")
        self.assertEqual(self.course_ids(), ["course", "winter"])
        self.ok("show", "winter/theirs")
        for name in ("Winter", "a/b", "", "lab"):
            self.fails(2, "course", "add", str(acme), "--name", name)

    def test_one_that_is_called_lock(self):
        self.ok("course", "add", str(self.make_course("acme", "theirs", course_id="lock")))
        self.assertEqual(self.course_ids(), ["course", "lock"])
        self.ok("show", "lock/theirs")

    def test_what_is_no_course(self):
        (self.home / "empty").mkdir()
        self.assertIn("lacks tracks/ or exercises/", self.fails(2, "course", "add", str(self.home / "empty")))
        self.assertIn("no course at", self.fails(2, "course", "add", str(self.home / "nowhere")))
        invalid = self.make_course("invalid", "theirs", course_id="invalid")
        (invalid / "exercises/theirs/exercise.yaml").write_text("format: 1\nid: theirs\n")
        self.assertIn("exercises/theirs/exercise.yaml:1:1:", self.fails(3, "course", "add", str(invalid)))
        newer = self.make_course("newer", "theirs", course_id="newer", lab=">= 99")
        said = self.fails(3, "course", "add", str(newer))
        self.assertIn("course.yaml:4:6: the course needs lab 99 or newer", said)
        self.assertIn("update lab", said)
        self.assertEqual(self.course_ids(), ["course"])

    def test_the_name_of_the_built_in_course_is_taken(self):
        self.assertIn("the course that lab comes with", self.fails(2, "course", "add", str(self.make_course("x", "theirs", course_id="lab"))))

    def test_twice(self):
        acme = self.make_course("acme", "theirs", course_id="acme")
        self.ok("course", "add", str(acme))
        self.assertIn("was added already", self.fails(2, "course", "add", str(acme)))

    def test_options_of_other_verbs_are_refused(self):
        acme = str(self.make_course("acme", "theirs", course_id="acme"))
        self.fails(2, "course", "add", acme, "--ref", "main")
        self.fails(2, "course", "add", acme, "--sha256", "0" * 64)
        self.fails(2, "course", "add", acme, "--merge")
        self.fails(2, "course", "list", "--name", "x")
        self.fails(2, "course", "remove")
        self.assertIn("did you mean", self.fails(2, "course", "updat"))

    def test_removing_keeps_the_work(self):
        acme = self.make_course("acme", "theirs", course_id="acme")
        self.ok("course", "add", str(acme))
        self.ok("start", "theirs")
        self.ok("course", "remove", "acme")
        self.assertEqual(self.course_ids(), ["course"])
        self.assertTrue((self.work / "acme/theirs/main.py").exists())
        self.assertTrue((acme / "course.yaml").exists())
        self.fails(2, "course", "remove", "acme")
        self.fails(2, "course", "remove", "../acme")

    def test_a_course_that_is_gone_hinders_no_other(self):
        acme = self.make_course("acme", "theirs", course_id="acme")
        self.ok("course", "add", str(acme))
        shutil.rmtree(acme)
        done = self.ok("list")
        self.assertIn("the course acme is not at", done.stderr)
        self.assertIn("own", done.stdout)
        self.assertIn("lab course remove acme", self.fails(2, "show", "acme/theirs"))
        self.ok("course", "remove", "acme")

    def test_an_exercise_that_became_invalid_hinders_no_other_course(self):
        acme = self.make_course("acme", "theirs", course_id="acme")
        self.ok("course", "add", str(acme))
        (acme / "exercises/theirs/exercise.yaml").write_text("format: 1\n")
        for command in ("list", "tracks", "progress"):
            done = self.ok(command)
            self.assertIn("left out: the course acme: exercises/theirs/exercise.yaml:1:1:", done.stderr)
        for exercise in ("own", "both"):
            self.ok("start", exercise)
            self.do_pass(exercise, self.work / exercise)
        self.assertEqual(self.rows("next")[0]["reason"], "done")
        self.fails(3, "show", "theirs")
        row = next(row for row in self.rows("doctor") if row.get("what") == "course acme")
        self.assertEqual((row["state"], row["cost"]), ("weak", "its exercises are left out"))

    def test_a_damaged_record_is_said(self):
        self.ok("course", "add", str(self.make_course("acme", "theirs", course_id="acme")))
        record = self.home / "lab/data/courses/acme/record.json"
        for text in ("{", "[]", '{"format": "lab-course-1", "kind": "git", "source": "x", "content": "../..", "exercises": {}}'):
            record.write_text(text)
            self.assertIn("the record of the course acme is damaged", self.ok("list").stderr)


class Naming(CourseCase):
    def test_a_workspace_from_before_the_course_had_a_name(self):
        self.ok("start", "own")
        (self.course / "course.yaml").write_text("format: 1\nid: acme\ntitle: T\n")
        self.assertEqual(self.lab("check", cwd=self.work / "own").returncode, 1)
        self.ok("start", "own")
        self.assertTrue((self.work / "acme/own").exists())

    def test_the_built_in_course_is_known_by_bare_ids(self):
        (self.course / "course.yaml").write_text("format: 1\nid: lab\ntitle: T\n")
        self.ok("start", "lab/own")
        self.assertTrue((self.work / "own").exists())


class Several(CourseCase):
    def setUp(self):
        super().setUp()
        self.acme = self.make_course("acme", "both", "theirs", course_id="acme")
        self.ok("course", "add", str(self.acme))

    def test_a_bare_id_that_two_courses_have(self):
        said = self.fails(2, "start", "both")
        self.assertIn("more than one course has the exercise 'both': course/both, acme/both", said)
        self.ok("start", "course/both")
        self.ok("start", "acme/both")
        self.assertTrue((self.work / "both/main.py").exists())
        self.assertTrue((self.work / "acme/both/other.py").exists())

    def test_commands_name_what_is_typed(self):
        self.assertIn("lab start acme/both", self.ok("show", "acme/both").stdout)
        self.assertIn("lab start theirs", self.ok("show", "acme/theirs").stdout)

    def test_unknown_courses_and_exercises(self):
        self.assertIn("no course 'acne', did you mean 'acme'?", self.fails(2, "show", "acne/both"))
        self.assertIn("no exercise 'thers', did you mean 'theirs'?", self.fails(2, "show", "thers"))
        self.fails(2, "show", "acme/own")
        self.fails(2, "show", "acme/")
        self.fails(2, "show", "/both")

    def test_where_one_stands_says_which(self):
        self.ok("start", "acme/both")
        here = self.work / "acme/both"
        self.assertEqual(self.lab("check", cwd=here).returncode, 1)
        self.assertEqual(self.lab("check", "both", cwd=here).returncode, 1)
        self.assertEqual(self.standing("acme", "both")["attempts"], 2)

    def test_standing_is_not_shared(self):
        for exercise, workspace in (("course/both", "both"), ("acme/both", "acme/both")):
            self.ok("start", exercise)
            self.assertFalse(self.standing(exercise.split("/")[0], "both")["passed"])
            self.do_pass(exercise, self.work / workspace)
            self.assertTrue(self.standing(exercise.split("/")[0], "both")["passed"])

    def test_lists_show_every_course(self):
        rows = [(row["course"], row["id"]) for row in self.rows("list")]
        self.assertEqual(rows, [("course", "both"), ("course", "own"), ("acme", "both"), ("acme", "theirs")])
        self.assertEqual([(row["course"], row["id"]) for row in self.rows("tracks")], [("course", "one"), ("acme", "one")])
        self.assertIn("course/one, acme/one", self.fails(2, "list", "one"))
        self.assertEqual([row["course"] for row in self.rows("list", "acme/one")], ["acme", "acme"])

    def test_next_crosses_courses(self):
        self.ok("start", "acme/both")
        self.assertEqual(self.rows("next")[0]["command"], "lab check acme/both")
        self.do_pass("acme/both", self.work / "acme/both")
        advice = self.rows("next")[0]
        self.assertEqual((advice["reason"], advice["command"]), ("next", "lab start theirs"))

    def test_course_option_rules_the_others_out(self):
        self.assertEqual([row["course"] for row in self.rows("list", "--course", str(self.acme))], ["acme", "acme"])
        self.ok("start", "both", "--course", str(self.acme))
        self.assertTrue((self.work / "acme/both").exists())

    def test_a_folder_of_another_course_is_no_workspace_of_this(self):
        self.ok("start", "acme/both", "--dir", str(self.home / "here"))
        self.assertIn("is the workspace of 'acme/both'", self.fails(2, "start", "course/both", "--dir", str(self.home / "here")))

    def test_a_course_called_as_an_exercise(self):
        self.ok("course", "add", str(self.make_course("more", "inner", course_id="own")))
        self.ok("start", "own")
        self.assertIn("is the workspace of another exercise", self.fails(2, "start", "own/inner"))
        self.ok("start", "own/inner", "--dir", str(self.home / "inner"))
        self.assertEqual(self.lab("check", cwd=self.home / "inner").returncode, 1)

    def test_progress_travels(self):
        self.ok("start", "acme/both")
        self.do_pass("acme/both", self.work / "acme/both")
        self.ok("progress", "export", str(self.home / "out.json"))
        (self.home / "lab/data/lab.db").unlink()
        for name in ("lab.db.bak", "lab.db-wal", "lab.db-shm"):
            (self.home / "lab/data" / name).unlink(missing_ok=True)
        self.ok("progress", "import", str(self.home / "out.json"))
        self.assertTrue(self.standing("acme", "both")["passed"])
        self.assertFalse(self.standing("course", "both")["started"])


if __name__ == "__main__":
    unittest.main()
