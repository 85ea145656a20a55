"""kill -9, of lab at any moment and of the box's own processes: nothing lives on, blame is right, and the next check works."""
import json
import os
import random
import signal
import subprocess
import sys
import unittest
from pathlib import Path

from labcase import Boxed, children, LabCase, Ordinary, stale_groups

KILLS = int(os.environ.get("LAB_KILLS", "40"))

# Waits when the home, or the folder that a generator writes to, is told to.
WAITS = """\
    import os, signal, time
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if os.fork() == 0:
        os.setsid()
        time.sleep(1000)
    open(os.path.expanduser("~/ready"), "w").close()
    time.sleep(1000)
    """
WORKS = 't:run{"python", "-c", "pass"}:ok()'


def is_bubblewrap(pid):
    try:
        return Path(f"/proc/{pid}/comm").read_text() == "bwrap\n"
    except OSError:
        return False


def has_forked_bubblewrap(pid):
    """Whether a bubblewrap below the process has a child, which is one still or init already."""
    return any(children(child) if is_bubblewrap(child) else has_forked_bubblewrap(child) for child in children(pid))


class Killed(LabCase):
    kills = KILLS

    def setUp(self):
        super().setUp()
        self.groups = stale_groups()

    def begin(self, *words):
        return subprocess.Popen(self.command("check", "one", *words), env=self.environment, cwd=self.home,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def kill(self, process):
        process.kill()
        process.wait()
        self.wait_for(lambda: not self.processes(), 2)

    def works_again(self):
        self.assertEqual(self.verdicts("one", "--only", "good"), {"good": ("pass", None)})
        self.assertEqual(self.scratch_entries(), [])
        if os.geteuid() == 0 and not self.ordinary:
            self.assertEqual(set(stale_groups()) - set(self.groups), set())

    def exercise_with(self, waits):
        folder = self.exercise("one", {"good": WORKS, "waits": waits}, {"work.py": WAITS})
        (folder / "private").mkdir()
        (folder / "private/gen.py").write_text((folder / "start/work.py").read_text())
        self.started("one")

    def test_while_a_program_runs(self):
        self.exercise_with('t:run{"python", "work.py"}:ok()')
        process = self.begin()
        self.wait_for(lambda: self.is_in_home("ready", "waits"))
        self.kill(process)
        self.works_again()

    def test_while_a_service_and_a_program_run(self):
        self.exercise_with('t:service{"python", "work.py", ready = {log = ""}}\nt:run{"python", "work.py"}:ok()')
        process = self.begin()
        self.wait_for(lambda: self.is_in_home("ready", "waits"))
        self.kill(process)
        self.works_again()

    def test_while_a_generator_runs(self):
        self.exercise_with('private("gen.py", {})')
        process = self.begin()
        self.wait_for(lambda: any((self.home / "tmp").glob("lab-*/*/material/*.building/ready")))
        self.kill(process)
        self.works_again()

    def test_while_the_box_is_built(self):
        self.exercise_with(WORKS)
        for _ in range(5):
            process = self.begin()
            self.wait_for(lambda: any(line.startswith("bwrap") for line in self.processes()) or process.poll() is not None)
            self.kill(process)
        self.works_again()

    def test_before_the_box_is_let_through(self):
        """Bubblewrap forks, and its child waits for it. On a processor that they share with another program there is a moment
        between."""
        self.exercise_with(WORKS)
        processor = min(os.sched_getaffinity(0))
        other = subprocess.Popen([sys.executable, "-c", "while True: pass"])
        self.addCleanup(other.wait)
        self.addCleanup(other.kill)
        os.sched_setaffinity(other.pid, {processor})
        for _ in range(8):
            process = self.begin()
            os.sched_setaffinity(process.pid, {processor})
            while process.poll() is None and not has_forked_bubblewrap(process.pid):
                pass
            self.kill(process)
        self.works_again()

    def test_at_any_moment(self):
        """Several boxes at once, so that they are in different stages."""
        self.exercise("one", {"good": WORKS, **{name: f"{WORKS}\n{WORKS}" for name in "abc"}}, {"x": "x"})
        self.started("one")
        moments = random.Random(7)
        for i in range(self.kills):
            process = self.begin("--jobs", "4")
            try:
                process.wait(moments.uniform(0, 0.15))
            except subprocess.TimeoutExpired:
                pass
            self.kill(process)
            if i % 10 == 9:
                self.works_again()


class OrdinaryKilled(Ordinary, Killed):
    kills = KILLS // 4
    test_while_a_service_and_a_program_run = test_while_the_box_is_built = test_before_the_box_is_let_through = None


class Lost(Boxed):
    """The box's own processes are no part of the learner's work: what becomes of them is not the learner's fault."""

    def lose(self, command):
        self.exercise("one", {"waits": 't:run{"python", "work.py"}:ok()', "after": WORKS}, {"work.py": WAITS})
        self.started("one")
        with subprocess.Popen(self.command("check", "one", "--json", "--jobs", "1"), env=self.environment, cwd=self.home,
                              stdout=subprocess.PIPE, text=True) as process:
            self.wait_for(lambda: self.is_in_home("ready", "waits"))
            for pid, line in self.processes_by_id().items():
                if line.startswith(command):
                    os.kill(pid, signal.SIGKILL)
            done = [json.loads(line) for line in process.communicate(timeout=15)[0].splitlines()]
        self.assertEqual(self.processes(), [])
        return {event["id"]: (event["verdict"], event["message"]) for event in done if event["event"] == "check_done"}

    def test_of_bubblewrap(self):
        results = self.lose("bwrap ")
        self.assertEqual(results, {"waits": ("blocked", "t:run: the sandbox has ended early: bubblewrap was ended by signal 9"),
                                   "after": ("pass", None)})

    def test_of_init(self):
        results = self.lose("/proc/self/fd/")
        self.assertEqual(results["after"], ("pass", None))
        self.assertEqual(results["waits"][0], "blocked")
        self.assertTrue(results["waits"][1].startswith("t:run: the sandbox has ended early"), results)


if __name__ == "__main__":
    unittest.main()
