"""Tests of exercises/shared/stubllm.py: the server's surface, tokens, faults, the call log, determinism."""

import base64
import json
import math
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from stub_client import SHARED, TOKEN, Connection, Gate, ServerTest

import stubllm_models  # noqa: E402
import stubllm_request  # noqa: E402
from stubllm import StubHandler, StubServer  # noqa: E402
from stubllm_ask import Facts  # noqa: E402
from stubllm_text import embed, tokens  # noqa: E402

CHAT = "/v1/chat/completions"
QUESTION = "How long may the dock gate stay open?"
FACTS = [json.dumps({"question": QUESTION, "answer": "12 minutes", "wrong": ["90 minutes"]})]
TOOL = {
    "type": "function",
    "function": {"name": "open_gate", "parameters": {"properties": {"depot": {"type": "string"}}}},
}


def chat(model="stub-small", text=QUESTION, system=None, **more):
    before = [{"role": "system", "content": system}] if system else []
    return {"model": model, "messages": [*before, {"role": "user", "content": text}], **more}


class StubTest(ServerTest):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.log = Path(folder.name) / "calls.jsonl"
        facts = Facts(FACTS)
        self.serve(StubServer(0, facts, [{"content": "from the file"}], str(self.log), TOKEN))

    def chat(self, *arguments, **more):
        answer = self.ask("POST", CHAT, chat(*arguments, **more))
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json()

    def text(self, *arguments, **more):
        return self.chat(*arguments, **more)["choices"][0]["message"]["content"]

    def calls(self):
        return self.admin("calls")["calls"]


class TestChat(StubTest):
    def test_answer(self):
        value = self.chat(system="Answer in at most 50 words.")
        self.assertEqual(value["object"], "chat.completion")
        self.assertEqual(value["model"], "stub-small")
        choice = value["choices"][0]
        self.assertEqual((choice["index"], choice["finish_reason"]), (0, "stop"))
        self.assertIn(choice["message"]["content"], ("12 minutes", "90 minutes"))

    def test_tokens_are_bytes_by_four_rounded_up(self):
        self.assertEqual([tokens(text) for text in ("", "a", "abcd", "abcde", "é" * 4)], [0, 1, 1, 2, 2])
        value = self.chat(text="äöü?", system="abcde")
        content = value["choices"][0]["message"]["content"]
        written = math.ceil(len(content.encode()) / 4)
        self.assertEqual(
            value["usage"], {"prompt_tokens": 3, "completion_tokens": written, "total_tokens": 3 + written}
        )

    def test_stream_has_a_chunk_a_word_and_the_usage_last(self):
        whole = self.chat()
        answer = self.ask("POST", CHAT, chat(stream=True))
        self.assertEqual(answer.headers["content-type"], "text/event-stream; charset=utf-8")
        *pieces, end, last = answer.events()
        content = whole["choices"][0]["message"]["content"]
        self.assertEqual([piece["choices"][0]["delta"]["content"].strip() for piece in pieces], content.split())
        self.assertEqual("".join(piece["choices"][0]["delta"]["content"] for piece in pieces), content)
        self.assertEqual(pieces[0]["choices"][0]["delta"]["role"], "assistant")
        self.assertEqual(end["choices"][0], {"index": 0, "delta": {}, "finish_reason": "stop"})
        self.assertEqual((last["choices"], last["usage"]), ([], whole["usage"]))
        self.assertEqual({event["id"] for event in (*pieces, end, last)}, {whole["id"]})

    def test_max_tokens(self):
        for name in ("max_tokens", "max_completion_tokens"):
            value = self.chat(**{name: 3})
            self.assertEqual(value["choices"][0]["finish_reason"], "length")
            self.assertEqual(value["usage"]["completion_tokens"], 3)
        value = self.chat(tools=[TOOL], tool_choice="required", max_tokens=1)["choices"][0]
        self.assertEqual(value["finish_reason"], "length")
        self.assertNotIn("tool_calls", value["message"])

    def test_tools(self):
        value = self.chat(text="Please open gate 4", tools=[TOOL])["choices"][0]
        self.assertEqual(value["finish_reason"], "tool_calls")
        self.assertIsNone(value["message"]["content"])
        call = value["message"]["tool_calls"][0]
        self.assertEqual((call["type"], call["function"]["name"]), ("function", "open_gate"))
        self.assertEqual(json.loads(call["function"]["arguments"]), {"depot": "Please open gate 4"})
        *pieces, end, _ = self.ask("POST", CHAT, chat(text="Please open gate 4", tools=[TOOL], stream=True)).events()
        self.assertEqual(pieces[0]["choices"][0]["delta"]["tool_calls"], [{"index": 0, **call}])
        self.assertEqual(end["choices"][0]["finish_reason"], "tool_calls")

    def test_tool_choice(self):
        for choice in ("required", {"type": "function", "function": {"name": "open_gate"}}):
            self.assertEqual(self.chat(tools=[TOOL], tool_choice=choice)["choices"][0]["finish_reason"], "tool_calls")
        for choice in ("none", "auto"):
            self.assertEqual(self.chat(tools=[TOOL], tool_choice=choice)["choices"][0]["finish_reason"], "stop")

    def test_a_tools_result_is_taken_up(self):
        made = {"id": "call_1", "type": "function", "function": {"name": "open_gate", "arguments": "{}"}}
        messages = [
            {"role": "user", "content": "Please open gate 4"},
            {"role": "assistant", "content": None, "tool_calls": [made]},
            {"role": "tool", "tool_call_id": "call_1", "content": "gate 4 is stuck"},
        ]
        value = self.ask("POST", CHAT, {"model": "stub-small", "messages": messages, "tools": [TOOL]}).json()
        self.assertIn("gate 4 is stuck", value["choices"][0]["message"]["content"])

    def test_arguments_that_json_has_not_are_not_taken_from_a_text(self):
        tool = {"type": "function", "function": {"name": "f", "parameters": {"properties": {"x": {"type": "null"}}}}}
        for given in ("NaN", "-Infinity", "1e999", '"\\ud800"', "[" * 1900):
            value = self.chat("stub-gullible", f'call f {{"x": {given}}}', tools=[tool])
            call = value["choices"][0]["message"]["tool_calls"][0]["function"]
            self.assertEqual(call, {"name": "f", "arguments": '{"x":null}'}, given)

    def test_response_format(self):
        content = json.loads(self.text(response_format={"type": "json_object"}))
        self.assertEqual(list(content), ["answer"])
        schema = {
            "type": "object",
            "properties": {
                "reply": {"type": "string"},
                "kind": {"enum": ["none", "minutes"]},
                "sure": {"type": "boolean"},
                "count": {"type": ["null", "integer"]},
                "tags": {"type": "array", "items": {"type": "string"}},
            },
        }
        wanted = {"type": "json_schema", "json_schema": {"name": "reply", "schema": schema}}
        content = json.loads(self.text(response_format=wanted))
        self.assertIn(content["reply"], ("12 minutes", "90 minutes"))
        rest = {"kind": "minutes", "sure": True, "count": 1, "tags": [content["reply"]]}
        self.assertEqual({key: content[key] for key in rest}, rest)

    def test_content_in_parts_and_the_developer_role(self):
        parts = [{"type": "text", "text": "How long may the dock"}, {"type": "text", "text": "gate stay open?"}]
        messages = [{"role": "developer", "content": "At most 1 words."}, {"role": "user", "content": parts}]
        value = self.ask("POST", CHAT, {"model": "stub-large", "messages": messages}).json()
        self.assertEqual(len(value["choices"][0]["message"]["content"].split()), 1)


class TestDeterminism(StubTest):
    def test_a_function_of_model_messages_and_seed(self):
        request = chat(text="What is new?", seed=3)
        first = self.ask("POST", CHAT, request).body
        self.assertEqual(self.ask("POST", CHAT, {**request, "temperature": 1}).body, first)
        texts = {self.text(text="What is new?", seed=seed) for seed in range(20)}
        self.assertGreater(len(texts), 3)

    def test_without_a_seed_heat_varies_within_a_run_and_repeats_after_a_reset(self):
        cold = [self.text(text="What is new?") for _ in range(4)]
        self.assertEqual(len(set(cold)), 1)
        hot = [self.text(text="What is new?", temperature=1) for _ in range(12)]
        self.assertGreater(len(set(hot)), 2)
        self.admin("reset", {})
        self.assertEqual([self.text(text="What is new?", temperature=1) for _ in range(12)], hot)

    def test_another_process_answers_alike(self):
        request = chat("stub-large", seed=5, temperature=1)
        self.assertEqual(self.ask("POST", CHAT, request).body, self.ask("POST", CHAT, request).body)
        ask = "import stubllm_text as t; print(t.draw('a', 1), t.embed('dock gate')[:40])"
        outputs = set()
        for seed in ("0", "1"):
            environment = {**os.environ, "PYTHONPATH": str(SHARED), "PYTHONHASHSEED": seed}
            done = subprocess.run(
                [sys.executable, "-c", ask], env=environment, capture_output=True, text=True, check=True
            )
            outputs.add(done.stdout)
        self.assertEqual(len(outputs), 1)


class TestEmbeddings(StubTest):
    def embed(self, **request):
        answer = self.ask("POST", "/v1/embeddings", {"model": "stub-small", **request})
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json()

    def test_512_numbers_of_length_1(self):
        value = self.embed(input=["The dock gate", "abcde"])
        self.assertEqual([item["index"] for item in value["data"]], [0, 1])
        for item in value["data"]:
            self.assertEqual(len(item["embedding"]), 512)
            self.assertAlmostEqual(sum(number**2 for number in item["embedding"]), 1, places=5)
        self.assertEqual(value["usage"], {"prompt_tokens": 6, "total_tokens": 6})
        # "abcde" has three trigrams.
        self.assertEqual(sum(number > 0 for number in value["data"][1]["embedding"]), 3)

    def test_case_does_not_count(self):
        self.assertEqual(self.embed(input="Dock GATE")["data"], self.embed(input="dock gate")["data"])

    def test_base64(self):
        listed = self.embed(input="dock")["data"][0]["embedding"]
        packed = base64.b64decode(self.embed(input="dock", encoding_format="base64")["data"][0]["embedding"])
        for one, other in zip(struct.unpack("<512f", packed), listed, strict=True):
            self.assertAlmostEqual(one, other, places=6)

    def test_no_threshold_tells_paraphrases_from_near_misses(self):
        def cosine(one, other):
            return sum(a * b for a, b in zip(embed(one), embed(other)))

        paraphrase = cosine("How do I reset the label printer?", "How can I restart the label printer at my desk?")
        near_miss = cosine("How do I enable the night alarm?", "How do I disable the night alarm?")
        self.assertGreater(near_miss, 0.75)
        self.assertLess(paraphrase, near_miss)

    def test_refused(self):
        for request in ({"input": []}, {"input": ""}, {"input": [1, 2]}, {"input": "a", "dimensions": 3}, {}):
            answer = self.ask("POST", "/v1/embeddings", {"model": "stub-small", **request})
            self.assertEqual(answer.status, 400, answer.body)


class TestModelsAndMetrics(StubTest):
    def test_models(self):
        names = [item["id"] for item in self.ask("GET", "/v1/models").json()["data"]]
        self.assertEqual(names, list(stubllm_models.MODELS))
        for name in "small large parrot liar gullible judge judge-poor loop cycle script flaky-2 hang".split():
            self.assertIn(f"stub-{name}", names)

    def test_prices_are_whole_numbers_for_every_model(self):
        prices = json.loads((SHARED / "prices.json").read_text())["models"]
        self.assertEqual(list(prices), list(stubllm_models.MODELS))
        self.assertEqual(prices["stub-small"], {"input": 1, "output": 4})
        self.assertEqual(prices["stub-large"], {"input": 10, "output": 40})
        self.assertTrue(all(type(number) is int for price in prices.values() for number in price.values()))

    def metric(self, name, labels='model_name="stub-small"'):
        answer = self.ask("GET", "/metrics")
        self.assertTrue(answer.headers["content-type"].startswith("text/plain"))
        lines = [line for line in answer.body.decode().splitlines() if line.startswith(f"vllm:{name}{{{labels}}} ")]
        return float(lines[0].split()[-1])

    def test_metrics(self):
        used = [self.chat()["usage"] for _ in range(2)]
        self.assertEqual(self.metric("prompt_tokens_total"), sum(usage["prompt_tokens"] for usage in used))
        self.assertEqual(self.metric("generation_tokens_total"), sum(usage["completion_tokens"] for usage in used))
        self.assertEqual(self.metric("request_success_total", 'finished_reason="stop",model_name="stub-small"'), 2)
        self.assertEqual(self.metric("num_requests_running"), 0)

    def test_names_are_those_that_checks_accept(self):
        accepted = (SHARED / "versions.yaml").read_text()
        shown = self.ask("GET", "/metrics").body.decode()
        for name in ("vllm:kv_cache_usage_perc", "vllm:num_requests_waiting", "vllm:num_requests_running"):
            self.assertIn(f'"{name}"', accepted)
            self.assertIn(f"\n{name}{{", shown)

    def test_gauges_follow_a_request(self):
        gate = self.server.pause = Gate()
        self.admin("faults", {"model": "stub-small", "delay": 3, "gap": 5})
        connection = self.connect()
        connection.send("POST", CHAT, chat(stream=True))
        gate.wait_for(1)
        self.assertEqual((self.metric("num_requests_waiting"), self.metric("num_requests_running")), (1, 0))
        gate.let(1)
        gate.wait_for(2)
        self.assertEqual((self.metric("num_requests_waiting"), self.metric("num_requests_running")), (0, 1))
        self.assertGreater(self.metric("kv_cache_usage_perc"), 0)
        gate.let(1000)
        connection.answer()


    def test_a_reset_during_a_request_leaves_the_gauges_at_zero(self):
        for request in (chat("stub-hang"), chat("stub-small", stream=True)):
            gate = self.server.pause = Gate()
            self.admin("faults", {"model": "stub-small", "gap": 5})
            connection = Connection(self.server.port)
            connection.send("POST", CHAT, request)
            gate.wait_for(1)
            call = self.server.state.log.calls[0]
            self.admin("reset", {})
            connection.close()
            gate.let(1000)
            self.until(lambda: call["done"])
            for name in ("num_requests_waiting", "num_requests_running", "kv_cache_usage_perc"):
                self.assertEqual(self.metric(name, f'model_name="{request["model"]}"'), 0, name)


class TestAdmin(StubTest):
    def test_only_with_the_token(self):
        for name in ("calls", "reset", "faults", "script"):
            for headers in ({}, {"X-Stub-Admin": "no"}, {"X-Stub-Admin": ""}, {"Authorization": TOKEN}):
                self.assertEqual(self.ask("POST", f"/__admin/{name}", {}, headers).status, 403)
                self.assertEqual(self.ask("GET", f"/__admin/{name}", None, headers).status, 403)

    def test_without_a_token_there_is_no_admin(self):
        self.serve(StubServer(0, None))
        for headers in ({}, {"X-Stub-Admin": ""}):
            self.assertEqual(self.ask("GET", "/__admin/calls", None, headers).status, 403)

    def test_unknown_endpoint_and_wrong_method(self):
        headers = {"X-Stub-Admin": TOKEN}
        self.assertEqual(self.ask("GET", "/__admin/keys", None, headers).status, 404)
        self.assertEqual(self.ask("DELETE", "/__admin/calls", None, headers).status, 405)

    def test_call_log(self):
        request = chat(temperature=0)
        value = self.ask("POST", CHAT, request, {"Authorization": "Bearer upstream", "Traceparent": "00-1-2-01"}).json()
        self.ask("POST", CHAT, {"model": "nobody", "messages": []})
        self.ask("POST", "/v1/embeddings", {"model": "stub-small", "input": "abcd"})
        self.ask("GET", "/v1/models")
        first, second, third = self.calls()
        self.assertEqual(
            (first["path"], first["model"], first["status"], first["request"]), (CHAT, "stub-small", 200, request)
        )
        self.assertEqual(first["headers"]["authorization"], "Bearer upstream")
        self.assertEqual(first["headers"]["traceparent"], "00-1-2-01")
        self.assertEqual(
            {key: first[key] for key in ("prompt_tokens", "completion_tokens")}.items() <= value["usage"].items(), True
        )
        self.assertEqual(first["content"], value["choices"][0]["message"]["content"])
        self.assertTrue(first["done"] and first["whole"])
        self.assertEqual((second["status"], second["model"], second["whole"]), (404, None, False))
        self.assertEqual((third["path"], third["prompt_tokens"]), ("/v1/embeddings", 1))
        self.assertEqual([call["n"] for call in (first, second, third)], [1, 2, 3])
        self.assertEqual([json.loads(line) for line in self.log.read_text().splitlines()], [first, second, third])

    def test_who_has_an_answer_finds_it_in_the_log(self):
        done = []

        def watched(send):
            def sends(handler, *arguments, **options):
                last = options.get("last", True) and handler.path == CHAT
                done.extend([handler.server.state.log.calls[-1]["done"], self.log.read_text() != ""] if last else [])
                return send(handler, *arguments, **options)

            return sends

        for name in ("send_bytes", "send_chunk"):
            with mock.patch.object(StubHandler, name, watched(getattr(StubHandler, name))):
                self.admin("reset", {})
                if name == "send_bytes":
                    self.chat()
                else:
                    self.ask("POST", CHAT, chat("stub-script", stream=True, max_tokens=1))
        self.assertEqual(done[:2], [True, True])  # the answer that came whole
        self.assertEqual(done[-2:], [True, True])  # the last chunk of the stream

    def test_times_come_from_the_clock(self):
        now = [100.0]
        self.server.clock = lambda: now[0]
        self.admin("reset", {})
        for second in (101.5, 103.0):
            now[0] = second
            self.chat()
        self.assertEqual([call["at"] for call in self.calls()], [1.5, 3.0])

    def test_reset_forgets_everything(self):
        self.admin("faults", {"model": "*", "status": 500})
        self.admin("script", [{"content": "posted"}])
        self.assertEqual(self.ask("POST", CHAT, chat()).status, 500)
        self.admin("reset", {})
        self.assertEqual((self.calls(), self.admin("faults"), self.log.read_text()), ([], {"faults": []}, ""))
        self.assertEqual(self.text("stub-script"), "from the file")

    def test_script(self):
        self.assertEqual(self.text("stub-script"), "from the file")
        self.assertEqual(self.admin("script", [{"content": "posted"}]), {"steps": 1})
        self.assertEqual(self.text("stub-script"), "posted")

    def test_a_script_may_break_its_arguments_and_say_nothing(self):
        self.admin("script", [{"tool_calls": [{"name": "open_gate", "arguments": "{broken"}]}])
        message = self.chat("stub-script")["choices"][0]["message"]
        self.assertEqual(message["tool_calls"][0]["function"]["arguments"], "{broken")
        self.assertIsNone(message["content"])
        self.admin("script", [{"content": ""}])
        self.assertEqual(self.text("stub-script"), "")

    def test_wrong_faults_and_scripts_are_refused(self):
        for fault in (
            1,
            {},
            {"model": "gpt"},
            {"model": "*", "status": 200},
            {"model": "*", "speed": 1},
            {"model": "*", "count": 0},
            {"model": "*", "delay": -1},
            {"model": "*", "hang": 1},
            {"model": "*", "retry_after": 1},
            {"closed": "x"},
            {"closed": 1, "model": "*"},
            {"model": "stub-judge", "position": 2},
        ):
            answer = self.ask("POST", "/__admin/faults", fault, {"X-Stub-Admin": TOKEN})
            self.assertEqual(answer.status, 400, fault)
        for script in (
            {},
            [1],
            [{}],
            [{"text": "x"}],
            [{"tool_calls": [{}]}],
            [{"when": "x", "steps": [1]}],
            [{"content": "x"}, {"when": "x", "steps": []}],
        ):
            answer = self.ask("POST", "/__admin/script", script, {"X-Stub-Admin": TOKEN})
            self.assertEqual(answer.status, 400, script)


class TestFaults(StubTest):
    def test_status_for_so_many_requests(self):
        self.admin("faults", {"model": "stub-small", "status": 429, "count": 2, "retry_after": 7})
        for _ in range(2):
            answer = self.ask("POST", CHAT, chat())
            self.assertEqual((answer.status, answer.headers["retry-after"]), (429, "7"))
            self.assertEqual(answer.json()["error"]["type"], "rate_limit_error")
        self.assertEqual(self.ask("POST", CHAT, chat()).status, 200)
        self.assertEqual([call["status"] for call in self.calls()], [429, 429, 200])

    def test_a_fault_is_of_its_model(self):
        self.admin("faults", {"model": "stub-small", "status": 500})
        self.assertEqual(self.ask("POST", CHAT, chat("stub-large")).status, 200)
        self.admin("faults", {"model": "*", "status": 503})
        self.assertEqual(self.ask("POST", CHAT, chat("stub-large")).status, 503)
        self.assertEqual(self.ask("POST", CHAT, chat("stub-small")).status, 500)
        self.admin("faults", [])
        self.assertEqual(self.ask("POST", CHAT, chat("stub-small")).status, 200)

    def test_delay_before_the_first_byte(self):
        gate = self.server.pause = Gate()
        self.admin("faults", {"model": "stub-small", "delay": 0.4})
        connection = self.connect()
        connection.send("POST", CHAT, chat(stream=True))
        gate.wait_for(1)
        connection.socket.settimeout(0)
        self.assertRaises(BlockingIOError, connection.socket.recv, 1)
        connection.socket.settimeout(20)
        gate.let(1)
        self.assertEqual(connection.answer().status, 200)
        self.assertEqual(gate.asked, [0.4])

    def test_gap_between_chunks(self):
        gate = self.server.pause = Gate()
        self.admin("faults", {"model": "stub-small", "gap": 0.25})
        connection = self.connect()
        connection.send("POST", CHAT, chat(stream=True, max_tokens=4))
        self.assertEqual(connection.head()[0], 200)
        for number in range(1, 3):
            self.assertTrue(connection.chunk().startswith(b"data: {"))  # it arrives although the next one waits
            gate.wait_for(number)
            self.assertEqual(self.calls()[0]["chunks"], number)
            gate.let(number)
        gate.let(1000)
        words = self.calls()[0]["request"] and list(iter(connection.chunk, b""))
        self.assertTrue(words[-1].startswith(b"data: [DONE]"))
        call = self.calls()[0]
        self.assertEqual(gate.asked, [0.25] * (call["chunks"] - 1))

    def test_drop_after_chunks(self):
        self.admin("faults", {"model": "stub-small", "drop_after": 2})
        connection = self.connect()
        connection.send("POST", CHAT, chat(stream=True))
        connection.head()
        sent = [json.loads(connection.chunk()[6:])["choices"][0]["delta"]["content"] for _ in range(2)]
        self.assertRaises(EOFError, connection.chunk)
        call = self.calls()[0]
        self.assertEqual((call["chunks"], call["whole"], call["content"]), (2, False, "".join(sent)))
        self.assertEqual(call["completion_tokens"], tokens("".join(sent)))

    def test_drop_after_the_last_chunk(self):
        self.admin("faults", {"model": "stub-small", "drop_after": 1000})
        self.assertRaises(EOFError, self.ask, "POST", CHAT, chat(stream=True))
        self.assertFalse(self.calls()[0]["whole"])

    def test_drop_of_a_whole_answer(self):
        self.admin("faults", {"model": "stub-small", "drop_after": 0})
        with self.assertRaises(EOFError):
            self.ask("POST", CHAT, chat())
        self.assertFalse(self.calls()[0]["whole"])

    def test_an_aborted_stream_costs_what_it_produced(self):
        gate = self.server.pause = Gate()
        self.admin("faults", {"model": "stub-small", "gap": 1})
        connection = Connection(self.server.port)
        connection.send("POST", CHAT, chat(stream=True))
        connection.head()
        connection.chunk()
        gate.wait_for(1)
        connection.close()
        gate.let(1000)
        self.until(lambda: self.calls()[0]["done"])
        call = self.calls()[0]
        self.assertEqual((call["chunks"], call["whole"], call["finish_reason"]), (1, False, None))
        self.assertEqual(call["completion_tokens"], tokens(call["content"]))

    def test_hang(self):
        gate = self.server.pause = Gate()
        self.admin("faults", {"model": "stub-small", "hang": True})
        for model in ("stub-small", "stub-hang"):
            asked = len(gate.asked)
            connection = Connection(self.server.port)
            connection.send("POST", CHAT, chat(model))
            gate.wait_for(asked + 1)
            connection.socket.settimeout(0)
            self.assertRaises(BlockingIOError, connection.socket.recv, 1)
            connection.close()
            gate.let(1000)
            self.until(lambda: self.calls()[-1]["done"])
            self.assertEqual((self.calls()[-1]["model"], self.calls()[-1]["status"]), (model, None))
            gate.let(asked + 1)

    def test_closed_port(self):
        gate = self.server.pause = Gate()
        kept = self.connect()
        self.assertEqual(kept.ask("GET", "/v1/models").status, 200)
        self.admin("faults", {"closed": 2.5})
        self.assertRaises(EOFError, kept.ask, "GET", "/v1/models")
        self.assertRaises(ConnectionRefusedError, Connection, self.server.port)
        gate.wait_for(1)
        self.assertEqual(gate.asked, [2.5])
        gate.let(1)
        self.until(self.answers)

    def answers(self):
        try:
            return self.ask("GET", "/v1/models").status == 200
        except OSError:
            return False

    def test_flaky(self):
        statuses = [self.ask("POST", CHAT, chat("stub-flaky-2")).status for _ in range(4)]
        self.assertEqual(statuses, [503, 503, 200, 200])
        self.assertEqual(self.text("stub-flaky-0"), self.text("stub-small"))
        self.admin("reset", {})
        self.assertEqual(self.ask("POST", CHAT, chat("stub-flaky-2")).status, 503)


class TestProgram(ServerTest):
    """The program itself: from this folder, and from a learner's tools/."""

    PARTS = ["labhttp.py", *sorted(path.name for path in SHARED.glob("stubllm*.py"))]

    def start(self, folder, *arguments, cwd=None):
        environment = {"STUB_ADMIN_TOKEN": TOKEN, "PATH": os.environ.get("PATH", ""), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-s", str(folder / "stubllm.py"), "--port", "0", *arguments]
        return subprocess.Popen(
            command, cwd=cwd, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def exchange(self, folder, cwd=None):
        with self.start(folder, cwd=cwd) as program:
            try:
                ready = json.loads(program.stdout.readline())
                self.assertEqual(list(ready), ["port"])
                connection = Connection(ready["port"])
                statuses = [connection.ask("POST", CHAT, chat()).status for _ in range(2)]
                admin = connection.ask("GET", "/__admin/calls", None, {"X-Stub-Admin": TOKEN})
                connection.ask("POST", CHAT, b"{broken")
                connection.close()
            finally:
                program.terminate()
            rest, errors = program.communicate(timeout=20)
        self.assertEqual((statuses, len(admin.json()["calls"])), ([200, 200], 2))
        self.assertEqual((program.returncode, rest, errors), (0, "", ""))

    def test_where_it_lies(self):
        self.exchange(SHARED)

    def test_copied_to_tools(self):
        with tempfile.TemporaryDirectory() as folder:
            tools = Path(folder) / "tools"
            tools.mkdir()
            for name in self.PARTS:
                shutil.copy(SHARED / name, tools)
            self.exchange(Path("tools"), cwd=folder)

    def test_its_parts_are_listed(self):
        listed = f"shared: [{', '.join(self.PARTS)}]"
        self.assertIn(listed, (SHARED / "README.md").read_text().replace("\n", " "))

    def test_every_fault_and_model_is_described(self):
        page = (SHARED / "README.md").read_text()
        for name in (*stubllm_request.FAULT_FIELDS, "closed"):
            self.assertIn(f"`{name}`" if name != "closed" else '{"closed": SECONDS}', page)
        for name in stubllm_models.MODELS:
            self.assertIn(f"`{name if 'flaky' not in name else 'stub-flaky-N'}`", page)

    def test_the_token_is_hidden(self):
        ask = "import os, ctypes, labhttp; print(labhttp.take_token(), os.environ.get('STUB_ADMIN_TOKEN'), "
        ask += "ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"
        environment = {**os.environ, "PYTHONPATH": str(SHARED), "STUB_ADMIN_TOKEN": TOKEN}
        done = subprocess.run([sys.executable, "-c", ask], env=environment, capture_output=True, text=True)
        self.assertEqual(done.stdout, f"{TOKEN} None 0\n", done.stderr)

    def test_control(self):
        """Whoever holds the pipes is the admin, and nobody else is one."""
        asked = [
            {"method": "GET", "name": "calls"},
            {"method": "POST", "name": "facts", "body": [{"question": "a", "answer": "b"}]},
            {"method": "POST", "name": "facts", "body": [{"question": "a"}]},
            {"method": "GET", "name": "reset"},
            {"method": "GET", "name": "none"},
        ]
        with self.start(SHARED, "--control", "--seed", "5") as program:
            lines = "".join(json.dumps(line) + "\n" for line in [*asked]) + "no JSON\n"
            said, errors = [json.loads(program.stdout.readline())], None
            program.stdin.write(lines)
            program.stdin.flush()
            said += [json.loads(program.stdout.readline()) for _ in range(len(asked) + 1)]
            connection = Connection(said[0]["port"])
            answer = connection.ask("GET", "/__admin/calls", None, {"X-Stub-Admin": ""})
            connection.close()
            program.terminate()
            _, errors = program.communicate(timeout=20)
        self.assertEqual([line.get("status") for line in said[1:]], [200, 200, 400, 405, 404, 400])
        self.assertEqual((said[1]["body"], said[2]["body"]), ({"calls": []}, {"facts": 1}))
        self.assertIn("facts:1: answer", said[3]["body"])
        self.assertEqual((answer.status, program.returncode, errors), (403, 0, ""))

    def test_wrong_use(self):
        with tempfile.TemporaryDirectory() as folder:
            broken = Path(folder) / "broken.jsonl"
            for text in ("{", "[]", '{"question": "a"}', '{"question": "a", "answer": 1}'):
                broken.write_text('{"question": "a", "answer": "b"}\n' + text)
                self.refused(f"{broken}:2", "--facts", broken)
            for text in ("[1]", "{", '{"text": 1}'):
                broken.write_text(text)
                self.refused(str(broken), "--script", broken)
            self.refused("no/such", "--facts", "no/such")
            self.refused("no/such", "--log", "no/such/log")

    def refused(self, named, *arguments):
        with self.start(SHARED, *map(str, arguments)) as program:
            _, errors = program.communicate(timeout=20)
        self.assertEqual(program.returncode, 2, errors)
        self.assertRegex(errors, rf"^stubllm.py: .*{named}.*\n$")


if __name__ == "__main__":
    unittest.main()
