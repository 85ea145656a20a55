"""What the tests of the small servers share: a server in a thread, a client over sockets, a pause under control."""

import json
import socket
import sys
import threading
import time
import unittest
from pathlib import Path

SHARED = Path(__file__).resolve().parents[2] / "exercises" / "shared"
sys.path.insert(0, str(SHARED))

TOKEN = "the-checkers-token"
PATIENCE = 20  # seconds until a test that waits for an answer gives up


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)

    def events(self):
        """The values of a stream, without [DONE]; fails when that is not the last."""
        lines = [line[6:] for line in self.body.decode().split("\n\n") if line]
        assert lines[-1] == "[DONE]", lines[-1]
        return [json.loads(line) for line in lines[:-1]]


class Connection:
    """One connection, which the server may keep alive."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.file = self.socket.makefile("rb")

    def send(self, method, path, body=None, headers=None):
        lines = [f"{method} {path} HTTP/1.1", "Host: stub"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        if body is not None:
            lines.append(f"Content-Length: {len(data)}")
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode() + data)

    def head(self):
        """(status, headers); EOFError when the server closed the connection instead."""
        line = self.file.readline()
        if not line:
            raise EOFError
        headers = {}
        while True:
            field = self.file.readline().decode().strip()
            if not field:
                return int(line.split()[1]), headers
            name, _, value = field.partition(":")
            headers[name.lower()] = value.strip()

    def chunk(self):
        """The next chunk of a chunked answer; b"" is the last; EOFError when it was cut off."""
        size = self.file.readline()
        if not size:
            raise EOFError
        data = self.file.read(int(size, 16))
        self.file.readline()
        return data

    def answer(self, head_only=False):
        status, headers = self.head()
        if head_only:
            return Answer(status, headers, b"")
        if headers.get("transfer-encoding") == "chunked":
            return Answer(status, headers, b"".join(iter(self.chunk, b"")))
        length = int(headers["content-length"])
        body = self.file.read(length)
        if len(body) < length:
            raise EOFError
        return Answer(status, headers, body)

    def ask(self, method, path, body=None, headers=None):
        self.send(method, path, body, headers)
        return self.answer(method == "HEAD")

    def close(self):
        self.file.close()
        self.socket.close()


class Gate:
    """Takes the place of a server's pause: keeps it waiting until it is let through, and knows what it asked for."""

    def __init__(self):
        self.asked, self.turn, self.open = [], threading.Condition(), 0

    def __call__(self, seconds):
        with self.turn:
            self.asked.append(seconds)
            self.turn.notify_all()
            number = len(self.asked)
            assert self.turn.wait_for(lambda: self.open >= number, PATIENCE)
        return False

    def wait_for(self, count):
        """Until so many pauses have begun."""
        with self.turn:
            assert self.turn.wait_for(lambda: len(self.asked) >= count, PATIENCE)

    def let(self, count):
        """Lets the first so many pauses end."""
        with self.turn:
            self.open = count
            self.turn.notify_all()


class ServerTest(unittest.TestCase):
    def serve(self, server):
        """Serves until the test ends."""
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        self.addCleanup(thread.join, PATIENCE)
        self.addCleanup(server.end)
        self.server = server
        return server

    def until(self, holds):
        """For what another thread does at once: asks again and again."""
        end = time.monotonic() + PATIENCE
        while not holds():
            self.assertLess(time.monotonic(), end, "it did not happen")

    def connect(self):
        connection = Connection(self.server.port)
        self.addCleanup(connection.close)
        return connection

    def ask(self, method, path, body=None, headers=None):
        return self.connect().ask(method, path, body, headers)

    def admin(self, name, body=None):
        """POST with a body, else GET."""
        method = "GET" if body is None else "POST"
        answer = self.ask(method, f"/__admin/{name}", body, {"X-Stub-Admin": TOKEN})
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json()
