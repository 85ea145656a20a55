"""lab services --driver docker, with an engine and a compose that the test plays: what lab asks them for, and what it makes of their answers."""
import json
import os
import subprocess
import unittest
from urllib.parse import parse_qs, unquote, urlsplit

from playedengine import Answers, PlayedEngine
from servicecase import ServiceCase

# docker compose -p PROJECT -f FILE --project-directory FOLDER up … NAME: a container is a file PROJECT.NAME that holds its state, a volume an
# empty file PROJECT_NAME.
COMPOSE = """\
    #!/bin/sh
    case "$*" in
    *" up "*) for name; do :; done
        printf %s "$PLAYED_STATE" >"$PLAYED/containers/$3.$name"
        : >"$PLAYED/volumes/$3_$name"
        echo "Creating $name" ;;
    esac
    """


class ComposeAnswers(Answers):
    def containers(self):
        for file in sorted((self.server.folder / "containers").iterdir()):
            project, _, service = file.name.partition(".")
            yield {"Id": file.name, "State": file.read_text(),
                   "Labels": {"com.docker.compose.project": project, "com.docker.compose.service": service}}

    def volumes(self):
        for file in sorted((self.server.folder / "volumes").iterdir()):
            yield {"Name": file.name, "Labels": {"com.docker.compose.project": file.name.partition("_")[0]}}

    def listed(self, things, query):
        label, _, value = json.loads(query["filters"][0])["label"][0].partition("=")
        return [thing for thing in things if thing["Labels"].get(label, "").startswith(value) and (not value or thing["Labels"][label] == value)]

    def asked(self):
        url = urlsplit(self.path.removeprefix("/v1.41"))
        words = [unquote(word) for word in url.path.split("/")[1:]]
        return words, parse_qs(url.query)

    def get(self):
        words, query = self.asked()
        if words == ["containers", "json"]:
            return self.say(200, self.listed(self.containers(), query))
        if words == ["networks"]:
            return self.say(200, [])
        if words == ["volumes"]:
            return self.say(200, {"Volumes": self.listed(self.volumes(), query)})
        file = self.server.folder / "containers" / words[1]
        if words[0] != "containers" or not file.exists():
            return self.say(404, {"message": "No such thing"})
        if words[2] == "logs":
            text = f"a line of {words[1].partition('.')[2]}\n".encode()
            return self.say(200, raw=b"\1\0\0\0" + len(text).to_bytes(4, "big") + text)
        state = file.read_text()
        return self.say(200, {"Id": words[1], "State": {"Running": state == "running", "ExitCode": 3}, "Config": {"Tty": False}})

    def do_POST(self):
        words, _ = self.asked()
        (self.server.folder / "containers" / words[1]).write_text("exited")
        self.say(204, raw=b"")

    def do_DELETE(self):
        words, _ = self.asked()
        (self.server.folder / words[0] / words[1]).unlink()
        self.say(204, raw=b"")


class Containers(ServiceCase):
    def setUp(self):
        super().setUp()
        for folder in ("bin", "played/containers", "played/volumes"):
            (self.home / folder).mkdir(parents=True)
        self.program_of_learner("docker", COMPOSE)
        self.environment.update(DOCKER_HOST=f"unix://{self.home}/engine.sock", PATH=f"{self.home}/bin:{os.environ['PATH']}",
                                PLAYED=str(self.home / "played"), PLAYED_STATE="running")
        engine = PlayedEngine(self.home / "engine.sock", ComposeAnswers)
        engine.folder = self.home / "played"
        self.addCleanup(engine.end)
        self.addCleanup(self.down)  # while the engine answers
        self.service("tiny", ready='{exec: ["true"]}', extra=f'seed: [sh, -c, "echo {{port}} >>{self.home}/seeds"]\n')

    def program_of_learner(self, name, text):
        file = self.home / "bin" / name
        file.write_text("\n".join(line.removeprefix("    ") for line in text.splitlines()))
        file.chmod(0o755)

    def began(self, name="one"):
        """A workspace whose service runs in a container."""
        work = self.requiring("tiny", name=name)
        self.ok("services", "start", "--driver", "docker", cwd=work)
        return work

    def played(self, kind):
        """What the engine has, by name."""
        return {file.name: file.read_text() for file in (self.home / "played" / kind).iterdir()}

    def seeds(self):
        return len((self.home / "seeds").read_text().splitlines())

    def test_the_log_of_one_that_was_stopped(self):
        work = self.began()
        self.ok("services", "stop", cwd=work)
        self.assertEqual(self.ok("services", "logs", cwd=work).stdout, "a line of tiny\n")
        done = self.ok("services", "logs", cwd=work, DOCKER_HOST="unix:///nonexistent/engine")
        self.assertEqual(done.stdout, "Creating tiny\n")

    def test_the_log_of_one_that_did_not_start(self):
        work = self.requiring("tiny")
        done = self.lab("services", "start", "--driver", "docker", cwd=work, PLAYED_STATE="exited")
        self.assertEqual(done.returncode, 4)
        self.assertIn("its log ends with\n    a line of tiny\n  try: lab services logs tiny\n", done.stderr)
        self.assertEqual(self.played("containers"), {})
        self.assertIn("a line of tiny\n", self.ok("services", "logs", cwd=work).stdout)

    def test_volumes_that_stay_are_told(self):
        self.began()
        done = self.ok("down")
        volume, = self.played("volumes")
        self.assertEqual(done.stdout, f"Stopped 1 service. Nothing is left running.\nTheir data stay in the volume {volume}. lab down --data removes them.\n")
        summary = json.loads(self.ok("down", "--json").stdout)
        self.assertEqual((summary["kept"], summary["kept_volumes"]), ([], [volume]))
        (self.work / "one/.lab/services/tiny/data/mine").touch()
        self.assertIn(f"Their data stay in {self.work}/one/.lab/services and in the volume {volume}. lab down", self.ok("down").stdout)
        self.assertEqual(self.ok("down", "--data").stdout, "No service ran. Removed 1 folder of data and 1 volume. Nothing is left running.\n")
        self.assertEqual(self.played("volumes"), {})

    def test_a_workspace_that_moved_keeps_its_own(self):
        moved = self.work / "moved"
        self.began().rename(moved)
        self.assertEqual(self.states(cwd=moved), {"tiny": "running"})
        self.assertEqual(self.ok("services", "logs", cwd=moved).stdout, "a line of tiny\n")
        self.ok("services", "stop", cwd=moved)
        self.assertEqual(list(self.played("containers").values()), ["exited"])
        self.ok("services", "start", cwd=moved)
        self.assertEqual(list(self.played("containers").values()), ["running"])
        self.assertEqual((len(self.played("volumes")), self.seeds()), (1, 1))

    def test_a_copy_of_a_workspace_has_its_own(self):
        work, copy = self.began(), self.work / "copy"
        subprocess.run(["cp", "-a", str(work), str(copy)], check=True)
        self.assertEqual(self.states(cwd=copy), {"tiny": "stopped"})
        self.ok("services", "start", "--driver", "docker", cwd=copy)
        self.assertEqual((len(self.played("containers")), len(self.played("volumes")), self.seeds()), (2, 2, 2))
        self.ok("services", "stop", cwd=copy)
        self.assertEqual(sorted(self.played("containers").values()), ["exited", "running"])
        self.assertEqual((self.states(), self.states(cwd=copy)), ({"tiny": "running"}, {"tiny": "stopped"}))

    def test_a_new_workspace_in_the_place_of_one_that_moved(self):
        old = self.work / "old"
        self.began().rename(old)
        self.ok("start", "one", "--no-services")
        self.assertEqual(self.states(), {"tiny": "not started"})
        self.ok("services", "start", "--driver", "docker", cwd=self.work / "one")
        self.assertEqual((len(self.played("containers")), self.seeds()), (2, 2))
        self.ok("services", "stop", cwd=self.work / "one")
        self.assertEqual(self.states(cwd=old), {"tiny": "running"})


if __name__ == "__main__":
    unittest.main()
