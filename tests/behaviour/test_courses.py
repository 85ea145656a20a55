"""Courses of one's own: adding, finding in several, updating, removing."""
import json
import os
import shutil
import signal
import subprocess
import unittest
from pathlib import Path

from labcase import LabCase



class CourseCase(LabCase):
    """The course at hand has the exercises `own` and `both`; others are made as folders or repositories."""

    def setUp(self):
        super().setUp()
        for name in ("own", "both"):
            self.exercise(name, {"runs": "expect.file('main.py'):contains('ok')"}, {"main.py": "start\n"})

    def make_course(self, name, *exercises, course_id=None, lab=None):
        """A course in the folder NAME, with `exercises`; with a course.yaml when it has an id."""
        at_hand, self.course = self.course, self.home / name
        (self.course / "exercises").mkdir(parents=True)
        (self.course / "tracks").mkdir()
        for exercise in exercises:
            self.exercise(exercise, {"runs": "expect.file('main.py'):contains('ok')"},
                          {"main.py": "one\ntwo\nthree\nfour\nfive\n", "other.py": "other\n"})
        if course_id:
            (self.course / "course.yaml").write_text(
                f"format: 1\nid: {course_id}\ntitle: The course {course_id}\n" + (f'lab: "{lab}"\n' if lab else ""))
        made, self.course = self.course, at_hand
        return made

    def git(self, folder, *words):
        return subprocess.run(["git", "-c", "user.name=A", "-c", "user.email=a@example.org", *words], cwd=folder, check=True,
                              env={**self.environment, "GIT_CONFIG_GLOBAL": "/dev/null"}, capture_output=True, text=True).stdout

    def commit(self, folder, message="a version"):
        if not (folder / ".git").exists():
            self.git(folder, "init", "-q", "-b", "main")
        self.git(folder, "add", "-A")
        self.git(folder, "commit", "-q", "--allow-empty", "-m", message)
        return self.git(folder, "rev-parse", "HEAD").strip()

    def fails(self, status, *words, **options):
        """The command must end with this status; what it said."""
        done = self.lab(*words, **options)
        self.assertEqual(done.returncode, status, f"lab {' '.join(words)}\n{done.stdout}\n{done.stderr}")
        return done.stderr

    def rows(self, *words, **options):
        return [json.loads(line) for line in self.ok(*words, "--json", **options).stdout.splitlines()]

    def course_ids(self):
        return [row["id"] for row in self.rows("course", "list")]

    def standing(self, course, exercise):
        for track in self.rows("progress"):
            for module in track["modules"]:
                for one in module["exercises"]:
                    if (track["course"], one["id"]) == (course, exercise):
                        return one
        self.fail(f"no {course}/{exercise} in lab progress")

    def do_pass(self, exercise, workspace):
        (workspace / "main.py").write_text((workspace / "main.py").read_text() + "ok\n")
        self.ok("check", exercise)


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

    def test_what_is_no_course(self):
        (self.home / "empty").mkdir()
        self.assertIn("lacks tracks/ or exercises/", self.fails(2, "course", "add", str(self.home / "empty")))
        self.assertIn("there is no course at", self.fails(2, "course", "add", str(self.home / "nowhere")))
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
        self.fails(2, "course", "add", acme, "--merge")
        self.fails(2, "course", "list", "--name", "x")
        self.fails(2, "course", "remove")
        self.assertIn("did you mean 'update'", self.fails(2, "course", "updat"))

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

    def test_a_damaged_record_is_said(self):
        self.ok("course", "add", str(self.make_course("acme", "theirs", course_id="acme")))
        record = self.home / "lab/data/courses/acme/record.json"
        for text in ("{", "[]", '{"format": "lab-course-1", "kind": "git", "source": "x", "content": "../..", "exercises": {}}'):
            record.write_text(text)
            self.assertIn("the record of the course acme is damaged", self.ok("list").stderr)


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


class Fetching(CourseCase):
    def setUp(self):
        super().setUp()
        self.origin = self.make_course("origin", "theirs", course_id="acme")
        self.first = self.commit(self.origin)
        self.url = f"file://{self.origin}"

    def content(self):
        folder = self.home / "lab/data/courses/acme"
        return folder / json.loads((folder / "record.json").read_text())["content"]

    def test_a_repository(self):
        self.ok("course", "add", self.url)
        row = self.rows("course", "list")[1]
        self.assertEqual((row["id"], row["kind"], row["revision"], row["source"]), ("acme", "git", self.first, self.url))
        self.assertFalse((self.content() / ".git").exists())
        shutil.rmtree(self.origin)
        self.ok("start", "theirs")
        self.ok("list")
        self.assertEqual(self.scratch_entries(), [])

    def test_a_branch_a_tag_and_what_is_neither(self):
        self.git(self.origin, "tag", "v1")
        (self.origin / "exercises/theirs/README.md").write_text("# another\n")
        second = self.commit(self.origin)
        self.ok("course", "add", self.url, "--ref", "v1", "--name", "old")
        self.ok("course", "add", self.url, "--ref", "main", "--name", "new")
        revisions = {row["id"]: row["revision"] for row in self.rows("course", "list")}
        self.assertEqual((revisions["old"], revisions["new"]), (self.first, second))
        self.assertIn("git cannot fetch", self.fails(4, "course", "add", self.url, "--ref", "nowhere", "--name", "none"))
        for ref in ("--upload-pack=touch x", "-x", "", "a b", "main:refs/heads/x"):
            self.assertIn("is no branch", self.fails(2, "course", "add", self.url, f"--ref={ref}", "--name", "none"))
        self.assertEqual(sorted(self.course_ids()), ["course", "new", "old"])

    def test_other_protocols_are_refused(self):
        for url in ("http://example.org/c.git", "ext::sh -c touch%20x", "ftp://example.org/c", "fd://3", "-u://x"):
            self.fails(2, "course", "add", url)
        self.assertIn("there is no repository", self.fails(2, "course", "add", f"file://{self.home}/nowhere"))

    def test_a_link_is_refused_by_name(self):
        (self.origin / "exercises/theirs/start/link").symlink_to("/etc/passwd")
        self.commit(self.origin)
        self.assertIn("refused: exercises/theirs/start/link is a symbolic link", self.fails(2, "course", "add", self.url))
        self.assertEqual(self.course_ids(), ["course"])
        self.assertEqual(os.listdir(self.home / "lab/data/courses"), ["lock"])

    def test_limits_are_kept(self):
        large = self.origin / "exercises/theirs/private/large"
        large.parent.mkdir()
        with open(large, "wb") as file:
            file.truncate((64 << 20) + 1)
        self.commit(self.origin)
        self.assertIn("exercises/theirs/private/large is larger than 64 MiB", self.fails(2, "course", "add", self.url))

    def test_hooks_and_filters_do_not_run(self):
        (self.origin / ".gitattributes").write_text("* filter=evil\n")
        self.commit(self.origin)
        witness = self.home / "witness"
        (self.home / ".gitconfig").write_text(f"[filter \"evil\"]\n\tsmudge = touch {witness}\n[core]\n\thooksPath = {self.home}/hooks\n")
        (self.home / "hooks").mkdir()
        for hook in ("post-checkout", "reference-transaction"):
            (self.home / "hooks" / hook).write_text(f"#!/bin/sh\ntouch {witness}\n")
            (self.home / "hooks" / hook).chmod(0o755)
        self.ok("course", "add", self.url)
        self.assertFalse(witness.exists())

    def test_an_update_says_what_changed(self):
        self.ok("course", "add", self.url)
        self.assertEqual(self.ok("course", "update", "acme").stdout, "acme: nothing new\n")
        theirs = self.origin / "exercises/theirs"
        (theirs / "checker.lua").write_text((theirs / "checker.lua").read_text() + "-- changed\n")
        (theirs / "README.md").write_text("# another lesson\n")
        shutil.copytree(theirs, self.origin / "exercises/fresh")
        text = (theirs / "exercise.yaml").read_text().replace("id: theirs", "id: fresh")
        (self.origin / "exercises/fresh/exercise.yaml").write_text(text)
        second = self.commit(self.origin)
        row = self.rows("course", "update", "acme")[0]
        self.assertEqual((row["event"], row["id"], row["revision"]), ("course_updated", "acme", second))
        changes = {change["exercise"]: change for change in row["changes"]}
        self.assertEqual(changes["fresh"]["what"], "added")
        self.assertEqual([changes["theirs"][key] for key in ("what", "checks", "start", "lesson")], ["changed", True, False, True])
        self.ok("show", "fresh")

    def test_a_pass_is_not_undone_by_other_checks(self):
        self.ok("course", "add", self.url)
        self.ok("start", "theirs")
        self.do_pass("theirs", self.work / "acme/theirs")
        self.assertFalse(self.standing("acme", "theirs")["changed"])
        checker = self.origin / "exercises/theirs/checker.lua"
        checker.write_text(checker.read_text() + "-- stricter\n")
        self.commit(self.origin)
        done = self.ok("course", "update")
        self.assertIn("passed by the old checks; still counts", done.stdout)
        one = self.standing("acme", "theirs")
        self.assertTrue(one["changed"] and one["passed"])
        self.assertIn("its checks changed since you passed", self.ok("progress").stdout)
        self.assertIn("changed since you passed: theirs", self.ok("list").stdout)
        self.ok("check", "theirs")
        self.assertFalse(self.standing("acme", "theirs")["changed"])
        self.assertNotIn("changed since you passed", self.ok("list").stdout)

    def test_an_invalid_version_takes_the_place_of_nothing(self):
        self.ok("course", "add", self.url)
        (self.origin / "exercises/theirs/exercise.yaml").write_text("format: 1\n")
        self.commit(self.origin)
        self.assertIn("exercises/theirs/exercise.yaml:1:1:", self.fails(3, "course", "update", "acme"))
        self.ok("start", "theirs")
        self.assertEqual(self.rows("course", "list")[1]["revision"], self.first)

    def test_killed_at_any_moment_the_course_is_whole(self):
        self.ok("course", "add", self.url)
        revisions = [self.first]
        for number in range(12):
            (self.origin / "exercises/theirs/README.md").write_text(f"# lesson {number}\n")
            revisions.append(self.commit(self.origin))
            process = subprocess.Popen(self.command("course", "update", "acme"), env=self.environment, cwd=self.home,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                process.wait(timeout=0.03 * number)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait()
            revision = self.rows("course", "list")[1]["revision"]
            shown = (self.content() / "exercises/theirs/README.md").read_text()
            expected = self.git(self.origin, "show", f"{revision}:exercises/theirs/README.md")
            self.assertEqual(shown, expected)
            self.ok("show", "theirs")
        self.ok("course", "update", "acme")
        self.assertEqual(self.rows("course", "list")[1]["revision"], revisions[-1])
        self.ok("course", "remove", "acme")
        self.assertEqual(os.listdir(self.home / "lab/data/courses"), ["lock"])

    def test_a_password_is_not_shown(self):
        record = self.home / "lab/data/courses/acme/record.json"
        self.ok("course", "add", self.url)
        self.assertEqual(record.stat().st_mode & 0o077, 0)
        record.write_text(record.read_text().replace(self.url, "https://ada:secret@example.org/acme.git"))
        done = self.ok("course", "list", "--json")
        self.assertNotIn("secret", done.stdout)
        self.assertIn("https://ada@example.org/acme.git", done.stdout)


class Renewing(CourseCase):
    """Changed start files, and workspaces that were started before."""

    def setUp(self):
        super().setUp()
        self.origin = self.make_course("origin", "theirs", course_id="acme")
        self.commit(self.origin)
        self.ok("course", "add", f"file://{self.origin}")
        self.ok("start", "theirs")
        self.workspace = self.work / "acme/theirs"
        self.start = self.origin / "exercises/theirs/start"

    def ref(self, name):
        return self.git(self.workspace, "rev-parse", f"{name}^{{tree}}").strip()

    def newer_start(self, **files):
        for name, text in files.items():
            (self.start / f"{name}.py").write_text(text)
        self.commit(self.origin)

    def test_work_and_new_start_are_merged(self):
        self.newer_start(main="one\ntwo\nthree\nfour\nFIVE\n", fresh="fresh\n")
        (self.workspace / "main.py").write_text("ONE\ntwo\nthree\nfour\nfive\n")
        (self.workspace / "mine.py").write_text("mine\n")
        self.git(self.workspace, "add", "mine.py")
        status = self.git(self.workspace, "status", "--porcelain", "mine.py")
        done = self.ok("course", "update", "acme", "--merge")
        self.assertIn("the new start files are merged into your work, 2 files changed", done.stdout)
        self.assertEqual((self.workspace / "main.py").read_text(), "ONE\ntwo\nthree\nfour\nFIVE\n")
        self.assertEqual((self.workspace / "fresh.py").read_text(), "fresh\n")
        self.assertEqual((self.workspace / "mine.py").read_text(), "mine\n")
        self.assertEqual(self.git(self.workspace, "status", "--porcelain", "mine.py"), status)
        causes = [(row["number"], row["cause"]) for row in self.rows("history", "theirs")]
        self.assertEqual(causes, [(2, "update"), (1, "update")])
        self.assertEqual(self.git(self.workspace, "show", "refs/lab/start:main.py"), "one\ntwo\nthree\nfour\nFIVE\n")
        self.ok("restore", "1", cwd=self.workspace)
        self.assertEqual((self.workspace / "main.py").read_text(), "ONE\ntwo\nthree\nfour\nfive\n")
        self.assertNotIn("merged", self.ok("course", "update", "acme", "--merge").stdout)

    def test_nothing_is_merged_unasked(self):
        self.newer_start(main="other\n")
        before = self.ref("refs/lab/start")
        done = self.ok("course", "update", "acme")
        self.assertIn("lab course update acme --merge", done.stderr)
        self.assertEqual((self.workspace / "main.py").read_text(), "one\ntwo\nthree\nfour\nfive\n")
        self.assertEqual(self.ref("refs/lab/start"), before)
        rows = self.rows("course", "update", "acme")
        self.assertEqual([(row["event"], row.get("merged")) for row in rows], [("course_updated", None), ("start_files", False)])
        self.ok("course", "update", "acme", "--merge")  # nothing new to fetch, yet what is open is done
        self.assertEqual((self.workspace / "main.py").read_text(), "other\n")

    def test_conflicts_are_marked(self):
        self.newer_start(main="THEIRS\ntwo\nthree\nfour\nfive\n", other="changed by the course\n")
        (self.workspace / "main.py").write_text("MINE\ntwo\nthree\nfour\nfive\n")
        (self.workspace / "other.py").unlink()
        row = self.rows("course", "update", "acme", "--merge")[1]
        self.assertEqual((row["merged"], row["conflicts"], row["changed"]), (True, ["main.py", "other.py"], 1))
        self.assertEqual((self.workspace / "main.py").read_text(),
                         "<<<<<<< your work\nMINE\n=======\nTHEIRS\n>>>>>>> the new start\ntwo\nthree\nfour\nfive\n")
        self.assertFalse((self.workspace / "other.py").exists())
        self.ok("restore", str(row["undo"]), cwd=self.workspace)
        self.assertEqual((self.workspace / "main.py").read_text(), "MINE\ntwo\nthree\nfour\nfive\n")

    def test_a_file_that_the_course_removes_goes_unless_it_was_changed(self):
        (self.start / "other.py").unlink()
        (self.start / "main.py").unlink()
        (self.start / "rest.py").write_text("rest\n")
        self.commit(self.origin)
        (self.workspace / "main.py").write_text("mine\n")
        row = self.rows("course", "update", "acme", "--merge")[1]
        self.assertEqual(row["conflicts"], ["main.py"])
        self.assertFalse((self.workspace / "other.py").exists())
        self.assertEqual((self.workspace / "main.py").read_text(), "mine\n")

    def test_untouched_work_is_untried_after_the_merge(self):
        self.newer_start(main="another start\n")
        self.ok("course", "update", "acme", "--merge")
        self.assertEqual(self.events("theirs")[-1]["verdict"], "untried")

    def test_a_workspace_that_is_gone_or_another_s_hinders_nothing(self):
        self.newer_start(main="other\n")
        shutil.rmtree(self.workspace)
        self.ok("course", "update", "acme", "--merge")
        self.workspace.mkdir()
        (self.workspace / "own.txt").write_text("own\n")
        self.newer_start(main="once more\n")
        self.ok("course", "update", "acme", "--merge")
        self.assertEqual([path.name for path in self.workspace.iterdir()], ["own.txt"])

    def test_a_folder_course_is_merged_too(self):
        folder = self.make_course("local", "nearby", course_id="local")
        self.ok("course", "add", str(folder))
        self.ok("start", "nearby", "--dir", str(self.home / "elsewhere"))
        (folder / "exercises/nearby/start/main.py").write_text("other\n")
        row = self.rows("course", "update", "local", "--merge")
        self.assertEqual(row[0]["changes"][0]["start"], True)
        self.assertEqual((self.home / "elsewhere/main.py").read_text(), "other\n")


if __name__ == "__main__":
    unittest.main()
