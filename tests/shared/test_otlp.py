"""Tests of exercises/shared/otlpsink.py and otlpjson.py: spans on their way from a program to a check."""

import gzip
import json
import os
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

from stub_client import PATIENCE, SHARED, TOKEN, Connection, Gate, ServerTest

import labhttp  # noqa: E402
import otlpjson  # noqa: E402
from otlpsink import SinkServer  # noqa: E402

TRACES = "/v1/traces"
JSON = {"Content-Type": "application/json"}
SPAN = {
    "traceId": "0af7651916cd43dd8448eb211c80319c",
    "spanId": "b7ad6b7169203331",
    "parentSpanId": "00f067aa0ba902b7",
    "name": "chat stub-small",
    "kind": "client",
    "startTimeUnixNano": 1767225600000000001,
    "endTimeUnixNano": 1767225600400000000,
    "attributes": {
        "gen_ai.usage.input_tokens": 2**53 + 1,
        "ok": True,
        "share": 0.5,
        "tags": ["a", 1],
        "more": {"b": None},
    },
    "events": [{"name": "first token", "timeUnixNano": 1767225600200000000, "attributes": {"n": 1}}],
    "links": [{"traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "00f067aa0ba902b7", "attributes": {}}],
    "status": {"code": "error", "message": "late"},
}


def wire(**changes):
    """A request with one smallest span, as OTLP/JSON."""
    span = {
        "traceId": SPAN["traceId"],
        "spanId": SPAN["spanId"],
        "name": "x",
        "startTimeUnixNano": "1",
        "endTimeUnixNano": "2",
        **changes,
    }
    return {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}


class SinkTest(ServerTest):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.out = Path(folder.name) / "spans.jsonl"
        self.serve(SinkServer(0, str(self.out), TOKEN))

    def lines(self):
        return [json.loads(line) for line in self.out.read_text().splitlines()]

    def post(self, body, status=200, headers=JSON):
        answer = self.ask("POST", TRACES, body, headers)
        self.assertEqual(answer.status, status, answer.body)
        return answer.json()

    def refused(self, body, status, text, headers=JSON):
        value = self.post(body, status, headers)
        self.assertEqual(list(value), ["code", "message"])
        self.assertIn(text, value["message"])
        self.assertEqual(self.lines(), [])


class TestSink(SinkTest):
    def test_spans_become_lines(self):
        body = otlpjson.encode([SPAN], {"service.name": "gateway"}, scope="app")
        self.assertEqual(self.post(body), {"partialSuccess": {}})
        self.assertEqual(self.lines(), [{**SPAN, "resource": {"service.name": "gateway"}, "scope": "app"}])
        self.assertEqual(self.admin("spans")["spans"], self.lines())

    def test_several_are_appended_in_order(self):
        for name in ("a", "b"):
            self.post(wire(name=name))
        self.post({"resourceSpans": [*wire(name="c")["resourceSpans"], *wire(name="d")["resourceSpans"]]})
        self.assertEqual([line["name"] for line in self.lines()], ["a", "b", "c", "d"])

    def test_what_may_be_absent(self):
        self.post(wire())
        line = self.lines()[0]
        self.assertEqual(
            (line["parentSpanId"], line["kind"], line["status"]), ("", "unspecified", {"code": "unset", "message": ""})
        )
        self.assertEqual((line["attributes"], line["events"], line["links"], line["resource"]), ({}, [], [], {}))
        self.post({})
        self.post(wire(parentSpanId="", unknownField=[1]))
        self.assertEqual(len(self.lines()), 2)

    def test_integers_as_texts_or_numbers(self):
        for number in (7, "7"):
            attributes = [{"key": "n", "value": {"intValue": number}}]
            self.post(wire(startTimeUnixNano=number, kind=3, attributes=attributes))
        for line in self.lines():
            self.assertEqual((line["startTimeUnixNano"], line["kind"], line["attributes"]), (7, "client", {"n": 7}))

    def test_ids_are_hexadecimal(self):
        self.post(wire(traceId=SPAN["traceId"].upper()))
        self.assertEqual(self.lines()[0]["traceId"], SPAN["traceId"])
        self.admin("reset", {})
        for trace in ("CvdlGRbNQ92ESOshHIAxnA==", SPAN["traceId"][:-1], "0" * 32, "g" * 32, "", None, 7):
            self.refused(wire(traceId=trace), 400, "resourceSpans[0].scopeSpans[0].spans[0].traceId: expected 32 hex")
        self.refused(wire(spanId="00f067aa0ba902b"), 400, ".spanId: expected 16 hex")
        self.refused(wire(parentSpanId="x"), 400, ".parentSpanId: expected 16 hex")

    def test_every_kind_of_value(self):
        values = [
            {"stringValue": "s"},
            {"boolValue": False},
            {"intValue": "-5"},
            {"doubleValue": 0.5},
            {"doubleValue": "NaN"},
            {"bytesValue": "AQI="},
            {"arrayValue": {"values": [{"intValue": 1}, {}]}},
            {"kvlistValue": {"values": [{"key": "k", "value": {"stringValue": "v"}}]}},
            {},
        ]
        attributes = [{"key": str(number), "value": value} for number, value in enumerate(values)]
        self.post(wire(attributes=attributes))
        found = list(self.lines()[0]["attributes"].values())
        self.assertEqual(found, ["s", False, -5, 0.5, "NaN", "AQI=", [1, None], {"k": "v"}, None])

    def test_a_fault_refuses_the_whole_request(self):
        deep = {"stringValue": "x"}
        for _ in range(20):
            deep = {"arrayValue": {"values": [deep]}}
        for changes, place in (
            ({"name": 1}, ".name"),
            ({"kind": 9}, ".kind"),
            ({"kind": True}, ".kind"),
            ({"startTimeUnixNano": None}, ".startTimeUnixNano"),
            ({"endTimeUnixNano": -1}, ".endTimeUnixNano"),
            ({"endTimeUnixNano": "1.5"}, ".endTimeUnixNano"),
            ({"endTimeUnixNano": 2**64}, ".endTimeUnixNano"),
            ({"status": {"code": 3}}, ".status.code"),
            ({"status": []}, ".status"),
            ({"events": {}}, ".events"),
            ({"events": [{"name": "x"}]}, ".events[0].timeUnixNano"),
            ({"links": [{}]}, ".links[0].traceId"),
            ({"attributes": [{"key": "a"}, {"key": "a"}]}, ".attributes[1].key"),
            ({"attributes": [{"key": "a", "value": {"intValue": "x"}}]}, ".value.intValue"),
            ({"attributes": [{"key": "a", "value": {"intValue": 1, "boolValue": True}}]}, ".value"),
            ({"attributes": [{"key": "a", "value": {"boolValue": 1}}]}, ".boolValue"),
            ({"attributes": [{"key": "a", "value": {"bytesValue": "?"}}]}, ".bytesValue"),
            ({"attributes": [{"key": "a", "value": deep}]}, "levels"),
        ):
            with self.subTest(changes=changes):
                body = wire(**changes)
                body["resourceSpans"] = wire()["resourceSpans"] + body["resourceSpans"]
                self.refused(body, 400, place)

    def test_bodies_that_are_no_requests(self):
        for body in (
            b"",
            b"[]",
            b"{",
            b'{"a": NaN}',
            b'{"resourceSpans": 3}',
            b'{"resourceSpans": [3]}',
            b"[" * 90_000,
        ):
            self.refused(body, 400, "")
        self.refused(b'{"x": 1e999}', 400, "")

    def test_protobuf_is_refused_with_a_sentence(self):
        for kind in ("application/x-protobuf", "application/protobuf; v=1"):
            self.refused(b"\x0a\x00", 415, "protobuf: set the exporter's protocol to http/json", {"Content-Type": kind})
        self.refused(wire(), 415, "must be application/json, not text/plain", {"Content-Type": "text/plain"})
        self.refused(wire(), 415, "absent", {})
        self.post(wire(), headers={"Content-Type": "application/json; charset=utf-8"})

    def test_gzip(self):
        packed = {**JSON, "Content-Encoding": "gzip"}
        self.refused(b"no gzip", 400, "gzip", packed)
        self.refused(gzip.compress(json.dumps(wire()).encode())[:-12], 400, "cut off", packed)
        self.refused(gzip.compress(b" " * (labhttp.BODY_MOST + 1)), 413, "unpacks", packed)
        self.refused(wire(), 415, "not br", {**JSON, "Content-Encoding": "br"})
        self.post(gzip.compress(json.dumps(wire()).encode()), headers=packed)
        self.assertEqual(len(self.lines()), 1)

    def test_other_addresses_and_methods(self):
        self.assertEqual(self.ask("POST", "/v1/metrics", {}, JSON).status, 404)
        self.assertEqual(self.ask("GET", TRACES).status, 405)


class TestSinkAdmin(SinkTest):
    def test_only_with_the_token(self):
        for name in ("spans", "reset", "down"):
            for headers in ({}, {"X-Stub-Admin": "no"}):
                self.assertEqual(self.ask("POST", f"/__admin/{name}", {}, headers).status, 403)
        self.assertEqual(self.ask("GET", "/__admin/up", None, {"X-Stub-Admin": TOKEN}).status, 404)

    def test_reset(self):
        self.post(wire())
        self.admin("down", {"status": 503})
        self.admin("reset", {})
        self.assertEqual((self.admin("spans"), self.lines()), ({"spans": []}, []))
        self.post(wire())
        self.assertEqual(len(self.lines()), 1)

    def test_down_with_a_status(self):
        self.admin("down", {"status": 503})
        self.refused(wire(), 503, "down")
        self.admin("down", {})
        self.post(wire())

    def test_down_with_a_hang(self):
        gate = self.server.pause = Gate()
        self.admin("down", {"hang": True})
        connection = Connection(self.server.port)
        connection.send("POST", TRACES, wire(), JSON)
        gate.wait_for(1)
        connection.socket.settimeout(0)
        self.assertRaises(BlockingIOError, connection.socket.recv, 1)
        connection.close()
        gate.let(1000)
        self.assertEqual(self.lines(), [])

    def test_down_with_a_closed_port(self):
        gate = self.server.pause = Gate()
        self.admin("down", {"closed": 3})
        self.assertRaises(ConnectionRefusedError, Connection, self.server.port)
        gate.wait_for(1)
        gate.let(1)
        self.assertEqual(gate.asked, [3])

    def test_wrong_downs_are_refused(self):
        for down in (
            1,
            {"status": 200},
            {"status": True},
            {"hang": False},
            {"hang": 1},
            {"closed": -1},
            {"x": 1},
            {"status": 503, "hang": True},
        ):
            answer = self.ask("POST", "/__admin/down", down, {"X-Stub-Admin": TOKEN})
            self.assertEqual(answer.status, 400, down)


class TestSinkProgram(unittest.TestCase):
    def start(self, *arguments):
        command = [sys.executable, SHARED / "otlpsink.py", "--port", "0", *arguments]
        environment = {**os.environ, "STUB_ADMIN_TOKEN": TOKEN}
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def test_it_says_its_port_and_is_quiet(self):
        with tempfile.TemporaryDirectory() as folder, self.start("--out", Path(folder) / "spans") as program:
            try:
                connection = Connection(json.loads(program.stdout.readline())["port"])
                statuses = [connection.ask("POST", TRACES, body, JSON).status for body in (wire(), b"{", wire())]
                connection.close()
            finally:
                program.terminate()
            rest = program.communicate(timeout=PATIENCE)
            self.assertEqual((statuses, program.returncode, rest), ([200, 400, 200], 0, ("", "")))
            self.assertEqual(len((Path(folder) / "spans").read_text().splitlines()), 2)

    def test_wrong_use(self):
        with self.start("--out", "no/such/file") as program:
            errors = program.communicate(timeout=PATIENCE)[1]
        self.assertEqual(program.returncode, 2)
        self.assertRegex(errors, r"^otlpsink.py: .*no/such/file.*\n$")


class TestEncoding(unittest.TestCase):
    def test_the_names_and_numbers_of_otlp(self):
        span = otlpjson.encode_span(SPAN)
        self.assertEqual((span["kind"], span["status"]), (3, {"code": 2, "message": "late"}))
        self.assertEqual(span["startTimeUnixNano"], "1767225600000000001")
        self.assertEqual(
            span["attributes"][0], {"key": "gen_ai.usage.input_tokens", "value": {"intValue": str(2**53 + 1)}}
        )
        self.assertEqual(span["attributes"][1]["value"], {"boolValue": True})
        self.assertEqual(otlpjson.encode_value(float("inf")), {"doubleValue": "Infinity"})

    def test_ids(self):
        self.assertRegex(otlpjson.new_trace_id(), r"^[0-9a-f]{32}$")
        self.assertRegex(otlpjson.new_span_id(), r"^[0-9a-f]{16}$")
        self.assertNotEqual(otlpjson.new_span_id(), otlpjson.new_span_id())

    def test_what_is_no_span(self):
        endless = []
        endless.append(endless)
        for change in (
            {"traceId": "x"},
            {"traceId": "0" * 32},
            {"spanId": SPAN["traceId"]},
            {"parentSpanId": "x"},
            {"name": 1},
            {"kind": "http"},
            {"startTimeUnixNano": 1.5},
            {"endTimeUnixNano": -1},
            {"attributes": {"a": object()}},
            {"attributes": {"a": 2**63}},
            {"attributes": {"a": endless}},
            {"attributes": None},
            {"events": [1]},
            {"events": [{"name": "x"}]},
            {"links": [{}]},
            {"status": "ok"},
            {"status": {"code": "bad"}},
            {"color": "red"},
            {"events": None},
            {"events": 5},
            {"events": {}},
            {"links": None},
            {"links": "x"},
            {"attributes": {"": 1}},
            {"attributes": {1: "a", "1": "b"}},
            {"attributes": {"a": {"": 1}}},
            {"attributes": {"a": "\ud800"}},
            {"attributes": {"a": ["\udfff"]}},
            {"attributes": {"\ud800": 1}},
            {"name": "\ud800"},
            {"status": {"message": "\ud800"}},
            {"events": [{"name": "\ud800", "timeUnixNano": 1}]},
        ):
            with self.subTest(change=change), self.assertRaises(otlpjson.SpanError):
                otlpjson.encode([{**SPAN, **change}])
        with self.assertRaisesRegex(otlpjson.SpanError, "without traceId, spanId"):
            otlpjson.encode([{"name": "x", "startTimeUnixNano": 1, "endTimeUnixNano": 2}])


class Collector:
    """Takes the place of otlpjson.post: holds every post until it is let through, or lets it fail."""

    def __init__(self, fails=False):
        self.fails, self.posts = fails, []
        self.arrived, self.open = threading.Semaphore(0), threading.Event()

    def __call__(self, url, body, timeout):
        self.arrived.release()
        assert self.open.wait(PATIENCE)
        if self.fails:
            raise OSError("nobody there")
        spans = json.loads(body)["resourceSpans"][0]["scopeSpans"][0]["spans"]
        self.posts.append((url, [span["name"] for span in spans]))


class TestExporter(SinkTest):
    def exporter(self, **options):
        exporter = otlpjson.Exporter(**{"endpoint": f"http://127.0.0.1:{self.server.port}/", **options})
        self.addCleanup(exporter.close)
        return exporter

    def test_it_posts_from_a_thread_of_its_own(self):
        exporter = self.exporter(resource={"service.name": "desk"})
        exporter.export(SPAN)
        self.assertTrue(exporter.flush(PATIENCE))
        self.assertEqual(self.lines(), [{**SPAN, "resource": {"service.name": "desk"}, "scope": "otlpjson"}])
        self.assertEqual((exporter.sent, exporter.dropped), (1, 0))

    def test_export_does_not_wait_and_batches_what_came_meanwhile(self):
        collector = Collector()
        exporter = self.exporter(send=collector)
        exporter.export({**SPAN, "name": "0"})
        self.assertTrue(collector.arrived.acquire(timeout=PATIENCE))
        for number in range(1, 4):
            exporter.export({**SPAN, "name": str(number)})
        self.assertFalse(exporter.flush(0))
        collector.open.set()
        self.assertTrue(exporter.flush(PATIENCE))
        self.assertEqual([names for _, names in collector.posts], [["0"], ["1", "2", "3"]])

    def test_a_full_queue_drops(self):
        collector = Collector()
        exporter = self.exporter(send=collector, queue_most=2)
        exporter.export(SPAN)
        self.assertTrue(collector.arrived.acquire(timeout=PATIENCE))
        for _ in range(5):
            exporter.export(SPAN)
        self.assertEqual(exporter.dropped, 3)
        collector.open.set()
        self.assertTrue(exporter.flush(PATIENCE))
        self.assertEqual((exporter.sent, exporter.dropped), (3, 3))

    def test_a_collector_in_trouble_is_not_noticed(self):
        collector = Collector(fails=True)
        collector.open.set()
        exporter = self.exporter(send=collector)
        exporter.export(SPAN)
        self.assertTrue(exporter.flush(PATIENCE))
        self.assertEqual((exporter.sent, exporter.dropped), (0, 1))
        self.admin("down", {"status": 503})
        exporter = self.exporter()
        exporter.export(SPAN)
        self.assertTrue(exporter.flush(PATIENCE))
        self.admin("down", {})
        exporter.export(SPAN)
        self.assertTrue(exporter.flush(PATIENCE))
        self.assertEqual((exporter.sent, exporter.dropped), (1, 1))

    def test_close_sends_what_is_queued(self):
        exporter = self.exporter()
        exporter.export(SPAN)
        exporter.close(PATIENCE)
        self.assertEqual(len(self.lines()), 1)
        exporter.export(SPAN)
        self.assertEqual((exporter.sent, exporter.dropped, exporter.thread.is_alive()), (1, 1, False))

    def test_a_wrong_span_is_an_error_at_once(self):
        with self.assertRaises(otlpjson.SpanError):
            self.exporter().export({**SPAN, "kind": "http"})

    def test_a_wrong_span_takes_no_other_with_it(self):
        exporter = self.exporter()
        for attributes in ({"text": "\ud800"}, {"": 1}, {1: "a", "1": "b"}, {"text": "caf\u00e9", 1: "a", "2": "b"}):
            try:
                exporter.export({**SPAN, "attributes": attributes})
            except otlpjson.SpanError:
                continue
        self.assertTrue(exporter.flush(PATIENCE))
        self.assertEqual([line["attributes"] for line in self.lines()], [{"text": "caf\u00e9", "1": "a", "2": "b"}])
        self.assertEqual((exporter.sent, exporter.dropped), (1, 0))

    def test_a_span_is_what_it_was_when_it_was_exported(self):
        collector = Collector()
        exporter = self.exporter(send=collector)
        exporter.export(SPAN)
        self.assertTrue(collector.arrived.acquire(timeout=PATIENCE))
        span = {**SPAN, "name": "before"}
        exporter.export(span)
        span["name"] = "after"
        collector.open.set()
        self.assertTrue(exporter.flush(PATIENCE))
        self.assertEqual(collector.posts[1][1], ["before"])

    def test_a_program_that_ends_has_sent_its_spans(self):
        program = f"import otlpjson\notlpjson.Exporter().export({SPAN!r})\n"
        endpoint = f"http://127.0.0.1:{self.server.port}"
        environment = {**os.environ, "PYTHONPATH": str(SHARED), "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint}
        environment["http_proxy"] = "http://127.0.0.1:9"
        subprocess.run([sys.executable, "-c", program], env=environment, check=True, timeout=PATIENCE)
        self.assertEqual(len(self.lines()), 1)


if __name__ == "__main__":
    unittest.main()
