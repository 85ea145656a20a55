"""docs/patterns.md: each pattern is put together as an exercise, proved, and spoilt by the mistake that the page warns of.

Beside the comments of pages.py the page has, before a fence, `<!-- wrong: NAME fails CHECKS -->` (a diff of a file of the solution),
`<!-- weak -->` (a diff of checker.lua, or without one of exercise.yaml: the mistake), `<!-- says -->` (all that the proof then finds) and `<!-- checks -->` (the end
of exercise.yaml).
"""
import json
import re
import unittest

import pages
from labcase import CHECK, EXERCISE
from test_tutorial import PageCase

PAGE = "patterns.md"


def patterns():
    """The fences of each section that has some, by the exercise's id."""
    found = {}
    for fence in pages.fences(PAGE):
        found.setdefault(re.sub(r"\W+", "-", fence.section.lower()), []).append(fence)
    return found


class Patterns(PageCase):
    maxDiff = None

    def assemble(self, name, fences):
        """The exercise of a section, without its mistake."""
        reader = self.session(self.course / "exercises" / name)
        reader.write("README.md", f"# {name}\n")
        reader.write("start/notes.md", "Nothing is written yet.\n")
        for fence in fences:
            if fence.kind == "file":
                reader.do(fence)
            elif fence.kind == "wrong":
                self.write_wrong(reader, fence)
        checker = reader.folder / "checker.lua"
        ids = re.findall(r'(?m)^checks\["(.*)"\]', checker.read_text()) if checker.exists() else []
        listed = "".join(CHECK.format(id=check, extra="    decisive: true\n") for check in ids)
        listed = next((fence.text.removeprefix("checks:\n") for fence in fences if fence.kind == "checks"), listed)
        reader.write("exercise.yaml", EXERCISE.format(id=name, extra="", checks=listed))
        return reader

    def write_wrong(self, reader, fence):
        name, _, checks = fence.path.partition(" fails ")
        old, new = re.match(r"--- (.*)\n\+\+\+ (.*)\n", fence.text).groups()
        self.assertEqual(new, old.replace("solution/", f"wrong/{name}/"), fence.place)
        reader.write(new, pages.changed(fence, (reader.folder / old).read_text()))
        reader.write(f"wrong/{name}/wrong.yaml", f"why: As the page says.\nfails: [{', '.join(checks.split())}]\n")

    def track(self, names):
        (self.course / "tracks/one.yaml").write_text(
            "format: 1\nid: one\ntitle: One\nmodules:\n  - id: first\n    title: First\n    level: 1\n"
            f"    exercises: [{', '.join(names)}]\n")

    def faults(self):
        """What the proofs of all exercises find, by exercise."""
        done = self.lab("author", "test", "--all", "--repeat", "2", "--json", cwd=self.course)
        found = {}
        for event in map(json.loads, done.stdout.splitlines()):
            if event["event"] in ("case_done", "proof_done"):
                found.setdefault(event["exercise"], []).extend(f"{event.get('case', 'the whole')}: {fault}" for fault in event["faults"])
        return found

    def test_each_is_proved_and_its_mistake_is_found(self):
        sections = patterns()
        self.assertGreaterEqual(len(sections), 8)
        readers = {name: self.assemble(name, fences) for name, fences in sections.items()}
        self.track(readers)
        self.assertEqual(self.faults(), {name: [] for name in readers})
        for name, fences in sections.items():
            weak = [fence for fence in fences if fence.kind == "weak"]
            self.assertTrue(weak, f"{name} shows no mistake")
            for fence in weak:
                has_checker = (readers[name].folder / "checker.lua").exists()
                readers[name].change(fence, "checker.lua" if has_checker else "exercise.yaml")
        faults = self.faults()
        for name, fences in sections.items():
            said = [line for fence in fences if fence.kind == "says" for line in fence.text.splitlines()]
            self.assertTrue(said, f"{name} does not say what comes of its mistake")
            self.assertEqual(faults[name], said, name)

    def test_nothing_on_the_page_is_left_out(self):
        known = {"file", "wrong", "weak", "says", "checks"}
        self.assertEqual([fence.place for fence in pages.fences(PAGE) if fence.kind not in known], [])


if __name__ == "__main__":
    unittest.main()
