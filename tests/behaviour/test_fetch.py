"""lab fetch: what exercises need, brought here ahead of time. Only the environment without packages is built here, which takes no network."""
import json
import shutil
import subprocess
import textwrap
import unittest
from urllib.parse import parse_qs, unquote, urlsplit

from labcase import LabCase
from playedengine import Answers, PlayedEngine


class Fetch(LabCase):
    def setUp(self):
        super().setUp()
        self.exercise("alpha", {"a": "expect(1):equals(1)"}, {"x": "x"})
        self.exercise("beta", {"a": "expect(1):equals(1)"}, {"x": "x"})

    def declares(self, **fields):
        text = "".join(f"      {name}: {value}\n" for name, value in fields.items())
        (self.course / "docker-compose.yml").write_text(textwrap.dedent("""\
            services:
              store:
                x-lab:
                  title: A store
                  native: [python, -c, pass]
                  port: 8000
                  ready: {tcp: true}
            """) + text)
        file = self.course / "exercises/beta/exercise.yaml"
        file.write_text(file.read_text().replace("checks:\n", "requires: {services: [store]}\nchecks:\n"))

    def test_an_exercise_a_track_and_all(self):
        for words, users in ((["alpha"], "1"), (["alpha", "beta"], "2"), (["one"], "2"), (["--all"], "2")):
            shown = self.ok("fetch", *words).stdout
            self.assertRegex(shown, rf"\(no packages\) +{users}")
        self.assertIn("is here", self.ok("fetch", "--all").stdout)

    def test_by_program(self):
        first, again = (json.loads(self.ok("fetch", "alpha", "--json").stdout) for _ in range(2))
        self.assertEqual((first["state"], again["state"]), ("fetched", "here"))
        self.assertEqual((first["event"], first["environment"], first["megabytes"]), ("fetch", None, None))

    def test_the_size_that_its_authors_measured(self):
        folder = self.course / "exercises/environments/big"
        folder.mkdir(parents=True)
        (folder / "requirements.in").write_text("# Installed: 120 MB\n")
        (folder / "requirements.lock").write_text("nonsense here\n")
        file = self.course / "exercises/alpha/exercise.yaml"
        file.write_text(file.read_text().replace("checks:\n", "requires: {python: big}\nchecks:\n"))
        done = self.lab("fetch", "alpha")
        self.assertRegex(done.stdout, r"big +1 +120 MB +to fetch")
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertIn("the environment big", done.stderr)

    def test_a_program_that_a_service_needs(self):
        self.declares(program="no-such-program", package="no-such-package")
        done = self.lab("fetch", "beta")
        self.assertEqual(done.returncode, 4)
        self.assertIn("of the machine is missing: no-such-program (service store)", done.stderr)
        self.assertIn("sudo apt install no-such-package", done.stderr)
        self.assertEqual(self.lab("fetch", "alpha").returncode, 0)

    def test_what_is_not_there(self):
        done = self.lab("fetch", "alpah")
        self.assertEqual(done.returncode, 2)
        self.assertIn("did you mean 'alpha'?", done.stderr)
        done = self.lab("fetch")
        self.assertEqual(done.returncode, 2)
        self.assertIn("name a track or exercises, or say --all", done.stderr)

    def test_in_a_workspace_its_exercise_is_meant(self):
        self.assertIn("(no packages)", self.ok("fetch", cwd=self.started("alpha")).stdout)


class Engine(PlayedEngine):
    """Has some images and fetches others. `refused`: names that its registry does not have."""

    def __init__(self, path, images=(), refused=()):
        self.images, self.refused, self.asked = set(images), set(refused), []
        super().__init__(path, ImageAnswers)


class ImageAnswers(Answers):
    def get(self):
        name = unquote(self.path).removeprefix("/v1.41/images/").removesuffix("/json")
        return self.say(200, {"Id": "sha256:1", "Size": 42e6}) if name in self.server.images else self.say(404, {"message": f"No such image: {name}"})

    def do_POST(self):
        asked = parse_qs(urlsplit(self.path).query)
        name = f"{asked['fromImage'][0]}:{asked['tag'][0]}"
        self.server.asked.append(name)
        if name in self.server.refused:
            return self.say(404, {"message": f"manifest for {name} not found"})
        self.server.images.add(name.removesuffix(":latest"))
        return self.say(200, lines=[{"status": "Downloading", "progressDetail": {"current": 3, "total": 30}, "id": "aa"}, {"status": "Pull complete", "id": "aa"}])


class Images(LabCase):
    """The images of services, by an engine that a program plays, and by a real one where it is there."""

    def setUp(self):
        super().setUp()
        self.environment["DOCKER_HOST"] = f"unix://{self.home}/engine.sock"
        self.exercise("alpha", {"a": "expect(1):equals(1)"}, {"x": "x"}, extra="requires: {services: [store]}\n")

    def declare(self, **services):
        """Names, to the lines of compose that say what the service is made of."""
        (self.course / "docker-compose.yml").write_text("services:\n" + "".join(
            f"  {name}:\n    {made}\n    x-lab: {{title: T, native: [python, -c, pass], port: {port}, ready: {{tcp: true}}}}\n"
            for port, (name, made) in enumerate(services.items(), 8000)))

    def engine(self, **options):
        engine = Engine(self.home / "engine.sock", **options)
        self.addCleanup(engine.end)
        return engine

    def test_those_that_are_not_here_are_fetched(self):
        self.declare(store="image: redis:7\n    depends_on: [base]", base="image: busybox", other="image: prom/prometheus:v2")
        engine = self.engine(images=["redis:7"])
        shown = self.ok("fetch", "alpha", "--driver", "docker")
        self.assertRegex(shown.stdout, r"(?m)^redis:7 +store +40\.1 MiB +is here$")
        self.assertRegex(shown.stdout, r"(?m)^busybox +base +to fetch$")
        self.assertIn("busybox  is here now\n", shown.stdout)
        self.assertEqual(engine.asked, ["busybox:latest"])
        self.ok("fetch", "alpha")
        self.ok("fetch", "alpha", "--driver", "docker")
        self.assertEqual(engine.asked, ["busybox:latest"], "native needs none, and what is here is not fetched again")
        events = [json.loads(line) for line in self.ok("fetch", "--all", "--driver", "docker", "--json").stdout.splitlines()]
        self.assertEqual({event["image"]: event["state"] for event in events if event["event"] == "fetch_image"},
                         {"redis:7": "here", "busybox": "here", "prom/prometheus:v2": "fetched"})

    def test_those_that_exercises_build_on_come_wherever_an_engine_is(self):
        self.declare(store="image: redis:7")
        self.exercise("beta", {"a": "expect(1):equals(1)"}, {"x": "x"},
                      extra="requires: {tools: [docker], images: [\"python:3.11-slim\", redis:7]}\n")
        done = self.lab("fetch", "beta")
        self.assertEqual(done.returncode, 4, "the engine is missing, and said to be")
        self.assertIn("of the machine is missing: docker (exercise beta)", done.stderr)
        engine = self.engine()
        self.assertRegex(self.ok("fetch", "beta").stdout, r"(?m)^python:3\.11-slim +beta +to fetch$")
        self.assertEqual(engine.asked, ["python:3.11-slim", "redis:7"])
        self.ok("fetch", "alpha")
        shown = self.ok("fetch", "alpha", "beta", "--driver", "docker").stdout
        self.assertRegex(shown, r"(?m)^redis:7 +store, beta +40\.1 MiB +is here$")
        self.assertEqual(len(engine.asked), 2)
        events = [json.loads(line) for line in self.ok("fetch", "beta", "--json").stdout.splitlines()]
        self.assertIn(("python:3.11-slim", "", "beta"),
                      [(event["image"], event["services"], event["exercises"]) for event in events if event["event"] == "fetch_image"])

    def test_one_that_cannot_be_had_keeps_no_other_back(self):
        self.declare(store="image: gone:1\n    depends_on: [base]", base="image: busybox:1")
        engine = self.engine(refused=["gone:1"])
        done = self.lab("fetch", "alpha", "--driver", "docker")
        self.assertEqual(done.returncode, 4)
        self.assertIn("lab: gone:1 cannot be had: the container engine says: manifest for gone:1 not found\n", done.stderr)
        self.assertIn("lab: 1 of 2 images could not be fetched\n", done.stderr)
        self.assertIn("busybox:1  is here now", done.stdout)
        engine.refused.clear()
        self.ok("fetch", "alpha", "--driver", "docker")
        self.assertEqual(engine.asked.count("busybox:1"), 1)

    def test_without_an_engine_the_environments_come(self):
        self.declare(store="image: redis:7")
        done = self.lab("fetch", "alpha", "--driver", "docker")
        self.assertEqual(done.returncode, 4)
        self.assertIn("(no packages)  is here now", done.stdout)
        self.assertIn(f"lab: no images were fetched: no container engine answers at {self.home}/engine.sock\n", done.stderr)
        self.assertEqual(self.lab("fetch", "alpha", "--driver", "dokcer").returncode, 2)

    def test_a_real_engine_builds(self):
        del self.environment["DOCKER_HOST"]
        self.environment["DOCKER_CONFIG"] = str(self.home)
        composes = [["docker", "compose", "version"], ["docker-compose", "version"]]
        works = [words for words in composes if shutil.which(words[0]) and not subprocess.run(words, capture_output=True, check=False).returncode]
        if not works or subprocess.run(["docker", "version"], capture_output=True, check=False).returncode:
            print(f"{self.id()}: skipped: no container engine or no compose")
            self.skipTest("no container engine here")
        image = "lab-test/" + self.home.name.lower().replace("_", "-").strip("-")
        self.addCleanup(subprocess.run, ["docker", "rmi", "--force", image], capture_output=True, check=False)
        (self.course / "made").mkdir()
        (self.course / "made/Dockerfile").write_text("FROM scratch\nCOPY x /x\n")
        self.declare(store=f"build: made\n    image: {image}")
        failed = self.lab("fetch", "alpha", "--driver", "docker", timeout=300)
        self.assertEqual(failed.returncode, 4, failed.stderr)
        self.assertRegex(failed.stderr, rf"lab: {image} cannot be built: .*\n")
        (self.course / "made/x").write_text("x")
        shown = self.ok("fetch", "alpha", "--driver", "docker", timeout=300).stdout
        self.assertRegex(shown, rf"(?m)^{image} +store +to build$")
        self.assertIn(f"{image}  is here now", shown)
        self.assertRegex(self.ok("fetch", "alpha", "--driver", "docker").stdout, rf"(?m)^{image} +store +1 B +is here$")


if __name__ == "__main__":
    unittest.main()
