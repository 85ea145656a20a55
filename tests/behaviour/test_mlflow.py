"""mlflow of checkers: with what a real MLflow once answered, with the real one where its environment is built, and with servers that lie.

`python3 test_mlflow.py store MLFLOW` writes ../fixtures/mlflow.json anew: MLFLOW is the program of the environment mlflow.
"""
import os
import shutil
import signal
import socket
import subprocess
import sys
import unittest
import urllib.error
import urllib.request
from pathlib import Path

from labcase import LabCase

ROOT = Path(__file__).resolve().parents[2]
EXCHANGES = ROOT / "tests/fixtures/mlflow.json"
REPLAY = ROOT / "tests/fixtures/replay.py"

COMPOSE = """\
services:
  mlflow:
    image: lab/mlflow
    x-lab:
      title: What MLflow answered
      native: [python, "{shared}/replay.py", "{port}", "{shared}/mlflow.json"]
      port: 5000
      ready: {http: /health, within: 20}
      gives: ["MLFLOW_TRACKING_URI=http://127.0.0.1:{port}"]
"""
SERVICE = 'local tracking = mlflow(service("mlflow"))\n'

# What each check asks; those that follow a name are of a model or an experiment of that name, which no other check touches.
STORIES = {
    "runs": """\
local made = {}
for i, rate in ipairs{0.1, 0.5, 0.1} do
  made[i] = tracking:create_run{experiment = "sweep", name = "run " .. i, started = 1700000000 + i, ended = 1700000010,
    params = {rate = rate, note = "it's"}, metrics = {auc = {0.5, 0.6, 0.6 + i / 10}, loss = 1 / i}, tags = {owner = "parcels"}}
end
local first = tracking:run(made[1].id)
expect(first):equals(made[1])
expect(first.params):equals{rate = "0.1", note = "it's"}
expect(first.metrics):near({auc = 0.7, loss = 1.0}, 1e-9)
expect(first.tags.owner):equals("parcels")
expect({first.name, first.status, first.stage}):equals{"run 1", "FINISHED", "active"}
expect({first.started, first.ended}):equals{1700000001, 1700000010}
local picked = tracking:runs{experiment = "sweep", filter = "params.rate = '0.1'", order_by = "attributes.start_time ASC"}
expect({picked[1].id, picked[2].id, #picked}):equals{made[1].id, made[3].id, 2}
expect(#tracking:runs{experiment = "sweep"}):equals(3)
expect(tracking:runs{experiment = "sweep", filter = "metrics.auc > 2"}):is_empty()
expect(tracking:runs{experiment = "no such"}):is_empty()
tracking:set_run_tag(made[2], "owner", "harbor")
expect(tracking:run(made[2].id).tags.owner):equals("harbor")
local found = tracking:experiment("sweep")
expect({found.id, found.stage}):equals{first.experiment, "active"}
""",
    "history": """\
local run = tracking:create_run{experiment = "histories", metrics = {auc = {0.5, 0.6, 0.7}}, status = "FAILED"}
expect(run.status):equals("FAILED")
expect(tracking:history(run, "auc")):equals{
  {value = 0.5, step = 0, at = 0.0}, {value = 0.6, step = 1, at = 0.0}, {value = 0.7, step = 2, at = 0.0}}
expect(tracking:history(run.id, "none")):is_empty()
expect(tracking:history(("0"):rep(32), "auc")):is_empty()
""",
    "pages": """\
local values = {}
for i = 1, 120 do values[i] = i end
local run = tracking:create_run{experiment = "pages", metrics = {n = values}}
local found = tracking:history(run, "n")
expect(#found):equals(120)
expect({found[1].value, found[120].value, found[120].step}):equals{1, 120, 119}
""",
    "artifacts": """\
local run = tracking:create_run{experiment = "files", artifacts = {["model/a model.json"] = "{}", ["notes.txt"] = "three words here"}}
expect(tracking:artifacts(run)):equals{{path = "model", folder = true}, {path = "notes.txt", folder = false, size = 16}}
expect(tracking:artifacts(run.id, "model")):equals{{path = "model/a model.json", folder = false, size = 2}}
expect(tracking:artifacts(run, "none")):is_empty()
expect(tracking:artifact(run, "model/a model.json")):equals("{}")
expect(tracking:artifact(run.id, "notes.txt")):equals("three words here")
for _, path in ipairs{"none", "model", "../../mlflow.db", ""} do expect(tracking:artifact(run, path), path):equals(nil) end
expect(tracking:artifact("no such run", "a")):equals(nil)
expect(tracking:artifacts(run, "../..")):is_empty()
""",
    "registry": """\
local run = tracking:create_run{experiment = "registry", artifacts = {["model/model.json"] = "{}"}}
local made = tracking:create_model("registry", {tags = {owner = "parcels"}, description = "late parcels"})
expect(made):equals{name = "registry", description = "late parcels", tags = {owner = "parcels"}, aliases = {}}
for i = 1, 3 do
  local version = tracking:create_version("registry", {run = run, path = "model", tags = {number = i}})
  expect({version.model, version.version, version.run, version.status}):equals{"registry", i, run.id, "READY"}
  expect(version.source):equals(run.uri .. "/model")
end
expect(tracking:alias("registry", "champion")):equals(nil)
tracking:set_alias("registry", "champion", 1)
tracking:set_alias("registry", "champion", 3)
tracking:set_alias("registry", "previous", 1)
expect(tracking:alias("registry", "champion")):equals(3)
expect(tracking:model("registry").aliases):equals{champion = 3, previous = 1}
tracking:set_version_tag("registry", 3, "gate", "passed")
local third = tracking:version("registry", 3)
expect(third.tags):equals{number = "3", gate = "passed"}
expect(third.aliases):equals{"champion"}
expect(tracking:version("registry", "3")):equals(third)
local all = {}
for i, version in ipairs(tracking:versions("registry")) do all[i] = version.version end
expect(all):equals{1, 2, 3}
tracking:delete_alias("registry", "champion")
tracking:delete_alias("registry", "champion")
expect(tracking:model("registry").aliases):equals{previous = 1}
for _, name in ipairs{"it's", "its", "itxs"} do
  tracking:create_model(name)
  tracking:create_version(name, {run = run})
end
local quoted = tracking:versions("it's")
expect({#quoted, quoted[1].model}):equals{1, "it's"}
""",
    # Whatever a learner's program can say.
    "nothing": """\
local names = {"no such", "", "a'b", "a\\"b\\n", "../x", "\\xff\\xfe", ("x"):rep(1 << 20), 7, -1, 1.5, true, json.null, {}, {{}}}
for i = 1, #names do
  local name, what = names[i], ("name %d"):format(i)
  expect(tracking:run(name), what):equals(nil)
  expect(tracking:experiment(name), what):equals(nil)
  expect(tracking:model(name), what):equals(nil)
  expect(tracking:versions(name), what):is_empty()
  expect(tracking:version(name, 1), what):equals(nil)
  expect(tracking:alias(name, "champion"), what):equals(nil)
  expect(tracking:history(name, "auc"), what):is_empty()
  expect(tracking:artifact(name, "a"), what):equals(nil)
  expect(tracking:artifacts(name), what):is_empty()
end
expect(tracking:run(nil)):equals(nil)
expect(tracking:alias(nil, nil)):equals(nil)
tracking:create_model("nothing")
for i = 1, #names do
  expect(tracking:version("nothing", names[i])):equals(nil)
  expect(tracking:alias("nothing", names[i])):equals(nil)
end
""",
    "filter": 'tracking:create_run{experiment = "filter"}\ntracking:runs{experiment = "filter", filter = "this is none"}',
    "twice": 'tracking:create_model("twice")\ntracking:create_model("twice")',
    "taken-away": 'tracking:create_model("taken-away")\ntracking:set_alias("taken-away", "champion", 9)',
}
VERDICTS = {**dict.fromkeys(STORIES, "pass"), "filter": "broken", "twice": "broken", "taken-away": "fail"}


class Mlflow(LabCase):
    def judged(self, results):
        self.assertEqual({name: result["verdict"] for name, result in results.items()}, VERDICTS, results)
        self.assertIn("runs: Invalid clause(s) in filter string", results["filter"]["message"])
        self.assertIn("create_model: Registered Model (name=twice) already exists", results["twice"]["message"])
        self.assertIn("Model Version (name=taken-away, version=9) not found", results["taken-away"]["message"])

    def tell(self, before, extra=""):
        self.exercise("asks", {name: before + story for name, story in STORIES.items()}, {"x": "x"}, extra=extra)

    def test_what_it_answered(self):
        shared = self.course / "exercises/shared"
        shared.mkdir()
        shutil.copy(REPLAY, shared)
        shutil.copy(EXCHANGES, shared)
        (self.course / "docker-compose.yml").write_text(COMPOSE)
        self.tell(SERVICE, "requires: {services: [mlflow]}\n")
        self.ok("start", "asks", "--no-services")
        self.judged(self.results("asks"))

    def test_what_it_answers(self):
        """Environments are those of whoever runs the tests; only a right build of today's lock will do."""
        cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
        for name in ("shared", "environments"):
            shutil.copytree(ROOT / "exercises" / name, self.course / "exercises" / name)
        (self.course / "exercises/shared/skills.yaml").unlink()  # it names exercises that this course has not
        shutil.copy(ROOT / "docker-compose.yml", self.course)
        self.tell(SERVICE, "requires: {services: [mlflow]}\n")
        del self.environment["LAB_HOME"]
        self.environment.update(XDG_CACHE_HOME=str(cache), XDG_DATA_HOME=str(self.home / "data"), LAB_WORK=str(self.work),
                                UV_OFFLINE="1", PIP_NO_INDEX="1")
        if not list(cache.glob("lab/python/mlflow-*")) or self.lab("start", "asks", "--no-services").returncode:
            print(f"{self.id()}: skipped: the environment mlflow is not built; lab fetch registry-alias brings it")
            self.skipTest("the environment mlflow is not built")
        self.judged(self.results("asks", timeout=300))


# ---- servers that are none ----

LIAR = """\
import json, sys
from http.server import BaseHTTPRequestHandler, HTTPServer

KIND = sys.argv[2]
ODD = [None, 7, "text", [], {}, [None], [[]], {"key": 1, "value": {}}]

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        name = self.path.split("?")[0].rpartition("mlflow/")[2]
        self.send_response(500 if KIND == "failing" else 200)
        self.end_headers()
        try:
            self.wfile.write(self.answer(name))
        except OSError:
            pass

    do_POST = do_GET

    def answer(self, name):
        if KIND == "odd":
            fields = ("run_id", "status", "start_time", "metrics", "params", "tags", "aliases", "name", "version", "files")
            thing = {field: ODD for field in fields}
            return json.dumps({"experiment": thing, "run": {"info": thing, "data": thing}, "registered_model": thing, "model_version": {**thing, "version": 3},
                               "runs": ODD, "experiments": ODD, "metrics": ODD, "files": ODD, "registered_models": ODD, "model_versions": ODD,
                               "next_page_token": ODD}).encode()
        if KIND == "empty":
            return b"{}"
        if KIND == "numberless":
            return b'{"model_version": {"version": "many"}}'
        if KIND == "endless":
            return b'{"experiments": [{"experiment_id": "1"}], "registered_models": [], "next_page_token": "more"}'
        if KIND == "large":
            return b'{"registered_models": [{"name": "' + b"x" * (9 << 20) + b'"}], "next_page_token": "more"}'
        if KIND == "deep":
            return b'{"run": ' + b"[" * 100000
        return {"page": b"<html>no such page</html>", "list": b"[1]", "failing": b"{}", "huge": b"x" * (17 << 20), "none": b""}[KIND]

    def log_message(self, *words):
        pass

HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
LIED_TO = 'local tracking = mlflow(t:service{"python", "liar.py", port(), "KIND", ready = {tcp = true}})\n'
LIES = {
    "odd": """\
expect(tracking:run("a").params):equals{}
expect(tracking:run("a").id):equals("")
expect(tracking:model("a").aliases):equals{}
expect(tracking:alias("a", "b")):equals(3)
expect(tracking:version("a", 3).aliases):equals{"", "", "text", "", "", "", "", ""}
expect(#tracking:experiments()):equals(5)
expect(#tracking:runs()):equals(5)
expect(#tracking:models()):equals(5)
expect(tracking:versions("a")):is_empty()
expect(#tracking:history("a", "b")):equals(5)
expect(#tracking:artifacts("a")):equals(5)
""",
    "empty": 'tracking:run("a")',
    "numberless": 'tracking:alias("a", "b")',
    "endless": "tracking:models()",
    "large": "tracking:models()",
    "deep": 'tracking:run("a")',
    "page": 'tracking:model("a")',
    "list": 'tracking:model("a")',
    "failing": 'tracking:model("a")',
    "huge": 'tracking:artifact("a", "b")',
    "none": 'tracking:model("a")',
}


class Liars(LabCase):
    def test_they_fail_the_check(self):
        bodies = {kind: LIED_TO.replace("KIND", kind) + body for kind, body in LIES.items()}
        bodies["nobody"] = 'mlflow("http://127.0.0.1:" .. port()):models()'
        bodies["wrong"] = "mlflow(7)"
        self.exercise("lies", bodies, {"liar.py": LIAR})
        self.started("lies")
        results = self.results("lies")
        self.assertEqual({name: result["verdict"] for name, result in results.items()},
                         {**dict.fromkeys(bodies, "fail"), "odd": "pass", "wrong": "broken"}, results)
        for name, words in {"endless": "at most 10000 entries in 16 MiB", "large": "at most 10000 entries in 16 MiB",
                            "numberless": "a version without a number", "page": "no answer of its API", "failing": "the status 500",
                            "nobody": "an answer of MLflow", "huge": "a body of more than 16 MiB"}.items():
            self.assertIn(words, str(results[name]), name)

    def test_a_service_that_lies_blocks(self):
        shared = self.course / "exercises/shared"
        shared.mkdir()
        (shared / "replay.py").write_text(LIAR)
        kinds = {"failing": "blocked", "page": "blocked", "huge": "fail"}
        for kind, verdict in kinds.items():
            (self.course / "docker-compose.yml").write_text(COMPOSE.replace('"{shared}/mlflow.json"', kind).replace("http: /health", "tcp: true"))
            self.exercise(kind, {"a": SERVICE + ('tracking:artifact("a", "b")' if kind == "huge" else "tracking:models()")}, {"x": "x"},
                          extra="requires: {services: [mlflow]}\n")
            self.ok("start", kind, "--no-services")
            self.assertEqual(self.verdicts(kind)["a"][0], verdict, kind)


# ---- recording ----

def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Store(Mlflow):
    """Not a test: the same stories with a real server behind a recorder, in a box that shares the machine's loopback."""

    def until_it_answers(self, url):
        def answers():
            try:
                return urllib.request.urlopen(url, timeout=5).status == 200
            except OSError:
                return False
        self.wait_for(answers, 120)

    def begun(self, *words, **options):
        process = subprocess.Popen([str(word) for word in words], start_new_session=True, **options)
        self.addCleanup(lambda: process.poll() is None and os.killpg(process.pid, signal.SIGKILL))
        return process

    def store(self):
        server, recorder = free_port(), free_port()
        self.begun(sys.argv[2], "server", "--host", "127.0.0.1", "--port", server, "--workers", "1", "--backend-store-uri", f"sqlite:///{self.home}/mlflow.db",
                   "--artifacts-destination", self.home / "artifacts", env={**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"},
                   stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        self.until_it_answers(f"http://127.0.0.1:{server}/health")
        recording = self.begun(sys.executable, REPLAY, recorder, EXCHANGES, f"http://127.0.0.1:{server}")
        self.until_it_answers(f"http://127.0.0.1:{recorder}/health")
        self.tell(f'local tracking = mlflow("http://127.0.0.1:{recorder}")\n')
        self.started("asks")
        results = self.results("asks", "--jobs", "1", timeout=300, **self.without_namespaces())
        recording.terminate()
        recording.wait(20)
        self.judged(results)


def load_tests(loader, tests, pattern):
    return unittest.TestSuite(loader.loadTestsFromTestCase(case) for case in (Mlflow, Liars))


if __name__ == "__main__":
    if sys.argv[1:2] == ["store"]:
        done = unittest.TextTestRunner().run(Store("store"))
        sys.exit(not done.wasSuccessful())
    unittest.main()
