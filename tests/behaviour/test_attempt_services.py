"""Services of an attempt: a fresh, seeded instance of what the exercise requires, which its checks reach at their own loopback."""
import json
import signal
import subprocess
import textwrap
import unittest
from pathlib import Path

import jsonschema
from labcase import Boxed, LabCase, Ordinary

SERVER = """\
    import http.server, os, socket, sys, time
    port, data = int(sys.argv[1]), sys.argv[2]
    class Handler(http.server.BaseHTTPRequestHandler):
        def answer(self, body):
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        def do_GET(self):
            if self.path == "/die":
                os._exit(7)
            if self.path == "/leave":  # as one that closes its port and takes a while to end
                self.server.socket.shutdown(socket.SHUT_RDWR)
                self.answer(b"")
                time.sleep(0.3)
                os._exit(7)
            if self.path == "/busy":
                return self.send_error(503)
            path = data + self.path
            self.answer(open(path, "rb").read() if os.path.exists(path) and self.path != "/" else self.path.encode())
        def do_POST(self):
            left, total = int(self.headers["Content-Length"]), 0
            while left:
                block = self.rfile.read(min(left, 1 << 16))
                left -= len(block)
                total += len(block)
            with open(data + self.path, "ab") as out:
                out.write(b"x")
            self.answer(b"." * total)
    print("listening", flush=True)
    http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
    """
SEED = """\
    import os, sys
    assert os.environ["STORE_URL"].startswith("http://127.0.0.1:")
    with open(sys.argv[1] + "/seeded", "a") as out:
        out.write("once ")
    """
STORE = """\
    services:
      store:
        x-lab:
          title: A store
          native: [python, "{shared}/server.py", "{port}", "{data}"]
          seed: [python, "{shared}/seed.py", "{data}"]
          port: 8000
          ready: {http: /ready, within: 20}
          gives: ["STORE_URL=http://127.0.0.1:{port}"]
    """
QUESTION = """\
      - id: why
        title: Why it is late
        kind: choice
        points: 10
        needs: [dies]
        question: Why is the parcel late?
        options:
          - {id: ferry, text: The ferry did not sail, right: true}
          - {id: rain, text: It rained}
    """
ASK = """\
    import os, sys, urllib.request
    url = os.environ["STORE_URL"] + sys.argv[1]
    data = b"y" * int(sys.argv[2]) if len(sys.argv) > 2 else None
    sys.stdout.write(urllib.request.urlopen(url, data, timeout=20).read().decode())
    """


class ServiceCase(LabCase):
    def uses(self, checks, compose=STORE, extra="", services="store"):
        shared = self.course / "exercises/shared"
        shared.mkdir(exist_ok=True)
        (shared / "server.py").write_text(textwrap.dedent(SERVER))
        (shared / "seed.py").write_text(textwrap.dedent(SEED))
        (self.course / "docker-compose.yml").write_text(textwrap.dedent(compose))
        self.exercise("one", checks, {"ask.py": ASK}, extra=f"requires: {{services: [{services}]}}\n" + extra)
        self.ok("start", "one", "--no-services")
        return self.work / "one"

    def leaves_nothing(self):
        self.wait_for(lambda: not self.processes())
        self.assertEqual(self.scratch_entries(), [])


class Services(ServiceCase):
    def test_programs_and_checkers_reach_it(self):
        self.uses({
            "program": 'expect(t:run{"python", "ask.py", "/hello"}:ok().stdout):equals("/hello")',
            "seeded": 'expect(service("store"):get("/seeded").body):equals("once ")',
            "variable": 'expect(service("store").env.STORE_URL):equals(service("store").url)'})
        events = self.events("one")
        self.assertEqual([event["verdict"] for event in events if event["event"] == "check_done"], ["pass"] * 3, events)
        schema = json.loads((Path(__file__).resolve().parents[2] / "docs/schema/events.schema.json").read_text())
        for event in events:
            jsonschema.Draft7Validator(schema).validate(event)
        told = [(event["name"], event["state"]) for event in events if event["event"] == "service"]
        self.assertEqual(told, [("store", "starting"), ("store", "ready")])
        self.assertLess(events.index(next(event for event in events if event.get("state") == "ready")),
                        events.index(next(event for event in events if event["event"] == "check_started")))
        self.assertRegex(self.ok("check", "one").stdout, r"(?m)^  starting store \d")
        self.leaves_nothing()

    def test_each_attempt_has_its_own(self):
        self.uses({"adds": 'service("store"):post("/log", "a")\nexpect(service("store"):get("/log").body):equals("x")'})
        for _ in range(2):
            self.assertEqual(self.verdicts("one"), {"adds": ("pass", None)})

    def test_checks_of_an_attempt_share_it(self):
        self.uses({"first": 'service("store"):post("/log", "a")', "second": 'expect(service("store"):get("/log").body):equals("x")'})
        folder = self.course / "exercises/one/exercise.yaml"
        folder.write_text(folder.read_text().replace("  - id: second\n", "  - id: second\n    needs: [first]\n"))
        (self.course / "exercises/one/checker.lua").write_text(
            'checks["first"] = function(t) expect(service("store"):post("/log", "a").status):equals(200) end\n'
            'checks["second"] = function(t) expect(service("store"):get("/log").body):equals("x") end\n')
        self.assertEqual(self.verdicts("one"), {"first": ("pass", None), "second": ("pass", None)})

    def test_much_and_many(self):
        """More than any buffer holds, both ways; and more connections than at once."""
        self.uses({
            "much": 'expect(#t:run{"python", "ask.py", "/big", 9000000}:ok().stdout >= 1000000):equals(true)',
            "much-here": 'expect(#service("store"):post("/big", ("z"):rep(3000000)).body):equals(3000000)',
            "many": 'local figures = http.load{port = service("store").port, path = "/x", requests = 400, concurrency = 16}\n'
                    'expect(figures.errors):equals(0)'}, extra="box: {output: 2MiB}\n")
        self.assertEqual(set(self.verdicts("one").values()), {("pass", None)})

    def test_a_service_that_ends_at_once(self):
        self.uses({"a": "expect(1):equals(1)"}, STORE.replace("server.py", "seed.py"))
        self.environment["STORE_URL"] = "x"
        done = self.lab("check", "one")
        self.assertEqual(done.returncode, 4, done.stdout)
        self.assertIn("the service store has ended: FileNotFoundError", done.stdout.replace("\n  ", " "))
        verdict, message = self.verdicts("one")["a"]
        self.assertEqual(verdict, "blocked")
        self.assertIn("the service store has ended", message)
        self.leaves_nothing()

    def test_a_service_that_never_gets_ready(self):
        self.uses({"a": "expect(1):equals(1)"}, STORE.replace("http: /ready, within: 20", "exec: [\"false\"], within: 1"))
        self.assertEqual(self.verdicts("one"), {"a": ("blocked", "the service store was not ready within 1 s ('ready.exec' ends with status 1): listening")})
        self.leaves_nothing()

    def test_ready_by_a_program_that_is_not_here(self):
        self.uses({"a": "expect(1):equals(1)"}, STORE.replace("http: /ready, within: 20", "exec: [no-such-client], within: 600"))
        self.assertEqual(self.verdicts("one"), {
            "a": ("blocked", "the service store cannot be asked whether it is ready: there is no program no-such-client in PATH")})
        self.leaves_nothing()

    def test_ready_by_a_program_that_is_killed(self):
        self.uses({"a": "expect(1):equals(1)"}, STORE.replace("http: /ready, within: 20", 'exec: [sh, -c, "kill -9 $$"], within: 1'))
        verdict, message = self.verdicts("one")["a"]
        self.assertEqual(verdict, "blocked")
        self.assertIn("the service store was not ready within 1 s ('ready.exec' was ended by signal 9): ", message)

    def test_what_prepares_may_take_longer_than_what_gets_ready(self):
        self.uses({"a": 'expect(service("store"):get("/x").status):equals(200)'}, STORE.replace("http: /ready, within: 20", "http: /ready, within: 2")
                  .replace("port: 8000", 'port: 8000\n          prepare: [python, -c, "import time; time.sleep(2)"]'))
        self.assertEqual(self.verdicts("one"), {"a": ("pass", None)})

    def test_a_service_that_answers_with_an_error(self):
        self.uses({"a": "expect(1):equals(1)"}, STORE.replace("http: /ready, within: 20", "http: /busy, within: 1"))
        verdict, message = self.verdicts("one")["a"]
        self.assertEqual(verdict, "blocked")
        self.assertIn("the service store was not ready within 1 s (it answers with status 503): ", message)
        self.leaves_nothing()

    def test_one_that_is_ready_while_another_is_seeded(self):
        """What another's seed takes is nobody's fault."""
        self.uses({"a": 'expect(service("store"):get("/x").status):equals(200)'}, STORE.rstrip(" ").replace("within: 20", "within: 1") + """\
      slow:
        x-lab:
          title: A slow one
          native: [python, -c, "import time; time.sleep(1000)"]
          seed: [python, -c, "import time; time.sleep(1.5)"]
          port: 8001
          ready: {exec: ["true"], within: 20}
    """, services="store, slow")
        self.assertEqual(self.verdicts("one")["a"][0], "pass")

    def test_a_program_that_is_not_here(self):
        self.uses({"a": "expect(1):equals(1)"}, STORE.replace("[python, \"{shared}/server.py\"", "[no-such-server")
                  .replace("port: 8000", "port: 8000\n          program: no-such-server\n          package: no-such-package"))
        self.assertEqual(self.verdicts("one"), {
            "a": ("blocked", "the service store needs no-such-server, which is not here: apt install no-such-package")})

    def test_a_seed_that_fails(self):
        self.uses({"a": "expect(1):equals(1)"}, STORE.replace('seed.py", "{data}"', 'seed.py", "/nonexistent"'))
        verdict, message = self.verdicts("one")["a"]
        self.assertEqual(verdict, "blocked")
        self.assertIn("python of the service store failed: FileNotFoundError", message)

    def test_a_service_that_ends_in_a_check_is_nobodys_failure(self):
        self.uses({"a": 'service("store"):request{path = "/die", timeout = 5}'})
        self.assertEqual(self.verdicts("one")["a"][0], "blocked")
        self.leaves_nothing()

    def test_a_program_that_fails_since_its_service_has_ended_is_not_to_blame(self):
        """However soon after that: nobody has seen the service end when the check's verdict comes."""
        self.uses({"dies": 't:run{"python", "ask.py", "/die"}:ok()'})
        for _ in range(4):
            self.assert_lost()

    def test_a_service_that_is_about_to_end_is_waited_for(self):
        self.uses({"leaves": 't:run{"python", "ask.py", "/leave"}:ok()\nt:run{"python", "ask.py", "/x"}:ok()'})
        for _ in range(2):
            self.assert_lost()

    def test_a_question_is_no_matter_of_services(self):
        work = self.uses({"dies": 't:run{"python", "ask.py", "/die"}:fails()'})
        exercise = self.course / "exercises/one/exercise.yaml"
        exercise.write_text(exercise.read_text() + textwrap.indent(textwrap.dedent(QUESTION), "  "))
        (work / "answers.yaml").write_text("why: rain\n")
        verdicts = self.verdicts("one")
        self.assertEqual({check: verdict for check, (verdict, _) in verdicts.items()}, {"dies": "pass", "why": "fail"}, verdicts)

    def assert_lost(self):
        [(verdict, message)] = self.verdicts("one").values()
        self.assertEqual((verdict, message[:27]), ("broken", "the service store has ended"))

    def test_work_that_fails_beside_a_service_that_lives(self):
        self.uses({name: 't:run{"python", "ask.py", "/x", "none"}:ok()' for name in ("first", "second", "third")})
        verdicts = self.verdicts("one")
        self.assertEqual({verdict for verdict, _ in verdicts.values()}, {"fail"}, verdicts)
        self.leaves_nothing()

    def test_two_that_depend_on_each_other(self):
        both = textwrap.dedent(STORE) + textwrap.indent(textwrap.dedent(STORE).split("\n", 1)[1].replace("store", "base").replace("STORE_URL", "BASE_URL")
                                                        .replace("8000", "8001").replace("seed:", "prepare:").replace("seed.py", "mark.py"), "")
        both = both.replace("  store:\n", "  store:\n    depends_on: [base]\n")
        (self.course / "exercises/shared").mkdir()
        (self.course / "exercises/shared/mark.py").write_text("import sys\nopen(sys.argv[1] + '/mark', 'w').write('prepared')\n")
        self.uses({"a": 'expect(t:run{"sh", "-c", "echo $BASE_URL"}:ok().stdout):equals("http://127.0.0.1:" .. '
                        'math.tointeger(service("store").port + 1) .. "\\n")\n'
                        'expect(http.request{port = service("store").port + 1, path = "/mark"}.body):equals("prepared")'}, both)
        events = self.events("one")
        self.assertEqual([event["name"] for event in events if event.get("state") == "ready"], ["base", "store"], events)
        self.assertEqual(events[-1]["verdict"], "pass", events)

    def test_an_interruption_leaves_nothing(self):
        self.uses({"a": 't:run{"sh", "-c", "touch $HOME/running; sleep 100"}'})
        lab = subprocess.Popen(self.command("check", "one"), env=self.environment, cwd=self.home, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
        self.wait_for(lambda: self.is_in_home("running"))
        lab.send_signal(signal.SIGINT)
        self.assertEqual(lab.wait(20), 130)
        self.leaves_nothing()

    def test_killed_with_everything(self):
        self.uses({"a": 't:run{"sh", "-c", "touch $HOME/running; sleep 100"}'})
        lab = subprocess.Popen(self.command("check", "one"), env=self.environment, cwd=self.home, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
        self.wait_for(lambda: self.is_in_home("running"))
        lab.kill()
        lab.wait(20)
        self.wait_for(lambda: not self.processes())

    def test_what_is_not_required_is_not_there(self):
        self.uses({"a": 'service("stoer")'})
        verdict, message = self.verdicts("one")["a"]
        self.assertEqual(verdict, "broken")
        self.assertIn("'stoer' is not among requires.services of exercise.yaml", message)


class OrdinaryServices(Ordinary, ServiceCase):
    def test_programs_reach_it(self):
        self.uses({"program": 'expect(t:run{"python", "ask.py", "/hello"}:ok().stdout):equals("/hello")'})
        self.assertEqual(self.verdicts("one"), {"program": ("pass", None)})


class Apart(Boxed, ServiceCase):
    def test_nothing_of_it_but_its_port(self):
        """Neither its files nor its process, and not the ports of the machine."""
        self.uses({
            "files": 'expect(t:run{"sh", "-c", "ls -d /lab/services /lab/shared; true"}:ok().stdout):equals("")',
            "processes": 'expect(t:run{"sh", "-c", "cat /proc/[0-9]*/cmdline | tr \'\\\\0\' \' \'"}:ok().stdout):not_contains("server.py")',
            "taken": 't:run{"python", "-m", "http.server", "8000", "--bind", "127.0.0.1", timeout = 5}:fails()'})
        verdicts = self.verdicts("one")
        self.assertEqual({check: verdict for check, (verdict, _) in verdicts.items()}, dict.fromkeys(verdicts, "pass"), verdicts)

    def test_a_box_that_was_built_anew_reaches_it(self):
        self.uses({"a": 't:run{"sh", "-c", "kill -9 -1"}\n'
                        'expect(t:run{"python", "ask.py", "/hello"}:ok().stdout):equals("/hello")'})
        self.assertEqual(self.verdicts("one"), {"a": ("pass", None)})


class Without(ServiceCase):
    def test_without_namespaces(self):
        """Programs share the machine's loopback: the port is one that nobody had."""
        self.uses({"program": 'expect(t:run{"python", "ask.py", "/hello"}:ok().stdout):equals("/hello")\n'
                              'expect(service("store"):get("/seeded").body):equals("once ")'})
        done = self.verdicts("one", **self.without_namespaces())
        self.assertEqual(done, {"program": ("pass", None)})
        self.leaves_nothing()


if __name__ == "__main__":
    unittest.main()
