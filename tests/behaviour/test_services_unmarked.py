"""lab services and lab down with servers that erase their environment, and with it the mark by which others are known."""
import json
import os
import shutil
import signal
import subprocess
import unittest
from pathlib import Path

from servicecase import ServiceCase


def lives(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class Unmarked(ServiceCase):
    def begin(self, *words, name="one"):
        """Starts such a server; its workspace and its process."""
        self.service("tiny", "--forget", *words)
        work = self.requiring("tiny", name=name)
        self.ok("services", "start", cwd=work)
        pid = self.rows(cwd=work)["tiny"]["pid"]
        self.addCleanup(self.kill, pid)
        self.assertNotIn(b"LAB_SERVICE", Path(f"/proc/{pid}/environ").read_bytes())
        return work, pid

    def kill(self, pid):
        if lives(pid):
            os.killpg(pid, signal.SIGKILL)

    def doctor(self):
        done = self.lab("doctor", "--json")
        return next(row for row in map(json.loads, done.stdout.splitlines()) if row.get("what") == "services")

    def test_its_workspace_is_gone(self):
        work, pid = self.begin("--child")
        self.assertEqual((self.doctor()["state"], self.doctor()["found"]), ("ok", "1 runs"))
        shutil.rmtree(work)
        self.assertEqual(self.doctor()["found"], "none runs, 2 processes left of others")
        self.assertEqual(self.ok("down").stdout, "Stopped 1 service. Nothing is left running.\n")
        self.assertFalse(lives(pid))

    def test_its_folder_is_gone(self):
        for name, words in {"one": ["services", "start"], "two": ["services", "stop", "tiny"], "three": ["down"]}.items():
            with self.subTest(words):
                work, pid = self.begin(name=name)
                shutil.rmtree(work / ".lab/services/tiny")
                self.ok(*words, cwd=work)
                self.assertFalse(lives(pid))

    def test_its_log_is_gone(self):
        work, pid = self.begin()
        (work / ".lab/services/tiny/log").unlink()
        self.assertEqual(self.states(), {"tiny": "running"})
        self.ok("services", "stop", cwd=work)
        self.assertFalse(lives(pid))

    def test_it_prints_elsewhere(self):
        work, pid = self.begin("--mute")
        self.assertEqual(self.states(), {"tiny": "running"})
        self.ok("services", "stop", cwd=work)
        self.assertFalse(lives(pid))

    def test_its_workspace_moved(self):
        work, pid = self.begin()
        work.rename(self.work / "moved")
        self.assertEqual(self.doctor()["found"], "none runs, 1 process left of others")
        self.assertEqual(self.ok("down").stdout, "Stopped 1 service. Nothing is left running.\n")
        self.assertFalse(lives(pid))

    def test_a_copy_of_its_workspace_leaves_it_alone(self):
        work, pid = self.begin()
        copy = self.work / "copy"
        subprocess.run(["cp", "-a", str(work), str(copy)], check=True)
        self.ok("services", "stop", cwd=copy)
        self.ok("services", "start", cwd=copy)
        self.kill(self.rows(cwd=copy)["tiny"]["pid"])
        self.assertTrue(lives(pid))

    def test_another_home_leaves_it_alone(self):
        _, pid = self.begin()
        self.ok("down", LAB_HOME=str(self.home / "another"))
        self.assertTrue(lives(pid))

    def test_who_stands_in_its_folder_is_left_alone(self):
        work, pid = self.begin()
        reads = (work / ".lab/services/tiny/log").open()
        self.addCleanup(reads.close)
        for environment in ({}, None):
            learner = subprocess.Popen(["sleep", "1000"], cwd=work / ".lab/services/tiny/data", env=environment, stdin=reads, start_new_session=True)
            self.addCleanup(learner.wait)
            self.addCleanup(learner.kill)
            self.ok("services", "restart", cwd=work)
            self.ok("services", "stop", cwd=work)
            self.assertIsNone(learner.poll())
        self.assertFalse(lives(pid))
        self.ok("services", "start", cwd=work)
        shutil.rmtree(work)
        self.assertEqual(self.ok("down").stdout, "Stopped 1 service. Nothing is left running.\n")
        self.assertIsNone(learner.poll())


if __name__ == "__main__":
    unittest.main()
