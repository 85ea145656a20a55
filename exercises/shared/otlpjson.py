"""Spans as OTLP/JSON, and a thread that posts them: tracing without a library.

    from tools.otlpjson import Exporter
    exporter = Exporter(resource={"service.name": "gateway"})
    exporter.export({"traceId": …, "spanId": …, "name": "chat stub-small", "kind": "client",
                     "startTimeUnixNano": begin, "endTimeUnixNano": time.time_ns(),
                     "attributes": {"gen_ai.request.model": "stub-small"}})

A span is a dictionary with the names of OTLP. traceId has 32 and spanId 16 lower-case hexadecimal digits
(new_trace_id() and new_span_id() make some), times are integers in nanoseconds. May be left out: parentSpanId, kind
(internal, server, client, producer, consumer), attributes, events [{name, timeUnixNano, attributes}], links [{traceId,
spanId, attributes}], status {code: unset, ok or error, message}.

export() never waits and never fails because of the collector: spans are posted soon, by another thread; when the
collector is away or the queue is full they are dropped and counted. A span that is no span is a SpanError at once.
"""

import atexit
import json
import math
import os
import re
import secrets
import threading
import urllib.request
from collections import deque
from time import monotonic

KINDS = {"unspecified": 0, "internal": 1, "server": 2, "client": 3, "producer": 4, "consumer": 5}
CODES = {"unset": 0, "ok": 1, "error": 2}
REQUIRED = ("traceId", "spanId", "name", "startTimeUnixNano", "endTimeUnixNano")
OPTIONAL = ("parentSpanId", "kind", "attributes", "events", "links", "status")
BATCH_MOST = 256
DEPTH_MOST = 16  # of an attribute's value


class SpanError(ValueError):
    """A span is not what it should be; the text says what."""


def new_trace_id():
    return secrets.token_hex(16)


def new_span_id():
    return secrets.token_hex(8)


# ---- encoding ----


def encode(spans, resource=None, scope="otlpjson"):
    """The body of POST /v1/traces for these spans, as a dictionary. resource: attributes of who sends them."""
    return wrap([encode_span(span) for span in spans], resource, scope)


def wrap(encoded, resource, scope="otlpjson"):
    scoped = {"scope": {"name": scope}, "spans": encoded}
    resource = {"attributes": encode_attributes(resource or {})}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [scoped]}]}


def encode_span(span):
    if not isinstance(span, dict):
        wrong("span", "a dictionary", span)
    missing = [key for key in REQUIRED if key not in span]
    unknown = [str(key) for key in span if key not in REQUIRED + OPTIONAL]
    if missing or unknown:
        raise SpanError(f"a span without {', '.join(missing)}" if missing else f"a span with {', '.join(unknown)}")
    encoded = {
        "traceId": encode_id(span["traceId"], 32, "traceId"),
        "spanId": encode_id(span["spanId"], 16, "spanId"),
        "name": encode_text(span["name"], "name"),
        "kind": choose(KINDS, span.get("kind", "internal"), "kind"),
        "startTimeUnixNano": encode_time(span["startTimeUnixNano"], "startTimeUnixNano"),
        "endTimeUnixNano": encode_time(span["endTimeUnixNano"], "endTimeUnixNano"),
        "attributes": encode_attributes(span.get("attributes", {})),
        "events": [encode_event(event) for event in listed(span, "events")],
        "links": [encode_link(link) for link in listed(span, "links")],
        "status": encode_status(span.get("status", {})),
    }
    if span.get("parentSpanId"):
        encoded["parentSpanId"] = encode_id(span["parentSpanId"], 16, "parentSpanId")
    return encoded


def wrong(what, expected, found):
    raise SpanError(f"{what}: expected {expected}, found {found!r:.80}")


def encode_text(text, what):
    """Lone surrogates are no text: a collector refuses all that comes with them."""
    if isinstance(text, str) and text == text.encode(errors="replace").decode():
        return text
    wrong(what, "a text that UTF-8 can hold", text)


def listed(span, key):
    found = span.get(key, [])
    return found if isinstance(found, (list, tuple)) else wrong(key, "a list of dictionaries", found)


def encode_id(text, digits, what):
    if isinstance(text, str) and re.fullmatch(f"[0-9a-f]{{{digits}}}", text) and text.strip("0"):
        return text
    wrong(what, f"{digits} hexadecimal digits, not all 0", text)


def encode_time(value, what):
    """64-bit integers are texts in OTLP/JSON."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63:
        return str(value)
    wrong(what, "an integer in nanoseconds, as of time.time_ns()", value)


def choose(table, word, what):
    if isinstance(word, str) and word in table:
        return table[word]
    wrong(what, f"one of {', '.join(table)}", word)


def encode_event(event):
    if not isinstance(event, dict):
        wrong("events", "a list of dictionaries", event)
    attributes = encode_attributes(event.get("attributes", {}))
    time = encode_time(event.get("timeUnixNano"), "an event's timeUnixNano")
    name = encode_text(str(event.get("name", "")), "an event's name")
    return {"name": name, "timeUnixNano": time, "attributes": attributes}


def encode_link(link):
    if not isinstance(link, dict):
        wrong("links", "a list of dictionaries", link)
    return {
        "traceId": encode_id(link.get("traceId"), 32, "a link's traceId"),
        "spanId": encode_id(link.get("spanId"), 16, "a link's spanId"),
        "attributes": encode_attributes(link.get("attributes", {})),
    }


def encode_status(status):
    if not isinstance(status, dict):
        wrong("status", "a dictionary with code and message", status)
    message = encode_text(str(status.get("message", "")), "a status's message")
    return {"code": choose(CODES, status.get("code", "unset"), "status"), "message": message}


def encode_attributes(attributes, depth=0):
    if not isinstance(attributes, dict):
        wrong("attributes", "a dictionary", attributes)
    keys = [encode_text(str(key), "an attribute's name") for key in attributes]
    if "" in keys or len(set(keys)) < len(keys):
        wrong("attributes", "names that are not empty and differ as texts", keys)
    return [{"key": key, "value": encode_value(value, depth)} for key, value in zip(keys, attributes.values())]


def encode_value(value, depth=0):
    """None, truth values, numbers, texts, and lists and dictionaries of them."""
    if depth >= DEPTH_MOST:
        raise SpanError(f"attribute: more than {DEPTH_MOST} levels")
    if value is None:
        return {}
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)} if -(2**63) <= value < 2**63 else wrong("attribute", "a 64-bit integer", value)
    if isinstance(value, float):
        return {"doubleValue": value if math.isfinite(value) else float_name(value)}
    if isinstance(value, str):
        return {"stringValue": encode_text(value, "attribute")}
    if isinstance(value, (list, tuple)):
        return {"arrayValue": {"values": [encode_value(item, depth + 1) for item in value]}}
    if isinstance(value, dict):
        return {"kvlistValue": {"values": encode_attributes(value, depth + 1)}}
    wrong("attribute", "a text, a number, true or false, or a list or dictionary of them", value)


def float_name(value):
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


# ---- posting ----


def post(url, body, timeout):
    """Posts JSON bytes; raises OSError when that fails. No proxy is asked, whatever the environment says."""
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=timeout) as answer:
        answer.read()


class Exporter:
    """Posts spans to ENDPOINT/v1/traces. endpoint: OTEL_EXPORTER_OTLP_ENDPOINT, else http://127.0.0.1:4318.

    `sent` and `dropped` count spans. timeout: seconds for one post.
    """

    def __init__(self, endpoint=None, resource=None, queue_most=4096, timeout=2.0, send=post):
        endpoint = endpoint or os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT") or "http://127.0.0.1:4318"
        self.url = endpoint.rstrip("/") + "/v1/traces"
        self.resource, self.queue_most, self.timeout, self.send = resource, queue_most, timeout, send
        encode_attributes(resource or {})
        self.sent = self.dropped = self.posting = 0
        self.queue, self.change, self.closed = deque(), threading.Condition(), False
        self.thread = threading.Thread(target=self.work, name="otlpjson", daemon=True)
        self.thread.start()
        atexit.register(self.close)

    def export(self, span):
        """Queues a span. SpanError when it is none."""
        encoded = encode_span(span)
        with self.change:
            if self.closed or len(self.queue) >= self.queue_most:
                self.dropped += 1
            else:
                self.queue.append(encoded)
                self.change.notify_all()

    def flush(self, seconds=2.0):
        """Waits until all that was queued is sent or dropped, but not longer; says whether it is."""
        with self.change:
            return self.change.wait_for(lambda: not self.queue and not self.posting, seconds)

    def close(self, seconds=2.0):
        """Sends what is queued, within so many seconds, and ends the thread."""
        atexit.unregister(self.close)
        end = monotonic() + seconds
        self.flush(seconds)
        with self.change:
            self.closed = True
            self.dropped += len(self.queue)
            self.queue.clear()
            self.change.notify_all()
        self.thread.join(max(0.0, end - monotonic()))

    def take(self):
        """The next batch, or [] when it is over."""
        with self.change:
            self.change.wait_for(lambda: self.queue or self.closed)
            batch = [self.queue.popleft() for _ in range(min(len(self.queue), BATCH_MOST))]
            self.posting = len(batch)
            return batch

    def work(self):
        while batch := self.take():
            try:
                self.send(self.url, json.dumps(wrap(batch, self.resource)).encode(), self.timeout)
                arrived = True
            except Exception:  # whatever the collector's trouble is, it is not the program's
                arrived = False
            with self.change:
                self.sent += len(batch) if arrived else 0
                self.dropped += 0 if arrived else len(batch)
                self.posting = 0
                self.change.notify_all()
