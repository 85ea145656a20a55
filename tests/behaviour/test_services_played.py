"""Services by the driver docker, with an engine and a compose that the tests play: what lab does around a container."""
import json
import os
import sys
import textwrap
import unittest
from urllib.parse import parse_qsl, urlsplit

from playedengine import Answers, PlayedEngine
from servicecase import ServiceCase

# `up` tells the engine that DOCKER_HOST names; `exec` runs nothing, and is good.
COMPOSE = """\
    #!{python}
    import os, socket, sys
    words = sys.argv[1:]
    if "up" in words:
        engine = socket.socket(socket.AF_UNIX)
        engine.connect(os.environ["DOCKER_HOST"].removeprefix("unix://"))
        engine.sendall(f"POST /up?project={{words[words.index('-p') + 1]}}&service={{words[-1]}} HTTP/1.0\\r\\n\\r\\n".encode())
        engine.recv(1000)
    """


class Engine(PlayedEngine):
    """Its containers are those that compose has brought up."""

    def __init__(self, path):
        self.containers = {}
        super().__init__(path, ContainerAnswers)


class ContainerAnswers(Answers):
    def get(self):
        path = urlsplit(self.path).path.removeprefix("/v1.41")
        if path == "/containers/json":
            return self.say(200, [{"Id": name, "State": "running", "Labels": labels} for name, labels in self.server.containers.items()])
        name = path.split("/")[2]
        return self.say(200, {"Id": name, "State": {"Running": True}}) if name in self.server.containers else self.say(200, [])

    def do_POST(self):
        asked = dict(parse_qsl(urlsplit(self.path).query))
        if "service" in asked:
            self.server.containers[f"c{len(self.server.containers)}"] = {f"com.docker.compose.{key}": value for key, value in asked.items()}
        self.say(200)

    def do_DELETE(self):
        self.server.containers.pop(urlsplit(self.path).path.split("/")[3], None)
        self.say(200)


class Played(ServiceCase):
    def setUp(self):
        super().setUp()
        programs = self.home / "programs"
        programs.mkdir()
        for name, text in (("docker", "#!/bin/sh\nexit 1\n"), ("docker-compose", textwrap.dedent(COMPOSE).format(python=sys.executable))):
            (programs / name).write_text(text)
            (programs / name).chmod(0o755)
        self.environment["PATH"] = f"{programs}:{os.environ['PATH']}"
        self.engine = self.engine_at(self.home / "engine.sock")
        self.environment["DOCKER_HOST"] = f"unix://{self.home}/engine.sock"

    def engine_at(self, path):
        engine = Engine(path)
        self.addCleanup(engine.end)
        return engine

    def declare(self, name, extra=""):
        """A service that is ready at once."""
        self.service(name, ready='{exec: ["true"]}', extra=extra)

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


if __name__ == "__main__":
    unittest.main()
