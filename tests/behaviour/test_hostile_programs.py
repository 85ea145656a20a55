"""Programs that fork, flood, hang or hide: a verdict within the limit, and nothing left."""
import resource
import time
import unittest

from labcase import LabCase

DAEMONS = """\
    import os, signal, time
    for _ in range(300):
        if os.fork() == 0:
            os.setsid()
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            if os.fork() == 0:
                while True:
                    time.sleep(1000)
            os._exit(0)
    print("forked", flush=True)
    """

FLOOD = """\
    import os
    block = b"x" * (1 << 20)
    for _ in range(1024):
        view = memoryview(block)
        while view:
            view = view[os.write(1, view):]
    """

ENDLESS = """\
    import signal
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        pass
    """

RUN = 't:run{"python", "work.py"}:ok()\nexpect(true):equals(true)'


class HostilePrograms(LabCase):
    def judge(self, program, body=RUN, extra=""):
        self.exercise("one", {"only": body}, {"work.py": program}, extra)
        self.started("one")
        begin = time.monotonic()
        result = self.results("one")["only"]
        return result, time.monotonic() - begin

    def test_sleeping_daemons_are_ended(self):
        result, _ = self.judge(DAEMONS, extra="box: {processes: 1000}\n")
        self.assertEqual(result["verdict"], "pass", result)
        self.assertEqual(self.processes(), [])

    def test_more_processes_than_allowed_fail(self):
        result, seconds = self.judge(DAEMONS.replace("print(", "time.sleep(1000); print("), extra="box: {processes: 100}\n")
        self.assertEqual(result["verdict"], "fail", result)
        self.assertIn("processes", result["message"])
        self.assertEqual(self.processes(), [])

    def test_a_flood_is_drained_and_kept_small(self):
        self.exercise("one", {"only": RUN}, {"work.py": FLOOD})
        self.started("one")
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        result = self.results("one")["only"]
        after = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        self.assertEqual(result["verdict"], "pass", result)
        self.assertLessEqual(after, max(before, 64 * 1024), "memory of the largest process, KiB")

    def test_an_endless_program_is_a_timeout(self):
        result, seconds = self.judge(ENDLESS, extra="box: {timeout: 1}\n")
        self.assertEqual(result["verdict"], "timeout", result)
        self.assertLess(seconds, 1 + 1)
        self.assertEqual(self.processes(), [])

    def test_a_program_that_stops_lab_itself(self):
        """The program's parent owns its clock: out of reach in a box, the runner itself without namespaces."""
        program = "import os, signal, time\nos.kill(os.getppid(), signal.SIGSTOP)\ntime.sleep(1000)\n"
        result, _ = self.judge(program, extra="box: {timeout: 1}\n")
        self.assertEqual(result["verdict"], "timeout", result)
        result = self.results("one", **self.without_namespaces())["only"]
        self.assertIn(result["verdict"], ("broken", "timeout", "fail"), result)  # fail: it was not permitted to
        self.assertEqual(self.processes(), [])

    def test_a_program_cannot_take_the_channel_of_the_verdict(self):
        """As an ordinary user, for whom /proc/PID/fd of a process that may be looked into would be open."""
        program = self.for_nobody()
        look = ("import os\nparent = os.getppid()\nfor pid in (parent, *open(f'/proc/{parent}/task/{parent}/children').read().split()):\n"
                "    if int(pid) != os.getpid():\n        print(len(os.listdir(f'/proc/{pid}/fd')))\n")
        self.exercise("one", {"only": 'expect(t:run{"python", "work.py"}:fails(1).stderr):contains("PermissionError")'},
                      {"work.py": look})
        self.give_to_nobody()
        for words in (("start", "one"), ("check", "one")):
            done = self.lab(*words, program=program)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_nothing_of_the_scratch_is_left(self):
        self.judge('import os\nos.makedirs("a/" * 200)\nos.chmod("a", 0)\n')
        self.assertEqual(self.scratch_entries(), [])


if __name__ == "__main__":
    unittest.main()
