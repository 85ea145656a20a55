"""What lab author test keeps from one run to the next: trials, the lock, transcripts."""
import fcntl
import os
import re
import shutil
import signal
import subprocess
import unittest
from pathlib import Path

from proofcase import ProofCase


class Kept(ProofCase):
    def test_only_what_changed_is_tried_again(self):
        folder = self.proved_exercise()
        self.prove()
        cases, _ = self.prove()
        self.assertEqual({case["cached"] for case in cases.values()}, {True})
        self.change(folder / "wrong/off-by-one/sum.py", "result = 1", "result = 2")
        cases, _ = self.prove()
        self.assertEqual([name for name, case in cases.items() if not case["cached"]], ["wrong/off-by-one"])
        self.change(folder / "private/gen.py", "randint(10", "randint(11")
        cases, _ = self.prove()
        self.assertEqual({case["cached"] for case in cases.values()}, {False})
        cases, _ = self.prove("--fresh")
        self.assertEqual({case["cached"] for case in cases.values()}, {False})

    def test_what_was_tried_before_an_interruption_is_kept(self):
        self.proved_exercise()
        self.interrupt_at("one: [1-9]")
        cases, _ = self.prove()
        kept = sum(case["cached"] for case in cases.values())
        self.assertTrue(0 < kept < len(cases), kept)
        before = len(self.results())
        self.interrupt_at("mutants: [1-9]", "--mutate")
        self.assertGreater(len(self.results()), before)

    def test_what_an_interruption_cut_short_is_not_kept(self):
        folder = self.proved_exercise()
        for name in ("start", "solution"):
            self.change(folder / name / "sum.py", "import", "import time; time.sleep(2)\nimport")
        self.interrupt_at("trials: 0 of")
        self.assertEqual(self.results(), [])

    def test_an_interruption_of_lab_alone_ends_its_trials(self):
        folder = self.proved_exercise()
        self.change(folder / "exercise.yaml", "checks:", "box: {timeout: 300}\nchecks:")
        self.change(folder / "start/sum.py", "import", "import signal\nsignal.pause()\nimport")
        self.interrupt_at("trials: 0 of", patience=60)
        self.wait_for(lambda: not self.processes())

    def results(self):
        folder = self.home / "lab/cache/proofs"
        return list(folder.iterdir()) if folder.exists() else []

    def interrupt_at(self, told, *words, patience=None):
        argv = [*self.program, "author", "test", "one", "-j1", *words]
        with subprocess.Popen(argv, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
            while line := process.stderr.readline():
                if re.search(told, line):
                    process.send_signal(signal.SIGINT)
                    break
            try:
                process.communicate(timeout=patience)
            finally:
                process.kill()
        self.assertEqual(process.returncode, 130)

    def test_what_is_at_fault_is_tried_again(self):
        folder = self.proved_exercise()
        self.change(folder / "wrong/off-by-one/wrong.yaml", "reason: sum", "reason: product")
        self.faults()
        cases, _ = self.prove(status=1)
        self.assertEqual([name for name, case in cases.items() if not case["cached"]], ["wrong/off-by-one"])

    def test_a_shared_program_that_is_named_counts(self):
        folder = self.proved_exercise()
        shared = self.course / "exercises/shared"
        shared.mkdir()
        (shared / "figures.py").write_text("FIRST = 10\n")
        (shared / "other.py").write_text("FIRST = 10\n")
        self.change(folder / "private/gen.py", "import random, sys\n", "import random, sys\nfrom figures import FIRST\n")
        self.change(folder / "private/gen.py", "randint(10", "randint(FIRST")
        first = self.fingerprint()
        (shared / "other.py").write_text("FIRST = 11\n")
        self.assertEqual(self.fingerprint(), first)
        (shared / "figures.py").write_text("FIRST = 11\n")
        self.assertNotEqual(self.fingerprint(), first)

    def test_transcripts_are_the_same_wherever_the_course_lies(self):
        """The second file of one name is called after what it was made of."""
        folder = self.proved_exercise()
        self.change(folder / "checker.lua", 'local data = private(', 'private("gen.py", {seed = seed() + 1})\n  local data = private(')
        self.ok("author", "test", "one", "--repeat", "0", "--update-golden", "-y")
        shown = (self.course / "tests/golden/one/wrong-off-by-one.txt").read_text()
        self.assertRegex(shown, r"/[0-9a-f]{6}-gen")
        elsewhere = self.home / "elsewhere"
        shutil.copytree(self.course, elsewhere)
        self.ok("author", "test", "one", "--repeat", "0", "--fresh", "--course", str(elsewhere))

    def fingerprint(self):
        return self.prove()[1]["fingerprint"]

    def test_the_lock_vouches_for_what_was_proved(self):
        folder = self.proved_exercise()
        self.ok("author", "test", "one", "--update-lock", "--repeat", "0")
        lock = (self.course / "tests/proved.lock").read_text()
        self.assertRegex(lock, r"(?m)^one [0-9a-f]{64} \d{4}-\d\d-\d\d \d+ s$")
        self.assertIn("0 of 0 exercises proved", self.ok("author", "test", "--changed").stdout)
        self.assertIn("one: proved", self.ok("author", "test", "--changed", "--sample", "600").stdout)
        (folder / "README.md").write_text("# Another lesson\n")
        done = self.lab("author", "test", "--changed", "--repeat", "0")
        self.assertEqual(done.returncode, 1)
        self.assertIn("one: proved", done.stdout)
        self.assertIn("tests/proved.lock is stale for one", done.stderr)
        self.ok("author", "test", "--changed", "--repeat", "0", "--update-lock")
        self.ok("author", "test", "--changed")

    def test_two_runs_that_end_together_keep_each_others_entries(self):
        self.proved_exercise()
        self.exercise("two", {"there": 'expect(file("a"):exists()):equals(true)'}, {"b": ""})
        lock = self.course / "tests/proved.lock"
        lock.parent.mkdir()
        folder = os.open(lock.parent, os.O_RDONLY)
        self.addCleanup(os.close, folder)
        fcntl.flock(folder, fcntl.LOCK_EX)
        command = [*self.program, "author", "test", "one", "--update-lock", "--repeat", "0", "--quiet"]
        process = subprocess.Popen(command, env=self.environment, cwd=self.home, stdout=subprocess.DEVNULL)
        waits = re.compile(rf"-> FLOCK\s+ADVISORY\s+WRITE\s+{process.pid}\b")
        self.wait_for(lambda: process.poll() is not None or waits.search(Path("/proc/locks").read_text()), 120)
        others = f"two {'0' * 64} 2026-01-01 3 s"
        lock.write_text(others + "\n")
        fcntl.flock(folder, fcntl.LOCK_UN)
        self.assertEqual(process.wait(20), 0)
        self.assertRegex(lock.read_text(), rf"(?m)^one .*\n{others}$")

    def test_a_lock_that_is_none(self):
        self.proved_exercise()
        (self.course / "tests").mkdir()
        (self.course / "tests/proved.lock").write_text("# a comment\none abc 2026-01-01 3 s\n")
        done = self.lab("author", "test", "--changed")
        self.assertEqual(done.returncode, 3)
        self.assertIn("tests/proved.lock:2:1: not 'EXERCISE FINGERPRINT DATE SECONDS s'", done.stderr)


class Golden(ProofCase):
    def test_transcripts_are_written_compared_and_cleared_away(self):
        folder = self.proved_exercise()
        golden = self.course / "tests/golden/one"
        self.prove()
        self.assertFalse(golden.exists())
        done = self.ok("author", "test", "one", "--update-golden", "--yes", "--repeat", "0")
        self.assertIn("+++ b/tests/golden/one/wrong-off-by-one.txt", done.stdout)
        self.assertEqual(sorted(path.name for path in golden.iterdir()),
                         ["solution.txt", "start.txt", "wrong-counts-more.txt", "wrong-off-by-one.txt"])
        self.assertIn("all 2 checks pass, 15 of 15 points, … s; attempt 1", (golden / "solution.txt").read_text())
        self.prove()
        self.change(folder / "checker.lua", "the second line, the sum", "the sum")
        (golden / "wrong-gone.txt").write_text("old\n")
        said = self.faults()
        self.assertIn("-      the second line, the sum", said)
        self.assertIn("+      the sum", said)
        self.assertIn("tests/golden/one/wrong-gone.txt is the transcript of no variant", said)
        self.ok("author", "test", "one", "--update-golden", "--yes", "--repeat", "0")
        self.assertFalse((golden / "wrong-gone.txt").exists())
        self.prove()

    def test_a_transcript_that_leads_out_is_not_followed(self):
        self.proved_exercise()
        golden = self.course / "tests/golden/one"
        golden.mkdir(parents=True)
        outside = self.home / "outside.txt"
        outside.write_text("precious")
        (golden / "start.txt").symlink_to(outside)
        self.assertEqual(self.lab("author", "test", "one", "--repeat", "0").returncode, 3)
        self.assertEqual(outside.read_text(), "precious")


if __name__ == "__main__":
    unittest.main()
