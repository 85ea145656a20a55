"""What the gateway answers over HTTP: the standard library's server, a thread for each connection."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from gateway import access
from gateway.metrics import Metrics
from gateway.upstream import Failed, Upstream

BODY_MOST = 4 << 20


class Refused(Exception):
    def __init__(self, status, code, message):
        super().__init__(message)
        self.status, self.code = status, code


def no_number(text):
    raise ValueError(f"{text} is not JSON")


class Gateway(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port, config, base_url, api_key):
        self.config, self.metrics = config, Metrics()
        self.upstream = Upstream(config, base_url, api_key, self.metrics)
        super().__init__(("127.0.0.1", port), Handler)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/healthz":
            self.send(200, "application/json", b'{"status": "ok"}')
        elif self.path == "/metrics":
            self.send(200, "text/plain; version=0.0.4", self.server.metrics.text())
        else:
            self.send(404, "application/json", b"{}")

    def do_POST(self):
        try:
            answer = self.answer()
        except Refused as refused:
            error = {"message": str(refused), "type": "gateway_error", "code": refused.code}
            self.count(refused.status)
            self.close_connection = True
            self.send(refused.status, "application/json", json.dumps({"error": error}).encode())
            return
        self.count(answer.status)
        if answer.body is None:
            self.stream(answer)
        else:
            self.send(answer.status, answer.kind, answer.body, answer.model)

    def answer(self):
        config = self.server.config
        if self.path != "/v1/chat/completions":
            raise Refused(404, "not_found", "There is nothing here.")
        team = access.team_of(config, self.headers.get("Authorization"))
        if team is None:
            raise Refused(401, "invalid_api_key", "This key is not known here, or was revoked.")
        body = self.read_body()
        if not access.may_ask(config, team, body["model"]):
            raise Refused(403, "model_not_allowed", "Your team may not use this model.")
        try:
            return self.server.upstream.ask(body["model"], body)
        except TimeoutError:
            raise Refused(504, "deadline_exceeded", "No model has answered in time.") from None
        except Failed:
            raise Refused(502, "upstream_failed", "No model that you may use answers now.") from None

    def read_body(self):
        length = self.headers.get("Content-Length", "")
        data = self.rfile.read(int(length)) if length.isdecimal() and int(length) <= BODY_MOST else b""
        try:
            body = json.loads(data, parse_constant=no_number)
        except (ValueError, RecursionError):
            body = None
        if not isinstance(body, dict) or not isinstance(body.get("model"), str):
            raise Refused(400, "invalid_request", "The body must be a JSON object with a model.")
        return body

    def count(self, status):
        self.server.metrics.requests.labels(str(status)).inc()

    def send(self, status, kind, body, model=None):
        self.begin(status, kind, model)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def begin(self, status, kind, model):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if model:
            self.send_header("x-served-by", model)

    def stream(self, answer):
        """Until the connection closes, which is the end of the answer, made or broken off."""
        self.close_connection = True
        self.begin(answer.status, answer.kind, answer.model)
        self.send_header("Connection", "close")
        self.end_headers()
        for chunk in answer.chunks():
            self.wfile.write(chunk)

    def log_message(self, format, *args):
        pass
