"""What the tests of services share: a course whose services are tiny servers, and looks at what runs."""
import json
import os
import signal
import socket
import subprocess
import textwrap
import urllib.request
from pathlib import Path

from labcase import LabCase

# Answers / with its process's number; counts its starts in {data}/starts. `--until FILE`: it is not ready before the file is there.
# `--forget`: it erases its environment, as servers do that set their title. `--mute`: it closes its log.
SERVER = """\
    import argparse, ctypes, http.server, os, pathlib, sys
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int)
    parser.add_argument("--data", type=pathlib.Path)
    parser.add_argument("--until", type=pathlib.Path)
    parser.add_argument("--steal", type=pathlib.Path)
    parser.add_argument("--child", action="store_true")
    parser.add_argument("--stubborn", action="store_true")
    parser.add_argument("--forget", action="store_true")
    parser.add_argument("--mute", action="store_true")
    parser.add_argument("--say", default="")
    parser.add_argument("--exit", type=int)
    given = parser.parse_args()
    print("tiny server:", given.say.encode().decode("unicode_escape"), flush=True)
    if given.forget:
        begin, end = map(int, pathlib.Path("/proc/self/stat").read_text().rpartition(")")[2].split()[47:49])
        ctypes.memset(begin, 0, end - begin)
    if given.mute:
        nothing = os.open("/dev/null", os.O_WRONLY)
        os.dup2(nothing, 1), os.dup2(nothing, 2)
    with open(given.data / "starts", "a") as file:
        file.write(f"{os.getpid()}\\n")
    if given.stubborn:
        import signal
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if given.child and os.fork() == 0:
        os.setsid()
        import time
        time.sleep(1000)
    if given.exit is not None:
        sys.exit(given.exit)
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            ready = not given.until or given.until.exists()
            self.send_response(200 if ready else 503)
            self.end_headers()
            self.wfile.write(str(os.getpid()).encode())
    http.server.ThreadingHTTPServer(("127.0.0.1", given.port), Handler).serve_forever()
    """

NATIVE = '[python, "{shared}/tiny.py", --port, "{port}", --data, "{data}"%s]'


def quoted(*words):
    return ", ".join(json.dumps(str(word)) for word in words)


class ServiceCase(LabCase):
    """self.services() declares; each test ends with `lab down`, so that nothing outlives it."""

    def setUp(self):
        super().setUp()
        shared = self.course / "exercises/shared"
        shared.mkdir()
        self.shared_program("tiny.py", SERVER)
        self.declared = {}
        self.addCleanup(self.down)

    def shared_program(self, name, text):
        (self.course / "exercises/shared" / name).write_text(textwrap.dedent(text))

    def down(self):
        self.lab("down")
        for pid in self.processes_by_id():
            os.kill(pid, signal.SIGKILL)

    def service(self, name, *more, native=None, ready="{http: /, within: 20}", extra="", port=None, compose=""):
        """Declares a service; `more` are further words of the tiny server."""
        words = native or NATIVE % "".join(f", {json.dumps(str(word))}" for word in more)
        self.declared[name] = (f"  {name}:\n    image: lab-test/{name}\n{textwrap.indent(compose, '    ')}    x-lab:\n      title: The service {name}\n"
                               f"      native: {words}\n      port: {port or 7000 + len(self.declared)}\n      ready: {ready}\n"
                               f'      gives: ["{name.upper().replace("-", "_")}_URL=http://127.0.0.1:{{port}}"]\n'
                               + textwrap.indent(textwrap.dedent(extra), "      "))
        self.write_compose()

    def write_compose(self):
        (self.course / "docker-compose.yml").write_text("services:\n" + "".join(self.declared.values()))

    def requiring(self, *services, name="one", **options):
        """An exercise that requires the services, started without them; its workspace."""
        self.exercise(name, {"a": 'expect(1):equals(1)'}, {"main.py": "print(1)\n"},
                      extra=f"requires: {{services: [{', '.join(services)}]}}\n" if services else "")
        self.ok("start", name, "--no-services", **options)
        return self.work / name

    def rows(self, *words, cwd=None):
        done = self.ok("services", "status", "--json", *words, cwd=cwd or self.work / "one")
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual({row["event"] for row in rows} - {"service_status"}, set())
        return {row["name"]: row for row in rows}

    def states(self, **options):
        return {name: row["state"] for name, row in self.rows(**options).items()}

    def answer(self, port):
        """The number of the process that answers on the port."""
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as response:
            return int(response.read())

    def starts(self, name, work="one"):
        path = self.work / work / ".lab/services" / name / "data/starts"
        return len(path.read_text().splitlines()) if path.exists() else 0

    def state_of(self, name, work="one"):
        return self.work / work / ".lab/services" / name / "state.json"

    def in_background(self, *words, cwd=None):
        return subprocess.Popen(self.command(*words), env=self.environment, cwd=cwd or self.work / "one", stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def listener(self, port=0):
        """A socket that takes a port, until the test ends."""
        taken = socket.socket()
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", port))
        taken.listen()
        self.addCleanup(taken.close)
        return taken
