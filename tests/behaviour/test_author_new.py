"""lab author new: a whole exercise, proved and listed, or nothing."""
import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import unittest
from pathlib import Path

import core_yaml
from labcase import LabCase

TRACK = """\
format: 1
id: one
title: One                # the first
modules:
  - id: first
    title: First
    level: 1
    exercises: {first}
  # what comes later
  - id: second
    title: Second
    level: 2
    exercises: []
"""


class NewCase(LabCase):
    def track(self, first="[]", name="one"):
        path = self.course / f"tracks/{name}.yaml"
        path.write_text(TRACK.replace("id: one", f"id: {name}").replace("{first}", first), newline="")
        return path

    def empty(self, name="empty"):
        folder = self.home / name
        folder.mkdir()
        return folder

    def tree(self, folder=None):
        """Every path with its content."""
        return {str(path): path.read_bytes() if path.is_file() else None for path in sorted((folder or self.course).rglob("*"))}

    def refused(self, status, said, *words, unchanged=True, **options):
        before = self.tree()
        done = self.lab("author", "new", *words, **options)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        self.assertIn(said, done.stderr)
        if unchanged:
            self.assertEqual(self.tree(), before)
        return done


class Made(NewCase):
    def judged(self, *overlays):
        """Verdict and points of the checks, of the start with folders laid over it."""
        work = self.home / "work" / str(len(list(self.home.glob("work/*"))))
        self.ok("start", "hello", "--dir", str(work))
        for overlay in overlays:
            shutil.copytree(overlay, work, dirs_exist_ok=True, ignore=shutil.ignore_patterns("wrong.yaml"))
        results = self.results("hello", "--dir", str(work))
        return {check: (result["verdict"], result["points"]) for check, result in results.items()}, results

    def test_an_empty_folder_becomes_a_course_with_a_proved_exercise(self):
        self.course = self.empty()
        self.environment["LAB_COURSE"] = ""
        done = self.ok("author", "new", "hello", cwd=self.course)
        self.assertEqual(done.stdout, f"""\
course  {self.course}, which is new
made    exercises/hello: a lesson, a start, three checks, a solution and two wrong variants
listed  in tracks/main.yaml, module basics (both new)

Next:   edit exercises/hello: README.md, exercise.yaml and checker.lua say how
        lab author test hello
        lab author preview hello
""")
        self.environment["LAB_COURSE"] = str(self.course)
        self.ok("author", "test", "hello")
        exercise = self.course / "exercises/hello"
        checks = core_yaml.load((exercise / "exercise.yaml").read_text())["checks"]
        verdicts, results = self.judged()
        self.assertLess(sum(points for _, points in verdicts.values()), 0.4 * sum(check["points"] for check in checks))
        self.assertTrue(any(check.get("decisive") for check in checks))
        for check in checks:
            self.assertFalse(check.get("decisive") and verdicts[check["id"]][0] == "pass", check)
        verdicts, _ = self.judged(exercise / "solution")
        self.assertEqual({verdict for verdict, _ in verdicts.values()}, {"pass"})
        failed = set()
        for wrong in sorted((exercise / "wrong").iterdir()):
            said = core_yaml.load((wrong / "wrong.yaml").read_text())
            verdicts, results = self.judged(exercise / "solution", wrong)
            self.assertEqual({check for check, (verdict, _) in verdicts.items() if verdict == "fail"}, set(said["fails"]), wrong)
            self.assertIn(said["reason"], {results[check]["reason"] for check in said["fails"]})
            failed |= set(said["fails"])
        self.assertEqual(failed, {check["id"] for check in checks})

    def test_reasons_and_hints_meet_and_the_lesson_names_what_there_is(self):
        self.ok("author", "new", "hello")
        exercise = self.course / "exercises/hello"
        data = core_yaml.load((exercise / "exercise.yaml").read_text())
        hinted = {hint["when"] for check in data["checks"] for hint in check["hints"] if isinstance(hint, dict)}
        checker, lesson = (exercise / "checker.lua").read_text(), (exercise / "README.md").read_text()
        given = re.findall(r":because\(.*|\bhint\(.*", checker)
        said = {word for text in given for word in re.findall(r'"([\w-]+)"', text)}
        self.assertEqual(hinted, said)
        for name in [check["id"] for check in data["checks"]] + ["summary.py", "data/sample.csv"]:
            self.assertIn(f"`{name}`", lesson)

    def test_nothing_of_the_template_is_left(self):
        self.ok("author", "new", "set-order", "--track", "ml-ops", "--module", "first-steps")
        for path in self.course.rglob("*"):
            if path.is_file():
                self.assertIsNone(re.search(r"new-(exercise|track|module)|New (exercise|track|module)", path.read_text()), path)
        self.assertIn("title: Set order\n", (self.course / "exercises/set-order/exercise.yaml").read_text())
        track = core_yaml.load((self.course / "tracks/ml-ops.yaml").read_text())
        self.assertEqual((track["id"], track["title"]), ("ml-ops", "Ml ops"))
        self.assertEqual([(module["id"], module["exercises"]) for module in track["modules"]], [("first-steps", ["set-order"])])

    def test_editors_find_the_schemas_and_the_types(self):
        self.ok("author", "new", "hello")
        for path, name in (("tracks/main.yaml", "track"), ("exercises/hello/exercise.yaml", "exercise"),
                           ("exercises/hello/wrong/gap-is-zero/wrong.yaml", "wrong")):
            first = (self.course / path).read_text().split("\n")[0]
            schema = (self.course / path).parent / first.removeprefix("# yaml-language-server: $schema=")
            self.assertEqual(schema.read_text(), self.ok("author", "schema", name).stdout)
        library = json.loads((self.course / ".luarc.json").read_text())["workspace.library"]
        self.assertIn("checks = {}", (self.course / library[0] / "lab.d.lua").read_text())

    def test_a_course_that_has_schemas_and_types_gets_no_others(self):
        """An installed copy of lab has the types in one file, a checkout in several."""
        (self.course / "docs/schema").mkdir(parents=True)
        (self.course / "docs/schema/exercise.schema.json").write_text("")
        for name, path, library in (("hello", "checker/types/10_checks.lua", "checker/types"), ("again", "checker/lab.d.lua", "checker")):
            (self.course / path).parent.mkdir(parents=True, exist_ok=True)
            (self.course / path).write_text("")
            self.ok("author", "new", name)
            self.assertFalse((self.course / ".lab").exists())
            self.assertIn("$schema=../../docs/schema/exercise.schema.json\n", (self.course / f"exercises/{name}/exercise.yaml").read_text())
            self.assertEqual(json.loads((self.course / ".luarc.json").read_text())["workspace.library"], [library])
            (self.course / ".luarc.json").unlink()

    def test_what_editors_need_is_brought_up_to_date_and_settings_are_left(self):
        self.ok("author", "new", "hello")
        current = (self.course / ".lab/lua/lab.d.lua").read_text()
        (self.course / ".lab/lua/lab.d.lua").write_text("-- old\n")
        (self.course / ".luarc.json").write_text("{}\n")
        done = self.ok("author", "new", "second", "--json")
        files = json.loads(done.stdout)["files"]
        self.assertIn(".lab/lua/lab.d.lua", files)
        self.assertNotIn(".lab/schema/track.schema.json", files)
        self.assertEqual((self.course / ".lab/lua/lab.d.lua").read_text(), current)
        self.assertEqual((self.course / ".luarc.json").read_text(), "{}\n")

    def test_programs_and_scripts_are_told(self):
        event = json.loads(self.ok("author", "new", "hello", "--json").stdout)
        files = {str(path.relative_to(self.course)) for path in self.course.rglob("*") if path.is_file()}
        self.assertEqual(set(event.pop("files")), files)
        self.assertEqual(event, {"event": "exercise_made", "exercise": "hello", "course": str(self.course), "course_made": False,
                                 "track": "main", "track_made": True, "module": "basics"})
        self.assertEqual(self.ok("author", "new", "second", "-q").stdout, "exercises/second\n")
        done = self.ok("author", "new", "third", "--course", str(self.course), cwd=self.home, LAB_COURSE="")
        self.assertIn(f"lab --course {self.course} author test third\n", done.stdout)

    def test_others_can_read_it_whatever_the_umask(self):
        before = os.umask(0o077)
        self.addCleanup(os.umask, before)
        self.ok("author", "new", "hello")
        for path in self.course.joinpath("exercises/hello").rglob("*"):
            self.assertEqual(path.stat().st_mode & 0o777, 0o755 if path.is_dir() else 0o644, path)

    def test_ids_that_yaml_takes_for_something_else(self):
        for name in ("123", "null", "true", "1e3", "0x1f", "no"):
            self.ok("author", "new", name, "--track", name, "--module", name, LAB_COURSE=str(self.course_for(name)))
            self.ok("show", name, LAB_COURSE=str(self.home / f"course-{name}"))

    def course_for(self, name):
        course = self.home / f"course-{name}"
        (course / "tracks").mkdir(parents=True)
        (course / "exercises").mkdir()
        return course


class Listed(NewCase):
    """The track's text keeps everything but the one place."""

    def edited(self, first, expected):
        path = self.track(first)
        before = path.read_bytes().decode()
        self.ok("author", "new", "x", "--module", "first")
        self.assertEqual(path.read_bytes().decode(), before.replace(first, expected, 1), first)
        self.ok("show", "x")
        shutil.rmtree(self.course / "exercises/x")

    def test_lists_as_people_write_them(self):
        for name in ("a", "b"):
            (self.course / "tracks/one.yaml").unlink(missing_ok=True)
            self.exercise(name, {"runs": ""}, {})
        for first, expected in (
                ("[]", "[x]"),
                ("[ ]", "[x ]"),
                ("[]   # none yet", "[x]   # none yet"),
                ("[a]", "[a, x]"),
                ("[ a, b ]", "[ a, b, x ]"),
                ("[a, b,]", "[a, b, x,]"),
                ("['a', \"b\"] # two", "['a', \"b\", x] # two"),
                ("[\n      a, # one\n      b  # two\n    ]", "[\n      a, # one\n      b, x  # two\n    ]"),
                ("[ # none\n    ]", "[x # none\n    ]"),
                ("\n      - a", "\n      - a\n      - x"),
                ("\n    - a\n    - b", "\n    - a\n    - b\n    - x"),
                ("\n      - a  # one\n\n      - 'b'   # two\n      # more", "\n      - a  # one\n\n      - 'b'   # two\n      - x\n      # more"),
                ("\n      -   a\n      -   b", "\n      -   a\n      -   b\n      - x")):
            self.edited(first, expected)

    def test_other_ends_of_lines_and_none(self):
        self.exercise("a", {"runs": ""}, {})
        path = self.track("\n      - a")
        text = path.read_text().replace("\n", "\r\n")
        path.write_text(text, newline="")
        self.ok("author", "new", "x", "--module", "first")
        self.assertEqual(path.read_bytes().decode(), text.replace("- a\r\n", "- a\r\n      - x\r\n"))
        path.write_text("format: 1\nid: one\ntitle: One\nmodules:\n- id: first\n  title: Größe\n  level: 1\n  exercises:\n  - a\n  - x", newline="")
        self.ok("author", "new", "y")
        self.assertTrue(path.read_text().endswith("  - a\n  - x\n  - y"))
        path.write_text("{format: 1, id: one, title: Größe, modules: [{id: first, title: T, level: 1, exercises: [a, x]}]}\n")
        self.ok("author", "new", "z")
        self.assertIn("exercises: [a, x, z]}]}", path.read_text())

    def test_the_file_keeps_its_mode(self):
        path = self.track()
        path.chmod(0o664)
        self.ok("author", "new", "x", "--module", "first")
        self.assertEqual(path.stat().st_mode & 0o777, 0o664)

    def test_a_list_that_is_not_understood_is_left_alone(self):
        self.exercise("a", {"runs": ""}, {})
        path = self.track()
        path.write_text(path.read_text().replace("[]", '\n      - "\\x61"', 1).replace("\n", "\r"), newline="")
        done = self.refused(3, "the exercises of the module 'first' are written in a way that lab does not edit", "x", "--module", "first")
        self.assertIn("tracks/one.yaml:", done.stderr)

    def test_the_track_and_module_are_chosen_or_asked_for(self):
        self.track(name="one")
        self.refused(2, "which module? --module names one of: first, second", "x")
        self.refused(2, "no module 'frist' in the track 'one', did you mean 'first'?", "x", "--track", "one", "--module", "frist")
        self.refused(2, "no module 'frist' in any track, did you mean 'first'?", "x", "--module", "frist")
        self.track(name="two")
        self.refused(2, "which track? --track names one of: one, two", "x")
        self.refused(2, "which track? --track names one of: one, two", "x", "--module", "first")
        self.refused(2, "no track 'tow', did you mean 'two'?", "x", "--track", "tow")
        self.ok("author", "new", "x", "--track", "two", "--module", "second")
        self.assertEqual((self.course / "tracks/two.yaml").read_text().count("[x]"), 1)
        self.assertNotIn("[x]", (self.course / "tracks/one.yaml").read_text())
        only = self.course / "tracks/three.yaml"
        only.write_text("format: 1\nid: three\ntitle: T\nmodules:\n  - {id: alone, title: A, level: 0, exercises: []}\n")
        self.ok("author", "new", "y", "--module", "alone")
        self.ok("author", "new", "z", "--track", "three")
        self.assertIn("exercises: [y, z]", only.read_text())

    def test_two_at_once_are_both_listed(self):
        self.track("[]")
        names = [f"x-{number}" for number in range(6)]
        running = [subprocess.Popen(self.command("author", "new", name, "--module", "first"), env=self.environment, cwd=self.home,
                                    stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for name in names]
        for process in running:
            self.assertEqual(process.wait(60), 0, process.stderr.read())
            process.stderr.close()
        listed = core_yaml.load((self.course / "tracks/one.yaml").read_text())["modules"][0]["exercises"]
        self.assertEqual(sorted(listed), names)


class Like(NewCase):
    def test_what_the_other_exercise_needs_is_taken_over(self):
        other = self.exercise("other", {"runs": ""}, {}, extra="aliases: [former]\n")
        lock = self.course / "exercises/environments/ml/requirements.lock"
        lock.parent.mkdir(parents=True)
        lock.write_text("")
        (self.course / "exercises/shared").mkdir()
        (self.course / "exercises/shared/clock.py").write_text("")
        path = other / "exercise.yaml"
        text = path.read_text().replace("skills: [python]", "skills:\n  - ci-cd   # two\n  - '42'").replace("level: 1", "level: 3")
        text = text.replace("difficulty: 1", "difficulty: 2").replace("phase: develop", "phase: monitor").replace("layer: mlops", "layer: llmops")
        path.write_text(text + "requires:\n  python: ml\n  shared: [clock.py]\nbox:\n  memory: 1.5 GiB\n  timeout: 7\n")
        for name, like in (("x", "other"), ("y", "former")):
            self.ok("author", "new", name, "--like", like)
            made = core_yaml.load((self.course / f"exercises/{name}/exercise.yaml").read_text())
            said = core_yaml.load(path.read_text())
            for key in ("requires", "box", "skills", "phase", "layer", "level", "difficulty"):
                self.assertEqual(made[key], said[key], key)
            self.ok("show", name)
        self.assertIn("level: 3                          # the", (self.course / "exercises/x/exercise.yaml").read_text())

    def test_what_it_does_not_say_is_empty(self):
        folder = self.exercise("other", {"runs": ""}, {})
        path = folder / "exercise.yaml"
        path.write_text(path.read_text().replace("skills: [python]\n", ""))
        self.ok("author", "new", "x", "--like", "other")
        made = core_yaml.load((self.course / "exercises/x/exercise.yaml").read_text())
        self.assertEqual((made["skills"], made["requires"], made["box"]), ([], {}, {}))

    def test_there_must_be_one(self):
        self.exercise("other", {"runs": ""}, {})
        self.refused(2, "no exercise 'othre', did you mean 'other'?", "x", "--like", "othre")


class Refused(NewCase):
    def test_ids(self):
        self.exercise("old", {"runs": ""}, {}, extra="aliases: [former]\n")
        for name in ("Hello", "a_b", "-", "..", "a/b", "", "a" * 65):
            self.refused(2, "is no id: lower-case letters", "--", name)
        for name in ("environments", "shared"):
            self.refused(2, "the name has another meaning", name)
        self.refused(2, "exercises/old is there already", "old")
        self.refused(2, "'former' is a former id of the exercise 'old'", "former")
        (self.course / "exercises/file").write_text("")
        self.refused(2, "exercises/file is there already", "file")
        (self.course / "exercises/link").symlink_to("nowhere")
        self.refused(2, "exercises/link is there already", "link")
        self.refused(2, "--track Main: no id", "x", "--track", "Main", LAB_COURSE=str(self.bare()), unchanged=False)

    def bare(self):
        bare = self.home / "bare"
        (bare / "tracks").mkdir(parents=True)
        (bare / "exercises").mkdir()
        return bare

    def test_a_folder_with_something_in_it_does_not_become_a_course(self):
        folder = self.empty()
        (folder / "notes.txt").write_text("")
        done = self.lab("author", "new", "x", cwd=folder, LAB_COURSE="")
        self.assertEqual(done.returncode, 2)
        self.assertIn("no course here, and this folder is not empty", done.stderr)
        self.assertEqual(os.listdir(folder), ["notes.txt"])

    def test_an_empty_folder_stays_empty_after_an_error(self):
        folder = self.empty()
        (folder / ".git").mkdir()
        for words in (["X"], ["x", "--like", "y"], ["x", "--track", "A"]):
            done = self.lab("author", "new", *words, cwd=folder, LAB_COURSE="")
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertEqual(os.listdir(folder), [".git"])

    def test_a_course_with_faults(self):
        (self.course / "tracks/one.yaml").write_text("format: 2\n")
        self.refused(3, "tracks/one.yaml:1:9", "x")


class Whole(NewCase):
    def test_what_was_left_unfinished_is_cleared_away(self):
        for path in ("exercises/.new/wrong/left/file", "exercises/.new-file"):
            (self.course / path).parent.mkdir(parents=True, exist_ok=True)
            (self.course / path).write_text("left")
        self.ok("author", "new", "hello")
        self.assertEqual(sorted(os.listdir(self.course / "exercises")), ["hello"])
        self.assertFalse((self.course / "exercises/hello/wrong/left").exists())

    def test_a_signal_before_the_writing_leaves_nothing(self):
        folder = os.open(self.course / "exercises", os.O_RDONLY)
        self.addCleanup(os.close, folder)
        fcntl.flock(folder, fcntl.LOCK_EX)
        before = self.tree()
        process = subprocess.Popen(self.command("author", "new", "hello"), env=self.environment, cwd=self.home)
        self.wait_for(lambda: re.search(rf"-> FLOCK\s+ADVISORY\s+WRITE\s+{process.pid}\b", Path("/proc/locks").read_text()))
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(20), -signal.SIGTERM)
        self.assertEqual(self.tree(), before)

    def test_a_track_that_cannot_be_written_leaves_no_exercise(self):
        self.track()
        self.ok("author", "new", "first", "--module", "first")
        before = self.tree()
        self.become_nobody()
        os.chown(self.course / "tracks", 0, 0)
        done = self.lab("author", "new", "hello", "--module", "first")
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertIn("cannot write tracks/one.yaml", done.stderr)
        self.assertEqual(self.tree(), before)

    def test_nothing_is_written_where_links_lead(self):
        outside = self.empty("outside")
        for name in ("tracks", "exercises", ".lab"):
            course = self.home / f"with-{name}"
            for part in ("tracks", "exercises"):
                if part != name:
                    (course / part).mkdir(parents=True)
            (course / name).symlink_to(outside)
            done = self.lab("author", "new", "hello", LAB_COURSE=str(course))
            self.assertIn(done.returncode, (3, 4), done.stderr)
            self.assertEqual(os.listdir(outside), [])
            self.assertFalse((course / "exercises/hello").exists())


if __name__ == "__main__":
    unittest.main()
