"""A program that goes over a limit: which verdict, and in which words. Limits outside their range are the course's fault."""
import unittest

from labcase import LabCase, Ordinary

BOX = "box: {timeout: 20, memory: 64MiB, processes: 8, disk: 4MiB, files: 100, output: 64KiB}\n"

PROGRAMS = {
    "spin.py": "while True:\n    pass\n",
    "hold.py": """\
        import sys, time
        held = bytearray(int(sys.argv[1]) << 20)
        time.sleep(1000)
        """,
    "share.py": """\
        import os, sys, time
        for _ in range(5):
            if os.fork() == 0:
                held = bytearray(20 << 20)
                time.sleep(1000)
        time.sleep(1000)
        """,
    "fork.py": """\
        import os, time
        for _ in range(9):
            if os.fork() == 0:
                time.sleep(1000)
        time.sleep(1000)
        """,
    "fill.py": """\
        import os, sys, time
        folder = {"work": ".", "home": os.path.expanduser("~"), "tmp": os.environ["TMPDIR"]}[sys.argv[1]]
        for i in range(6):
            with open(f"{folder}/{i}", "wb") as file:
                file.write(b"x" * (1 << 20))
        time.sleep(float(sys.argv[2]))
        """,
    "files.py": """\
        import sys, time
        for i in range(200):
            open(str(i), "w").close()
        time.sleep(float(sys.argv[1]))
        """,
    # Sparse, so that they are within the limit of what all files may hold; Python ignores SIGXFSZ, and gets an error.
    "large.py": """\
        with open("large", "wb") as file:
            file.truncate(4 << 20)
            file.seek(0, 2)
            file.write(b"x")
            file.flush()
        """,
    "zombies.py": """\
        import os, time
        for _ in range(40):
            child = os.fork()
            if child == 0:
                os._exit(0)
            os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        time.sleep(0.3)
        """,
    "write.py": "import sys\nsys.stdout.write('x' * (1 << 20))\n",
}

# The check's words, the verdict, and what the message says behind the command.
LIMITS = {
    "time": ('"python", "spin.py", timeout = 1', "timeout", "was stopped after 1 s"),
    "less-time": ('"python", "spin.py", timeout = 0.5', "timeout", "was stopped after 0.5 s"),
    "memory": ('"python", "hold.py", 200', "fail", "used more than 64 MiB of memory"),
    "less-memory": ('"python", "hold.py", 50, memory = "32MiB"', "fail", "used more than 32 MiB of memory"),
    "shared-memory": ('"python", "share.py"', "fail", "used more than 64 MiB of memory"),
    "processes": ('"python", "fork.py"', "fail", "started more than 8 processes"),
    "disk": ('"python", "fill.py", "work", 1000', "fail", "wrote more than 4 MiB"),
    "disk-at-the-end": ('"python", "fill.py", "work", 0', "fail", "wrote more than 4 MiB"),
    "disk-of-home": ('"python", "fill.py", "home", 0', "fail", "wrote more than 4 MiB"),
    "disk-of-tmp": ('"python", "fill.py", "tmp", 0', "fail", "wrote more than 4 MiB"),
    "files": ('"python", "files.py", 1000', "fail", "made more than 100 files"),
    "files-at-the-end": ('"python", "files.py", 0', "fail", "made more than 100 files"),
    "file-size": ('"truncate", "-s", "5M", "large"', "fail", "wrote a file larger than 4 MiB"),
    "file-size-seen": ('"python", "large.py"', "fail", "wrote a file larger than 4 MiB"),
}
GRANTED = {"time": "may_time_out", "memory": "may_exceed", "disk": "may_exceed"}


class Words(LabCase):
    def judge(self, **options):
        self.exercise("one", {name: f"t:run{{{words}}}:ok()" for name, (words, *_) in LIMITS.items()}, PROGRAMS, BOX)
        self.started("one")
        for name, result in self.results("one", **options).items():
            with self.subTest(name):
                words, verdict, message = LIMITS[name]
                command = words.split(", timeout")[0].split(", memory")[0].replace('"', "").replace(",", "")
                self.assertEqual((result["verdict"], result["message"].split(": ")[0]), (verdict, f"{command} {message}"))
        self.assertEqual(self.processes(), [])

    def test_each_limit_has_its_words(self):
        self.judge()

    def test_without_namespaces_too(self):
        self.judge(**self.without_namespaces())

    def test_a_check_may_ask_what_came_of_it(self):
        limits = {"time": "wall time", "memory": "memory", "disk": "disk"}
        self.exercise("one", {
            name: f'local r = t:run{{{LIMITS[name][0]}, {GRANTED[name]} = true}}\nexpect(r.limit):equals("{limits[name]}")\n'
                  f'expect(r.code):equals(nil)\nt:run{{"python", "-c", "pass"}}' for name in limits}, PROGRAMS, BOX)
        self.started("one")
        verdicts = self.verdicts("one")
        self.assertEqual({name: verdicts[name] for name in ("time", "memory")}, dict.fromkeys(("time", "memory"), ("pass", None)))
        self.assertEqual(verdicts["disk"], ("fail", "python -c pass wrote more than 4 MiB"))  # it is still there

    def test_the_dead_are_no_processes(self):
        self.exercise("one", {"a": 't:run{"python", "zombies.py"}:ok()'}, PROGRAMS, BOX)
        self.started("one")
        self.assertEqual(self.verdicts("one"), {"a": ("pass", None)})

    def test_an_output_that_is_cut(self):
        self.exercise("one", {"kept": 'local r = t:run{"python", "write.py"}:ok()\nexpect(r.truncated):equals(true)\n'
                                      'expect(#r.stdout):between(64 << 10, 65 << 10)',
                              "asked": 't:run{"python", "write.py"}:lines()'}, PROGRAMS, BOX)
        self.started("one")
        verdicts = self.verdicts("one")
        self.assertEqual(verdicts["kept"], ("pass", None))
        self.assertEqual(verdicts["asked"][0], "fail")
        self.assertIn("so much that a part of it was left out", verdicts["asked"][1])


class OrdinaryWords(Ordinary, Words):
    test_a_check_may_ask_what_came_of_it = test_an_output_that_is_cut = None


class Ranges(LabCase):
    WRONG = {
        "timeout": ("0", "3601", "soon"), "memory": ("15MiB", "65GiB", "64MB"), "processes": ("0", "4097"), "disk": ("1023KiB", "65GiB"),
        "files": ("0", "1000001"), "output": ("1023", "17MiB"), "network": ("Loopback", "[open]"), "cpus": ("2",)}
    RIGHT = ("timeout: 1, memory: 16MiB, processes: 1, disk: 1MiB, files: 1, output: 1KiB, network: none",
             "timeout: 3600, memory: 64GiB, processes: 4096, disk: 64GiB, files: 1000000, output: 16MiB, network: open")

    def setUp(self):
        super().setUp()
        self.exercise("one", {"a": "expect(1):equals(1)"}, {"x": "x"})
        self.started("one")
        self.path = self.course / "exercises/one/exercise.yaml"
        self.text = self.path.read_text()

    def check_with(self, box):
        self.path.write_text(f"box: {{{box}}}\n{self.text}")
        return self.lab("check", "one")

    def test_outside_they_are_refused_with_their_place(self):
        for field, values in self.WRONG.items():
            for value in values:
                with self.subTest(field=field, value=value):
                    done = self.check_with(f"{field}: {value}")
                    self.assertEqual(done.returncode, 3, done.stdout + done.stderr)
                    column = len("box: {") + 1 + (0 if field == "cpus" else len(f"{field}: "))
                    self.assertRegex(done.stderr, rf"exercises/one/exercise\.yaml:1:{column}: .*'{field}'")

    def test_inside_they_hold(self):
        for box in self.RIGHT:
            self.assertEqual(self.check_with(box).returncode, 0, box)


if __name__ == "__main__":
    unittest.main()
