"""The JSON Schemas of the formats, judged by a public validator: with the corpus of tests/formats/, which the parser judges in
tests/unit/test_format_corpus.c, with every course file of this repository, and against the copies in docs/."""
import json
import re
import unittest
from pathlib import Path

import core_yaml
import jsonschema
from labcase import LabCase

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("course", "exercise", "service", "skills", "track", "wrong")
FILES = {"course": "course.yaml", "exercise": "exercises/*/exercise.yaml", "skills": "exercises/shared/skills.yaml", "track": "tracks/*.yaml", "wrong": "exercises/*/wrong/*/wrong.yaml"}
COURSES = (ROOT, ROOT / "tests/hostile/course", ROOT / "lab/author/template")


def corpus(part, name):
    return sorted((ROOT / "tests/formats" / part / name).glob("*.yaml"))


class Schema(LabCase):
    def setUp(self):
        super().setUp()
        self.validators = {}
        for name in NAMES:
            schema = json.loads(self.ok("author", "schema", name).stdout)
            jsonschema.Draft7Validator.check_schema(schema)
            self.validators[name] = jsonschema.Draft7Validator(schema)

    def faults(self, name, path):
        return [error.message for error in self.validators[name].iter_errors(core_yaml.load(path.read_text()))]

    def test_what_the_parser_takes_the_schema_takes(self):
        for name in NAMES:
            for path in corpus("valid", name):
                self.assertEqual(self.faults(name, path), [], path)

    def test_what_the_parser_refuses_the_schema_refuses(self):
        for name in NAMES:
            for path in corpus("invalid", name):
                self.assertNotEqual(self.faults(name, path), [], path)

    def test_what_only_the_parser_can_refuse_is_kept_apart(self):
        for name in NAMES:
            for path in corpus("invalid-parser-only", name):
                self.assertEqual(self.faults(name, path), [], f"{path} belongs into invalid/")

    def test_the_corpus_is_large_enough(self):
        count = {part: sum(len(corpus(part, name)) for name in NAMES) for part in ("valid", "invalid")}
        self.assertGreaterEqual(count["valid"], 10)
        self.assertGreaterEqual(count["invalid"], 25)

    def test_every_course_file_of_the_repository_is_valid(self):
        for name, service in core_yaml.load((ROOT / "docker-compose.yml").read_text())["services"].items():
            faults = [error.message for error in self.validators["service"].iter_errors(service["x-lab"])]
            self.assertEqual(faults, [], name)
        for name, pattern in FILES.items():
            paths = [path for course in COURSES for path in course.glob(pattern)]
            self.assertTrue(paths)
            for path in paths:
                self.assertEqual(self.faults(name, path), [], path)

    def test_every_required_key_is_demanded(self):
        good = core_yaml.load((ROOT / "tests/formats/valid/exercise/full.yaml").read_text())
        schema = self.validators["exercise"].schema
        for key in schema["required"]:
            without = {name: value for name, value in good.items() if name != key}
            self.assertFalse(self.validators["exercise"].is_valid(without), key)
        for key in schema["properties"]["checks"]["items"]["required"]:
            checks = [{name: value for name, value in check.items() if name != key} for check in good["checks"]]
            self.assertFalse(self.validators["exercise"].is_valid({**good, "checks": checks}), key)

    def test_every_key_says_what_it_means(self):
        def properties(schema):
            for key, value in schema.get("properties", {}).items():
                yield key, value
            for part in [*schema.get("properties", {}).values(), *schema.get("anyOf", []), *([schema["items"]] if "items" in schema else [])]:
                yield from properties(part)
        for name, validator in self.validators.items():
            for key, value in properties(validator.schema):
                self.assertRegex(value["description"], r"\w", f"{name}: {key}")


class Command(LabCase):
    def test_one_schema_goes_to_standard_output(self):
        self.assertEqual(json.loads(self.ok("author", "schema", "wrong").stdout)["title"], "wrong.yaml")
        event = json.loads(self.ok("author", "schema", "wrong", "--json").stdout)
        self.assertEqual((event["event"], event["name"], event["schema"]["title"]), ("schema", "wrong", "wrong.yaml"))

    def test_all_go_into_a_folder(self):
        self.ok("author", "schema", "--out", "a/b")
        self.assertEqual(sorted(path.name for path in (self.home / "a/b").iterdir()), [f"{name}.schema.json" for name in NAMES])
        done = self.ok("author", "schema", "track", "--out", "c", "--json")
        self.assertEqual(json.loads(done.stdout), {"event": "schema_written", "name": "track", "file": "c/track.schema.json"})
        self.assertEqual([path.name for path in (self.home / "c").iterdir()], ["track.schema.json"])

    def test_what_cannot_be_done_is_said(self):
        for words, said in ((["exercises"], "no format 'exercises': it is course, exercise, service, skills, track or wrong"),
                            ([], "which format? name one, or give a folder for all"),
                            (["track", "--markdown", "--out", "x"], "--markdown prints its tables; --out writes schemas; give one"),
                            (["track", "--markdown", "--json"], "--markdown is for people, and --json for programs; give one")):
            done = self.lab("author", "schema", *words)
            self.assertEqual(done.returncode, 2, words)
            self.assertIn(said, done.stderr)
        (self.home / "file").write_text("")
        self.assertEqual(self.lab("author", "schema", "--out", "file").returncode, 4)


class Copies(LabCase):
    """What docs/ holds is what the program says; `make schema` brings it up to date."""

    def test_the_schemas_in_docs_are_current(self):
        self.assertEqual(sorted(path.name for path in (ROOT / "docs/schema").iterdir()),
                         sorted([*(f"{name}.schema.json" for name in NAMES), "events.schema.json", "junit.xsd"]))
        for name in NAMES:
            self.assertEqual((ROOT / f"docs/schema/{name}.schema.json").read_text(), self.ok("author", "schema", name).stdout,
                             "run make schema")

    def test_the_tables_in_docs_are_current(self):
        page = (ROOT / "docs/format.md").read_text()
        for name in NAMES:
            tables = self.ok("author", "schema", name, "--markdown").stdout
            found = re.search(rf"<!-- {name} -->\n(.*?)<!-- end -->\n", page, re.S)
            self.assertEqual(found[1] if found else "", tables, "run make schema")

    def test_a_kind_of_event_has_one_shape(self):
        page = (ROOT / "docs/events.md").read_text()
        rows = re.findall(r"^\| (`.*?) \|", page.split("# Lines of the other commands")[1], re.M)
        names = re.findall(r"^## (\w+)$", page, re.M) + re.findall(r"`(\w+)`", " ".join(rows))
        self.assertIn("service_status", names)
        self.assertEqual({name for name in names if names.count(name) > 1}, set())


if __name__ == "__main__":
    unittest.main()
