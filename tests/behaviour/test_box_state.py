"""What programs of one box share, and what none of another finds: files, processes, services, ports."""
import json
import socket
import subprocess
import textwrap
import unittest
from pathlib import Path

from labcase import Boxed, Ordinary

MARK = """\
    import os, signal, time
    for folder in (".", os.path.expanduser("~"), os.environ["TMPDIR"], "/dev/shm"):
        open(os.path.join(folder, "mark"), "w").close()
    ready, done = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            os.write(done, b"x")
            time.sleep(1000)
        os._exit(0)
    os.read(ready, 1)
    """

LOOK = """\
    import os
    folders = {"work": ".", "home": os.path.expanduser("~"), "tmp": os.environ["TMPDIR"], "shm": "/dev/shm"}
    found = [name for name, folder in folders.items() if os.path.exists(os.path.join(folder, "mark"))]
    others = [name for name in os.listdir("/proc") if name.isdigit() and int(name) not in (1, os.getpid())]
    print(*found, len(others))
    """

SERVE = """\
    import http.server, os, sys

    class Handler(http.server.BaseHTTPRequestHandler):
        count = 0

        def do_GET(self):
            Handler.count += 1
            answer = f"{os.getpid()} {Handler.count} {sys.argv[2]}".encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *words):
            pass

    http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
    """

GET = """\
    import sys, urllib.request
    print(urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/").read().decode())
    """

WAIT = """\
    import os, time
    open(os.path.expanduser("~/ready"), "w").close()
    while not os.path.exists(os.path.expanduser("~/go")):
        time.sleep(0.005)
    """

FILES = {"mark.py": MARK, "look.py": LOOK, "serve.py": SERVE, "get.py": GET, "wait.py": WAIT}


def listeners():
    """TCP ports of this machine on which somebody listens."""
    lines = [line.split() for table in ("tcp", "tcp6") for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]]
    return sorted(int(line[1].split(":")[1], 16) for line in lines if line[3] == "0A")


class State(Boxed):
    def test_files_are_shared_within_a_check_and_processes_are_not(self):
        """Neither the next check nor the next attempt finds any of it."""
        look = 'expect(t:run{"python", "look.py"}:ok().stdout):equals("%s\\n")'
        mark = 't:run{"python", "mark.py"}:ok()\n'
        self.exercise("one", {
            "first": f'{look % "0"}\n{mark}{look % "work home tmp shm 0"}\n{mark}{look % "work home tmp shm 0"}', "second": look % "0"},
            FILES, check_extra={"second": "    needs: [first]\n"})
        self.started("one")
        for _ in range(2):
            self.assertEqual(self.verdicts("one"), {"first": ("pass", None), "second": ("pass", None)})
        self.assertEqual(self.processes(), [])

    def test_not_one_of_many_runs_leaves_anything(self):
        """Beside a service and without one; a single process is what is overlooked first."""
        body = """\
            for run = 1, 300 do
              local r = t:run{"sh", "-c", "sleep 1000 & exit 0"}
              if r.left_behind ~= 1 then expect(r.left_behind, "processes left in run " .. run):equals(1) end
            end
            expect(t:run{"python", "look.py"}:ok().stdout):equals("%d\\n")"""
        service = "t:service{'sleep', '1000', ready = {log = ''}}\n"
        self.exercise("one", {"alone": body % 0, "beside": service + textwrap.dedent(body % 1)}, FILES)
        self.started("one")
        self.assertEqual(self.verdicts("one"), {"alone": ("pass", None), "beside": ("pass", None)})

    def test_what_was_left_behind_is_counted(self):
        self.exercise("one", {"a": 'expect(t:run{"python", "mark.py"}:ok().left_behind):equals(1)'}, FILES)
        self.started("one")
        self.assertEqual(self.verdicts("one"), {"a": ("pass", None)})

    def test_a_service_outlives_runs(self):
        """It answers programs and the check, is the same process all the time, and the runs' own stragglers are ended."""
        body = """\
            local app = t:service{"python", "serve.py", 8080, "here", port = 8080, ready = {tcp = true}}
            local first = app:get("/").body
            for count = 1, 3 do
              t:run{"python", "mark.py"}:ok()
              local expected = first:gsub("^(%d+) %d+", "%1 " .. 2 * count)
              expect(t:run{"python", "get.py", 8080}:ok().stdout):equals(expected .. "\\n")
              expect(app:get("/").body):equals((expected:gsub("^(%d+) %d+", "%1 " .. 2 * count + 1)))
              expect(t:run{"python", "look.py"}:ok().stdout):equals("work home tmp shm 1\\n")
            end
            expect(app:alive()):equals(true)
            app:stop()
            t:run{"python", "get.py", 8080}:fails()
            expect(t:run{"python", "look.py"}:ok().stdout):equals("work home tmp shm 0\\n")"""
        self.exercise("one", {"a": body}, FILES)
        self.started("one")
        self.assertEqual(self.verdicts("one"), {"a": ("pass", None)})

    def test_services_on_one_port_side_by_side(self):
        """Each check has a loopback of its own, and the host's is another one: somebody listens there on the same port."""
        host = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(host.close)
        number = host.getsockname()[1]
        body = f"""\
            local app = t:service{{"python", "serve.py", {number}, "%s", port = {number}, ready = {{tcp = true}}}}
            t:run{{"python", "wait.py"}}:ok()
            expect(app:get("/").body):matches(" 1 %s$")
            expect(t:run{{"python", "get.py", {number}}}:ok().stdout):matches(" 2 %s\\n$")"""
        self.exercise("one", {name: body.replace("%s", name) for name in ("a", "b")}, FILES)
        self.started("one")
        with subprocess.Popen(self.command("check", "one", "--json", "--jobs", "2"), env=self.environment, cwd=self.home,
                              stdout=subprocess.PIPE, text=True) as lab:
            self.wait_for(lambda: self.is_in_home("ready", "a") and self.is_in_home("ready", "b"))
            self.assertEqual(listeners().count(number), 1)
            for home in (self.home / "tmp").glob("lab-*/*/checks/?/home"):
                (home / "go").touch()
            done = [json.loads(line) for line in lab.communicate(timeout=60)[0].splitlines()]
        self.assertEqual([(event["id"], event["message"]) for event in done if event["event"] == "check_done" and event["verdict"] != "pass"], [])
        self.assertEqual(done[-1]["verdict"], "pass")
        host.setblocking(False)
        self.assertRaises(BlockingIOError, host.accept)


class OrdinaryState(Ordinary, State):
    pass


if __name__ == "__main__":
    unittest.main()
