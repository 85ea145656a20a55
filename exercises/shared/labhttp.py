"""What the small servers of this folder have in common: HTTP/1.1, usually on 127.0.0.1, that no client can crash or hold up.

A handler class derives from Handler and has `respond(method, path, body)`, which answers with `send_json` and the like
or raises Refusal. Every request has its own thread; a request that is read too slowly, is too large, or comes while
too many connections are open is turned away. Nothing is logged but faults of the server itself.
"""

import hmac
import json
import os
import select
import signal
import socket
import sys
import threading
import time
import traceback
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn

BODY_MOST = 4 << 20  # bytes of a request's body
READ_SECONDS = 15  # for one request, from its first byte to its last
IDLE_SECONDS = 120  # between two requests on a connection
LINGER_SECONDS = 2  # of silence, after which a client that was refused has had its answer
LINGER_MOST = 64 << 20  # bytes that such a client may still send
CONNECTIONS_MOST = 256
TOKEN_VARIABLE = "STUB_ADMIN_TOKEN"


class Refusal(Exception):
    """An answer that is an error. `headers` go with it; `close` ends the connection after it."""

    def __init__(self, status, message, *, param=None, code=None, headers=None, close=False):
        super().__init__(message)
        self.status, self.param, self.code = status, param, code
        self.headers, self.close = headers or {}, close


class Dropped(Exception):
    """The connection is to be closed as it stands: the client has gone, or a fault demands it."""


def compact(value):
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def parse_json(body):
    """The JSON value of a body; Refusal 400 where it is none: NaN, 1e999 and lone surrogates are none either."""

    def refuse(text):
        raise ValueError(f"{text} is not JSON")

    try:
        value = json.loads(body.decode(), parse_constant=refuse)
        compact(value).encode()
        return value
    except (ValueError, RecursionError) as error:
        raise Refusal(400, f"We could not parse the JSON body of your request: {error}") from None


def error_kind(status):
    if status == 429:
        return "rate_limit_error"
    return "server_error" if status >= 500 else "invalid_request_error"


class Server(ThreadingMixIn, TCPServer):
    """Listens on 127.0.0.1, or on `host` where that is a container's; port 0 takes a free one, `port` says which.

    pause(seconds) waits and says whether the server is about to end; `clock()` gives seconds. Tests bring their own.
    """

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port, handler, token=None, host="127.0.0.1"):
        self.token = token
        self.ending = threading.Event()
        self.pause, self.clock = self.ending.wait, time.monotonic
        self.connections, self.reading = set(), {}
        self.lock = threading.Lock()
        self.closed_for = None
        super().__init__((host, port), handler)
        self.port = self.server_address[1]

    def server_bind(self):
        if self.server_address[1]:
            return super().server_bind()
        # A port that the kernel chose is lost when a socket stops listening, one that was asked for is not.
        with socket.socket() as chosen:
            chosen.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            chosen.bind(self.server_address)
            self.server_address = chosen.getsockname()
            super().server_bind()

    def process_request(self, request, client_address):
        with self.lock:
            full = len(self.connections) >= CONNECTIONS_MOST
            if not full:
                self.connections.add(request)
        if full:
            request.setblocking(False)
            try:
                request.send(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            except OSError:
                pass
            self.shutdown_request(request)
        else:
            super().process_request(request, client_address)

    def shutdown_request(self, request):
        with self.lock:
            self.connections.discard(request)
            self.reading.pop(request, None)
        super().shutdown_request(request)

    def service_actions(self):
        """Ends the reading of requests that take too long; called twice a second."""
        now = self.clock()
        with self.lock:
            slow = [request for request, began in self.reading.items() if now - began > READ_SECONDS]
            for request in slow:
                del self.reading[request]
        for request in slow:
            end_socket(request, socket.SHUT_RD)

    def close_port(self, seconds, but=None):
        """Refuses connections for so long, and ends those that are open, but one."""
        self.closed_for = seconds
        end_socket(self.socket, socket.SHUT_RD)  # it stays bound, so that nobody else takes the port
        with self.lock:
            others = self.connections - {but}
        for request in others:
            end_socket(request, socket.SHUT_RDWR)

    def get_request(self):
        if self.closed_for is not None:
            self.pause(self.closed_for)
            self.closed_for = None
            self.socket.listen(self.request_queue_size)
            raise BlockingIOError
        return super().get_request()

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], OSError):
            traceback.print_exc()

    # ---- admin ----

    def admin(self, method, name, body, by=None):
        """Answers an admin: the JSON text of what it asked for. `by` is the handler of its connection, if it has one."""
        raise Refusal(404, f"There is no admin endpoint {name[:80]}")

    def close_port_by_admin(self, seconds, by):
        """close_port; of the connections, the admin's own lives until it has its answer."""
        if by:
            by.close_connection = True
        self.close_port(seconds, but=by and by.connection)

    def control(self, lines, answers):
        """Serves an admin that holds this process's own pipes, and so needs no token: a line {"method", "name", "body"} is
        answered by a line {"status", "body"}. Ends with the lines."""
        for line in lines:
            answers.write(self.controlled(line) + b"\n")
            answers.flush()

    def controlled(self, line):
        try:
            asked = parse_json(line)
            text = self.admin(asked["method"], asked["name"], compact(asked.get("body")).encode())
            return b'{"status":200,"body":%b}' % text
        except Refusal as refusal:
            return compact({"status": refusal.status, "body": str(refusal)}).encode()

    def end(self):
        """Ends serve_forever and what waits in a pause; for a thread other than the one that serves."""
        self.ending.set()
        self.shutdown()
        self.close_port(0)
        self.server_close()


def end_socket(sock, how):
    try:
        sock.shutdown(how)
    except OSError:
        pass


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = IDLE_SECONDS
    admin_prefix = "/__admin/"

    # ---- reading ----

    def handle_one_request(self):
        try:
            if not self.rfile.peek(1):
                self.close_connection = True
                return
            with self.server.lock:
                self.server.reading[self.connection] = self.server.clock()
            super().handle_one_request()
        except (OSError, Dropped):
            self.close_connection = True
        finally:
            self.read_whole()

    def read_whole(self):
        """The request is read: from here on the time is the server's."""
        with self.server.lock:
            return self.server.reading.pop(self.connection, None) is not None

    def __getattr__(self, name):
        if name.startswith("do_"):  # every method, also one that nobody knows
            return self.handle_request
        raise AttributeError(name)

    def handle_request(self):
        try:
            try:
                body = self.read_body()
                self.respond(self.command, self.path.partition("?")[0], body)
            except Refusal as refusal:
                self.send_refusal(refusal)
        except (OSError, Dropped):
            self.close_connection = True
        except Exception:  # a fault of ours: the client learns of it, and so does the log
            traceback.print_exc()
            self.send_refusal(Refusal(500, "The server had an error while it worked on your request", close=True))

    def read_body(self):
        try:
            coding = self.headers.get("Transfer-Encoding")
            body = self.read_chunked() if coding is not None else self.read_length()
        except EOFError:
            if self.read_whole():
                raise Dropped from None
            body = None
        if body is None or not self.read_whole():  # service_actions has ended the reading
            raise too_slow()
        return body

    def read_length(self):
        length = self.headers.get("Content-Length", "0")
        if not (length.isascii() and length.isdigit()) or len(self.headers.get_all("Content-Length", [])) > 1:
            raise Refusal(400, "Content-Length is no number", close=True)
        if len(length) > 12 or int(length) > BODY_MOST:
            raise too_large()
        return self.read_exactly(int(length))

    def read_exactly(self, length):
        body = self.rfile.read(length)
        if len(body) < length:
            raise EOFError
        return body

    def read_line(self):
        line = self.rfile.readline(1026)
        if not line.endswith(b"\n"):
            raise EOFError if len(line) < 1026 else Refusal(400, "A chunk's line is too long", close=True)
        return line.strip()

    def read_chunked(self):
        """RFC 9112, section 7.1."""
        if self.headers["Transfer-Encoding"].strip().lower() != "chunked" or "Content-Length" in self.headers:
            raise Refusal(400, "Transfer-Encoding must be chunked, and stand without Content-Length", close=True)
        body = bytearray()
        while True:
            size = self.read_line().partition(b";")[0].strip()
            if not size or len(size) > 8 or size.strip(b"0123456789abcdefABCDEF"):
                raise Refusal(400, "A chunk's size is no hexadecimal number", close=True)
            if len(body) + int(size, 16) > BODY_MOST:
                raise too_large()
            if int(size, 16) == 0:
                break
            body += self.read_exactly(int(size, 16))
            if self.read_line():
                raise Refusal(400, "A chunk is longer than its size says", close=True)
        trailers = 0
        while self.read_line():
            trailers += 1
            if trailers > 100:
                raise Refusal(400, "Too many trailers", close=True)
        return bytes(body)

    # ---- who asks ----

    def demand_method(self, method, *allowed):
        demand_method(method, self.path, *allowed)

    def answer_admin(self, method, name, body):
        self.demand_admin()
        self.send_bytes(200, "application/json", self.server.admin(method, name, body, self))

    def demand_admin(self):
        given = self.headers.get("X-Stub-Admin", "")
        if not self.server.token:
            raise Refusal(403, f"This server was started without {TOKEN_VARIABLE}, so it has no admin")
        if not hmac.compare_digest(given.encode(errors="replace"), self.server.token.encode()):
            raise Refusal(403, "X-Stub-Admin does not hold the admin token")

    def gone(self):
        """Whether the client has closed the connection."""
        if not select.select([self.connection], [], [], 0)[0]:
            return False
        try:
            return not self.connection.recv(1, socket.MSG_PEEK)
        except OSError:
            return True

    def hang(self):
        """Answers nothing until the client has had enough."""
        while not self.gone() and not self.server.pause(0.2):
            pass
        raise Dropped

    # ---- answering ----

    def head(self, status, headers):
        if self.close_connection:
            headers = {**headers, "Connection": "close"}
        lines = [f"HTTP/1.1 {status} {phrase(status)}", *(f"{name}: {value}" for name, value in headers.items())]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def send_bytes(self, status, kind, body, headers=None):
        head = self.head(status, {"Content-Type": kind, "Content-Length": len(body), **(headers or {})})
        self.wfile.write(head if self.command == "HEAD" else head + body)

    def begin_stream(self, kind):
        """What follows comes by send_chunk; a client of HTTP/1.0 knows no chunks, and gets it until the end."""
        self.in_chunks = self.request_version != "HTTP/1.0"
        coding = {"Transfer-Encoding": "chunked"} if self.in_chunks else {}
        self.close_connection = self.close_connection or not self.in_chunks
        self.wfile.write(self.head(200, {"Content-Type": kind, "Cache-Control": "no-cache", **coding}))

    def send_chunk(self, data, last=False):
        end = b"0\r\n\r\n" if last else b""
        self.wfile.write(b"%x\r\n%b\r\n%b" % (len(data), data, end) if self.in_chunks else data)

    def send_json(self, status, value, headers=None):
        self.send_bytes(status, "application/json", compact(value).encode(), headers)

    def send_refusal(self, refusal):
        self.close_connection = self.close_connection or refusal.close
        self.send_json(refusal.status, self.error_body(refusal), refusal.headers)
        if refusal.close:
            self.linger()

    def linger(self):
        """Reads on, and forgets, what a client still sends. A socket that is closed with bytes unread is reset, and the answer
        is lost to a client that first sends all it has (RFC 9112, section 9.6)."""
        end_socket(self.connection, socket.SHUT_WR)
        end, left = self.server.clock() + READ_SECONDS, LINGER_MOST
        try:
            self.connection.settimeout(LINGER_SECONDS)
            while left > 0 and self.server.clock() < end and (data := self.connection.recv(1 << 16)):
                left -= len(data)
        except OSError:
            pass  # it has gone, or is silent

    def error_body(self, refusal):
        """The error object of an OpenAI-compatible server."""
        kind = error_kind(refusal.status)
        error = {"message": str(refusal), "type": kind, "param": refusal.param, "code": refusal.code}
        return {"error": error}

    def send_error(self, code, message=None, explain=None):
        """What BaseHTTPRequestHandler says of a request that it cannot read."""
        self.command = getattr(self, "command", None)
        self.send_refusal(Refusal(int(code), message or phrase(code), close=True) if self.read_whole() else too_slow())

    def log_message(self, format, *args):
        pass


def demand_method(method, path, *allowed):
    if method not in allowed:
        allow = ", ".join(allowed)
        raise Refusal(405, f"Not allowed to {method[:40]} on {path[:200]}: use {allow}", headers={"Allow": allow})


def too_slow():
    return Refusal(408, f"The request was not complete within {READ_SECONDS} seconds", close=True)


def too_large():
    return Refusal(413, f"The body of the request is larger than {BODY_MOST} bytes", close=True)


def phrase(status):
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def take_token():
    """The admin token, from the environment, where no other program finds it afterwards."""
    hide_memory()
    return os.environ.pop(TOKEN_VARIABLE, None)


def hide_memory():
    """Keeps /proc/PID/environ and mem from programs of the same user (prctl(2), PR_SET_DUMPABLE)."""
    try:
        import ctypes

        ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)
    except (ImportError, OSError, AttributeError):
        pass  # not Linux


def run(server, controlled=False):
    """Says on stdout which port it is, as one line of JSON, and serves until SIGTERM or SIGINT; with `controlled`, whoever
    holds stdin and stdout is an admin."""

    def stop(*_):
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    print(json.dumps({"port": server.port}), flush=True)
    if controlled:
        # Files of their own: Python locks sys.stdin and sys.stdout at its end, while the thread still waits.
        pipes = open(0, "rb", closefd=False), open(1, "wb", closefd=False)
        threading.Thread(target=server.control, args=pipes, daemon=True).start()
    server.serve_forever()
