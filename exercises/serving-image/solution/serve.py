"""Scores parcels over HTTP. See contract.md for what is asked and answered."""

import json
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import latescore
import linelog

PORT = int(os.environ.get("PORT", "8000"))
MODEL = os.environ.get("LATE_MODEL", str(Path(__file__).with_name("model") / "late.json"))

say = linelog.logger(sys.stdout)


def load_model():
    """The model, or None where there is none: the server starts all the same, and says that it is not ready."""
    try:
        return latescore.load(MODEL)
    except (OSError, ValueError) as error:
        print(f"serve: no model: {error}", file=sys.stderr)
        return None


class Handler(BaseHTTPRequestHandler):
    model = None

    def answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
        say("request", path=self.path, status=status)

    def do_GET(self):
        if self.path == "/livez":
            self.answer(200, {"alive": True})
        elif self.path == "/healthz":
            self.answer(200 if self.model else 503, {"ready": self.model is not None})
        else:
            self.answer(404, {"error": "no such page"})

    def do_POST(self):
        if self.path != "/predict":
            return self.answer(404, {"error": "no such page"})
        if not self.model:
            return self.answer(503, {"error": "no model"})
        try:
            parcel = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
            score = latescore.score(self.model, parcel)
        except (ValueError, KeyError, TypeError) as error:
            return self.answer(422, {"error": f"no parcel: {error!r}"})
        return self.answer(200, {"score": score, "late": score >= self.model["threshold"]})

    def log_message(self, *words):
        pass


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    Handler.model = load_model()
    ThreadingHTTPServer(("", PORT), Handler).serve_forever()


if __name__ == "__main__":
    main()
