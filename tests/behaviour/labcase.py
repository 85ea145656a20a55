"""What the tests of this folder share: a course made for one test, a home of its own, and the real program."""
import json
import os
import re
import shutil
import subprocess
import tempfile
import textwrap
import time
import unittest
from pathlib import Path

PROGRAM = os.environ.get("LAB_PROGRAM", str(Path(__file__).resolve().parents[2] / "build/release/lab"))

EXERCISE = """\
format: 1
id: {id}
title: An exercise made for a test
objective: Show how lab behaves.
minutes: 5
difficulty: 1
level: 1
phase: develop
layer: mlops
skills: [python]
{extra}checks:
{checks}"""

CHECK = """\
  - id: {id}
    title: The check called {id}
    points: 10
{extra}"""


def stale_groups():
    """Control groups of labs that live no more. In groups that are not this process's they stay: compare with before."""
    found = [Path(folder, name) for folder, names, _ in os.walk("/sys/fs/cgroup") for name in names if re.fullmatch(r"lab-\d+-\d+", name)]
    return sorted(str(path) for path in found if not Path("/proc", path.name.split("-")[1]).exists())


def children(pid):
    """Those of its first thread."""
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


class LabCase(unittest.TestCase):
    """A fresh home and course for each test; self.lab() runs the program."""
    ordinary = False

    def setUp(self):
        self.home = Path(tempfile.mkdtemp(prefix="lab-behaviour-"))
        self.addCleanup(self.remove_home)
        self.course = self.home / "course"
        (self.course / "exercises").mkdir(parents=True)
        (self.course / "tracks").mkdir()
        (self.home / "tmp").mkdir()
        self.work = self.home / "lab/work"
        self.program = [PROGRAM]
        self.environment = {
            **{name: os.environ[name] for name in ("PATH", "ASAN_OPTIONS", "LAB_PYTHON") if name in os.environ},
            "HOME": str(self.home), "LAB_HOME": str(self.home / "lab"), "LAB_COURSE": str(self.course),
            "TMPDIR": str(self.home / "tmp"), "LANG": "C.UTF-8", "TERM": "dumb"}
        if self.ordinary:
            self.become_nobody()

    def remove_home(self):
        subprocess.run(["chmod", "-R", "u+rwx", str(self.home)], check=False, capture_output=True)
        shutil.rmtree(self.home, ignore_errors=True)

    def exercise(self, name, checks, start, extra="", check_extra=None):
        """Writes exercises/NAME: `checks` maps ids to the Lua text of their functions' bodies, `start` paths to text."""
        folder = self.course / "exercises" / name
        folder.mkdir()
        listed = "".join(CHECK.format(id=check, extra=(check_extra or {}).get(check, "")) for check in checks)
        (folder / "exercise.yaml").write_text(EXERCISE.format(id=name, extra=extra, checks=listed))
        (folder / "checker.lua").write_text("".join(
            f'checks["{check}"] = function(t)\n{textwrap.indent(textwrap.dedent(body), "  ")}\nend\n'
            for check, body in checks.items()))
        (folder / "README.md").write_text(f"# {name}\n")
        for path, text in start.items():
            (folder / "start" / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / "start" / path).write_text(textwrap.dedent(text))
        track = self.course / "tracks/one.yaml"
        ids = ", ".join(sorted(path.name for path in (self.course / "exercises").iterdir() if (path / "exercise.yaml").exists()))
        track.write_text(f"format: 1\nid: one\ntitle: One\nmodules:\n  - id: first\n    title: First\n    level: 1\n"
                         f"    exercises: [{ids}]\n")
        return folder

    def command(self, *words):
        return [*self.program, *words]

    def for_nobody(self):
        """The beginning of a command line that runs lab as an ordinary user, also when root runs the tests."""
        if os.geteuid() != 0:
            return [PROGRAM]
        copy = shutil.copy(PROGRAM, self.home / "program")
        return [shutil.which("setpriv"), "--reuid=65534", "--regid=65534", "--clear-groups", str(copy)]

    def give_to_nobody(self):
        if os.geteuid() == 0:
            subprocess.run(["chown", "-R", "65534:65534", str(self.home)], check=True)

    def become_nobody(self):
        """From now on an ordinary user runs lab."""
        if os.geteuid() != 0:
            self.skipTest("an ordinary user runs the tests, and so lab, anyway")
        self.program = self.for_nobody()
        self.give_to_nobody()

    def lab(self, *words, cwd=None, timeout=120, program=None, **environment):
        return subprocess.run([*program, *words] if program else self.command(*words), cwd=cwd or self.home, env={**self.environment, **environment},
                              capture_output=True, text=True, errors="replace", timeout=timeout, check=False)

    def ok(self, *words, **options):
        done = self.lab(*words, **options)
        self.assertEqual(done.returncode, 0, f"lab {' '.join(words)}\n{done.stdout}\n{done.stderr}")
        return done

    def started(self, name):
        """Starts the exercise; its workspace."""
        self.ok("start", name)
        return self.work / name

    def events(self, name, *words, **options):
        """The events of a check of the exercise."""
        done = self.lab("check", name, "--json", *words, **options)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def results(self, name, *words, **options):
        """The check_done events by id."""
        events = self.events(name, *words, **options)
        self.assertEqual(events[-1]["event"], "attempt_done", events)
        return {event["id"]: event for event in events if event["event"] == "check_done"}

    def verdicts(self, name, *words, **options):
        """Verdict and message by the check's id."""
        return {check: (result["verdict"], result["message"]) for check, result in self.results(name, *words, **options).items()}

    def processes_by_id(self):
        """Command lines of living processes of this test: their environment, or what is mounted for them, names its home."""
        found = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            try:
                told = (entry / "environ").read_bytes() + (entry / "mountinfo").read_bytes()
                if str(self.home).encode() in told:
                    found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
        return found

    def processes(self):
        return list(self.processes_by_id().values())

    def wait_for(self, condition, seconds=20):
        """Polls until the condition holds; the last look begins when the time is over, since one may take long."""
        deadline = time.monotonic() + seconds
        while True:
            late = time.monotonic() > deadline
            if condition():
                return
            if late:
                self.fail("waited in vain")
            time.sleep(0.005)

    def is_in_home(self, name, check="*"):
        """Whether a program under check has made this file in its home folder."""
        return any((self.home / "tmp").glob(f"lab-*/*/checks/{check}/home/{name}"))

    def without_namespaces(self):
        """Variables under which lab finds no bubblewrap, and falls back on what else there is."""
        return {"PATH": "/nonexistent"}

    def scratch_entries(self):
        """What is left in the scratch folder."""
        return sorted(path.name for path in (self.home / "tmp").glob("lab-*/*"))


class Boxed(LabCase):
    """Skipped where programs have no namespaces of their own."""

    def setUp(self):
        super().setUp()
        rows = [json.loads(line) for line in self.lab("doctor", "--json").stdout.splitlines()]
        sandbox = next(row for row in rows if row.get("what") == "sandbox")
        if sandbox["state"] != "ok":
            self.skipTest(f"no namespaces here: {sandbox['found']}")


class Ordinary:
    """Before a LabCase among the bases: the same tests, with lab run by an ordinary user."""
    ordinary = True
