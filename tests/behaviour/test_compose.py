"""compose() of checkers, against what docker compose makes of the same files: variables, merge keys, files of variables, and what it refuses."""
import json
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import yaml
from enginecase import DockerCase, lua

FILES = {".env": "TAG=1.2\nEMPTY=\nCALLER=here\n", "a.env": "A=file\nB=file\nD=first\n", "b.env": "D=second\n"}

TAKEN = {
    "variables": "{image: 'x:$TAG-${TAG}-${TAG:-d}-${EMPTY:-e}-${EMPTY-f}-${UNSET:-g}-${UNSET-h}-$$TAG-$UNSET'}",
    "merged": "{<<: *base, environment: {<<: *env, B: own}}",
    "merged-list": "{<<: [*base, *other], image: own}",
    "list-of-values": "{image: x, environment: [A=1, CALLER, 'C=a=b', 'E=']}",
    "map-of-values": "{image: x, environment: {A: 1, N: 1.50, S: '007', V: '${TAG}', E: ''}}",
    "env-files": "{image: x, env_file: [a.env, b.env], environment: {A: own}}",
    "one-env-file": "{image: x, env_file: ./a.env}",
    "labels": "{image: x, labels: [a=1, b]}",
    "health": "{image: x, healthcheck: {test: curl x, retries: 3}}",
    "health-list": "{image: x, healthcheck: {test: [CMD, curl, '${TAG}'], retries: 5}}",
    "command": "{image: x, command: [a, 'b c', '$$HOME']}",
}

REFUSED = {
    "dollar": "web: {image: 'x$('}",
    "brace": "web: {image: '${TAG'}",
    "demanded": "web: {image: '${UNSET:?must be set}'}",
    "key": "web: {image: x, imagee: y}",
    "nothing": "web: {ports: [80]}",
    "service": "web: {image: x, depends_on: [db]}",
    "itself": "web: {image: x, depends_on: [db]}\n  db: {image: y, depends_on: [web]}",
    "volume": "web: {image: x, volumes: ['data:/x']}",
    "range": "web: {image: x, ports: ['8000-8002:80-81']}",
    "port": "web: {image: x, ports: ['web:80']}",
    "env-file": "web: {image: x, env_file: none.env}",
    "list": "- web",
    "time": "web: {image: x, healthcheck: {test: x, interval: soon}}",
}

HEAD = """\
version: "3.9"
x-base: &base {image: base, restart: always, labels: {from: base}}
x-other: &other {image: other, user: "5"}
x-env: &env {A: base, B: base}
services:
  """

# The same of the service NAME as docker-compose config tells.
TOLD = """\
local web = compose("docker-compose.yml"):service(NAME)
local function none_of(value) return next(value) and value or nil end
local told = {image = web.image, user = web.user, restart = web.restart, environment = none_of(web.environment), labels = web.labels, command = web.command}
if web.healthcheck then
  told.healthcheck = {test = web.healthcheck.test, retries = web.healthcheck.retries}
end
"""


class Compose(DockerCase):
    def setUp(self):
        super().setUp()
        self.docker_compose = shutil.which("docker-compose")
        if not self.docker_compose:
            self.skip_aloud("there is no docker-compose here")

    def config(self, services):
        """The services as docker-compose understands them; None when it refuses the file."""
        folder = Path(tempfile.mkdtemp(prefix="compose-", dir=self.home))
        for path, text in {**FILES, "docker-compose.yml": HEAD + services + "\n"}.items():
            (folder / path).write_text(text)
        done = subprocess.run([self.docker_compose, "config"], cwd=folder, env={"PATH": self.environment["PATH"], "HOME": str(folder)},
                              capture_output=True, text=True, check=False, timeout=60)
        return None if done.returncode else yaml.safe_load(done.stdout)["services"]

    def told(self, service):
        """What is compared, in the forms that compose() gives."""
        told = {key: service[key] for key in ("image", "user", "restart", "environment", "labels", "healthcheck", "command") if key in service}
        if "environment" in told:
            told["environment"] = {name: str(value) for name, value in told["environment"].items()}
        if isinstance(told.get("healthcheck", {}).get("test"), str):
            told["healthcheck"]["test"] = ["CMD-SHELL", told["healthcheck"]["test"]]
        # It prints what can be read again, with each dollar sign doubled.
        return json.loads(json.dumps(told).replace("$$", "$"))

    def results_of(self, bodies):
        self.exercise("composed", bodies, {"x": "x"})
        work = self.started("composed")
        for path, text in FILES.items():
            (work / path).write_text(text)
        return self.results("composed")

    def test_services_are_understood_so(self):
        services = "\n  ".join(f"{name}: {service}" for name, service in TAKEN.items())
        wanted = self.config(services)
        self.assertTrue(wanted)
        results = self.results_of({
            name: (f't:write("docker-compose.yml", {lua(HEAD + services)})\nlocal NAME = "{name}"\n{TOLD}'
                   f"expect(told):equals(json.decode({lua(json.dumps(self.told(wanted[name])))}))") for name in TAKEN})
        for check, result in results.items():
            with self.subTest(check):
                self.assertEqual(result["verdict"], "pass", json.dumps(result, indent=1))

    def test_what_it_refuses_docker_compose_refuses(self):
        for name, services in REFUSED.items():
            with self.subTest(name):
                self.assertIsNone(self.config(services))
        results = self.results_of({name: f't:write("docker-compose.yml", {lua(HEAD + services)})\ncompose("docker-compose.yml")'
                                   for name, services in REFUSED.items()})
        for check, result in results.items():
            with self.subTest(check):
                self.assertEqual(result["verdict"], "fail", result)
                self.assertRegex(result["message"], r"^docker-compose\.yml:\d+: ")


if __name__ == "__main__":
    unittest.main()
