"""lab author record: what a command does to the solution becomes the draft of a check, and the draft holds."""
import contextlib
import glob
import json
import subprocess
import unittest
from pathlib import Path

from labcase import LabCase

PROGRAM = """\
import json, os, sys, time
os.makedirs("out", exist_ok=True)
json.dump({"rows": 3, "at": time.time_ns(), "names": ["a", "b"], "odd key": None, "end": {"deep": True},
           "items": [{"x": 1}, {"x": 2, "y": 3}], "grows": [0] * (1 + time.time_ns() % 1000)}, open("out/model.json", "w"))
open("out/scores.csv", "w").write("id,score\\n1,0.5\\n2,0.7\\n")
open(f"out/{time.time_ns()}.tmp", "w").close()
os.remove("old.txt")
open("data.txt", "a").write("more")
print("trained 3 rows")
print(time.time_ns())
"""
SERVER = """\
import json, os, sys, time
from http.server import BaseHTTPRequestHandler, HTTPServer
class Handler(BaseHTTPRequestHandler):
    def answer(self, status, value):
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_GET(self):
        self.answer(200, {"status": "ok", "at": time.time_ns()} if self.path == "/healthz" else b"now %d" % time.time_ns())
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.answer(200 if body.get("rows") else 422, {"scores": [0.5 for _ in body.get("rows") or []]})
HTTPServer(("127.0.0.1", int(sys.argv[1].split("=")[1])), Handler).serve_forever()
"""
YAML = """\
# an exercise, as its author wrote it
format: 1
id: train
title: "Train: a model"
objective: Show how lab behaves.
minutes: 5
difficulty: 1
level: 1
phase: develop
layer: mlops
skills: [python]
checks:                # all of them
  - id: one
    title: The first   # indented by two
    points: 10
    hints:
      - |
        Look again.

        # this is no comment

  # what is behind the checks
hints: [Look once more.]
"""


class Record(LabCase):
    def setUp(self):
        super().setUp()
        self.folder = self.exercise("train", {"one": 't:run{"python", "-c", "print(1)"}:ok()'},
                                    {"work.py": "print(1)\n", "old.txt": "old", "data.txt": "data"})
        (self.folder / "exercise.yaml").write_text(YAML)
        for name, text in (("work.py", PROGRAM), ("server.py", SERVER)):
            (self.folder / "solution").mkdir(exist_ok=True)
            (self.folder / "solution" / name).write_text(text)

    def record(self, *words, code=0):
        done = self.lab("author", "record", "train", *words)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout if code == 0 else done.stderr

    def proved(self, check):
        """The verdict of the check for the solution, by lab's own checking."""
        done = self.lab("author", "preview", "train", "solution", "--json")
        results = [json.loads(line) for line in done.stdout.splitlines()]
        return {line["id"]: line["verdict"] for line in results if line["event"] == "check_done"}[check]

    def test_a_draft(self):
        draft = self.record("--", "python", "work.py")
        for line in ('checks["recorded"] = function(t)',
                     'local result = t:run{"python", "work.py"}:ok()',
                     'expect(result:lines()[1], "first line of its output"):equals("trained 3 rows")',
                     'expect.file("data.txt"):exists() -- changed, 8 bytes',
                     'expect.file("old.txt"):not_exists()',
                     'expect.file("out/model.json"):exists() -- made, ',
                     '"at", "end", "grows", "items", "names", "odd key", "rows"',
                     'expect(type(model_json.rows), "type of out/model.json: rows"):equals("number")',
                     'expect(model_json.names, "out/model.json: names"):has_length(2)',
                     'expect(model_json["odd key"], "out/model.json: odd key"):equals(json.null)',
                     'expect(type(model_json["end"].deep), "type of out/model.json: end.deep"):equals("boolean")',
                     'expect(item, "an item of out/model.json: items"):has_keys("x")',
                     '-- left out: the value of out/model.json: at, which differed between two runs',
                     '-- left out: the length of out/model.json: grows, which differed between two runs',
                     'expect(scores_csv.header, "columns of out/scores.csv"):equals({"id", "score"})',
                     'expect(#scores_csv, "rows of out/scores.csv"):equals(2)'):
            self.assertIn(line, draft)
        self.assertRegex(draft, r"-- left out: the file out/\d+\.tmp, which differed between two runs")
        self.assertNotRegex(draft, r"(?m)^.{121}")
        self.assertEqual(self.scratch_entries(), [])

    def test_output_that_is_json(self):
        draft = self.record("--", "python", "-c", "print('{\"a\": [1, 2], \"b\": \"x\"}')")
        self.assertIn('local said = result:json()', draft)
        self.assertIn('expect(said, "its output"):has_keys("a", "b")', draft)

    def test_output_that_differs(self):
        draft = self.record("--", "python", "-c", "import time; print(time.time_ns())")
        self.assertIn("-- left out: the first line of its output, which differed between two runs", draft)
        self.assertNotIn("result", draft.replace("recorded", ""))

    def test_an_order_that_comes_from_hashes(self):
        draft = self.record("--", "python", "-c", "print(list({'depot', 'tier', 'weather', 'hour', 'day'}))")
        self.assertIn("-- left out: the first line of its output", draft)

    def test_another_exit_code(self):
        self.assertIn(":fails(3)", self.record("--", "python", "-c", "raise SystemExit(3)"))

    def test_odd_words(self):
        odd = "a\"b\\c\nd\te\u00e9\x7f\u202e]]"
        draft = self.record("--", "python", "-c", "import sys; print(ascii(sys.argv[1]))", odd)
        self.assertNotIn("\u202e", draft)
        self.assertIn("\\226\\128\\174", draft)

    def test_appended_it_passes_and_the_layout_stays(self):
        checker = (self.folder / "checker.lua").read_text()
        said = self.record("--append", "trains", "--", "python", "work.py")
        self.assertIn("train has the check trains, which the solution passes", said)
        expected = YAML.replace("        # this is no comment\n", "        # this is no comment\n\n"
                                "  - id: trains\n    title: The run recorded as trains\n    points: 1\n")
        self.assertEqual((self.folder / "exercise.yaml").read_text(), expected)
        self.assertTrue((self.folder / "checker.lua").read_text().startswith(checker + "\n-- Drafted"))
        self.assertEqual(self.proved("trains"), "pass")
        self.assertEqual(self.proved("one"), "pass")
        start = self.lab("author", "preview", "train", "start", "--json")
        self.assertIn('"id":"trains","title":"The run recorded as trains","verdict":"fail"', start.stdout)
        # once more, and a second one beside it
        self.assertIn("has a check 'trains' already", self.record("--append", "trains", "--", "true", code=2))
        self.record("--append", "second", "--", "python", "-c", "print(2)")
        self.assertEqual(self.proved("second"), "pass")

    def appended(self, yaml):
        (self.folder / "exercise.yaml").write_bytes(yaml.encode())
        self.record("--append", "more", "--", "python", "-c", "print(2)")
        self.assertEqual(self.proved("more"), "pass")
        return (self.folder / "exercise.yaml").read_bytes().decode()

    def test_other_layouts(self):
        checks = YAML[YAML.index("checks:"):]
        plain = YAML.replace(checks, "checks:\n- title: A\n  id: one\n  points: 10")  # without a newline at the end
        self.assertEqual(self.appended(plain), plain + "\n\n- id: more\n  title: The run recorded as more\n  points: 1\n")
        returns = YAML.replace("\n", "\r\n")
        (self.folder / "checker.lua").write_text('checks["one"] = function(t) expect(1):equals(1) end\n')
        text = self.appended(returns)
        self.assertEqual(text.count("\n"), text.count("\r\n"))

    def test_layouts_that_are_not_edited(self):
        checks = YAML[YAML.index("checks:"):]
        flow = YAML.replace(checks, "checks: [{id: one, title: A, points: 10}]\n")
        (self.folder / "exercise.yaml").write_text(flow)
        before = (self.folder / "checker.lua").read_text()
        said = self.record("--append", "more", "--", "python", "-c", "print(2)", code=3)
        self.assertIn("exercises/train/exercise.yaml:12:9: the checks are written in a way that lab does not edit", said)
        self.assertEqual((self.folder / "exercise.yaml").read_text(), flow)
        self.assertEqual((self.folder / "checker.lua").read_text(), before)

    def test_a_function_of_that_name_is_not_overwritten(self):
        checker = (self.folder / "checker.lua").read_text() + 'local checks = checks\nchecks["more"] = nil\n'
        (self.folder / "checker.lua").write_text(checker + 'checks["more"] = function(t) expect(1):equals(1) end\n')
        before = (self.folder / "checker.lua").read_text()
        self.lab("author", "record", "train", "--append", "more", "--", "python", "-c", "print(2)")
        self.assertEqual((self.folder / "checker.lua").read_text(), before)
        self.assertEqual((self.folder / "exercise.yaml").read_text(), YAML)

    def test_a_checker_that_cannot_hold_it(self):
        """What is drafted must run beside what is there."""
        (self.folder / "checker.lua").write_text((self.folder / "checker.lua").read_text() + "local expect = nil\n")
        self.record("--append", "more", "--", "python", "-c", "print(2)", code=6)
        self.assertEqual((self.folder / "exercise.yaml").read_text(), YAML)

    def test_a_service(self):
        (self.home / "body.json").write_text('{"rows": [[1, 2.5], [3, 4]], "note": null, "end": "x"}')
        draft = self.record("--service", "--get", "/healthz", "--get", "/now", "--post", "/predict=@body.json", "--post",
                            '/predict={"rows": []}', "--append", "serves", "--", "python", "server.py", "--port={port}")
        draft = (self.folder / "checker.lua").read_text()
        for line in ("local listens = port()",
                     't:service{"python", "server.py", "--port=" .. listens, port = listens, ready = {http = "/healthz"}}',
                     'expect(answer.status, "status of GET /healthz"):equals(200)',
                     'expect(answer_json, "answer to GET /healthz"):has_keys("at", "status")',
                     "-- left out: the answer to GET /now, which differed between two runs",
                     '{["end"] = "x", note = json.null, rows = {{1, 2.5}, {3, 4}}}',
                     'expect(answer_3_json.scores, "answer to POST /predict: scores"):has_length(2)',
                     'expect(answer_4.status, "status of POST /predict"):equals(422)'):
            self.assertIn(line, draft)
        self.assertEqual(self.proved("serves"), "pass")

    def test_what_cannot_be_recorded(self):
        for words, code, said in (
                (("--", "nosuchprogram"), 4, "nosuchprogram is not installed"),
                (("--", "python", "-c", "import os; os.abort()"), 3, "SIGABRT"),
                (("--service", "--get", "/", "--", "python", "-c", "print({port})"), 3, "before it was ready"),
                (("--service", "--", "python", "{port}"), 2, "what is the service asked"),
                (("--service", "--get", "/", "--", "python"), 2, "where does the service listen"),
                (("--get", "/", "--", "python"), 2, "add --service"),
                (("--service", "--get", "x", "--", "a", "{port}"), 2, "begins with /"),
                (("--service", "--post", "/x", "--", "a", "{port}"), 2, "what is posted"),
                (("--service", "--post", "/x=@nothing", "--", "a", "{port}"), 4, "nothing"),
                (("--append", "No Id", "--", "true"), 2, "is no id"),
                (("python", "work.py"), 2, "one exercise, then --"),
                ((), 2, "argument is missing|then --")):
            with self.subTest(words=words):
                self.assertRegex(self.record(*words, code=code), said)
        self.assertEqual((self.folder / "exercise.yaml").read_text(), YAML)

    def test_json(self):
        line = json.loads(self.record("--json", "--append", "more", "--", "python", "-c", "print(2)"))
        self.assertEqual((line["event"], line["exercise"], line["id"], line["appended"]), ("draft", "train", "more", True))
        self.assertIn(line["lua"], (self.folder / "checker.lua").read_text())
        self.assertFalse(json.loads(self.record("--json", "--", "python", "-c", "print(2)"))["appended"])

    def test_odd_files(self):
        """What a program leaves may bear any name, and be anything; the draft is proved by record itself."""
        names = ["\x1b[31m.json", "a\nb.csv", "\u202e.txt", "two words.json", "7.json", "end.json"]
        draft = self.record("--", "python", "-c", f"""
import os
for name in {names!r}:
    open(name, "w").write('{{"a": 1}}')
os.mkfifo("pipe.json")
os.symlink("/etc/passwd", "link.json")
open("large.json", "w").write("[" + "1, " * (1 << 21) + "1]")
""")
        self.assertNotRegex(draft, "[\x00-\x09\x0b-\x1f\u202e]")
        self.assertEqual(draft.count(":exists()"), len(names) + 1)
        self.assertNotIn("passwd", draft.replace("/etc/passwd", "", 1))

    def test_without_a_solution(self):
        for path in (self.folder / "solution").iterdir():
            path.unlink()
        (self.folder / "solution").rmdir()
        self.assertIn("no variant 'solution'", self.record("--", "true", code=2))

    def test_files_that_change_meanwhile_are_not_written(self):
        """The command waits for a file that it gets only after the author has saved."""
        changed = YAML.replace("minutes: 5", "minutes: 6")
        process = subprocess.Popen(
            self.command("author", "record", "train", "--append", "more", "--", "python", "-c",
                         "import os, time\nwhile not os.path.exists('go'): time.sleep(0.01)\nos.remove('go')"),
            env=self.environment, cwd=self.home, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

        def folders():
            return glob.glob(f"{self.home}/tmp/lab-*/*/*/scratch/lab-*/*/checks/[fsm]*/work")
        self.wait_for(folders, 60)
        (self.folder / "exercise.yaml").write_text(changed)

        def let_go():
            for folder in folders():
                with contextlib.suppress(OSError):
                    Path(folder, "go").touch()
            return process.poll() is not None
        self.wait_for(let_go, 60)
        _, said = process.communicate()
        self.assertEqual(process.returncode, 3, said)
        self.assertIn("have changed while the command ran", said)
        self.assertEqual((self.folder / "exercise.yaml").read_text(), changed)


if __name__ == "__main__":
    unittest.main()
