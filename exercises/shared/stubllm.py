#!/usr/bin/env python3
"""A deterministic OpenAI-compatible server: it proves plumbing, not the quality of any model.

    stubllm.py --port P [--host H] [--facts FACTS.jsonl] [--log CALLS.jsonl] [--script FILE] [--seed N] [--control]

Listens on 127.0.0.1, or H, and prints {"port": P} on stdout; port 0 takes a free one. Facts are lines of {"question",
"answer", "wrong": [...]}. The log gets a line for each call that is over. The environment's STUB_ADMIN_TOKEN opens
/__admin/ to requests with the header X-Stub-Admin; without it there is no admin over HTTP. With --control the admin is
whoever holds stdin and stdout: a line {"method", "name", "body"} is answered by a line {"status", "body"}.

README.md, beside this file, lists the models and what each does, the faults and the call log.
"""

import argparse
import json
import struct
import sys
from base64 import b64encode
from hashlib import blake2b

import labhttp
from labhttp import Dropped, Handler, Refusal, Server, compact, demand_method, parse_json
from stubllm_ask import Facts, FactsError
from stubllm_models import MODELS, reply
from stubllm_request import (
    JUDGE_FIELDS,
    demand,
    is_seconds,
    prompt_text,
    read_chat,
    read_fault,
    read_inputs,
    read_most,
    read_script,
)
from stubllm_state import State, load_facts, load_script
from stubllm_text import cut, embed, tokens

OUTPUT_MOST = 8192  # tokens of an answer, whatever max_tokens says
CREATED = 1767225600  # of every answer: 2026-01-01, so that equal requests have equal answers


class StubServer(Server):
    """facts: a Facts; seed: what answers without a seed of their own begin to count from. Not yet serving: labhttp.run or
    serve_forever does that."""

    def __init__(self, port, facts, script=(), log_path=None, token=None, seed=0, host="127.0.0.1"):
        super().__init__(port, StubHandler, token, host)
        self.state = State(lambda: self.clock(), facts, script, log_path, seed)

    def server_close(self):
        super().server_close()
        self.state.log.close()

    def admin(self, method, name, body, by=None):
        if name not in ADMIN:
            raise Refusal(404, f"There is no admin endpoint {name[:80]}: {', '.join(ADMIN)}")
        methods, answer = ADMIN[name]
        demand_method(method, name, *methods)
        return answer(self, method, body, by)

    def admin_calls(self, method, body, by):
        return self.state.log.text()

    def admin_reset(self, method, body, by):
        self.state.reset()
        return b"{}"

    def admin_faults(self, method, body, by):
        """One fault, the list of all faults, or {"closed": seconds}: the port refuses connections for so long."""
        given = parse_json(body) if method == "POST" else []
        if isinstance(given, dict) and "closed" in given:
            demand(len(given) == 1 and is_seconds(given["closed"]), "closed", "expected seconds, and nothing else")
            self.close_port_by_admin(given["closed"], by)
            return b"{}"
        if method == "POST":
            faults = [read_fault(fault) for fault in (given if isinstance(given, list) else [given])]
            self.state.set_faults(faults, isinstance(given, list))
        return compact({"faults": self.state.list_faults()}).encode()

    def admin_script(self, method, body, by):
        self.state.script = read_script(parse_json(body))
        return compact({"steps": len(self.state.script)}).encode()

    def admin_facts(self, method, body, by):
        given = parse_json(body)
        demand(isinstance(given, list), "facts", "expected a list of objects with question and answer")
        try:
            self.state.facts = Facts(map(compact, given))
        except FactsError as error:
            raise Refusal(400, str(error)) from None
        return compact({"facts": len(given)}).encode()


ADMIN = {
    "calls": (("GET",), StubServer.admin_calls),
    "reset": (("POST",), StubServer.admin_reset),
    "faults": (("GET", "POST"), StubServer.admin_faults),
    "script": (("POST",), StubServer.admin_script),
    "facts": (("POST",), StubServer.admin_facts),
}


class StubHandler(Handler):
    def respond(self, method, path, body):
        if path.startswith(self.admin_prefix):
            self.answer_admin(method, path[len(self.admin_prefix) :], body)
        elif path == "/v1/models":
            self.demand_method(method, "GET")
            self.send_json(200, {"object": "list", "data": [model_card(name) for name in MODELS]})
        elif path == "/metrics":
            self.demand_method(method, "GET")
            self.send_bytes(200, "text/plain; version=0.0.4", self.server.state.metrics().encode())
        elif path in CALLS:
            self.demand_method(method, "POST")
            self.logged(CALLS[path], path, body)
        else:
            raise Refusal(404, f"Invalid URL ({method[:40]} {path[:200]})")

    # ---- calls ----

    def logged(self, answer, path, body):
        state = self.server.state
        call = state.log.begin(path, {name.lower(): value for name, value in self.headers.items()})
        try:
            try:
                call["request"] = request = parse_json(body)
                answer(self, call, request)
            except Refusal as refusal:
                call["status"] = refusal.status
                raise
        finally:
            state.end_call(call)

    def chat(self, call, request):
        ask = read_chat(request)
        state, model = self.server.state, ask.model
        prompt = tokens(prompt_text(request))
        if ask.seed is None:
            ask.seed = state.next_seed() if request.get("temperature") else 0
        call.update(model=model, seed=ask.seed, stream=bool(request.get("stream")), prompt_tokens=prompt)
        fault = self.before_first_byte(call)
        ask.facts, ask.script = state.facts, state.script
        ask.judge = {key: fault[key] for key in JUDGE_FIELDS if key in fault}
        answer = within(reply(ask), min(read_most(request) or OUTPUT_MOST, OUTPUT_MOST), key_of(request, ask.seed))
        call.update(status=200)
        with state.counted(state.held, model, prompt), state.counted(state.running, model):
            (self.stream if call["stream"] else self.send_whole)(call, answer, fault)

    def before_first_byte(self, call):
        """Delays, hangs and fails as the model and its fault demand; returns the fault."""
        state, model = self.server.state, call["model"]
        fault = state.take_fault(model)
        with state.counted(state.waiting, model):
            if fault.get("delay"):
                self.server.pause(fault["delay"])
            if model == "stub-hang" or fault.get("hang"):
                self.hang()
        if "status" in fault:
            after = {"Retry-After": f"{fault['retry_after']:g}"} if "retry_after" in fault else {}
            raise Refusal(fault["status"], FAULT_TEXTS.get(fault["status"], "The stub was told to fail"), headers=after)
        if state.fails_now(model):
            raise Refusal(503, FAULT_TEXTS[503])
        return fault

    def send_whole(self, call, answer, fault):
        message = {"role": "assistant", "content": answer["content"]}
        if answer["tool_calls"]:
            message.update(content=answer["content"] or None, tool_calls=answer["tool_calls"])
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": answer["finish_reason"]}
        finish(call, answer)
        value = {**envelope("chat.completion", call, answer), "choices": [choice], "usage": usage(call)}
        self.send_or_drop(call, value, fault)

    def send_or_drop(self, call, value, fault):
        """Sends the answer; half of it, with the fault drop_after."""
        body = compact(value).encode()
        if "drop_after" in fault:
            self.wfile.write(self.head(200, {"Content-Type": "application/json", "Content-Length": len(body)}))
            self.wfile.write(body[: len(body) // 2])
            raise Dropped
        call["whole"] = True
        self.server.state.end_call(call)
        self.send_bytes(200, "application/json", body)

    # ---- streams ----

    def stream(self, call, answer, fault):
        """Server-sent events: one chunk a word, then the reason of the end, then the usage."""
        self.begin_stream("text/event-stream; charset=utf-8")
        card = envelope("chat.completion.chunk", call, answer)
        deltas = deltas_of(answer)
        for index, delta in enumerate(deltas):
            if index and fault.get("gap"):
                self.server.pause(fault["gap"])
            if fault.get("drop_after") == index or self.gone():
                raise Dropped
            self.produce(call, delta)
            role = {"role": "assistant"} if not index else {}
            self.event({**card, "choices": [{"index": 0, "delta": {**role, **delta}, "finish_reason": None}]})
        if fault.get("drop_after") is not None and fault["drop_after"] >= len(deltas):
            raise Dropped
        finish(call, answer)
        last = {"index": 0, "delta": {}, "finish_reason": answer["finish_reason"]}
        self.event({**card, "choices": [last]})
        self.event({**card, "choices": [], "usage": usage(call)})
        call["whole"] = True
        self.server.state.end_call(call)
        self.send_chunk(b"data: [DONE]\n\n", last=True)

    def produce(self, call, delta):
        """The call log counts what was sent, so that an aborted stream costs what it produced."""
        call["chunks"] += 1
        call["content"] += delta.get("content", "")
        call["tool_calls"] = call["tool_calls"] + [
            {key: item[key] for key in item if key != "index"} for item in delta.get("tool_calls", [])
        ]
        call["completion_tokens"] = count_tokens(call["content"], call["tool_calls"])

    def event(self, value):
        self.send_chunk(b"data: " + compact(value).encode() + b"\n\n")

    # ---- embeddings ----

    def embeddings(self, call, request):
        inputs = read_inputs(request)
        call.update(model=request["model"], prompt_tokens=sum(tokens(text) for text in inputs))
        fault = self.before_first_byte(call)
        call.update(status=200, finish_reason="stop")
        data = [
            {"object": "embedding", "index": index, "embedding": coded(embed(text), request.get("encoding_format"))}
            for index, text in enumerate(inputs)
        ]
        used = {"prompt_tokens": call["prompt_tokens"], "total_tokens": call["prompt_tokens"]}
        self.send_or_drop(call, {"object": "list", "data": data, "model": call["model"], "usage": used}, fault)


CALLS = {"/v1/chat/completions": StubHandler.chat, "/v1/embeddings": StubHandler.embeddings}
FAULT_TEXTS = {
    401: "Incorrect API key provided",
    429: "Rate limit reached for requests",
    500: "The server had an error while processing your request",
    503: "The engine is currently overloaded, please try again later",
}


def model_card(name):
    return {"id": name, "object": "model", "created": CREATED, "owned_by": "tidewater"}


def key_of(request, seed):
    """What the answer's ids derive from: model, messages and seed."""
    text = compact([request["model"], request["messages"], seed])
    return blake2b(text.encode(), digest_size=12).hexdigest()


def count_tokens(content, calls):
    functions = [call["function"] for call in calls]
    return tokens(content + (compact(functions) if functions else ""))


def within(answer, most, key):
    """The model's answer as an object of the API, cut to so many tokens. A tool call that does not fit is not made."""
    calls = [
        {
            "id": f"call_{key[:16]}{index}",
            "type": "function",
            "function": {"name": name, "arguments": given if isinstance(given, str) else compact(given)},
        }
        for index, (name, given) in enumerate(answer.tool_calls)
    ]
    content, reason = answer.content, "tool_calls" if calls else "stop"
    if count_tokens(content, calls) > most:
        content, calls, reason = cut(content, most), [], "length"
    return {"id": f"chatcmpl-{key}", "content": content, "tool_calls": calls, "finish_reason": reason}


def deltas_of(answer):
    """The answer in pieces: its words, each with the space after it, then its tool calls."""
    content = answer["content"]
    pieces, start = [], 0
    for index in range(1, len(content)):
        if content[index - 1].isspace() and not content[index].isspace():
            pieces.append({"content": content[start:index]})
            start = index
    if content[start:]:
        pieces.append({"content": content[start:]})
    for index, call in enumerate(answer["tool_calls"]):
        pieces.append({"tool_calls": [{"index": index, **call}]})
    return pieces


def finish(call, answer):
    call.update(
        content=answer["content"],
        tool_calls=answer["tool_calls"],
        finish_reason=answer["finish_reason"],
        completion_tokens=count_tokens(answer["content"], answer["tool_calls"]),
    )


def envelope(kind, call, answer):
    return {
        "id": answer["id"],
        "object": kind,
        "created": CREATED,
        "model": call["model"],
        "system_fingerprint": "stub",
    }


def usage(call):
    read, written = call["prompt_tokens"], call["completion_tokens"]
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}


def coded(vector, encoding):
    """A vector as a list, or in base64 of 32-bit floats, as clients ask for it."""
    if encoding == "base64":
        return b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
    return [round(value, 8) for value in vector]


def main(argv=None):
    parser = argparse.ArgumentParser(description="A deterministic OpenAI-compatible server.")
    parser.add_argument("--port", type=int, required=True, metavar="P", help="0 takes a free one")
    parser.add_argument("--host", default="127.0.0.1", metavar="H", help="where it listens; 0.0.0.0 in a container")
    parser.add_argument("--facts", metavar="FACTS.jsonl", help="questions and answers that the models know")
    parser.add_argument("--log", metavar="CALLS.jsonl", help="gets a line for each call")
    parser.add_argument("--script", metavar="FILE", help="what stub-script plays")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="where answers without a seed count from")
    parser.add_argument("--control", action="store_true", help="admin by lines of JSON on stdin and stdout")
    arguments = parser.parse_args(argv)
    token = labhttp.take_token()
    try:
        facts = load_facts(arguments.facts) if arguments.facts else Facts()
        script = read_script(load_script(arguments.script)) if arguments.script else []
        server = StubServer(arguments.port, facts, script, arguments.log, token, arguments.seed, arguments.host)
    except FactsError as error:
        return say(error)
    except (Refusal, json.JSONDecodeError, RecursionError) as error:
        return say(f"{arguments.script}: {error}")
    except (OSError, OverflowError, UnicodeDecodeError) as error:
        return say(error)
    labhttp.run(server, arguments.control)
    return 0


def say(message):
    print(f"stubllm.py: {message}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
