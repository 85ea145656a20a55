"""The service on the standard library: a thread a connection, and a main thread that waits for SIGTERM."""

import json
import os
import signal
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from late_service.schema import Refused, parcels_of
from tools import latemodel

BYTES_MOST = 1 << 20


def load(path):
    try:
        return latemodel.load(path)
    except ValueError:
        return None


class Server(ThreadingHTTPServer):
    daemon_threads = False  # server_close waits for the threads of requests that have begun
    request_queue_size = 64


class Handler(BaseHTTPRequestHandler):
    model = sha = None
    timeout = 5

    def reply(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        if self.path == "/healthz":
            self.reply(200, {"alive": True})
        elif self.path == "/readyz":
            self.reply(200 if self.model else 503, {"ready": bool(self.model)})
        else:
            self.reply(404, {"error": "there is nothing here"})

    def do_POST(self):
        if self.path != "/predict":
            return self.reply(404, {"error": "there is nothing here"})
        length = int(self.headers.get("Content-Length", 0))
        if length > BYTES_MOST:
            return self.reply(413, {"error": "too long"})
        body = self.rfile.read(length)
        if not self.model:
            return self.reply(503, {"error": "there is no model"})
        try:
            rows = parcels_of(body, self.headers.get("Content-Type", ""))
        except Refused as refused:
            return self.reply(refused.status, {"error": str(refused), "field": refused.field})
        scores = latemodel.scores(self.model, rows)
        late = [score >= self.model["threshold"] for score in scores]
        self.reply(200, {"model_sha": self.sha, "scores": scores, "late": late})

    def log_message(self, *_words):
        pass


def run():
    Handler.model = load(os.environ["MODEL_PATH"])
    Handler.sha = Handler.model and latemodel.model_sha(Handler.model)
    server = Server(("127.0.0.1", int(os.environ["PORT"])), Handler)
    # Blocked before there is a thread, and so in all of them: a handler in Python is lost on a main thread that is just about to wait.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}).start()
    signal.sigwait({signal.SIGTERM})
    server.shutdown()
    server.server_close()
