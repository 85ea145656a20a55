"""docs/tutorial.md, followed to the letter; and the reader of pages itself."""
import json
import re
import unittest

import pages
from labcase import LabCase


class PageCase(LabCase):
    """A reader with a home of their own, who has nothing but lab."""

    def setUp(self):
        super().setUp()
        self.environment = {**self.environment, "TERM": "xterm"}
        for name in ("LAB_HOME", "LAB_COURSE"):
            del self.environment[name]

        self.desk = self.home / "desk"
        self.desk.mkdir()

    def session(self, folder=None):
        return pages.Session(self.home, folder or self.desk, self.environment, self.program[0])

    def proof(self, exercise, *options, cwd=None):
        """The last event of a proof."""
        done = self.lab("author", "test", exercise, "--json", *options, cwd=cwd)
        return next(event for event in map(json.loads, done.stdout.splitlines()) if event["event"] == "proof_done")


class Tutorial(PageCase):
    def test_the_page_leads_to_a_proved_exercise(self):
        reader = self.session()
        for fence in pages.fences("tutorial.md"):
            reader.do(fence)
        proof = self.proof("prune-models", "--repeat", "0", "--fresh", cwd=self.desk / "acme")
        self.assertTrue(proof["proved"], proof)


class Reader(PageCase):
    """A page that says what is not so is found out."""

    def follow(self, text):
        page = self.desk / "page.md"
        page.write_text(text)
        reader = self.session()
        for fence in pages.fences(page):
            reader.do(fence)

    def finds(self, said, text):
        with self.assertRaisesRegex(pages.Wrong, said):
            self.follow(text)

    def test_what_is_true_passes(self):
        self.follow("<!-- file: a/b.txt -->\n````text\none\n```\ntwo\n````\n\n<!-- change: a/b.txt -->\n```diff\n one\n-```\n+three\n```\n"
                    "<!-- part of: a/b.txt -->\n```text\nthree\ntwo\n```\n"
                    "<!-- exit: 3 -->\n```console\n$ cd a && cat \\\n> b.txt\none\n…\nt…o\n$ pwd\n…/a\n$ exit 3\n```\n")

    def test_what_is_not(self):
        self.finds("is nothing", "```sh\nls\n```\n")
        self.finds("without an end", "```console\n$ ls\n")
        self.finds("before the first command", "```console\nls\n```\n")
        self.finds("shows:\none", "```console\n$ echo one\ntwo\n```\n")
        self.finds("shows:\none", "```console\n$ echo one\n```\n")
        self.finds("ends with 1, not 0", "```console\n$ false\n```\n")
        self.finds("ends with 0, not 1", "<!-- exit: 1 -->\n```console\n$ true\n```\n")
        self.finds("has not these lines", "<!-- file: a -->\n```\none\n```\n<!-- part of: a -->\n```\ntwo\n```\n")
        self.finds("0 times", "<!-- file: a -->\n```\none\n```\n<!-- change: a -->\n```diff\n-two\n+three\n```\n")

    def test_a_mark_is_that_of_the_next_fence_only(self):
        self.finds("is nothing", "<!-- file: a -->\n\nMore.\n\n```\none\n```\n")


class Links(unittest.TestCase):
    """Links between the pages lead somewhere."""

    def headings(self, page):
        text = re.sub(r"(?ms)^(`{3,})[^`\n]*\n.*?^\1$", "", page.read_text())
        return [re.sub(r"[^\w -]", "", line.lstrip("# ").lower()).replace(" ", "-") for line in text.splitlines() if line.startswith("#")]

    def test_files_and_headings(self):
        pages_of_ours = [*pages.DOCS.glob("*.md"), pages.DOCS.parent / "README.md", pages.DOCS.parent / "CONTRIBUTING.md"]
        for page in pages_of_ours:
            text = re.sub(r"(?ms)^(`{3,})[^`\n]*\n.*?^\1$|`[^`\n]*`", "", page.read_text())
            for target, anchor in re.findall(r"\]\(([^)#\s:]*)(?:#([^)\s]*))?\)", text):
                file = page.parent / target if target else page
                with self.subTest(page=page.name, link=f"{target}#{anchor}"):
                    self.assertTrue(file.exists())
                    if anchor:
                        self.assertIn(anchor, self.headings(file))


if __name__ == "__main__":
    unittest.main()
