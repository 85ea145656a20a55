"""prom.query and prom.test of checkers: against a Prometheus that a program plays, and with promtool where it is installed."""
import shutil
import unittest

from labcase import LabCase

PROMETHEUS = """\
import json, sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

ANSWERS = {
    "up": {"status": "success", "data": {"resultType": "vector", "result": [
        {"metric": {"__name__": "up", "job": "a"}, "value": [1.5, "1"]}, {"metric": {}, "value": [1.5, "NaN"]}]}},
    "1 + 1": {"status": "success", "data": {"resultType": "scalar", "result": [1.5, "2"]}},
    "none": {"status": "success", "data": {"resultType": "vector", "result": []}},
    "up[5m]": {"status": "success", "data": {"resultType": "matrix", "result": []}},
    "up{": {"status": "error", "errorType": "bad_data", "error": "1:4: parse error"},
    "slow": {"status": "error", "errorType": "timeout", "error": "took too long"},
    "no data": {"status": "success"},
    "no result": {"status": "success", "data": {"resultType": "vector"}},
    "no metric": {"status": "success", "data": {"resultType": "vector", "result": [{"metric": {}, "value": [1, "1"]}, {"metric": None, "value": [1, "1"]}]}},
    "a label": {"status": "success", "data": {"resultType": "vector", "result": [{"metric": {"job": 7}, "value": [1, "1"]}]}},
    "a number": {"status": "success", "data": {"resultType": "vector", "result": [{"metric": {}, "value": [1, 1]}]}},
    "a word": {"status": "success", "data": {"resultType": "vector", "result": [{"metric": {}, "value": [1, "much"]}]}},
    "no scalar": {"status": "success", "data": {"resultType": "scalar"}},
    "no type": {"status": "success", "data": {"resultType": "table", "result": []}},
    "a list": ["success"],
}

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        parts = urlsplit(self.path)
        asked = parse_qs(parts.query)
        answer = ANSWERS.get(asked.get("query", [""])[0]) if parts.path == "/api/v1/query" else None
        if asked.get("time") == ["7"]:
            answer = {"status": "success", "data": {"resultType": "scalar", "result": [7, "7"]}}
        self.send_response(200 if answer else 404)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode() if answer else b"no such page")

    def log_message(self, *words):
        pass

HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""

ASK = """\
local url = t:service{"python", "prometheus.py", port(), ready = {tcp = true}}.url
"""

RULES = """\
groups:
  - name: gate
    rules:
      - record: job:up:sum
        expr: sum by (job) (up)
      - alert: Down
        expr: job:up:sum < 1
        for: 2m
        labels: {severity: page, chosen: freely}
        annotations: {summary: "{{ $labels.job }} is down"}
      - record: errors
        expr: FORM
"""
ERRORS, ALL = 'sum(rate(http_requests_total{code="500"}[5m]))', "sum(rate(http_requests_total[5m]))"
OTHERS = 'sum(rate(http_requests_total{code!="500"}[5m]))'

RATIO = """\
local ratio = {series = {['http_requests_total{code="500"}'] = "0+30x20", ['http_requests_total{code="200"}'] = "0+70x20"},
  samples = {{expr = "errors", at = "10m", value = 0.3}}}
"""

STORY = """\
local story = {series = {['up{job="a"}'] = "1x3 0x10", ['up{job="b"}'] = "1x20"},
  fires = {{alert = "Down", at = "8m", labels = {job = "a", severity = "page"}}},
  silent = {{alert = "Down", at = "4m"}, {alert = "Down", at = "8m", labels = {job = "b"}}},
  samples = {{expr = 'job:up:sum{job="b"}', at = "8m", value = 1}, {expr = "job:up:sum", at = "8m", value = 1}}}
"""


class PromTools(LabCase):
    def check(self, bodies, files):
        self.exercise("asks", bodies, {"begun.txt": "no\n", **files})
        (self.started("asks") / "begun.txt").write_text("yes\n")
        return self.results("asks")

    def test_query(self):
        bodies = {
            "vector": 'local found = prom.query(url, "up")\nexpect(#found):equals(2)\nexpect(found[1]):equals{name = "up", labels = {job = "a"}, value = 1}\n'
                      "expect(found[2].value ~= found[2].value):equals(true)",
            "scalar": 'expect(prom.query(url .. "/", "1 + 1")[1].value):equals(2)',
            "empty": 'expect(prom.query(url, "none")):is_empty()',
            "time": 'expect(prom.query(url, "up", {time = 7})[1].value):equals(7)',
            "matrix": 'prom.query(url, "up[5m]")',
            "wrong": 'prom.query(url, "up{")',
            "slow": 'prom.query(url, "slow")',
            "other": 'prom.query(url, "what")',
        }
        results = self.check({name: ASK + body for name, body in bodies.items()}, {"prometheus.py": PROMETHEUS})
        self.assertEqual({name: result["verdict"] for name, result in results.items()}, {
            "vector": "pass", "scalar": "pass", "empty": "pass", "time": "pass", "matrix": "broken", "wrong": "broken", "slow": "fail",
            "other": "fail"}, results)
        self.assertIn("parse error", results["wrong"]["message"])
        self.assertIn("timeout: took too long", results["slow"]["message"])

    def test_answers_that_are_none(self):
        """Whatever plays Prometheus may be a learner's program: what it says never breaks the check."""
        said = {
            "no data": "no result: nothing",
            "no result": "no result: {\"resultType\": \"vector\"}",
            "no metric": "no sample: {\"metric\": null, \"value\": [1, \"1\"]}",
            "a label": "no sample: {\"metric\": {\"job\": 7}, \"value\": [1, \"1\"]}",
            "a number": "no sample: {\"metric\": {}, \"value\": [1, 1]}",
            "a word": "no sample: {\"metric\": {}, \"value\": [1, \"much\"]}",
            "no scalar": "no result: {\"resultType\": \"scalar\"}",
            "no type": "no result: {\"result\": [], \"resultType\": \"table\"}",
            "a list": "the status 200, and no answer of its API",
        }
        bodies = {name.replace(" ", "-"): f'{ASK}prom.query(url, "{name}")' for name in said}
        results = self.check(bodies, {"prometheus.py": PROMETHEUS})
        for name, text in said.items():
            result = results[name.replace(" ", "-")]
            self.assertEqual(result["verdict"], "fail", (name, result))
            self.assertIn("expected an answer of Prometheus, got " + text, result["message"])

    def test_without_promtool(self):
        if shutil.which("promtool", path="/usr/local/bin:/usr/bin:/bin"):
            self.skipTest("promtool is installed")
        result = self.check({"story": STORY + 'prom.test("rules.yaml", story)'}, {"rules.yaml": RULES.replace("FORM", "up")})["story"]
        self.assertEqual(result["verdict"], "blocked", result)
        self.assertIn("promtool is not installed", result["message"])

    def demand_promtool(self):
        if not shutil.which("promtool", path="/usr/local/bin:/usr/bin:/bin"):
            print(f"{self.id()}: skipped: promtool is not installed")
            self.skipTest("promtool is not installed")

    def test_samples_are_near(self):
        """The forms of one ratio differ in their last bits; what is not near shows both values."""
        self.demand_promtool()
        bodies = {
            "quotient": RATIO + 'prom.test("quotient.yaml", ratio)',
            "rest": RATIO + 'prom.test("rest.yaml", ratio)',
            "far": RATIO + 'ratio.samples[1].value = 0.30000001\nprom.test("rest.yaml", ratio)',
            "none": RATIO + 'ratio.samples[1] = {expr = "none", at = "10m", value = 0}\nprom.test("rest.yaml", ratio)',
            "negative": RATIO + 'ratio.samples[1] = {expr = "-1e12 * errors", at = "10m", value = -3e11}\nprom.test("rest.yaml", ratio)',
        }
        results = self.check(bodies, {"quotient.yaml": RULES.replace("FORM", f"{ERRORS} / {ALL}"), "rest.yaml": RULES.replace("FORM", f"1 - {OTHERS} / {ALL}")})
        self.assertEqual({name: result["verdict"] for name, result in results.items()}, {
            "quotient": "pass", "rest": "pass", "far": "fail", "none": "fail", "negative": "pass"}, results)
        self.assertIn("errors is 0.30000001 at 10m", results["far"]["message"])
        evidence = results["far"]["evidence"][0]["evidence"]
        self.assertRegex(evidence, r"3\.0000001E-01(.|\n)*2\.9999")
        self.assertNotIn("bool", evidence)

    def test_stories(self):
        self.demand_promtool()
        rules = RULES.replace("FORM", "up")
        bodies = {
            "holds": STORY + 'prom.test("rules.yaml", story)',
            "late": STORY + 'story.fires[1].at = "4m"\nprom.test("rules.yaml", story)',
            "loud": STORY + 'story.silent[3] = {alert = "Down", at = "9m"}\nprom.test("rules.yaml", story)',
            "value": STORY + 'story.samples[1].value = 2\nprom.test("rules.yaml", story)',
            "refused": STORY + 'prom.test("broken.yaml", story)',
            "missing": STORY + 'prom.test("none.yaml", story)',
            "series": STORY + 'story.series.x = "1xx"\nprom.test("rules.yaml", story)',
        }
        results = self.check(bodies, {"rules.yaml": rules, "broken.yaml": rules.replace("sum by", "sum bye")})
        self.assertEqual({name: result["verdict"] for name, result in results.items()}, {
            "holds": "pass", "late": "fail", "loud": "fail", "value": "fail", "refused": "fail", "missing": "fail", "series": "broken"}, results)
        self.assertIn('Down {job="a",severity="page"} fires at 4m', results["late"]["message"])
        self.assertIn("Down is silent at 9m", results["loud"]["message"])
        self.assertIn('job:up:sum{job="b"} is 2 at 8m', results["value"]["message"])
        self.assertIn("rules that Prometheus takes", results["refused"]["message"])


if __name__ == "__main__":
    unittest.main()
