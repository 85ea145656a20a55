"""mcp and otlp.sink of checkers, with real programs in the real box."""
import shutil
import unittest
from pathlib import Path

from labcase import LabCase

SHARED = Path(__file__).resolve().parents[2] / "exercises/shared"

SERVER = """\
import json, sys

MODERN = sys.argv[1] == "modern"
met = False

def answer(id, **what):
    print(json.dumps({"jsonrpc": "2.0", "id": id, **what}), flush=True)

def error(id, code, message):
    answer(id, error={"code": code, "message": message})

def handle(method, params):
    if MODERN:
        assert params["_meta"]["io.modelcontextprotocol/protocolVersion"] == "2026-07-28"
        assert params["_meta"]["io.modelcontextprotocol/clientCapabilities"] == {}
    if method == "server/discover" and MODERN:
        return {"supportedVersions": ["2026-07-28"], "capabilities": {"tools": {}}, "serverInfo": {"name": "t", "version": "1"}}
    if method == "initialize" and not MODERN:
        return {"protocolVersion": params["protocolVersion"], "capabilities": {}, "serverInfo": {"name": "t", "version": "1"}}
    if method == "tools/list":
        first = params.get("cursor") is None
        return {"tools": [{"name": "echo" if first else "big", "inputSchema": {}}], **({"nextCursor": "2"} if first else {})}
    if method == "tools/call" and params["name"] in ("echo", "big"):
        text = params["arguments"].get("text") if params["name"] == "echo" else "x" * params["arguments"]["size"]
        return {"content": [{"type": "text", "text": text}], "isError": text is None} if text is not None else {
            "content": [{"type": "text", "text": "text is missing"}], "isError": True}
    if method == "tools/call":
        raise ValueError("unknown tool")
    raise LookupError(method)

for line in sys.stdin:
    try:
        message = json.loads(line)
    except ValueError:
        error(None, -32700, "no JSON")
        continue
    if "id" not in message:
        met = met or message["method"] == "notifications/initialized"
        continue
    try:
        assert MODERN or met or message["method"] in ("server/discover", "initialize"), "no handshake yet"
        answer(message["id"], result=handle(message["method"], message.get("params", {})))
    except LookupError:
        error(message["id"], -32601, "unknown method")
    except (ValueError, AssertionError) as problem:
        error(message["id"], -32602, str(problem))
print("end of input", file=sys.stderr)
"""

TALK = """\
local server = mcp(t, {"python", "server.py", "ERA"})
expect(server.revision):equals("REVISION")
local names = {}
for i, tool in ipairs(server:tools()) do names[i] = tool.name end
expect(names):equals{"echo", "big"}
expect(server:call("echo", {text = "caf\\u{e9}\\nnext"}).text):equals("caf\\u{e9}\\nnext")
expect(server:call("echo").failed):equals(true)
expect(server:call("none").error.code):equals(-32602)
expect(server:request("none").error.code):equals(-32601)
expect(server:say("{").error.code):equals(-32700)
expect(#server:call("big", {size = 3000000}).text):equals(3000000)
local requests = {}
for i = 1, 200 do
  requests[i] = {method = "tools/call", params = {name = "echo", arguments = {text = tostring(i) .. ("y"):rep(2000)}}}
end
for i, answer in ipairs(server:pipeline(requests)) do
  expect(answer.result.content[1].text):equals(tostring(i) .. ("y"):rep(2000))
end
expect(server:alive()):equals(true)
local result = server:stop()
expect(result.code):equals(0)
expect(result.stderr):equals("end of input\\n")
"""

# Says without end what its first word is, once it is asked for tools; with a second word, after it has answered.
FLOOD = """\
import json, sys

FLOODS = {"notification": '{"jsonrpc": "2.0", "method": "notifications/message", "params": {"data": "x"}}',
          "stray": '{"jsonrpc": "2.0", "id": null, "error": {"code": 1, "message": "x"}}',
          "large": json.dumps({"jsonrpc": "2.0", "method": "notifications/message", "params": {"data": "x" * 1000000}}),
          "ping": '{"jsonrpc": "2.0", "method": "ping", "id": 1}'}

for line in sys.stdin:
    message = json.loads(line)
    answer = {"jsonrpc": "2.0", "id": message["id"]}
    if message["method"] == "server/discover":
        print(json.dumps({**answer, "result": {"supportedVersions": ["2026-07-28"]}}), flush=True)
        continue
    if sys.argv[2:]:
        print(json.dumps({**answer, "result": {"tools": []}}), flush=True)
    while True:
        print(FLOODS[sys.argv[1]])
"""

EXPORT = """\
import os, sys, time
sys.path.insert(0, "tools")
from otlpjson import Exporter

def span(id, parent, name):
    return {"traceId": "0" * 31 + "1", "spanId": id, "parentSpanId": parent, "name": name, "kind": "server", "startTimeUnixNano": 1,
            "endTimeUnixNano": 2, "attributes": {"model": "stub-small"}}

exporter = Exporter(resource={"service.name": "gate"})
exporter.export(span("0" * 15 + "1", "", "request"))
exporter.export(span("0" * 15 + "2", "0" * 15 + "1", "call"))
exporter.close()
"""

SINK = """\
local sink = otlp.sink()
t:run{"python", "export.py", env = sink.env}:ok()
local spans = sink:spans()
expect(#spans.all):equals(2)
expect(spans:children(spans:find("request"))[1].name):equals("call")
expect(spans:where{resource = {["service.name"] = "gate"}, attributes = {model = "stub-small"}}):has_length(2)
sink:reset()
expect(sink:spans().all):is_empty()
sink:down{status = 503}
t:run{"python", "export.py", env = sink.env}
expect(sink:spans().all):is_empty()
sink:stop()
"""


class Talking(LabCase):
    def check(self, bodies, files, extra=""):
        self.exercise("talks", bodies, {"begun.txt": "no\n", **files}, extra)
        shutil.copytree(SHARED, self.course / "exercises/shared", ignore=shutil.ignore_patterns("__pycache__"))
        (self.started("talks") / "begun.txt").write_text("yes\n")
        return self.results("talks")

    def test_mcp(self):
        bodies = {
            "stateless": TALK.replace("ERA", "modern").replace("REVISION", "2026-07-28"),
            "handshake": TALK.replace("ERA", "older").replace("REVISION", "2025-11-25"),
        }
        for check, result in self.check(bodies, {"server.py": SERVER}).items():
            with self.subTest(check):
                self.assertEqual(result["verdict"], "pass", result)

    def test_a_server_that_does_not_answer(self):
        files = {"silent.py": "import sys\nfor line in sys.stdin: pass\n", "deaf.py": "import time\ntime.sleep(600)\n"}
        bodies = {
            "silent": 'mcp(t, {"python", "silent.py", within = 0.3})',
            "deaf": 'local server = mcp(t, {"python", "deaf.py", within = 0.3})',
        }
        for check, result in self.check(bodies, files).items():
            with self.subTest(check):
                self.assertEqual(result["verdict"], "fail", result)
                self.assertIn("an answer to initialize within 0.3 s", str(result))

    def test_a_server_that_never_ends_what_it_says(self):
        body = 'local server = mcp(t, {"python", "flood.py", "WORD", within = 2})\nserver:tools()'
        bodies = {word: body.replace("WORD", word) for word in ("notification", "stray", "large", "ping")}
        bodies["farewell"] = body.replace('"WORD"', '"notification", "late"') + "\nserver:stop()"
        results = self.check(bodies, {"flood.py": FLOOD})
        wanted = {"notification": "fail", "stray": "fail", "large": "fail", "ping": "fail", "farewell": "pass"}
        self.assertEqual({check: result["verdict"] for check, result in results.items()}, wanted, results)
        for check in "notification", "stray", "large":
            self.assertIn("at most 10000 messages that nobody asked for", results[check]["message"])

    def test_sink(self):
        result = self.check({"sink": SINK}, {"export.py": EXPORT}, "requires: {shared: [otlpjson.py]}\n")["sink"]
        self.assertEqual(result["verdict"], "pass", result)


if __name__ == "__main__":
    unittest.main()
