"""lab doctor --attack: hostile programs through the whole of lab. What every machine keeps in must be kept in here; where
learners' programs have namespaces of their own, everything must."""
import json
import os
import shutil
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

from labcase import PROGRAM, LabCase, Ordinary, stale_groups

SUITE = Path(PROGRAM).parent / "attack"
ATTACKS = int(os.environ.get("LAB_ATTACKS", "3"))  # how often the whole suite is run, a third of them by an ordinary user
BOX_USERS = range(61000, 61184)

# What takes a layer beyond limits, process groups and a subreaper: whole categories, or single attacks.
NEEDS_NAMESPACES = {
    "read", "escape", "reach", "forge-take-descriptor", "exhaust-threads", "exhaust-pipes", "exhaust-shm", "exhaust-tmp",
    "exhaust-root", "outlive-service", "poison-hard-link", "poison-material", "poison-inherit"}
WITHOUT = {"read-command-lines", "read-descriptors"}

# Where no control group holds them, a watcher does, who may come late on a busy machine.
WATCHED = {"exhaust-memory-shared", "exhaust-memory-spread", "exhaust-memory-nameless", "exhaust-processes"}


ESCAPING = """
checks["outlive-daemon"] = function(t) reached_nothing(t:run{"sh", "-c", "echo 'the moon'"}) end
checks["outlive-deaf"] = function(t) reached_nothing(t:run{"sh", "-c", "exit 3"}) end
"""


def needs_more_than_limits(attack):
    named = {attack["id"], attack["category"]}
    return bool(named & (NEEDS_NAMESPACES | WATCHED)) and not named & WITHOUT


def may_escape(attack, isolation):
    """Whether the machine lacks the layer that would keep it in."""
    if "userns" not in isolation:
        return needs_more_than_limits(attack)
    return "cgroup" not in isolation and attack["id"] in WATCHED


def owner(path):
    try:
        return path.lstat().st_uid
    except OSError:
        return None


class Attack(LabCase):
    rounds = ATTACKS - ATTACKS // 3

    def attack(self, *words, **environment):
        done = self.lab("doctor", "--attack", "--json", *words, timeout=600, **environment)
        return done, [json.loads(line) for line in done.stdout.splitlines()]

    def leftovers(self):
        """What the suite, or a program of it, could have left anywhere: files, also of the users of boxes, processes, mounts. The
        register of those users stays, and the environment in the cache of whoever runs tests is none of these."""
        found = {path for folder in ("/", "/tmp", "/var/tmp", "/dev/shm", "/run") for path in Path(folder).glob("lab-attack-*")}
        found |= {path for folder in ("/tmp", "/dev/shm") for path in Path(folder).iterdir() if owner(path) in BOX_USERS}
        found |= {path for path in self.home.rglob("*") if owner(path) in BOX_USERS} | set(self.home.glob("tmp/*/*"))
        mounts = [line for line in Path("/proc/self/mountinfo").read_text().splitlines() if str(self.home) in line]
        return sorted(map(str, found)), mounts, self.processes(), sorted(path.name for path in self.home.iterdir())

    def attack_once(self):
        """Runs the suite; what was kept in, of that which must be."""
        done, events = self.attack()
        *attacks, summary = events
        self.assertEqual(summary["event"], "attack_done", done.stderr)
        must = [a for a in attacks if not may_escape(a, summary["isolation"])]
        self.assertEqual([a for a in must if not a["contained"]], [])
        self.assertEqual(done.returncode, 0 if summary["contained"] == summary["of"] else 1, done.stderr)
        self.assertEqual((summary["of"], summary["contained"]), (len(attacks), sum(a["contained"] for a in attacks)))
        self.assertEqual(len({a["id"] for a in attacks}), len(attacks))
        return {a["id"] for a in must}

    def test_what_must_be_kept_in_is_kept_in(self):
        """Every time, and nothing is left."""
        before, groups = self.leftovers(), stale_groups()
        first = self.attack_once()
        self.assertEqual(self.leftovers(), before)
        for _ in range(1, self.rounds):
            self.assertEqual(self.attack_once(), first)
            self.assertEqual(self.leftovers(), before)
        self.assertEqual(set(stale_groups()) - set(groups), set())

    def altered_suite(self, exercises, **files):
        """A copy of the suite with some of its exercises, and files of it replaced."""
        suite = self.home / "suite"
        shutil.copytree(SUITE, suite)
        (suite / "tracks/attack.yaml").write_text("format: 1\nid: attack\ntitle: Attacks\nmodules:\n"
                                                  f"  - {{id: one, title: One, level: 0, exercises: [{exercises}]}}\n")
        for path, text in files.items():
            (suite / "exercises" / path).write_text(text)
        return str(suite)

    def test_what_escapes_is_said(self):
        """A program that does reach something, and one that falls over."""
        checker = (SUITE / "exercises/outlive/checker.lua").read_text().replace('{"daemon", "deaf", ', "{")
        suite = self.altered_suite("outlive", **{"outlive/checker.lua": checker + ESCAPING})
        done, events = self.attack(LAB_ATTACK=suite)
        attacks = {a["id"]: a for a in events[:-1]}
        self.assertEqual(done.returncode, 1)
        self.assertEqual(attacks["outlive-daemon"], {**attacks["outlive-daemon"], "contained": False, "message": 'it reached: "the moon"'})
        self.assertFalse(attacks["outlive-deaf"]["contained"])
        self.assertIn("exited with 3", attacks["outlive-deaf"]["message"])
        text = self.lab("doctor", "--attack", "-q", LAB_ATTACK=suite).stdout
        self.assertRegex(text, r'(?m)^  ESCAPED    outlive-daemon .*; it reached: "the moon"$')
        self.assertNotIn("outlive-stopped ", text)

    def test_an_interruption_leaves_nothing(self):
        before = self.leftovers()
        process = subprocess.Popen(self.command("doctor", "--attack", "--json"), cwd=self.home, env=self.environment,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.assertEqual(json.loads(process.stdout.readline())["event"], "attack")
        process.send_signal(signal.SIGINT)
        self.assertEqual(json.loads(process.communicate(timeout=60)[0].splitlines()[-1])["code"], 130)
        self.assertEqual(process.returncode, 130)
        self.assertEqual(self.leftovers(), before)

    def test_what_is_missing_is_said(self):
        for name, value in (("LAB_PYTHON", "/no/such/python"), ("LAB_ATTACK", str(self.home))):
            done, events = self.attack(**{name: value})
            self.assertEqual(done.returncode, 4, done.stderr)
            self.assertEqual([event["event"] for event in events], ["error"])
            self.assertIn(name, events[0]["message"])

    def test_an_installed_suite_is_found(self):
        """Beside the program, in share/lab, wherever that was put."""
        place = Path(tempfile.mkdtemp(dir=self.home))
        (place / "bin").mkdir()
        shutil.copy(PROGRAM, place / "bin/lab")
        shutil.copytree(self.altered_suite("outlive"), place / "share/lab/attack")
        done = self.lab("doctor", "--attack", "-q", program=[str(place / "bin/lab")])
        self.assertRegex(done.stdout, r"contained \d+ of \d+\n\Z", done.stderr)


class OrdinaryAttack(Ordinary, LabCase):
    rounds = max(1, ATTACKS // 3)
    attack, attack_once, leftovers = Attack.attack, Attack.attack_once, Attack.leftovers
    test_what_must_be_kept_in_is_kept_in = Attack.test_what_must_be_kept_in_is_kept_in

    def setUp(self):
        super().setUp()
        self.environment["LAB_ATTACK"] = str(shutil.copytree(SUITE, self.home / "suite"))


if __name__ == "__main__":
    unittest.main()
