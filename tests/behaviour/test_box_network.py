"""network: loopback, none or open, of an exercise or of one run; and what is said of a program that tried to reach more."""
import os
import shutil
import socket
import unittest

from labcase import Boxed, Ordinary

# The outcome of each: "done" or the name of the error. Arguments: addresses to connect to.
TRY = """\
    import errno, socket, sys

    def attempt(act):
        try:
            act()
            return "done"
        except OSError as error:
            return errno.errorcode.get(error.errno, type(error).__name__)

    def connect(host, port):
        socket.create_connection((host, port), 5).close()

    def talk():
        first, second = socket.socketpair()
        first.sendall(b"x")
        second.recv(1)

    found = [attempt(lambda: socket.socket(socket.AF_INET).close()), attempt(lambda: socket.socket(socket.AF_INET6).close()),
             attempt(lambda: socket.socket(socket.AF_UNIX).bind("\\0abstract")), attempt(talk)]
    for address in sys.argv[1:]:
        host, port = address.rsplit(":", 1)
        found.append(attempt(lambda: connect(host, int(port))))
    print(*found)
    """

ACCEPT = """\
    import socket, sys
    with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as server:
        while True:
            server.accept()[0].close()
    """

FILES = {"try.py": TRY, "accept.py": ACCEPT}
REACH = """import socket, sys
try:
    socket.create_connection((sys.argv[1], 80), 5)
finally:
    sys.exit(int(sys.argv[2]))
"""
ALL = "done done done done"
NONE = "EAFNOSUPPORT EAFNOSUPPORT done done"
TRIED = "tried to reach the network, which this check does not allow (loopback only)"
OUTSIDE = ("192.0.2.1", "2001:db8::1", "somewhere.example")


def tries(expected, *words, network=None):
    words = ", ".join(f'"{word}"' for word in ("python", "try.py", *words))
    granted = f', network = "{network}"' if network else ""
    return f'expect(t:run{{{words}{granted}}}:ok().stdout):equals("{expected}\\n")\n'


class Network(Boxed):
    def listen(self):
        """A port on which this test listens."""
        server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)
        return server.getsockname()[1]

    def passes(self, body, extra=""):
        self.exercise("one", {"a": body}, FILES, extra)
        self.started("one")
        self.assertEqual(self.verdicts("one"), {"a": ("pass", None)})

    def test_loopback_is_the_boxs_own(self):
        self.passes(tries(f"{ALL} ECONNREFUSED ENETUNREACH", f"127.0.0.1:{self.listen()}", "192.0.2.1:80"))

    def test_none_leaves_sockets_between_programs(self):
        self.passes(tries(f"{NONE} EAFNOSUPPORT", f"127.0.0.1:{self.listen()}"), "box: {network: none}\n")

    def test_none_for_one_run_while_a_service_is_up(self):
        self.passes("local app = t:service{'python', 'accept.py', 8080, port = 8080, ready = {tcp = true}}\n"
                    + tries(f"{NONE} EAFNOSUPPORT", "127.0.0.1:8080", network="none") + tries(f"{ALL} done", "127.0.0.1:8080")
                    + "expect(app:alive()):equals(true)")

    def test_a_port_that_another_service_has(self):
        """The first would answer for the second, which could not even start."""
        start = "t:service{'python', 'accept.py', 8080, port = 8080, ready = {tcp = true}}\n"
        self.exercise("one", {"a": start + start}, FILES)
        self.started("one")
        self.assertEqual(self.verdicts("one"), {
            "a": ("broken", "checker.lua:3: t:service: port 8080 is taken; give each service one of its own by port()")})

    def test_open_is_the_hosts_network(self):
        port = self.listen()
        self.passes(tries(f"{ALL} done", f"127.0.0.1:{port}") + tries(f"{NONE} EAFNOSUPPORT", f"127.0.0.1:{port}", network="none"),
                    "box: {network: open}\n")

    def test_a_run_has_what_the_exercise_grants_or_none(self):
        for granted, others in {"loopback": ("open", "anything"), "none": ("open", "loopback"), "open": ("loopback",)}.items():
            self.exercise(granted, {name: tries(ALL, network=name) for name in others}, FILES, f"box: {{network: {granted}}}\n")
            self.started(granted)
            self.assertEqual(self.verdicts(granted), {
                name: ("broken", f"checker.lua:{line}: t:run: exercise.yaml grants network '{granted}'; a run has that or 'none', not '{name}'")
                for line, name in zip((2, 6), others)})

    def test_a_word_that_is_none(self):
        self.exercise("one", {"a": tries(ALL)}, FILES)
        self.started("one")
        path = self.course / "exercises/one/exercise.yaml"
        path.write_text("box: {timeout: 5, network: internet}\n" + path.read_text())
        done = self.lab("check", "one")
        self.assertEqual(done.returncode, 3, done.stdout + done.stderr)
        self.assertIn("exercises/one/exercise.yaml:1:28: 'network' must be loopback, none or open\n", done.stderr)


class Unreachable(Boxed):
    """A program that fails after it tried to reach what is not there is told why; nobody else is."""

    def messages(self, runs, extra="", program=None):
        self.exercise("one", runs, {"reach.py": REACH}, extra)
        self.started("one")
        self.program = (program or []) + self.program
        return {name: message or "" for name, (_, message) in self.verdicts("one").items()}

    def test_it_is_said_when_it_failed(self):
        """By address, by the new protocol, and by a name."""
        runs = {f"to-{place}": f't:run{{"python", "reach.py", "{address}", 1}}:ok()' for place, address in zip("abc", OUTSIDE)}
        for message in self.messages(runs).values():
            self.assertRegex(message, rf"^python reach\.py \S+ 1 exited with 1; it {TRIED[:-16]}")

    def test_it_is_not_said_of_others(self):
        run = 't:run{"python", "reach.py", "%s", %s}%s\n'
        messages = self.messages({
            "well": run % ("192.0.2.1", 0, ":ok()"), "near": run % ("127.0.0.1", 1, ":ok()"),
            "next": run % ("192.0.2.1", 0, ":ok()") + run % ("127.0.0.1", 1, ":ok()")})
        self.assertEqual({name: TRIED in message for name, message in messages.items()}, dict.fromkeys(messages, False))
        self.assertEqual(messages["well"], "")

    def test_it_is_not_said_where_the_network_is_open(self):
        """On a machine without a network: one of root's making, since this one may have one."""
        if os.geteuid() != 0:
            self.skipTest("only root can take the network away")
        run = {"a": 't:run{"python", "reach.py", "192.0.2.1", 1}:ok()'}
        messages = self.messages(run, "box: {network: open}\n", [shutil.which("unshare"), "--net"])
        self.assertEqual(messages["a"].split(":")[0], "python reach.py 192.0.2.1 1 exited with 1")


class OrdinaryNetwork(Ordinary, Network):
    test_a_word_that_is_none = test_a_run_has_what_the_exercise_grants_or_none = None


class OrdinaryUnreachable(Ordinary, Unreachable):
    pass


if __name__ == "__main__":
    unittest.main()
