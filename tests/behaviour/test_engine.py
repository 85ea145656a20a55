"""Checkers and the container engine: what docker.build, docker.run and docker.service do, what is left of it, and machines without one."""
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

from enginecase import DockerCase
from playedengine import Answers, PlayedEngine

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "fixtures"))
import base_image  # noqa: E402

TOOL = "    tool: docker\n"
BASE = "FROM python:3.11-slim-bookworm\n"
SERVER = """\
import os, signal, sys
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"{os.getuid()} {self.path}".encode())

signal.signal(signal.SIGTERM, lambda *_: sys.exit(3))
print("ready", flush=True)
HTTPServer(("0.0.0.0", 8000), Handler).serve_forever()
"""


class Engineless(DockerCase):
    """What happens where no engine answers, or one that misbehaves."""

    def setUp(self):
        super().setUp()
        self.exercise("boxed", {"other": "expect.file('Dockerfile'):exists()", "built": "docker.build{}"},
                      {"Dockerfile": "FROM scratch\n"}, check_extra={"built": TOOL})
        work = self.started("boxed")
        (work / "more.txt").write_text("tried\n")

    def test_no_engine_blocks_the_check_that_needs_it(self):
        missing = f"unix://{self.home}/none.sock"
        verdicts = self.verdicts("boxed", DOCKER_HOST=missing)
        self.assertEqual(verdicts["other"][0], "pass")
        self.assertEqual(verdicts["built"], ("blocked", f"no container engine answers at {self.home}/none.sock; "
                                                        "start it: sudo systemctl start docker"))
        self.assertEqual(self.lab("check", "boxed", DOCKER_HOST=missing).returncode, 4)

    def test_only_that_check(self):
        verdicts = self.verdicts("boxed", "--only", "built", DOCKER_HOST="tcp://192.0.2.1:2375")
        self.assertEqual(list(verdicts), ["built"])
        self.assertIn("DOCKER_HOST is tcp://192.0.2.1:2375", verdicts["built"][1])

    def test_an_engine_that_never_answers(self):
        path = str(self.home / "mute.sock")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path)
            listener.listen(8)
            verdicts = self.verdicts("boxed", DOCKER_HOST=f"unix://{path}")
        self.assertEqual(verdicts["built"][0], "blocked")
        self.assertIn("gave no complete answer within 5 s", verdicts["built"][1])

    def test_a_check_without_the_mark_is_blocked_too(self):
        self.exercise("unmarked", {"built": "docker.build{}"}, {"Dockerfile": "FROM scratch\n"})
        (self.started("unmarked") / "more.txt").write_text("tried\n")
        verdict, message = self.verdicts("unmarked", DOCKER_HOST=f"unix://{self.home}/none.sock")["built"]
        self.assertEqual(verdict, "blocked")
        self.assertIn("docker.build: no container engine answers at ", message)

    def test_an_exercise_that_needs_one_is_not_proved_and_that_is_said(self):
        done = self.ok("author", "test", "boxed", DOCKER_HOST=f"unix://{self.home}/none.sock")
        self.assertIn("lab: boxed is skipped, and not proved: no container engine answers at ", done.stderr)
        self.assertIn("1 skipped", done.stdout)

    def test_an_engine_that_goes_away_in_a_build(self):
        """It answers the ping of the look and that of the check, and then nothing more."""
        path = str(self.home / "leaving.sock")
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen(8)

        def answer():
            for _ in range(2):
                client, _ = listener.accept()
                client.recv(65536)
                client.sendall(b"HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                client.close()
            listener.close()

        thread = threading.Thread(target=answer)
        thread.start()
        verdict, message = self.verdicts("boxed", DOCKER_HOST=f"unix://{path}")["built"]
        thread.join(20)
        self.assertEqual(verdict, "blocked", message)

    def test_a_tag_that_cannot_be_looked_at_is_not_taken(self):
        """It may be that of somebody's image: nothing is built."""
        asked = []

        class Refusing(Answers):
            def get(self):
                return self.say(500, {"message": "out of order"}) if "/images/mine" in self.path else self.say(200, [])

            def do_POST(self):
                asked.append(self.path)
                self.say(500, {"message": "not built"})

        self.addCleanup(PlayedEngine(self.home / "engine.sock", Refusing).end)
        self.exercise("tagged", {"built": "docker.build{tag = 'mine:1'}"}, {"Dockerfile": "FROM scratch\n"}, check_extra={"built": TOOL})
        (self.started("tagged") / "more.txt").write_text("tried\n")
        verdict, message = self.verdicts("tagged", DOCKER_HOST=f"unix://{self.home}/engine.sock")["built"]
        self.assertEqual(verdict, "blocked")
        self.assertIn("the container engine says: out of order", message)
        self.assertEqual(asked, [])


class EngineCase(DockerCase):
    """With an engine, and the base that Dockerfiles name; skipped aloud where there is none."""

    def setUp(self):
        super().setUp()
        try:
            base_image.ensure()
        except base_image.Missing as why:
            self.skip_aloud(str(why))

    def prepared(self, checks, start, check_extra=None):
        self.exercise("boxed", checks, {"begun.txt": "no\n", **start},
                      check_extra={check: TOOL + (check_extra or {}).get(check, "") for check in checks})
        work = self.started("boxed")
        (work / "begun.txt").write_text("yes\n")
        return work

    def left(self):
        """What carries a label of an attempt."""
        filters = json.dumps({"label": ["lab.attempt"]}).replace('"', "%22").replace(" ", "")
        return [(kind, item["Id"]) for kind in ("containers", "images", "networks")
                for item in json.loads(base_image.ask("GET", f"/{kind}{'' if kind == 'networks' else '/json'}?all=1&filters={filters}")[1])]

    def assert_passes(self, *words):
        for check, result in self.results("boxed", *words).items():
            self.assertEqual(result["verdict"], "pass", f"{check}: {json.dumps(result, indent=1)}")


class Building(EngineCase):
    def test_build_inspect_history_and_a_later_run(self):
        self.prepared({
            "built": """
                local built = docker.build{target = "last", build_args = {WORD = "given"}, tag = "lab-test-engine:1"}
                expect(built.image):matches("^sha256:")
                expect(built.log):contains("said given")
                expect(docker.inspect(built.image).Config.User):equals("10001")
                expect(docker.inspect("lab-test-engine:1").Id):equals(built.image)
                expect(docker.inspect("lab-test-engine:2")):equals(nil)
                expect(docker.history(built.image)[1].CreatedBy):contains("USER")
                return built.image
            """,
            "runs": """
                local run = docker.run{"sh", "-c", "id -u; cat /word; echo more >&2; exit 3", image = t.needs.built}
                expect(run.stdout):equals("10001\\ngiven\\n")
                expect(run.stderr):equals("more\\n")
                run:fails(3)
                docker.run{"sh", "-c", 'test "$A" = 1 && id -u | grep 12345 && ! touch /file && touch /tmp/file', image = t.needs.built,
                  user = 12345, read_only = true, tmpfs = {"/tmp"}, env = {A = 1}}:ok()
                docker.run{"sh", "-c", "grep -q 'CapBnd:.0000000000000000' /proc/self/status", image = t.needs.built, user = "0"}:ok()
                docker.run{"python", "-c", "import os; print(os.listdir('/sys/class/net'))", image = t.needs.built}:ok()
                expect(docker.run{"cat", "/sys/class/net/eth0/address", image = t.needs.built}.code):equals(1)
            """}, {"Dockerfile": BASE.replace("\n", " AS first\n") + "ARG WORD\nRUN printf '%s\\n' \"$WORD\" >/word && echo said $WORD\n"
                                 "FROM first AS last\nUSER 10001\nFROM scratch\nCOPY none /\n"}, {"runs": "    needs: [built]\n"})
        self.assert_passes()
        self.assertEqual(self.left(), [])

    def test_what_cannot_be_built(self):
        self.prepared({
            "fails": "docker.build{}",
            "maybe": """
                local built, why, log = docker.build{file = "other.Dockerfile", may_fail = true}
                expect(built):equals(nil)
                expect(why):contains("NONSENSE")
            """,
            "absent": 'docker.build{context = "none"}',
            "base": 'docker.build{file = "base.Dockerfile"}',
            "late": 'docker.build{file = "slow.Dockerfile", timeout = 1}'},
            {"Dockerfile": BASE + "RUN echo the last words; exit 7\n", "other.Dockerfile": BASE + "NONSENSE\n",
             "base.Dockerfile": "FROM lab.invalid/none:1\n", "slow.Dockerfile": BASE + "RUN sleep 100\n"})
        results = self.results("boxed", "--jobs", "1")
        self.assertEqual({check: result["verdict"] for check, result in results.items()},
                         {"fails": "fail", "maybe": "pass", "absent": "fail", "base": "blocked", "late": "timeout"})
        failure = results["fails"]
        self.assertIn("docker build --network none .: ", failure["message"])
        self.assertIn("7", failure["actual"])
        self.assertIn("the last words", str(failure["evidence"]))
        self.assertIn("an image that the Dockerfile builds on cannot be had: lab.invalid/none:1; with a network", results["base"]["message"])

    def test_a_build_has_no_network(self):
        self.prepared({"built": "docker.build{}"}, {"Dockerfile": BASE + "RUN test \"$(ls /sys/class/net)\" = lo\n"})
        self.assert_passes()

    def test_the_context_is_what_dockerignore_lets_through_and_follows_no_link(self):
        work = self.prepared({"seen": """
            local image = docker.build{context = "app"}.image
            local run = docker.run{"sh", "-c", "cd /app && find . | sort && readlink out && ls -l run.sh | cut -c 1-10", image = image}
            expect(run.stdout):equals(".\\n./Dockerfile\\n./deep\\n./deep/kept\\n./out\\n./run.sh\\n/etc/passwd\\n-rwxr-xr-x\\n")
        """}, {"app/Dockerfile": BASE + "COPY . /app\n", "app/.dockerignore": "secret\n.dockerignore\n", "app/secret": "s\n",
               "app/deep/kept": "k\n", "app/run.sh": "#!/bin/sh\n", "beside": "b\n"})
        (work / "app/out").symlink_to("/etc/passwd")
        (work / "app/run.sh").chmod(0o755)
        self.assert_passes()

    def test_a_tag_of_another_image_is_not_taken(self):
        self.prepared({"built": 'docker.build{tag = "python:3.11-slim-bookworm"}'}, {"Dockerfile": BASE})
        verdict, message = self.verdicts("boxed")["built"]
        self.assertEqual(verdict, "broken")
        self.assertIn("is that of another image on this machine", message)
        self.assertEqual(base_image.ensure(), False)


class Running(EngineCase):
    def test_a_service(self):
        self.prepared({"serves": """
            local image = docker.build{}.image
            local app = docker.service{image = image, port = 8000, ready = {http = "/"}, read_only = true, user = "12345"}
            expect(app:get("/path").body):equals("12345 /path")
            expect(app:load{path = "/", requests = 20, concurrency = 2}.errors):equals(0)
            app:exec{"sh", "-c", "id -u >&2; exit 4"}:fails(4)
            expect(app:exec{"id", "-u"}.stdout):equals("12345\\n")
            app:health():ok()
            expect(app:logs()):contains("ready")
            expect(app:alive()):equals(true)
            expect(app:stop().code):equals(3)
            local second = docker.service{image = image, port = 8000, ready = {log = "ready"}}
            local other = docker.service{image = image, port = 8000, ready = {http = "/"}}
            expect(other.port):not_equals(second.port)
            second:signal("TERM")
            within(10, function() expect(second:alive()):equals(false) end)
        """}, {"Dockerfile": BASE + "COPY server.py /\nHEALTHCHECK CMD test -f /server.py\nCMD [\"python\", \"/server.py\"]\n", "server.py": SERVER})
        self.assert_passes()
        self.assertEqual(self.left(), [])

    def test_services_that_do_not_serve(self):
        self.prepared({
            "ends": """
                docker.service{"sh", "-c", "echo its last words; exit 5", image = docker.build{}.image, port = 8000, ready = {http = "/"}}
            """,
            "absent": 'docker.run{"no-such-program", image = docker.build{}.image}:ok()',
            "unwell": """
                local app = docker.service{"sh", "-c", "echo up; sleep 100", image = docker.build{}.image, ready = {log = "up"}}
                app:health()
            """,
            "helpless": """
                local app = docker.service{"sh", "-c", "echo up; sleep 100", image = docker.build{}.image, ready = {log = "up"}}
                app:exec{"no-such-helper"}:ok()
            """,
            "slow": 'docker.run{"sleep", "100", image = docker.build{}.image, timeout = 1}:ok()',
            "hungry": """
                docker.run{"python", "-c", "x = bytearray(500 << 20); x[::4096] = b'1' * len(x[::4096])", image = docker.build{}.image,
                  memory = "64MiB"}:ok()
            """}, {"Dockerfile": BASE + "ENV A=1\n"})
        results = self.results("boxed", "--jobs", "2")
        self.assertEqual({check: result["verdict"] for check, result in results.items()},
                         {"ends": "fail", "absent": "fail", "unwell": "fail", "helpless": "fail", "slow": "timeout", "hungry": "fail"})
        self.assertIn("exited with 5 before it was ready", results["ends"]["message"])
        self.assertIn("its last words", str(results["ends"]["evidence"]))
        self.assertIn("no-such-program", results["absent"]["message"])
        self.assertIn("no-such-helper", results["helpless"]["message"])
        self.assertIn("the image has no HEALTHCHECK", results["unwell"]["message"])
        self.assertIn("was stopped after 1 s", results["slow"]["message"])
        self.assertEqual(self.left(), [])

    @unittest.skipUnless(os.geteuid() == 0, "needs root")
    def test_an_engine_in_another_network_is_not_the_works_fault(self):
        self.prepared({"serves": """
            docker.service{image = docker.build{}.image, port = 8000, ready = {http = "/", within = 60}}
        """}, {"Dockerfile": BASE + "COPY server.py /\nCMD [\"python\", \"/server.py\"]\n", "server.py": SERVER})
        self.program = ["unshare", "--net", *self.program]
        verdict, message = self.verdicts("boxed")["serves"]
        self.assertEqual(verdict, "blocked", message)
        self.assertIn("the engine runs in a network of its own", message)
        self.assertEqual(self.left(), [])

    def test_a_folder_of_the_work_becomes_a_volume(self):
        self.prepared({"mounted": """
            t:write("data/deep/one.txt", "one")
            local run = docker.run{"cat", "/data/deep/one.txt", image = docker.build{}.image, mounts = {["/data"] = "data"}, read_only = true}
            run:ok()
            expect(run.stdout):equals("one")
        """}, {"Dockerfile": BASE + "ENV A=2\n"})
        self.assert_passes()

    def test_a_killed_lab_leaves_what_the_next_attempt_sweeps(self):
        self.prepared({"waits": """
            local image = docker.build{}.image
            docker.service{"sh", "-c", "echo up; sleep 1000", image = image, ready = {log = "up"}}
            t:run{"sh", "-c", "echo begun >/tmp/begun; sleep 1000"}
        """, "quick": "expect.file('Dockerfile'):exists()"}, {"Dockerfile": BASE + "ENV A=3\n"})
        process = subprocess.Popen(self.command("check", "boxed", "--only", "waits"), env=self.environment, cwd=self.home, start_new_session=True,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            waiting = threading.Event()
            for _ in range(600):
                if any("sleep 1000" in line for line in self.processes()):
                    break
                waiting.wait(0.05)
            self.assertEqual({kind for kind, _ in self.left()}, {"containers", "images"})
        finally:
            self.kill_all(process)
        self.assertNotEqual(self.left(), [])
        self.assertEqual(self.verdicts("boxed", "--only", "quick")["quick"][0], "pass")
        self.assertEqual(self.left(), [])

    def kill_all(self, process):
        """The supervisor and its runners, so that none of them can tidy up."""
        ours = [pid for pid, line in self.processes_by_id().items() if "check boxed" in line or "check" in line.split()]
        for pid in {process.pid, *ours}:
            try:
                os.kill(pid, signal.SIGSTOP)
            except ProcessLookupError:
                pass
        for pid in {process.pid, *ours}:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        process.wait()


if __name__ == "__main__":
    unittest.main()
