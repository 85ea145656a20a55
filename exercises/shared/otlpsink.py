#!/usr/bin/env python3
"""An OTLP/HTTP collector that keeps spans for a check to read.

    otlpsink.py --port P [--host H] --out SPANS.jsonl

Listens on 127.0.0.1, or H, and prints {"port": P} on stdout; port 0 takes a free one. POST /v1/traces takes OTLP/JSON, also
gzipped, and appends one line for each span to the file: {"traceId", "spanId", "parentSpanId" ("" for a root), "name",
"kind", "startTimeUnixNano", "endTimeUnixNano", "attributes", "events", "links", "status", "resource", "scope"}, with
attributes as objects, times as integers, kind and status code as words. A request with a fault in it is refused whole.

The environment's STUB_ADMIN_TOKEN opens /__admin/{spans,reset,down} to requests with the header X-Stub-Admin.
"""

import argparse
import sys
import threading
import zlib

import labhttp
from labhttp import BODY_MOST, Handler, Refusal, Server, compact, parse_json
from otlpsink_spans import read_request

SPANS_MOST = 200_000  # kept; more are refused
GRPC_CODES = {400: 3, 404: 5, 403: 7, 405: 12, 408: 4, 413: 8, 415: 3, 429: 8, 503: 14}  # google.rpc.Code


class Sink:
    """The spans, in memory and in the file."""

    def __init__(self, path):
        self.lock = threading.Lock()
        self.file = open(path, "a", encoding="utf-8")
        self.reset()

    def add(self, spans):
        with self.lock:
            if len(self.spans) + len(spans) > SPANS_MOST:
                raise Refusal(429, f"This sink keeps at most {SPANS_MOST} spans: reset it")
            self.spans += spans
            self.file.write("".join(compact(span) + "\n" for span in spans))
            self.file.flush()

    def text(self):
        with self.lock:
            return compact({"spans": self.spans}).encode()

    def reset(self):
        with self.lock:
            self.spans, self.down = [], {}
            self.file.truncate(0)


class SinkServer(Server):
    """Not yet serving: labhttp.run or serve_forever does that."""

    def __init__(self, port, path, token=None, host="127.0.0.1"):
        super().__init__(port, SinkHandler, token, host)
        self.sink = Sink(path)

    def server_close(self):
        super().server_close()
        self.sink.file.close()


class SinkHandler(Handler):
    def respond(self, method, path, body):
        if path.startswith(self.admin_prefix):
            self.demand_admin()
            self.admin(method, path[len(self.admin_prefix) :], body)
        elif path == "/v1/traces":
            self.demand_method(method, "POST")
            self.traces(body)
        else:
            raise Refusal(404, f"There is no {path[:200]}: this sink takes traces, by POST to /v1/traces")

    def error_body(self, refusal):
        """A google.rpc.Status, as OTLP demands."""
        return {"code": GRPC_CODES.get(refusal.status, 2), "message": str(refusal)}

    def traces(self, body):
        down = self.server.sink.down
        if down.get("hang"):
            self.hang()
        if "status" in down:
            raise Refusal(down["status"], "The sink is down")
        kind = self.headers.get_content_type() if "Content-Type" in self.headers else ""
        if kind in ("application/x-protobuf", "application/protobuf"):
            text = "This sink reads OTLP/JSON only, not protobuf: set the exporter's protocol to http/json"
            raise Refusal(415, text)
        if kind != "application/json":
            raise Refusal(415, f"Content-Type must be application/json, not {kind[:80] or 'absent'}")
        spans = read_request(parse_json(self.unpacked(body)))
        self.server.sink.add(spans)
        self.send_json(200, {"partialSuccess": {}})

    def unpacked(self, body):
        coding = self.headers.get("Content-Encoding", "identity").strip().lower()
        if coding == "identity":
            return body
        if coding != "gzip":
            raise Refusal(415, f"Content-Encoding must be gzip or absent, not {coding[:80]}")
        try:
            inflate = zlib.decompressobj(31)
            text = inflate.decompress(body, BODY_MOST + 1)
        except zlib.error as error:
            raise Refusal(400, f"The body is not gzip: {error}") from None
        if len(text) > BODY_MOST:
            raise Refusal(413, f"The body unpacks to more than {BODY_MOST} bytes")
        if not inflate.eof:
            raise Refusal(400, "The body is not gzip: it is cut off")
        return text

    # ---- admin ----

    def admin(self, method, name, body):
        sink = self.server.sink
        if name == "spans":
            self.demand_method(method, "GET")
            self.send_bytes(200, "application/json", sink.text())
        elif name == "reset":
            self.demand_method(method, "POST")
            sink.reset()
            self.send_json(200, {})
        elif name == "down":
            self.demand_method(method, "POST")
            self.set_down(parse_json(body))
        else:
            raise Refusal(404, f"There is no admin endpoint {name[:80]}: spans, reset, down")

    def set_down(self, given):
        """{"status": 503}, {"hang": true}, {"closed": seconds}, or {} for a sink that is up again."""
        if not (isinstance(given, dict) and len(given) <= 1 and given.keys() <= DOWN.keys()):
            raise Refusal(400, f"expected an object with one of {', '.join(DOWN)}, or {{}}")
        for key, value in given.items():
            if isinstance(value, bool) is not (key == "hang") or not DOWN[key](value):
                raise Refusal(400, f"{key}: out of range")
        if "closed" in given:
            self.close_connection = True
            self.server.close_port(given["closed"], but=self.connection)
        else:
            self.server.sink.down = given
        self.send_json(200, {})


DOWN = {
    "status": lambda value: isinstance(value, int) and 400 <= value <= 599,
    "hang": lambda value: value is True,
    "closed": lambda value: isinstance(value, (int, float)) and 0 <= value <= 600,
}


def main(argv=None):
    parser = argparse.ArgumentParser(description="An OTLP/HTTP collector that keeps spans as JSON lines.")
    parser.add_argument("--port", type=int, required=True, metavar="P", help="0 takes a free one")
    parser.add_argument("--host", default="127.0.0.1", metavar="H", help="where it listens; 0.0.0.0 in a container")
    parser.add_argument("--out", required=True, metavar="SPANS.jsonl", help="gets a line for each span; begins empty")
    arguments = parser.parse_args(argv)
    token = labhttp.take_token()
    try:
        server = SinkServer(arguments.port, arguments.out, token, arguments.host)
    except (OSError, OverflowError) as error:
        print(f"otlpsink.py: {error}", file=sys.stderr)
        return 2
    labhttp.run(server)
    return 0


if __name__ == "__main__":
    sys.exit(main())
