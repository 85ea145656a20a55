"""lab author preview: what an author sees, on a terminal and without one."""
import glob
import json
import os
import signal
import time
import unittest
from pathlib import Path

from labcase import LabCase
from screen import Screen

LESSON = "# Count words\n\nWrite **count.py**, which prints a *number*.\n\n" + "".join(f"- point {i}\n" for i in range(60))
START = "print(1)\n"
CHECKS = {
    "runs": 't:run{"python", "count.py"}:ok()',
    "right": 'expect(t:run{"python", "count.py"}:ok().stdout, "the number"):equals("3\\n")',
}


class Preview(LabCase):
    def setUp(self):
        super().setUp()
        self.folder = self.exercise("words", CHECKS, {"count.py": START})
        (self.folder / "README.md").write_text(LESSON)
        self.put("solution/count.py", "print(3)\n")
        for name, text in (("crashes", "raise SystemExit(1)\n"), ("two", "print(2)\n")):
            self.put(f"wrong/{name}/count.py", text)
            self.put(f"wrong/{name}/wrong.yaml", f"why: it is wrong\nfails: [{'runs, right' if name == 'crashes' else 'right'}]\n")

    def put(self, path, text):
        """Writes a file of the exercise as editors do: beside it, then renamed."""
        path = self.folder / path
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name("." + path.name + ".swp")
        beside.write_text(text)
        beside.rename(path)

    def preview(self, *words, columns=140, lines=40, **environment):
        screen = Screen(self.command("author", "preview", "words", *words),
                        {**self.environment, "TERM": "xterm-256color", **environment}, self.home, columns, lines)
        self.addCleanup(screen.close)
        return screen

    # ---- once ----

    def test_once_prints_and_answers_as_check_does(self):
        for variant, code, said in (("solution", 0, "all 2 checks pass"), ("two", 1, "1 of 2 checks pass"),
                                    ("start", 1, "this is the start"), ("wrong/crashes", 1, "0 of 2 checks pass")):
            done = self.lab("author", "preview", "words", variant, "--once")
            self.assertEqual(done.returncode, code, done.stderr)
            self.assertIn("Count words\n===", done.stdout.replace("═", "="))
            self.assertIn(said, done.stdout)
            self.assertNotIn("\x1b", done.stdout)

    def test_without_a_terminal_it_is_once(self):
        self.assertIn("all 2 checks pass", self.ok("author", "preview", "words", "solution").stdout)

    def test_json(self):
        lines = [json.loads(line) for line in self.ok("author", "preview", "words", "solution", "--json").stdout.splitlines()]
        self.assertEqual(lines[-1]["event"], "attempt_done")
        self.assertEqual(lines[-1]["verdict"], "pass")

    def test_faults_are_located_and_names_looked_up(self):
        self.assertEqual(self.lab("author", "preview", "word").returncode, 2)
        done = self.lab("author", "preview", "words", "tow")
        self.assertEqual(done.returncode, 2)
        self.assertIn("did you mean 'two'", done.stderr)
        self.put("exercise.yaml", (self.folder / "exercise.yaml").read_text().replace("minutes: 5", "minutes: five"))
        done = self.lab("author", "preview", "words", "--once")
        self.assertEqual(done.returncode, 3)
        self.assertRegex(done.stderr, r"exercises/words/exercise.yaml:5:10: ")

    # ---- on a terminal ----

    def test_lesson_and_check_stand_side_by_side(self):
        screen = self.preview("solution")
        text = screen.shows("all 2 checks pass", "point 20", "done")
        row = next(row for row in text.splitlines() if "✓ runs" in row)
        left, right = row.split("│")
        self.assertIn("runs", right)
        self.assertNotIn("runs", left)
        self.assertIn("words  solution (2 of 4)", text)
        self.assertIn(b"\x1b[1mcount.py\x1b[0m", screen.sent)
        screen.type("q")
        self.assertEqual(screen.end(), 0)
        self.assertTrue(screen.is_sane())
        self.assertEqual(self.scratch_entries(), [])

    def test_one_above_the_other_on_a_narrow_terminal(self):
        screen = self.preview("solution", columns=80)
        lines = screen.shows("all 2 checks pass", "Count words").splitlines()
        rule = next(i for i, line in enumerate(lines) if line == "─" * 80)
        self.assertTrue(any("Count words" in line for line in lines[:rule]))
        self.assertTrue(any("all 2 checks pass" in line for line in lines[rule:]))

    def test_the_check_is_what_the_learner_sees(self):
        """The same lines as lab check prints for this work, at the pane's width."""
        workspace = self.started("words")
        (workspace / "count.py").write_text("print(2)\n")
        checked = self.lab("check", "words", COLUMNS="138", TERM="xterm").stdout
        pane = self.preview("two", columns=138, lines=60).shows("next: mend")
        shown = [row.split("│", 1)[1].strip() for row in pane.splitlines() if "│" in row]
        for line in checked.splitlines():
            words = line.split()
            if "✗" in line or "expected" in line or "actual" in line:
                self.assertTrue(any(row.split() == words for row in shown), (line, shown))

    def test_keys_choose_the_variant(self):
        screen = self.preview()
        screen.shows("words  start (1 of 4)", "this is the start")
        for key, words in (("o", ("solution (2 of 4)", "all 2 checks pass")),
                           ("n", ("wrong/crashes (3 of 4)", "must fail runs, right", "0 of 2 checks pass")),
                           ("n", ("wrong/two (4 of 4)", "must fail right", "1 of 2 checks pass")),
                           ("n", ("start (1 of 4)", "this is the start")),
                           ("p", ("wrong/two (4 of 4)", "1 of 2 checks pass")),
                           ("1", ("wrong/crashes (3 of 4)", "0 of 2 checks pass")),
                           ("s", ("start (1 of 4)", "this is the start"))):
            screen.type(key)
            screen.shows(*words)

    def test_a_save_runs_it_again(self):
        screen = self.preview("solution")
        screen.shows("all 2 checks pass")
        self.put("solution/count.py", "print(4)\n")
        screen.shows("1 of 2 checks pass")
        (self.folder / "checker.lua").write_text('checks["runs"] = function(t) expect(1):equals(1) end\n'
                                                 'checks["right"] = function(t) expect(1):equals(1) end\n')
        screen.shows("all 2 checks pass")
        self.put("exercise.yaml", (self.folder / "exercise.yaml").read_text().replace("The check called right", "Another title"))
        screen.shows("Another title", "all 2 checks pass")

    def test_a_lesson_is_shown_without_a_check(self):
        screen = self.preview("solution")
        screen.shows("all 2 checks pass")
        self.put("README.md", "# Another lesson\n\n| a | b |\n|---|---|\n| c | d |\n")
        screen.shows("Another lesson", "all 2 checks pass")
        self.put("wrong/two/count.py", "print(5)\n")  # it is not shown, nothing to run
        self.put("README.md", "# A third lesson\n")
        screen.shows("A third lesson", "all 2 checks pass")
        self.assertEqual(self.waiting(screen), 1)  # the second trial

    def test_a_lesson_that_the_checker_reads_is_checked(self):
        self.put("checker.lua", 'checks["runs"] = function(t) expect.file("README.md"):contains("magic") end\n'
                                'checks["right"] = function(t) expect(1):equals(1) end\n')
        screen = self.preview("solution")
        screen.shows("1 of 2 checks pass")
        self.put("README.md", "# With magic\n")
        screen.shows("With magic", "all 2 checks pass")

    def test_a_lesson_that_a_program_reads_is_checked(self):
        self.put("solution/count.py", "print(3 if 'magic' in open('README.md').read() else 4)\n")
        screen = self.preview("solution")
        screen.shows("1 of 2 checks pass")
        self.put("README.md", "# With magic\n")
        screen.shows("With magic", "all 2 checks pass")

    def test_a_lesson_that_is_a_link_is_not_followed(self):
        (self.home / "secret").write_text("a secret")
        (self.folder / "README.md").unlink()
        (self.folder / "README.md").symlink_to(self.home / "secret")
        self.assertEqual(self.lab("author", "preview", "words", "--once").returncode, 3)
        screen = self.preview("solution")
        self.assertNotIn("a secret", screen.shows("cannot be read"))

    def test_verbose_and_quiet(self):
        screen = self.preview("solution", "-v")
        screen.shows("all 2 checks pass", "ran       python count.py   (exit 0")
        screen.type("q")
        screen.end()
        screen = self.preview("two", "-q")
        self.assertNotIn("✓ runs", screen.shows("1 of 2 checks pass"))

    def test_a_shared_program_is_watched(self):
        shared = self.course / "exercises/shared"
        shared.mkdir()
        (shared / "gen.py").write_text("import sys\nopen(sys.argv[sys.argv.index('--out') + 1], 'w').write('old')\n")
        self.put("checker.lua", 'local path = shared("gen.py", {out = "x"})\n'
                                'checks["runs"] = function(t) expect(file(path):text(), "made"):equals("new") end\n'
                                'checks["right"] = function(t) expect(1):equals(1) end\n')
        screen = self.preview("solution")
        screen.shows("1 of 2 checks pass")
        (shared / "gen.py").write_text((shared / "gen.py").read_text().replace("old", "new"))
        screen.shows("all 2 checks pass")

    def test_new_folders_are_watched(self):
        screen = self.preview("solution")
        screen.shows("all 2 checks pass")
        self.put("solution/deep/er/part.py", "N = 7\n")
        self.put("solution/count.py", "from deep.er.part import N\nprint(N)\n")
        screen.shows("1 of 2 checks pass")
        self.put("solution/deep/er/part.py", "N = 3\n")
        screen.shows("all 2 checks pass")

    def test_a_broken_exercise_is_located_and_goes_on_being_watched(self):
        screen = self.preview("solution")
        screen.shows("all 2 checks pass")
        good = {name: (self.folder / name).read_text() for name in ("exercise.yaml", "checker.lua")}
        self.put("exercise.yaml", good["exercise.yaml"].replace("level: 1", "levle: 1"))
        screen.shows("exercises/words/exercise.yaml:7:1", "unknown key 'levle'", "no check")
        self.put("exercise.yaml", good["exercise.yaml"])
        screen.shows("all 2 checks pass")
        self.put("checker.lua", good["checker.lua"] + "this is not Lua\n")
        screen.shows("checker.lua:7: syntax error", "no check")
        self.put("checker.lua", good["checker.lua"])
        screen.shows("all 2 checks pass")
        self.put("wrong/two/wrong.yaml", "why: x\nfails: [rihgt]\n")
        screen.shows("exercises/words/wrong/two/wrong.yaml:2:", "did you mean 'right'")

    def waiting(self, screen):
        """A solution that lets the test know that it runs, and then does not end; the number of its trial, counted from 0."""
        self.put("solution/count.py", "import os, pathlib, time\npathlib.Path(os.environ['HOME'], 'began').touch()\ntime.sleep(600)\n")
        found = []

        def began():
            screen.take(0.01)  # a terminal takes what it is sent, else the preview would wait for it
            found.extend(glob.glob(f"{self.home}/tmp/lab-*/*/*/scratch/lab-*/*/checks/*/home/began"))
            return found
        self.wait_for(began, 60)
        return int(Path(found[0]).relative_to(self.home / "tmp").parts[2])

    def test_a_save_during_a_run_begins_it_anew(self):
        screen = self.preview("solution")
        screen.shows("all 2 checks pass")
        self.waiting(screen)
        self.put("solution/count.py", "print(3)\n")
        screen.shows("all 2 checks pass")
        screen.type("q")
        self.assertEqual(screen.end(), 0)
        self.wait_for(lambda: not self.processes())
        self.assertEqual(self.scratch_entries(), [])

    def test_keys_are_obeyed_during_a_run(self):
        screen = self.preview("solution")
        screen.shows("all 2 checks pass")
        self.waiting(screen)
        screen.type("1")
        screen.shows("wrong/crashes", "0 of 2 checks pass")

    def test_many_saves_at_once_are_one_run(self):
        screen = self.preview("solution")
        screen.shows("all 2 checks pass")
        os.kill(screen.process.pid, signal.SIGSTOP)  # so that they are at once, however busy the machine is
        for i in range(100):
            (self.folder / f"solution/file{i}.txt").write_text("x")
        os.kill(screen.process.pid, signal.SIGCONT)
        self.assertLessEqual(self.waiting(screen), 2)

    def test_long_results_scroll(self):
        screen = self.preview("solution", lines=20)
        screen.shows("all 2 checks pass", "[check 1-")
        screen.type("\t")
        screen.shows("[lesson 1-18 of")
        self.assertNotIn("point 30", screen.text)
        screen.type("jj")
        screen.shows("[lesson 3-20 of")
        screen.type("\x1b[A")
        screen.shows("[lesson 2-19 of")
        screen.type("\x1b[6~")
        screen.shows("[lesson 19-36 of")
        screen.type("\x1b[5~k")
        screen.shows("[lesson 1-18 of")
        screen.type("G")
        screen.shows("point 59")
        screen.type("g\x1b[B")
        screen.shows("[lesson 2-19 of")

    def test_a_resize_lays_it_out_anew(self):
        screen = self.preview("solution")
        screen.shows("all 2 checks pass", " │ ")
        screen.set_size(70, 30)
        text = screen.until(lambda text: "─" * 70 in text and "all 2 checks pass" in text)
        self.assertNotIn(" │ ", text)
        screen.set_size(200, 50)
        screen.until(lambda text: " │ " in text and "all 2 checks pass" in text)

    def test_the_terminal_is_left_sane(self):
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 130), (signal.SIGHUP, 130), (signal.SIGSEGV, -11),
                             (signal.SIGABRT, -6)):
            with self.subTest(signal=number):
                screen = self.preview("solution")
                screen.shows("all 2 checks pass")
                os.kill(screen.process.pid, number)
                self.assertEqual(screen.end(), code)
                self.assertTrue(screen.is_sane())
        screen = self.preview("solution")
        screen.shows("all 2 checks pass")
        screen.type("\x03")
        self.assertEqual(screen.end(), 130)
        self.assertTrue(screen.is_sane())
        self.wait_for(lambda: not self.processes())

    def test_the_crash_of_a_run_is_told(self):
        screen = self.preview("solution")
        screen.shows("all 2 checks pass")
        self.waiting(screen)
        trial, = Path("/proc", str(screen.process.pid), "task", str(screen.process.pid), "children").read_text().split()
        os.kill(int(trial), signal.SIGKILL)
        screen.shows("died of signal 9", "no check")
        self.put("solution/count.py", "print(3)\n")
        screen.shows("all 2 checks pass")

    def test_stopped_and_continued(self):
        screen = self.preview("solution")
        screen.shows("all 2 checks pass")
        screen.type("\x1a")
        self.wait_for(lambda: "\nState:\tT" in Path("/proc", str(screen.process.pid), "status").read_text())
        while screen.take(0.05):
            pass
        self.assertTrue(screen.is_sane())
        os.kill(screen.process.pid, signal.SIGCONT)
        screen.rows = [""] * 40
        screen.shows("all 2 checks pass")

    def test_nothing_steers_the_terminal(self):
        hostile = "\x1b[2J\x1b]0;title\x07\u202e"
        self.put("README.md", f"# Title {hostile}\n\n```\n{hostile}\n```\n")
        self.put("wrong/two/count.py", f"print({hostile!r})\n")
        screen = self.preview("two")
        text = screen.shows("1 of 2 checks pass", "\\x1b[2J")
        self.assertNotIn(b"\x1b[2J", screen.sent)
        self.assertNotIn(b"\x1b]", screen.sent)
        self.assertNotIn("\u202e", text)

    def test_from_save_to_first_output(self):
        """The figure, printed; the bound is loose, since other programs may keep the machine busy."""
        screen = self.preview("solution")
        taken = []
        for i in range(6):
            screen.until(lambda text: "all 2 checks pass" in text and "done" in text)
            self.put("exercise.yaml", (self.folder / "exercise.yaml").read_text().replace(
                "title: An exercise made for a test" if not i else f"title: Number {i - 1} of them", f"title: Number {i} of them"))
            begin = time.monotonic()
            screen.shows(f"Number {i} of them")
            taken.append(time.monotonic() - begin)
        taken.sort()
        print(f"\n  from save to first output: {taken[0] * 1000:.0f} ms, median {taken[len(taken) // 2] * 1000:.0f} ms of {len(taken)}")
        self.assertLess(min(taken), 1.5)


if __name__ == "__main__":
    unittest.main()
