"""llm.stub of checkers, with the real stub in the real box: what a program gets from it, and what it cannot get at."""
import shutil
import unittest
from pathlib import Path

from labcase import LabCase

SHARED = Path(__file__).resolve().parents[2] / "exercises/shared"

ASK = """\
import json, os, sys, urllib.error, urllib.request

def call(path, body=None, headers={}):
    url = os.environ["OPENAI_BASE_URL"].removesuffix("/v1") + path
    data = None if body is None else json.dumps(body).encode()
    keyed = {"Authorization": "Bearer " + os.environ["OPENAI_API_KEY"], "Content-Type": "application/json", **headers}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, keyed), timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)

def chat(model="stub-small", **more):
    return call("/v1/chat/completions", {"model": model, "messages": [{"role": "user", "content": "When does the gate close?"}], **more})
"""

PROGRAMS = {
    "ask.py": ASK,
    "chat.py": "from ask import *\nprint(json.dumps(chat(*sys.argv[1:])))\n",
    "warm.py": "from ask import *\nprint(json.dumps([chat(temperature=1)[1]['id'] for _ in range(3)]))\n",
    # Whatever a program of the same user can try: the admin's addresses, the server's memory, environment, words and pipes.
    "attack.py": """\
from ask import *
import glob
for name, body in (("calls", None), ("reset", {}), ("faults", []), ("script", []), ("facts", [])):
    for token in ({}, {"X-Stub-Admin": ""}, {"X-Stub-Admin": os.environ["OPENAI_API_KEY"]}):
        assert call("/__admin/" + name, body, token)[0] == 403, name
servers = [path.split("/")[2] for path in glob.glob("/proc/[0-9]*/cmdline") if b"stubllm" in open(path, "rb").read()]
assert len(servers) == 1, servers
open_ones = []
for name in ("environ", "mem", "maps", "fd/0", "fd/1"):
    try:
        open(f"/proc/{servers[0]}/{name}", "rb").read(1)
        open_ones.append(name)
    except OSError:
        pass
print(json.dumps({"open": open_ones, "words": open(f"/proc/{servers[0]}/cmdline").read().split("\\0")}))
""",
    "kill.py": """\
import glob, os, signal, sys
for path in glob.glob("/proc/[0-9]*/cmdline"):
    if b"stubllm" in open(path, "rb").read():
        os.kill(int(path.split("/")[2]), getattr(signal, sys.argv[1]))
""",
}

USES = {
    "answers": """\
local stub = llm.stub()
local status, answer = table.unpack(t:run{"python", "chat.py", env = stub.env}:ok():json())
expect(status, "status"):equals(200)
local call = stub:calls()[1]
expect(call.model, "model"):equals("stub-small")
expect(call.headers.authorization, "authorization"):equals("Bearer " .. stub.env.OPENAI_API_KEY)
expect(stub:tokens().total, "tokens"):equals(answer.usage.total_tokens)
expect(stub:calls{model = "stub-large"}, "calls of another model"):is_empty()""",
    "facts": """\
local stub = llm.stub{facts = {{question = "When does the gate close?", answer = "at nine", wrong = {"at nine"}}}, model = "stub-large"}
local answer = t:run{"python", "chat.py", "stub-large", env = stub.env}:ok():json()[2]
expect(answer.choices[1].message.content, "answer"):contains("nine")""",
    "facts-file": """\
local facts = private("facts.jsonl")
local stub = llm.stub{facts = facts}
expect(t:run{"python", "chat.py", env = stub.env}:ok():json()[2].choices[1].message.content, "answer"):contains("ten")""",
    "faults": """\
local stub = llm.stub{faults = {{status = 503, count = 1}, {model = "stub-large", status = 429}}}
expect(t:run{"python", "chat.py", env = stub.env}:ok():json()[1], "first"):equals(503)
expect(t:run{"python", "chat.py", env = stub.env}:ok():json()[1], "second"):equals(200)
expect(t:run{"python", "chat.py", "stub-large", env = stub.env}:ok():json()[1], "large"):equals(429)
stub:faults{}
expect(t:run{"python", "chat.py", "stub-large", env = stub.env}:ok():json()[1], "without"):equals(200)
expect(#stub:calls(), "calls"):equals(4)
expect(#stub:calls{status = 200}, "answers"):equals(2)
stub:reset()
expect(stub:calls(), "calls after a reset"):is_empty()
expect(t:run{"python", "chat.py", env = stub.env}:ok():json()[1], "after a reset"):equals(503)
stub:faults{closed = 60}
t:run{"python", "chat.py", env = stub.env}:fails()""",
    "script": """\
local stub = llm.stub{script = {{content = "first"}}}
local function said() return t:run{"python", "chat.py", "stub-script", env = stub.env}:ok():json()[2].choices[1].message.content end
expect(said()):equals("first")
stub:script{{content = "other"}}
expect(said()):equals("other")
stub:reset()
expect(said()):equals("first")""",
    "seed": """\
local function ids(seed)
  local stub = llm.stub{seed = seed}
  local ids = t:run{"python", "warm.py", env = stub.env}:ok():json()
  stub:stop()
  return ids
end
expect(ids(1)):equals(ids(1))
expect(ids(1)):not_equals(ids(9))""",
    "unseen": """\
local stub = llm.stub{}
t:run{"python", "chat.py", env = stub.env}:ok()
local seen = t:run{"python", "attack.py", env = stub.env}:ok():json()
expect(seen.open, "what of the server can be read"):is_empty()
expect(table.concat(seen.words, " "), "its words"):not_contains("token")
expect(#stub:calls(), "calls"):equals(1)""",
}


class LlmStub(LabCase):
    def use(self, bodies):
        self.exercise("talks", bodies, {"begun.txt": "no\n", **PROGRAMS})
        shutil.copytree(SHARED, self.course / "exercises/shared", ignore=shutil.ignore_patterns("__pycache__"))
        private = self.course / "exercises/talks/private"
        private.mkdir(exist_ok=True)
        (private / "facts.jsonl").write_text('{"question": "When does the gate close?", "answer": "at ten", "wrong": ["ten"]}\n')
        (self.started("talks") / "begun.txt").write_text("yes\n")
        return self.results("talks")

    def test_uses(self):
        for check, result in self.use(USES).items():
            with self.subTest(check):
                self.assertEqual(result["verdict"], "pass", result)

    def test_a_server_that_a_program_ends_is_no_evidence(self):
        body = 'local stub = llm.stub()\nt:run{"python", "kill.py", "%s"}:ok()\nstub:calls()'
        for signal, result in self.use({signal.lower(): body % signal for signal in ("SIGKILL", "SIGTERM")}).items():
            with self.subTest(signal):
                self.assertEqual(result["verdict"], "fail", result)
                self.assertIn("a server that runs until the check stops it", str(result))

    def test_misuse(self):
        bodies = {
            "option": "llm.stub{modle = 1}",
            "fault": 'llm.stub{faults = {{status = 20}}}',
            "model": 'llm.stub{faults = {{model = "gpt", status = 500}}}',
            "stopped": "local stub = llm.stub() stub:stop() stub:calls()",
            "late": 't:service{"python", "-m", "http.server", port(), ready = {tcp = true}}\nllm.stub()',
            "fact": 'llm.stub{facts = {{question = "x"}}}',
        }
        said = {check: (result["verdict"], result["message"]) for check, result in self.use(bodies).items()}
        self.assertEqual({verdict for verdict, _ in said.values()}, {"broken"}, said)
        for check, words in {"option": "did you mean 'model'", "fault": "status", "model": "expected a model", "stopped": "stopped already",
                             "late": "before the learner's services", "fact": "answer must be"}.items():
            self.assertIn(words, said[check][1])


if __name__ == "__main__":
    unittest.main()
