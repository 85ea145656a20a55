"""The services of this course, those whose programs are here; and services in containers, where an engine is."""
import json
import os
import re
import shutil
import subprocess
import sys
import unittest
import urllib.request
from pathlib import Path

from labcase import LabCase
from servicecase import ServiceCase

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/fixtures"))
import base_image  # noqa: E402
import service_images  # noqa: E402

IMAGE = f"{base_image.NAME}:{base_image.TAG}"


class OfThisCourse(LabCase):
    """With the services that this course declares."""

    def setUp(self):
        super().setUp()
        shutil.copytree(ROOT / "exercises/shared", self.course / "exercises/shared", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copytree(ROOT / "exercises/environments", self.course / "exercises/environments")
        shutil.copy(ROOT / "docker-compose.yml", self.course)
        self.addCleanup(self.lab, "down")

    def run_services(self, here, *options):
        self.exercise("one", {"a": "expect(1):equals(1)"}, {"main.py": "print(1)\n"})
        work = self.started("one")
        self.ok("services", "start", *options, *here, cwd=work, timeout=300)
        rows = [json.loads(line) for line in self.ok("services", "status", "--json", cwd=work).stdout.splitlines()]
        self.assertEqual({row["name"]: row["state"] for row in rows}, {name: "running" for name in here})
        given = self.ok("services", "env", *here, cwd=work).stdout
        self.assertRegex(given, r"(?m)^export OPENAI_BASE_URL='http://127.0.0.1:\d+/v1'$")
        self.ok("services", "restart", *here, cwd=work, timeout=300)
        self.ok("down", "--data")
        self.assertEqual(self.processes(), [])


class Declared(OfThisCourse):
    def test_compose_reads_the_file(self):
        if not shutil.which("docker-compose"):
            self.skipTest("no docker-compose here")
        done = subprocess.run(["docker-compose", "-f", ROOT / "docker-compose.yml", "config"], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_they_run(self):
        needed = {"stubllm": None, "otlpsink": None, "redis": "redis-server", "prometheus": "prometheus", "postgres": "psql"}
        here = [name for name, program in needed.items() if not program or shutil.which(program)]
        if "postgres" in here and not list(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
            here.remove("postgres")
        self.run_services(here)


class InContainers:
    """Skipped aloud where no engine answers, or it has no image to stand on."""

    def setUp(self):
        super().setUp()
        why = self.missing()
        if why:
            print(f"{self.id()}: skipped: {why}")
            self.skipTest("no containers here")
        self.environment["DOCKER_HOST"] = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
        self.environment["DOCKER_CONFIG"] = str(self.home)
        self.addCleanup(self.lab, "down", "--data")

    def missing(self):
        has_plugin = shutil.which("docker") and subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode == 0
        if not has_plugin and not shutil.which("docker-compose"):
            return "there is no compose here"
        try:
            base_image.ensure()
        except base_image.Missing as why:
            return str(why)
        return None


class DeclaredInContainers(InContainers, OfThisCourse):
    def test_they_run(self):
        here = ["stubllm", "otlpsink"]
        for name, image in {"prometheus": "prom/prometheus:v2.55.1", "redis": "redis:7-bookworm"}.items():
            try:
                service_images.ensure(image)
                here.append(name)
            except base_image.Missing as why:
                print(f"{self.id()}: {name} is left out: {why}")
        self.run_services(here, "--driver", "docker")


class Containers(InContainers, ServiceCase):

    def container(self, name, code, compose="", image=IMAGE, ready="{http: /, within: 60}", extra=""):
        """Declares a service that is this Python program in a container; {port} is 8000 in it."""
        variable = f"LAB_{name.upper()}_PORT"
        self.service(name, port=8000, ready=ready, extra=extra, compose=(
            f'command: [python3, -c, {json.dumps(code)}]\nports: ["127.0.0.1:${{{variable}:-7999}}:8000"]\nvolumes: ["{name}:/data"]\n{compose}'))
        self.declared[name] = self.declared[name].replace(f"lab-test/{name}", image)
        self.write_compose()

    def write_compose(self):
        super().write_compose()
        with (self.course / "docker-compose.yml").open("a") as file:
            file.write("volumes:\n" + "".join(f"  {name}:\n" for name in self.declared))

    SERVER = "import http.server as h; print('here I am', flush=True); h.test(h.SimpleHTTPRequestHandler, port=8000, bind='0.0.0.0')"

    def ours(self, kind, *words):
        listed = subprocess.run(["docker", kind, "ls", *words, "--filter", "label=com.docker.compose.project", "--format", "{{json .}}"],
                                capture_output=True, text=True, check=True).stdout
        project = self.project()
        return [line for line in listed.splitlines() if project in line]

    def project(self):
        return "lab-" + (self.work / "one/.lab/services/.project").read_text().split()[1]

    def test_from_start_to_down(self):
        self.container("web", self.SERVER)
        work = self.requiring("web")
        done = self.ok("services", "start", "--driver", "docker", cwd=work, timeout=200)
        self.assertRegex(done.stderr, r"(?m)^web +ready after .* http://127.0.0.1:\d+$")
        row = self.rows()["web"]
        self.assertEqual((row["state"], row["driver"]), ("running", "docker"))
        self.assertIn("here I am", self.ok("services", "logs", "web", cwd=work).stdout)
        self.assertIn("runs already", self.ok("services", "start", cwd=work).stderr)
        refused = self.lab("services", "start", "--driver", "native", cwd=work)
        self.assertEqual(refused.returncode, 2)
        self.assertIn("web runs already, by the driver docker", refused.stderr)
        project = self.project()
        self.ok("services", "stop", cwd=work)
        self.assertEqual(self.states(), {"web": "stopped"})
        self.ok("services", "start", cwd=work, timeout=200)
        self.assertEqual(self.rows()["web"]["port"], row["port"])
        self.assertIn("Stopped 1 service.", self.ok("down").stdout)
        self.assertEqual([len(self.ours(kind, *words)) for kind, words in (("container", ["-a"]), ("network", []), ("volume", []))], [0, 0, 1])
        self.ok("down", "--data")
        listed = subprocess.run(["docker", "volume", "ls", "-q"], capture_output=True, text=True, check=True).stdout
        self.assertNotIn(project, listed)

    def test_ready_by_a_connection(self):
        """The engine takes connections from the first moment on, the container after a while."""
        self.container("web", f"import time; time.sleep(3); {self.SERVER}", ready="{tcp: true, within: 60}")
        work = self.requiring("web")
        self.ok("services", "start", "--driver", "docker", cwd=work, timeout=200)
        with urllib.request.urlopen(f"http://127.0.0.1:{self.rows()['web']['port']}/", timeout=10) as response:
            self.assertEqual(response.status, 200)

    def test_one_that_dies(self):
        self.container("web", "print('no luck'); raise SystemExit(3)")
        work = self.requiring("web")
        done = self.lab("services", "start", "--driver", "docker", cwd=work, timeout=200)
        self.assertEqual(done.returncode, 4)
        self.assertRegex(done.stderr, r"web ended with status 3 after [0-9.]+ s, before it was ready; its log ends with\n    no luck\n")
        self.assertEqual(self.ours("container", "-a"), [])

    def test_one_that_never_gets_healthy(self):
        self.container("web", self.SERVER, ready="{http: /nowhere, within: 60}",
                       compose='healthcheck: {test: ["CMD", "false"], interval: 1s, timeout: 1s, retries: 4}\n')
        work = self.requiring("web")
        done = self.lab("services", "start", "--driver", "docker", cwd=work, timeout=200)
        self.assertEqual(done.returncode, 4)
        self.assertIn("web became unhealthy after", done.stderr)
        self.assertIn("its log ends with", done.stderr)

    def test_an_image_that_cannot_be_had(self):
        self.container("web", self.SERVER, image="lab-test.invalid/none:1")
        work = self.requiring("web")
        done = self.lab("services", "start", "--driver", "docker", cwd=work, timeout=200)
        self.assertEqual(done.returncode, 4)
        self.assertRegex(done.stderr, r"web could not be started: its image lab-test.invalid/none:1 cannot be had")
        self.assertEqual(self.states(), {"web": "stopped"})

    def test_ready_by_a_program_and_seeded_once(self):
        self.container("web", self.SERVER, ready="{exec: [python3, -c, \"import urllib.request as r; r.urlopen('http://127.0.0.1:{port}/')\"], within: 60}",
                       extra='seed: [sh, -c, "echo $WEB_URL >>{data}/seeded"]\n')
        work = self.requiring("web")
        for _ in range(2):
            self.ok("services", "restart", "--driver", "docker", cwd=work, timeout=200)
        self.assertRegex((work / ".lab/services/web/data/seeded").read_text(), r"^http://127.0.0.1:\d+\n$")

    def test_no_engine(self):
        self.container("web", self.SERVER)
        work = self.requiring("web")
        done = self.lab("services", "start", "--driver", "docker", cwd=work, DOCKER_HOST=f"unix://{self.home}/none.sock")
        self.assertEqual((done.returncode, re.sub(r"/\S+/none", "none", done.stderr)), (
            4, "lab: no container engine answers at none.sock\n  try: start it: sudo systemctl start docker\n"))


if __name__ == "__main__":
    unittest.main()
