"""How lab author test tells what came of it: JUnit, events, text."""
import json
import subprocess
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import jsonschema

from proofcase import ProofCase

SCHEMAS = Path(__file__).resolve().parents[2] / "docs/schema"


class Reports(ProofCase):
    def test_junit(self):
        folder = self.proved_exercise()
        self.change(folder / "wrong/off-by-one/wrong.yaml", "reason: sum", "reason: product")
        file = self.home / "junit.xml"
        self.prove("--junit", str(file), status=1)
        suite = ElementTree.parse(file).getroot().find("testsuite")
        self.assertEqual(suite.get("name"), "one")
        self.assertEqual(int(suite.get("tests")), len(suite.findall("testcase")))
        self.assertEqual(int(suite.get("failures")), len(suite.findall("testcase/failure")))
        self.assertIn("the reason given is sum", suite.find("testcase/failure").get("message"))
        checked = subprocess.run(["xmllint", "--nonet", "--noout", "--schema", SCHEMAS / "junit.xsd", file], capture_output=True,
                                 text=True, check=False)
        self.assertEqual(checked.returncode, 0, checked.stderr)

    def test_events_are_as_their_schema_says(self):
        self.proved_exercise()
        validator = jsonschema.Draft7Validator(json.loads((SCHEMAS / "events.schema.json").read_text()))
        self.started("one")
        printed = [self.lab(*words, "--json").stdout.splitlines() for words in (
            ["author", "test", "one", "--repeat", "0", "--mutate"], ["check", "one"], ["author", "test", "on"])]
        events = [json.loads(line) for lines in printed for line in lines]
        self.assertEqual({event["event"] for event in events}, {kind["title"] for kind in validator.schema["oneOf"]} - {"service"})
        for event in events:
            validator.validate(event)
            for field in event.keys() - {"event"}:
                without = {key: value for key, value in event.items() if key != field}
                self.assertFalse(validator.is_valid(without), f"{event['event']} without {field}")

    def test_for_people(self):
        self.proved_exercise()
        done = self.ok("author", "test", "one", "--repeat", "1", "-v")
        self.assertIn("wrong/off-by-one: fails what it names, and nothing else", done.stdout)
        self.assertIn("one: proved by 6 cases", done.stdout)

    def test_no_exercise_named(self):
        self.proved_exercise()
        done = self.lab("author", "test")
        self.assertEqual(done.returncode, 2)
        self.assertIn("lab author test --all", done.stderr)


if __name__ == "__main__":
    unittest.main()
