"""Services by the driver docker, with an engine and a compose that the tests play: what lab does around a container."""
import json
import os
import textwrap
import unittest
from urllib.parse import parse_qsl, urlsplit

from playedengine import Answers, PlayedEngine
from servicecase import ServiceCase

# Tells the engine that DOCKER_HOST names what it would do there; `exec` runs nothing, and is good.
COMPOSE = """\
    #!/usr/bin/env python3
    import os, socket, sys
    words = sys.argv[1:]
    deed = next((word for word in ("up", "build") if word in words), None)
    if deed:
        project = words[words.index("-p") + 1] if "-p" in words else ""
        engine = socket.socket(socket.AF_UNIX)
        engine.connect(os.environ["DOCKER_HOST"].removeprefix("unix://"))
        engine.sendall(f"POST /compose?deed={deed}&project={project}&service={words[-1]} HTTP/1.0\\r\\n\\r\\n".encode())
        while engine.recv(1000):
            pass
    """


class Engine(PlayedEngine):
    """Its containers are those that compose has brought up; `told` is all that compose did, and to which service."""

    def __init__(self, path):
        self.containers, self.told = {}, []
        super().__init__(path, ContainerAnswers)


class ContainerAnswers(Answers):
    def get(self):
        _, kind, name = urlsplit(self.path).path.removeprefix("/v1.41").split("/")[:3]
        if (kind, name) == ("containers", "json"):
            return self.say(200, [{"Id": name, "State": "running", "Labels": labels} for name, labels in self.server.containers.items()])
        if kind == "containers" and name in self.server.containers:
            return self.say(200, {"Id": name, "State": {"Running": True}})
        return self.say(200, []) if kind == "networks" else self.say(404, {"message": f"there is no {name}"})

    def do_POST(self):
        asked = dict(parse_qsl(urlsplit(self.path).query))
        if "deed" in asked:
            self.server.told.append((asked["deed"], asked["service"]))
        if asked.get("deed") == "up":
            self.server.containers[f"c{len(self.server.told)}"] = {f"com.docker.compose.{key}": asked[key] for key in ("project", "service")}
        self.say(200)

    def do_DELETE(self):
        self.server.containers.pop(urlsplit(self.path).path.split("/")[3], None)
        self.say(200)


class Played(ServiceCase):
    def setUp(self):
        super().setUp()
        programs = self.home / "programs"
        programs.mkdir()
        for name, text in (("docker", "#!/bin/sh\nexit 1\n"), ("docker-compose", textwrap.dedent(COMPOSE))):
            (programs / name).write_text(text)
            (programs / name).chmod(0o755)
        self.environment["PATH"] = f"{programs}:{os.environ['PATH']}"
        self.engine = Engine(self.socket())
        self.addCleanup(self.engine.end)
        self.environment["DOCKER_HOST"] = f"unix://{self.socket()}"

    def socket(self):
        return self.home / "engine.sock"

    def declare(self, name, extra="", compose=""):
        """A service that is ready at once."""
        self.service(name, ready='{exec: ["true"]}', extra=extra, compose=compose)

    def start_contained(self, *names):
        return self.lab("services", "start", "--driver", "docker", cwd=self.requiring(*names))


class Seeds(Played):
    def written(self, service, name):
        return (self.work / "one/.lab/services" / service / "data" / name).read_text()

    def test_what_the_service_itself_would_need_natively(self):
        self.declare("tiny", 'program: no-such-server\npackage: no-such-package\nseed: [sh, -c, "echo $TINY_URL >{data}/seeded"]\n')
        done = self.start_contained("tiny")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(self.written("tiny", "seeded"), r"^http://127.0.0.1:\d+\n$")
        self.assertEqual(len(self.engine.containers), 1)

    def test_by_the_environment_that_the_service_names(self):
        folder = self.course / "exercises/environments/small"
        folder.mkdir(parents=True)
        (folder / "requirements.lock").write_text("# nothing\n")
        seed = 'seed: [python, -c, "import sys; open(\'{data}/prefix\', \'w\').write(sys.prefix)"]\n'
        self.declare("one", seed)
        self.declare("other", "python: small\n" + seed)
        done = self.start_contained("one", "other")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("/python/plain-", self.written("one", "prefix"))
        self.assertIn("/python/small-", self.written("other", "prefix"))

    def test_by_a_program_that_is_missing(self):
        self.declare("tiny", "seed: [no-such-client]\n")
        done = self.start_contained("tiny")
        self.assertEqual(done.returncode, 4)
        self.assertIn("lab: tiny needs the program no-such-client, which is not installed\n  try: install no-such-client\n", done.stderr)
        self.assertEqual(self.engine.containers, {})


class Elsewhere(Played):
    """The engine is one that lab finds by itself, podman's of an ordinary user: compose works with the same."""

    def setUp(self):
        super().setUp()
        self.environment.update(DOCKER_HOST="", XDG_RUNTIME_DIR=str(self.home / "run"))
        if os.access("/var/run/docker.sock", os.R_OK | os.W_OK):
            self.become_nobody()

    def socket(self):
        path = self.home / "run/podman/podman.sock"
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def test_containers_come_up_where_lab_looks(self):
        self.declare("tiny")
        done = self.start_contained("tiny")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.states(), {"tiny": "running"})

    def test_images_are_built_where_lab_looks(self):
        self.declare("tiny", compose="build: .\n")
        self.requiring("tiny")
        self.ok("fetch", "one", "--driver", "docker")
        self.assertEqual(self.engine.told, [("build", "tiny")])


if __name__ == "__main__":
    unittest.main()
