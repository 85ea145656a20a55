"""Tests of exercises/shared/labhttp.py through stubllm.py: what clients may send, and that none can crash it."""

import copy
import http.client
import json
import socket
import threading
import unittest
from random import Random
from unittest import mock

from stub_client import PATIENCE, TOKEN, ServerTest

import labhttp  # noqa: E402
from stubllm import StubServer, deltas_of, key_of, within  # noqa: E402
from stubllm_ask import Facts  # noqa: E402
from stubllm_models import MODELS, reply  # noqa: E402
from stubllm_request import prompt_text, read_chat, read_most  # noqa: E402

CHAT = "/v1/chat/completions"
GOOD = {"model": "stub-small", "messages": [{"role": "user", "content": "Hello?"}]}


class HostileTest(ServerTest):
    def setUp(self):
        self.serve(StubServer(0, Facts(), token=TOKEN))

    def tearDown(self):
        self.assertEqual(self.ask("POST", CHAT, GOOD).status, 200, "the server is not well")

    def raw(self, data, half_close=False):
        connection = self.connect()
        connection.socket.sendall(data)
        if half_close:
            connection.socket.shutdown(socket.SHUT_WR)
        return connection

    def error(self, answer, status, param=None):
        """The answer is an OpenAI-shaped error."""
        self.assertEqual(answer.status, status, answer.body)
        error = answer.json()["error"]
        self.assertEqual(list(error), ["message", "type", "param", "code"])
        self.assertTrue(error["message"])
        self.assertEqual(error["type"], "server_error" if status >= 500 else "invalid_request_error")
        if param:
            self.assertEqual(error["param"], param)
        return error


class TestRequests(HostileTest):
    def test_keep_alive(self):
        connection = self.connect()
        for request in (GOOD, {**GOOD, "stream": True}, b"{broken", GOOD):
            answer = connection.ask("POST", CHAT, request)
            self.assertEqual(answer.status, 400 if request == b"{broken" else 200)

    def test_pipelined_requests_are_answered_in_order(self):
        connection = self.connect()
        for model in ("stub-small", "stub-large", "stub-parrot"):
            connection.send("POST", CHAT, {**GOOD, "model": model})
        answered = [connection.answer().json()["model"] for _ in range(3)]
        self.assertEqual(answered, ["stub-small", "stub-large", "stub-parrot"])

    def test_bad_json(self):
        for body in (b"", b"{", b"\xff\xfe", b'{"a": NaN}', b"[" * 100_000, b'{"model": "\\ud800"}', b"9" * 5000):
            self.error(self.ask("POST", CHAT, body), 400)

    def test_numbers_that_json_has_not(self):
        good = json.dumps(GOOD)[:-1].encode()
        self.assertEqual(self.ask("POST", CHAT, good + b', "x": 1e99}').status, 200)
        for value in (b"NaN", b"Infinity", b"-Infinity", b"1e999", b'"\\udfff"'):
            self.error(self.ask("POST", CHAT, good + b', "x": ' + value + b"}"), 400)

    def test_invalid_parameters(self):
        message = GOOD["messages"][0]
        for param, change in (
            ("body", None),
            ("model", {"model": 1}),
            ("model", {"model": ""}),
            ("messages", {"messages": []}),
            ("messages", {"messages": "hello"}),
            ("messages", {"messages": [message] * 2001}),
            ("messages[0]", {"messages": ["hello"]}),
            ("messages[0].role", {"messages": [{"role": "robot", "content": "x"}]}),
            ("messages[0].role", {"messages": [{"role": ["user"], "content": "x"}]}),
            ("messages[0].content", {"messages": [{"role": "user"}]}),
            ("messages[0].content", {"messages": [{"role": "user", "content": 7}]}),
            ("messages[0].content", {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}),
            ("messages[0].tool_call_id", {"messages": [{"role": "tool", "content": "x"}]}),
            ("messages[0].tool_calls", {"messages": [{"role": "user", "content": "x", "tool_calls": [1]}]}),
            ("messages[0].tool_calls[0]", {"messages": [{"role": "assistant", "tool_calls": [1]}]}),
            ("n", {"n": 2}),
            ("stream", {"stream": "yes"}),
            ("seed", {"seed": 1.5}),
            ("seed", {"seed": True}),
            ("temperature", {"temperature": "hot"}),
            ("temperature", {"temperature": 3}),
            ("max_tokens", {"max_tokens": 0}),
            ("max_completion_tokens", {"max_completion_tokens": True}),
            ("tools", {"tools": {}}),
            ("tools[0]", {"tools": [{"type": "function"}]}),
            ("tools[0]", {"tools": [{"type": "function", "function": {"name": "no spaces"}}]}),
            (
                "tools[0].function.parameters",
                {"tools": [{"type": "function", "function": {"name": "a", "parameters": 1}}]},
            ),
            ("tool_choice", {"tool_choice": "always"}),
            ("tool_choice", {"tool_choice": {"type": "function", "function": {"name": "absent"}}}),
            ("response_format", {"response_format": {"type": "xml"}}),
            ("response_format.json_schema.schema", {"response_format": {"type": "json_schema"}}),
        ):
            with self.subTest(param=param, change=change):
                self.error(self.ask("POST", CHAT, b"[]" if change is None else {**GOOD, **change}), 400, param)

    def test_odd_schemas_do_not_break_it(self):
        deep = {}
        for _ in range(200):
            deep = {"properties": {"a": deep}}
        for schema in (
            deep,
            {"type": 7},
            {"type": []},
            {"properties": 1},
            {"enum": []},
            {"type": "array", "items": 3},
            {"const": None},
        ):
            wanted = {"type": "json_schema", "json_schema": {"schema": schema}}
            tool = {"type": "function", "function": {"name": "a", "parameters": schema}}
            for change in ({"response_format": wanted}, {"tools": [tool], "tool_choice": "required"}):
                self.assertEqual(self.ask("POST", CHAT, {**GOOD, **change}).status, 200, schema)

    def test_unknown_model(self):
        for model in ("gpt-9", "stub-small-x", "stub-flaky-", "stub-flaky-100", "*"):
            error = self.error(self.ask("POST", CHAT, {**GOOD, "model": model}), 404, "model")
            self.assertEqual(error["code"], "model_not_found")

    def test_unknown_address(self):
        for path in ("/", "/v1", "/v1/models/", "/v1/completions", "/../etc/passwd", "/%00", "/" + "a" * 5000):
            self.error(self.ask("POST", path, GOOD), 404)

    def test_wrong_method(self):
        for method, path, allowed in (("GET", CHAT, "POST"), ("BREW", CHAT, "POST"), ("POST", "/v1/models", "GET")):
            answer = self.ask(method, path)
            self.error(answer, 405)
            self.assertEqual(answer.headers["allow"], allowed)
        self.assertEqual(self.ask("HEAD", "/v1/models").status, 405)

    def test_a_query_does_not_count(self):
        self.assertEqual(self.ask("POST", CHAT + "?api-version=1", GOOD).status, 200)

    def test_a_fault_of_ours_is_a_500(self):
        with mock.patch("stubllm.reply", side_effect=KeyError("bug")), mock.patch("traceback.print_exc") as printed:
            self.error(self.ask("POST", CHAT, GOOD), 500)
        printed.assert_called_once()


class TestFuzz(unittest.TestCase):
    """Requests with parts exchanged: each is either answered or refused."""

    ODD = (
        None,
        True,
        0,
        -1,
        1.5,
        10**30,
        "",
        "x",
        "\x00",
        "tool",
        [],
        [[]],
        {},
        {"a": {}},
        [None],
        ["x"],
        {"type": "text"},
    )
    CALL = {"id": "1", "type": "function", "function": {"name": "look", "arguments": '{"a": 1}'}}
    WHOLE = {
        "model": "stub-small",
        "messages": [
            {"role": "system", "content": "Answer in JSON only from the context. nonce 12345678a"},
            {
                "role": "user",
                "content": [{"type": "text", "text": '[1] Say "x". Call look {}\nAnswer A: b\nAnswer B: c'}],
            },
            {"role": "assistant", "content": None, "tool_calls": [CALL]},
            {"role": "tool", "tool_call_id": "1", "content": "done"},
        ],
        "tools": [
            {"type": "function", "function": {"name": "look", "parameters": {"properties": {"a": {"type": "array"}}}}}
        ],
        "tool_choice": {"type": "function", "function": {"name": "look"}},
        "response_format": {"type": "json_schema", "json_schema": {"schema": {"properties": {"b": {"enum": ["x"]}}}}},
        "seed": 1,
        "max_tokens": 5,
        "temperature": 1,
    }

    def exchange(self, value, random):
        """The value with one of its parts, however deep, taken away or made odd."""
        if isinstance(value, (dict, list)) and value and random.random() < 0.85:
            keys = list(value) if isinstance(value, dict) else range(len(value))
            key = keys[int(random.random() * len(keys))]
            if random.random() < 0.15:
                del value[key]
            else:
                value[key] = self.exchange(value[key], random)
            return value
        return copy.deepcopy(self.ODD[int(random.random() * len(self.ODD))])

    def test_answered_or_refused(self):
        random = Random(5)
        answered = 0
        for number in range(4000):
            request = copy.deepcopy(self.WHOLE)
            request["model"] = MODELS[number % len(MODELS)].replace("hang", "small")
            request = self.exchange(request, random)
            try:
                ask = read_chat(request)
                ask.script = [{"content": "x"}]
                answer = within(reply(ask), read_most(request) or 99, key_of(request, ask.seed))
                labhttp.compact([answer, prompt_text(request), deltas_of(answer)])
                answered += 1
            except labhttp.Refusal as refusal:
                self.assertIn(refusal.status, (400, 404))
        self.assertTrue(500 < answered < 3500, answered)


class TestBodies(HostileTest):
    def test_too_large(self):
        for length in (labhttp.BODY_MOST + 1, 10**20):
            connection = self.raw(f"POST {CHAT} HTTP/1.1\r\nContent-Length: {length}\r\n\r\n".encode())
            answer = connection.answer()
            self.error(answer, 413)
            self.assertEqual(answer.headers["connection"], "close")
            self.assertRaises(EOFError, connection.head)

    def test_a_client_that_sends_a_large_body_whole_reads_why_it_is_refused(self):
        for headers in ({}, {"Transfer-Encoding": "chunked"}, {"Content-Length": "+1"}):
            client = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=PATIENCE)
            self.addCleanup(client.close)
            body = b" " * (2 * labhttp.BODY_MOST)
            client.request("POST", CHAT, [body] if "Transfer-Encoding" in headers else body, headers, encode_chunked=True)
            answer = client.getresponse()
            self.assertEqual(answer.status, 400 if "Content-Length" in headers else 413)
            self.assertEqual(answer.getheader("Connection"), "close")
            self.assertIn("error", json.loads(answer.read()))

    def test_reading_on_after_a_refusal_has_an_end(self):
        head = f"POST {CHAT} HTTP/1.1\r\nContent-Length: {10**12 - 1}\r\n\r\n".encode()
        with mock.patch("labhttp.LINGER_MOST", 1 << 16):
            endless = self.raw(head)
            with self.assertRaises(ConnectionError):
                for _ in range(1000):
                    endless.socket.sendall(b" " * (1 << 16))
        with mock.patch("labhttp.LINGER_SECONDS", 0.01):
            silent = self.raw(head)
            self.error(silent.answer(), 413)
            self.until(lambda: not self.server.connections)

    def test_bad_lengths(self):
        for field in (
            b"Content-Length: -1",
            b"Content-Length: +5",
            b"Content-Length: 1\r\nContent-Length: 2",
            b"Content-Length: 5\r\nTransfer-Encoding: chunked",
            b"Transfer-Encoding: gzip",
        ):
            self.error(self.raw(b"POST " + CHAT.encode() + b" HTTP/1.1\r\n" + field + b"\r\n\r\n").answer(), 400)

    def chunked(self, *pieces):
        head = f"POST {CHAT} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        return self.raw(head + b"".join(pieces))

    def test_chunked(self):
        body = b'{"model":"stub-small","messages":[{"role":"user","content":"Hello?"}]}'
        pieces = [b"%x;note=1\r\n%b\r\n" % (len(part), part) for part in (body[:10], body[10:])]
        connection = self.chunked(*pieces, b"0\r\nTrailer: 1\r\n\r\n")
        self.assertEqual(connection.answer().status, 200)
        self.assertEqual(connection.ask("POST", CHAT, GOOD).status, 200)

    def test_a_client_may_wait_for_leave_to_send(self):
        connection = self.raw(f"POST {CHAT} HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n".encode())
        self.assertEqual(connection.head(), (100, {}))
        connection.socket.sendall(b"{")
        self.error(connection.answer(), 400)

    def test_http_1_0(self):
        body = json.dumps({**GOOD, "stream": True}).encode()
        head = f"POST {CHAT} HTTP/1.0\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        connection = self.raw(head + body)
        status, headers = connection.head()
        self.assertEqual((status, headers["connection"]), (200, "close"))
        self.assertNotIn("transfer-encoding", headers)
        lines = connection.file.read().split(b"\n\n")
        self.assertTrue(lines[0].startswith(b"data: {"))
        self.assertEqual(lines[-2:], [b"data: [DONE]", b""])

    def test_bad_chunks(self):
        for pieces in (
            [b"x\r\n"],
            [b"-1\r\n"],
            [b"2\r\nabcdef\r\n"],
            [b"1" * 2000],
            [b"\r\n"],
            [b"0\r\n", b"A: b\r\n" * 200],
        ):
            self.error(self.chunked(*pieces).answer(), 400)
        self.error(self.chunked(b"fffffff\r\n").answer(), 413)

    def test_bad_heads(self):
        for data, status in (
            (b"nonsense\r\n\r\n", 400),
            (b"GET / HTTP/9.9\r\n\r\n", 505),
            (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n", 414),
            (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n", 431),
            (b"GET / HTTP/1.1\r\nA: " + b"b" * 70_000 + b"\r\n\r\n", 431),
        ):
            self.error(self.raw(data).answer(), status)

    def test_cut_off(self):
        head = f"POST {CHAT} HTTP/1.1\r\nContent-Length: 100\r\n\r\n".encode()
        for data in (b"POST", head, head + b'{"model"'):
            self.raw(data, half_close=True).file.read()
        self.assertEqual(self.admin("calls")["calls"], [])


class TestSlowClients(HostileTest):
    def setUp(self):
        super().setUp()
        self.now, self.began = 1000.0, threading.Semaphore(0)
        self.server.clock = self.tell_time

    def tell_time(self):
        self.began.release()
        return self.now

    def test_a_request_that_takes_too_long_is_ended(self):
        head = f"POST {CHAT} HTTP/1.1\r\nContent-Length: 100\r\n\r\n".encode()
        for data in (b"PO", head[:30], head, head + b"{"):
            connection = self.raw(data)
            reads = lambda: list(self.server.reading)  # noqa: E731
            while not reads():  # until the server has its first byte; it tells the time then
                self.assertTrue(self.began.acquire(timeout=PATIENCE))
            self.now += labhttp.READ_SECONDS - 1
            self.server.service_actions()
            self.assertEqual(len(reads()), 1)
            self.now += 2
            self.server.service_actions()
            self.error(connection.answer(), 408)
            self.assertRaises(EOFError, connection.head)

    def test_waiting_between_requests_is_no_offence(self):
        connection = self.connect()
        self.assertEqual(connection.ask("POST", CHAT, GOOD).status, 200)
        self.now += labhttp.READ_SECONDS * 3
        self.server.service_actions()
        self.assertEqual(connection.ask("POST", CHAT, GOOD).status, 200)


class TestMany(HostileTest):
    def test_beyond_the_connections_it_takes(self):
        with mock.patch("labhttp.CONNECTIONS_MOST", 4):
            kept = [self.connect() for _ in range(4)]
            for connection in kept:
                self.assertEqual(connection.ask("POST", CHAT, GOOD).status, 200)
            self.assertEqual(self.connect().answer().status, 503)
            self.assertEqual(kept[0].ask("POST", CHAT, GOOD).status, 200)

    def test_at_once(self):
        answers = []
        threads = [
            threading.Thread(target=lambda: answers.append(self.ask("POST", CHAT, GOOD).body)) for _ in range(50)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
        self.assertEqual((len(answers), len(set(answers))), (50, 1))
        self.assertEqual(len(self.admin("calls")["calls"]), 50)


if __name__ == "__main__":
    unittest.main()
