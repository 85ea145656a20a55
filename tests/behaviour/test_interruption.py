"""Ctrl-C and kill -9: quick, clean, and nothing lost."""
import json
import os
import random
import signal
import subprocess
import time
import unittest

from labcase import children, LabCase

WAITS = """\
    import os, time
    open(os.path.expanduser("~/ready"), "w").close()
    time.sleep(1000)
    """
KILLS = int(os.environ.get("LAB_KILLS", "200"))


class Interruption(LabCase):
    def begin_endless_check(self, *words):
        self.exercise("one", {"waits": 't:run{"python", "work.py"}:ok()'}, {"work.py": WAITS})
        self.started("one")
        process = subprocess.Popen(self.command("check", "one", *words), env=self.environment, cwd=self.home,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.wait_for(lambda: self.is_in_home("ready"))
        return process

    def test_ctrl_c_ends_within_200_ms(self):
        process = self.begin_endless_check("--json")
        begin = time.monotonic()
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=10)
        self.assertLess(time.monotonic() - begin, 0.2 + 0.1)
        self.assertEqual(process.returncode, 130, output)
        self.assertEqual(json.loads(output.splitlines()[-1])["verdict"], "interrupted")
        self.assertEqual(self.processes(), [])
        self.assertEqual(self.scratch_entries(), [])
        self.assertIn("interrupted", self.ok("history", "one").stdout)

    def test_kill_9_of_lab_ends_all_that_it_started(self):
        process = self.begin_endless_check()
        process.kill()
        process.communicate(timeout=10)
        self.wait_for(lambda: not self.processes())
        self.assertIn("interrupted", self.ok("history", "one").stdout)


    def test_a_runner_that_is_killed_leaves_nothing(self):
        """The program has a grandchild of its own session; the runner is the parent of the program."""
        program = ("import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork():\n        os._exit(0)\n"
                   "    open(os.path.expanduser('~/ready'), 'w').close()\n    time.sleep(1000)\nos.wait()\ntime.sleep(1000)\n")
        self.exercise("one", {"a": 't:run{"python", "work.py"}:ok()'}, {"work.py": program})
        self.started("one")
        process = subprocess.Popen(self.command("check", "one", "--json"), env=self.environment, cwd=self.home,
                                   stdout=subprocess.PIPE, text=True)
        self.wait_for(lambda: self.is_in_home("ready"))
        for runner in children(process.pid):
            os.kill(runner, signal.SIGKILL)
        output, _ = process.communicate(timeout=20)
        done = [json.loads(line) for line in output.splitlines()]
        self.assertEqual([e["verdict"] for e in done if e["event"] == "check_done"], ["broken"])
        self.assertEqual(self.processes(), [])
        self.assertEqual(self.scratch_entries(), [])


class Kill(LabCase):
    """kill -9 at random moments of start, check and reset: work and progress stay, the next command works."""

    def setUp(self):
        super().setUp()
        self.exercise("one", {"a": 't:run{"python", "work.py"}:ok()', "b": 'expect(file("work.py"):exists()):equals(true)'},
                      {"work.py": "print(1)\n", **{f"data/{i}.txt": f"{i}\n" for i in range(40)}})
        self.random = random.Random(20)
        self.finished = 0

    def killed(self, *words):
        """Runs the command and kills it after a random moment; its exit status, None when it was killed."""
        process = subprocess.Popen(self.command(*words), env=self.environment, cwd=self.home, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(self.random.uniform(0, 0.15))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return None
        return process.returncode

    def attempts(self):
        done = self.ok("history", "one", "--json")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def test_start(self):
        for i in range(KILLS // 4):
            self.killed("start", "one", "--dir", str(self.home / f"w{i}"))
            self.ok("start", "one", "--dir", str(self.home / f"w{i}"))
            self.assertEqual(len(list((self.home / f"w{i}/data").iterdir())), 40)
        left = [path.name for path in self.home.iterdir() if path.name.startswith(".w")]
        self.assertEqual(left, [])

    def test_check_and_reset(self):
        work = self.started("one")
        for i in range(KILLS - KILLS // 4):
            text = f"print({i})\n"
            (work / "work.py").write_text(text)
            before = len(self.attempts())
            if i % 2:
                self.killed("check", "one")
                self.assertEqual((work / "work.py").read_text(), text)
            else:
                self.killed("reset", "--yes", "--dir", str(work))
                now = (work / "work.py").read_text()
                self.assertIn(now, (text, "print(1)\n"))
                if now != text:
                    self.restore_newest(work, text)
            self.assertGreaterEqual(len(self.attempts()), before)
        self.wait_for(lambda: not self.processes())  # the last one's end of what it had started
        self.assertEqual(self.lab("check", "one").returncode, 0)
        self.assertEqual(self.scratch_entries(), [])
        self.assertEqual(self.processes(), [])

    def restore_newest(self, work, text):
        """What reset took away is the newest attempt."""
        newest = self.attempts()[0]["number"]
        self.ok("restore", str(newest), "work.py", "--dir", str(work))
        self.assertEqual((work / "work.py").read_text(), text)


if __name__ == "__main__":
    unittest.main()
