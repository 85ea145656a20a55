"""lab services where something goes wrong, or is made to: kills, Ctrl-C, planted files, lab down."""
import ctypes
import json
import os
import shutil
import signal
import subprocess
import unittest
from pathlib import Path

from servicecase import ServiceCase

LIBC = ctypes.CDLL(None, use_errno=True)
PTRACE_TRACEME, PTRACE_SYSCALL = 0, 24
MOMENTS = int(os.environ.get("LAB_KILLS", "200")) // 16


class Interrupted(ServiceCase):
    def killed_after(self, calls, *words, cwd):
        """Runs lab and kills it when so many system calls have begun or ended; whether it had ended before, and how many there were."""
        pid = os.fork()
        if pid == 0:
            os.chdir(cwd)
            nothing = os.open("/dev/null", os.O_RDWR)
            for fd in range(3):
                os.dup2(nothing, fd)
            LIBC.ptrace(PTRACE_TRACEME, 0, None, None)
            command = self.command(*words)
            os.execve(command[0], command, self.environment)
        done = 0
        while True:
            _, status = os.waitpid(pid, 0)
            if os.WIFEXITED(status) or os.WIFSIGNALED(status):
                return True, done
            if done == calls:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                return False, done
            done += 1
            passed_on = os.WSTOPSIG(status)
            LIBC.ptrace(PTRACE_SYSCALL, pid, None, ctypes.c_void_p(0 if passed_on == signal.SIGTRAP else passed_on))

    def assert_named(self, *names):
        """Whatever lives of the services is what their state files name."""
        known = set()
        for name in names:
            if self.state_of(name).exists():
                known.add(json.loads(self.state_of(name).read_text())["pid"])
        for pid, line in self.processes_by_id().items():
            if "tiny.py" in line:  # it has become the service
                self.assertIn(pid, known, line)

    def test_kill_9_of_lab_at_many_moments(self):
        for name in ("tiny", "other"):
            self.service(name, extra='prepare: [sh, -c, "echo prepared >{data}/prepared"]\nseed: [sh, -c, "echo seeded >>{data}/seeded"]\n')
        work = self.requiring("tiny", "other")
        _, total = self.killed_after(1 << 40, "services", "start", cwd=work)
        self.assertGreater(total, 100)
        for moment in range(MOMENTS):
            self.ok("services", "stop", cwd=work)
            if moment % 2:
                for name in ("tiny", "other"):
                    shutil.rmtree(work / ".lab/services" / name)
            else:
                (work / ".lab/services/tiny/data/mine").write_text("kept")
            whole, _ = self.killed_after(total * moment // MOMENTS, "services", "start", cwd=work)
            with self.subTest(moment=moment, whole=whole):
                self.wait_for(lambda: not any("[" not in line and "services start" in line for line in self.processes()))
                self.assert_named("tiny", "other")
                self.ok("services", "start", cwd=work)
                self.assertEqual(self.states(), {"tiny": "running", "other": "running"})
                self.assertEqual(len([line for line in self.processes() if "tiny.py" in line]), 2)
                for name in ("tiny", "other"):
                    self.assertEqual((work / ".lab/services" / name / "data/prepared").read_text(), "prepared\n")
                if moment % 2 == 0:
                    self.assertEqual((work / ".lab/services/tiny/data/mine").read_text(), "kept")

    def test_kill_9_of_lab_while_it_stops(self):
        self.service("tiny", "--child")
        work = self.requiring("tiny")
        self.ok("services", "start", cwd=work)
        _, total = self.killed_after(1 << 40, "services", "stop", cwd=work)
        for moment in range(MOMENTS // 2):
            self.ok("services", "start", cwd=work)
            self.killed_after(total * moment // (MOMENTS // 2), "services", "stop", cwd=work)
            self.ok("services", "stop", cwd=work)
            self.assertEqual(self.processes(), [])

    def test_ctrl_c_leaves_nothing_half_started(self):
        self.service("tiny", "--until", "/nonexistent/file", "--child", ready="{http: /, within: 100}")
        self.service("other")
        self.service("above", compose="depends_on: [tiny]\n")
        work = self.requiring("tiny", "other", "above")
        process = self.in_background("services", "start")
        self.wait_for(lambda: self.starts("tiny") and self.states().get("other") == "running")
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=20)
        self.assertEqual(process.returncode, 130, output)
        self.assertNotIn("above", output)
        self.assertEqual(self.states(), {"tiny": "stopped", "other": "running", "above": "not started"})
        self.assertEqual(len(self.processes()), 1)
        self.assertTrue(work.exists())

    def test_one_that_a_killed_lab_left_starting_is_taken_up(self):
        self.service("tiny", "--until", self.home / "now", ready="{http: /, within: 100}")
        work = self.requiring("tiny")
        process = self.in_background("services", "start")
        self.wait_for(lambda: self.starts("tiny"))
        process.kill()
        process.communicate(timeout=20)
        self.assertEqual(self.states(), {"tiny": "starting"})
        (self.home / "now").touch()
        self.ok("services", "start", cwd=work)
        self.assertEqual(self.states(), {"tiny": "running"})
        self.assertEqual(self.starts("tiny"), 1)


class Planted(ServiceCase):
    def setUp(self):
        super().setUp()
        self.service("tiny")

    def stranger(self, **variables):
        """A process of this user that is no service."""
        process = subprocess.Popen(["sleep", "1000"], env=variables)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def started_ticks(self, pid):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])

    def change_state(self, **values):
        path = self.state_of("tiny")
        path.write_text(json.dumps({**json.loads(path.read_text()), **values}))

    def test_a_state_file_that_is_nonsense(self):
        work = self.requiring("tiny")
        outside = self.home / "outside.json"
        plants = {
            "nonsense": lambda path: path.write_text("{nonsense"),
            "huge": lambda path: path.write_text('{"format": 1, "x": "' + "y" * (1 << 21) + '"}'),
            "of other types": lambda path: path.write_text('{"format": 1, "pid": "1", "port": [], "mark": 7, "driver": {}}'),
            "absurd numbers": lambda path: path.write_text('{"format": 1, "pid": -1, "port": 99999999, "started": -5, "since": 9223372036854775807}'),
            "nothing": lambda path: path.write_text(""),
            "a link": lambda path: (outside.write_text("{}"), path.symlink_to(outside)),
            "a pipe": os.mkfifo,
        }
        for what, plant in plants.items():
            with self.subTest(what):
                self.ok("services", "start", cwd=work)
                self.state_of("tiny").unlink()
                plant(self.state_of("tiny"))
                self.rows()
                self.ok("services", "start", cwd=work)  # the one that ran is found by its mark, and ended before
                self.assertEqual(len(self.processes()), 1)
                self.assertTrue(self.state_of("tiny").is_file() and not self.state_of("tiny").is_symlink())
                self.ok("services", "stop", cwd=work)
                self.assertEqual(self.processes(), [])
        self.assertEqual(outside.read_text(), "{}")

    def test_nobody_else_is_signalled(self):
        """A reused number, a stranger that a state file names, another's mark."""
        work = self.requiring("tiny")
        self.ok("services", "start", cwd=work)
        mark = json.loads(self.state_of("tiny").read_text())["mark"]
        other = mark.replace("/tiny", "/other")
        strangers = [self.stranger(), self.stranger(LAB_SERVICE="somebody/tiny"), self.stranger(LAB_SERVICE=other)]
        for stranger in strangers:
            for started in (self.started_ticks(stranger.pid), 1):
                self.change_state(pid=stranger.pid, started=started, runs=True)
                self.assertEqual(self.states(), {"tiny": "died"})
                self.ok("services", "stop", cwd=work)
                self.assertIsNone(stranger.poll())
        self.assertEqual(list(self.processes_by_id()), [])

    def test_an_engine_that_is_gone(self):
        """What ran as a container, by its state file, is in nobody's way; what runs as one is told."""
        self.service("other")
        work = self.requiring("tiny", "other")
        self.ok("services", "start", cwd=work)
        self.ok("services", "stop", "tiny", cwd=work)
        self.change_state(driver=1, runs=False)
        self.ok("services", "stop", cwd=work, DOCKER_HOST="unix:///nonexistent/engine")
        self.assertEqual(self.processes(), [])
        self.ok("services", "start", "other", cwd=work)
        self.change_state(driver=1, runs=True)
        done = self.lab("services", "status", cwd=work, DOCKER_HOST="unix:///nonexistent/engine")
        self.assertEqual(done.returncode, 4)
        self.assertIn("lab: no container engine answers at /nonexistent/engine\n", done.stderr)
        self.assertRegex(done.stdout, r"(?m)^tiny +unknown *\n^other +running ")
        done = self.lab("services", "stop", cwd=work, DOCKER_HOST="unix:///nonexistent/engine")
        self.assertEqual(done.returncode, 4)
        self.assertIn("no container engine answers at /nonexistent/engine", done.stderr)
        self.assertEqual(self.processes(), [])

    def test_another_boot(self):
        work = self.requiring("tiny")
        self.ok("services", "start", cwd=work)
        self.change_state(boot="00000000-0000-0000-0000-000000000000")
        self.assertEqual(self.states(), {"tiny": "died"})
        self.ok("services", "start", cwd=work)
        self.assertEqual(len(self.processes()), 1)

    def test_another_users_process(self):
        if os.geteuid() != 0:
            self.skipTest("only root can start another user's process")
        work = self.requiring("tiny")
        self.ok("services", "start", cwd=work)
        mark = json.loads(self.state_of("tiny").read_text())["mark"]
        process = subprocess.Popen(["sleep", "1000"], env={"LAB_SERVICE": mark}, user=65534, group=65534, extra_groups=[])
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.change_state(pid=process.pid, started=self.started_ticks(process.pid))
        self.ok("services", "stop", cwd=work)
        self.ok("down")
        self.assertIsNone(process.poll())

    def test_links_that_lead_elsewhere(self):
        outside = self.home / "outside"
        work = self.requiring("tiny")
        for place, content in ((".lab/services", None), (".lab/services/tiny", None), (".lab/services/tiny/data", None),
                               (".lab/services/tiny/log", "mine\n"), (".lab/services/tiny/home", None), (".lab/services/.lock", "mine\n"), (".lab", None)):
            with self.subTest(place):
                shutil.rmtree(outside, ignore_errors=True)
                outside.mkdir()
                begun = work / (".lab" if place == ".lab" else ".lab/services")
                if begun.is_symlink():
                    begun.unlink()
                elif begun.exists():
                    shutil.rmtree(begun)
                (work / place).parent.mkdir(parents=True, exist_ok=True)
                target = outside / "file" if content else outside
                if content:
                    target.write_text(content)
                (work / place).symlink_to(target)
                done = self.lab("services", "start", cwd=work)
                self.assertEqual(done.returncode, 4, done.stderr)
                self.assertIn(str(work / place).replace("/.lock", ""), done.stderr)
                self.lab("services", cwd=work)
                self.lab("down", "--data")
                self.assertEqual([path.name for path in outside.iterdir()], ["file"] if content else [])
                if content:
                    self.assertEqual(target.read_text(), content)
                self.assertEqual(self.processes(), [])

    def test_a_registry_that_is_nonsense(self):
        work = self.requiring("tiny")
        self.ok("services", "start", cwd=work)
        for text in ("{", "[]", '{"workspaces": [1, null, "relative", "/nonexistent"]}', "x" * (5 << 20)):
            (self.home / "lab/data/services.json").write_text(text)
            self.ok("down")
            self.assertEqual(self.processes(), [])
            self.ok("services", "start", cwd=work)


class Down(ServiceCase):
    def setUp(self):
        super().setUp()
        self.service("tiny", "--child")

    def test_all_workspaces(self):
        for name in ("one", "two"):
            self.requiring("tiny", name=name)
            self.ok("services", "start", cwd=self.work / name)
        done = self.ok("down")
        self.assertEqual(done.stdout, f"Stopped 2 services. Nothing is left running.\nTheir data stay in {self.work}/one/.lab/services, "
                                      f"{self.work}/two/.lab/services. lab down --data removes them.\n")
        self.assertEqual(self.processes(), [])
        self.assertEqual(self.states(), {"tiny": "stopped"})
        self.assertIn("No service ran. Nothing is left running.\n", self.ok("down").stdout)

    def test_another_lab_at_work(self):
        """It is waited for, but not for ever; its workspace is left alone, the others are not."""
        self.service("slow", "--until", "/nonexistent/file", ready="{http: /, within: 100}")
        self.requiring("slow")
        two = self.requiring("tiny", name="two")
        process = self.in_background("services", "start")
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        self.wait_for(lambda: self.starts("slow"))
        process.send_signal(signal.SIGSTOP)
        self.ok("services", "start", cwd=two)
        done = self.lab("down")
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertEqual(done.stderr, f"waiting for another lab in {self.work}/one\n")
        self.assertEqual(done.stdout, f"still there: {self.work}/one: another lab is at work there (process {process.pid}): wait until it is done, "
                                      f"or end it\nStopped 1 service.\nTheir data stay in {two}/.lab/services. lab down --data removes them.\n")
        self.assertEqual((self.states(), self.states(cwd=two)), ({"slow": "starting"}, {"tiny": "stopped"}))
        process.send_signal(signal.SIGCONT)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=20), 130)
        self.assertIn("No service ran. Nothing is left running.\n", self.ok("down").stdout)

    def test_data(self):
        work = self.requiring("tiny")
        self.ok("services", "start", cwd=work)
        self.assertEqual(self.ok("down", "--data").stdout, "Stopped 1 service. Removed 1 folder of data. Nothing is left running.\n")
        self.assertEqual(sorted(path.name for path in (work / ".lab/services").iterdir()), [".lock"])
        summary = json.loads(self.ok("down", "--json").stdout)
        self.assertEqual(summary, {"event": "down_done", "stopped": 0, "folders": 0, "volumes": 0, "left": 0, "kept": [], "kept_volumes": []})

    def test_what_no_workspace_knows_of(self):
        """Its state file is gone, its workspace is gone."""
        for name in ("one", "two"):
            self.requiring("tiny", name=name)
            self.ok("services", "start", cwd=self.work / name)
        self.state_of("tiny").unlink()
        shutil.rmtree(self.work / "two")
        self.assertEqual(len(self.processes()), 4)
        self.ok("down")
        self.assertEqual(self.processes(), [])

    def test_a_service_of_several_processes_is_one(self):
        self.requiring("tiny")
        self.ok("services", "start", cwd=self.work / "one")
        shutil.rmtree(self.work / "one")
        self.assertEqual(len(self.processes()), 2)
        self.assertEqual(self.ok("down").stdout, "Stopped 1 service. Nothing is left running.\n")

    def test_a_workspace_whose_path_is_no_text(self):
        self.requiring("tiny")
        work = Path(os.fsdecode(os.fsencode(self.work) + b"/\xff"))
        (self.work / "one").rename(work)
        for _ in range(2):
            self.ok("services", "start", cwd=work)
        self.assertEqual(len(json.loads((self.home / "lab/data/services.json").read_text())["workspaces"]), 1)
        self.ok("down")
        self.assertEqual(self.processes(), [])

    def test_other_homes_are_left_alone(self):
        work = self.requiring("tiny")
        self.ok("services", "start", cwd=work)
        self.ok("down", LAB_HOME=str(self.home / "another"))
        self.assertEqual(self.states(), {"tiny": "running"})

    def test_doctor(self):
        work = self.requiring("tiny")

        def row():
            done = self.lab("doctor", "--json")
            return next(row for row in map(json.loads, done.stdout.splitlines()) if row.get("what") == "services")
        self.assertEqual((row()["state"], row()["found"]), ("ok", "none runs"))
        self.ok("services", "start", cwd=work)
        self.assertEqual((row()["state"], row()["found"]), ("ok", "1 runs"))
        shutil.rmtree(work)
        self.assertEqual((row()["state"], row()["mend"]), ("weak", "lab down"))


if __name__ == "__main__":
    unittest.main()
