"""lab progress --html: a page that is complete in itself, in which nothing of a learner or a course is markup."""
import json
import os
import re
from html.parser import HTMLParser

from labcase import LabCase

VOID = {"meta", "br", "link", "img", "input"}
HOSTILE = "</title><script>alert(1)</script>\"'&"
SKILLS = """\
format: 1
stated: {exercise: adds, file: levels.yaml}
skills:
  - {id: python, what: "Python <i>and</i> more", targets: {practitioner: 3, mlops-engineer: 2, ai-platform-engineer: 0}}
  - {id: docker, what: images, targets: {practitioner: 0, mlops-engineer: 3, ai-platform-engineer: 3}}
"""


class Page(HTMLParser):
    """Elements that are all closed, their attributes, and the text of each kind."""

    def __init__(self, text):
        super().__init__()
        self.open, self.attributes, self.names, self.texts = [], [], [], {}
        self.feed(text)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag, attributes):
        self.names.append(tag)
        self.attributes += [(tag, name, value) for name, value in attributes]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, (tag, self.getpos())

    def handle_data(self, data):
        if self.open:
            self.texts.setdefault(self.open[-1], []).append(data)

    def all(self, tag):
        return " ".join(self.texts.get(tag, []))


class ProgressPage(LabCase):
    def setUp(self):
        super().setUp()
        self.exercise("adds", {"runs": "expect.file('main.py'):contains('ok')"}, {"main.py": "no\n", "levels.yaml": "python: {level: 0}\n"})
        self.exercise("waits", {"runs": "t:run{'no-such-tool'}:ok()"}, {"main.py": "no\n"})
        (self.course / "exercises/shared").mkdir()
        (self.course / "exercises/shared/skills.yaml").write_text(SKILLS)
        self.file = self.home / "page.html"

    def page(self, *words):
        done = self.ok("progress", "--html", str(self.file), *words)
        self.assertEqual((done.stdout, done.stderr), ("", f"wrote {self.file}; open it in a browser\n"))
        return Page(self.file.read_text())

    def test_nothing_is_done_yet(self):
        page = self.page()
        self.assertIn("None yet.", page.all("p"))
        self.assertEqual(page.texts["h1"], ["Progress in MLOps"])
        self.assertIn("12 points to 60 %", page.all("td"))

    def test_what_is_done(self):
        workspace = self.started("adds")
        (workspace / "main.py").write_text("ok\n")
        (workspace / "levels.yaml").write_text("python: {level: 2, evidence: adds}\n")
        self.ok("check", "adds")
        self.started("waits")
        (self.work / "waits/main.py").write_text("mine\n")
        self.assertEqual(self.lab("check", "waits").returncode, 4)
        self.ok("skills", "--role", "practitioner")
        page = self.page("--name", "Ada Lovelace")
        date = json.loads(self.ok("progress", "--json").stdout.splitlines()[0])["modules"][0]["exercises"][0]["passed_first"][:10]
        self.assertEqual(page.texts["h1"], ["Ada Lovelace"])
        self.assertIn(date, page.all("time"))
        self.assertIn("MLOps Practitioner", page.all("p"))
        self.assertIn("10/20", page.all("td"))
        self.assertIn("Stated", page.all("th"))
        self.assertIn("needs no-such-tool", page.all("li"))
        labels = [value for tag, name, value in page.attributes if name == "aria-label"]
        self.assertEqual(labels, ["level 1 of 3", "1 of the 3 levels asked for", "1 of the 2 levels asked for", "not asked for",
                                  "level 0 of 3", "not asked for", "0 of the 3 levels asked for", "0 of the 3 levels asked for"])

    def test_one_track(self):
        (self.course / "tracks/two.yaml").write_text("format: 1\nid: two\ntitle: Two\nmodules:\n  - {id: m, title: M, level: 1, exercises: [adds]}\n")
        self.assertEqual([text.strip() for text in self.page("two").texts["h3"]], ["Two"])

    def test_it_is_complete_in_itself(self):
        text = self.file.read_text() if self.page() else ""
        for outside in ("<script", "<link", "<img", "@import", "url(", "http:", "https:", " src=", " href="):
            self.assertNotIn(outside, text)
        self.assertIn("prefers-color-scheme: dark", text)
        self.assertIn("@media print", text)

    def test_names_and_titles_are_text(self):
        track = self.course / "tracks/one.yaml"
        track.write_text(track.read_text().replace("title: One", f"title: {json.dumps(HOSTILE)}").replace("title: First", f"title: {json.dumps(HOSTILE)}"))
        page = self.page("--name", HOSTILE)
        self.assertNotIn("script", page.names)
        self.assertEqual("".join(page.texts["h1"]), HOSTILE)
        self.assertIn(HOSTILE, "".join(page.texts["title"]))
        self.assertIn(HOSTILE, "".join(page.texts["th"]))
        self.assertIn("Python <i>and</i> more", "".join(page.texts["small"]))

    def test_a_name_of_any_bytes(self):
        page = self.page("--name", b"A\xffda\x1b[31m\n".decode("utf-8", "surrogateescape"))
        self.assertEqual("".join(page.texts["h1"]), "A\ufffdda [31m ")

    def test_where_it_is_written(self):
        self.file.write_text("old\n")
        self.page()
        self.assertEqual([path.name for path in self.home.glob("page.html*")], ["page.html"])
        other = self.home / "other"
        other.write_text("theirs\n")
        link = self.home / "link.html"
        link.symlink_to(other)
        os.mkfifo(self.home / "pipe")
        for place, what in ((link, "a symbolic link"), (self.home / "lab", "a folder"), (self.home / "pipe", "no plain file")):
            done = self.lab("progress", "--html", str(place))
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn(f"{place} is {what}, and the page is a file of its own", done.stderr)
        self.assertEqual(other.read_text(), "theirs\n")
        self.assertEqual(self.lab("progress", "--html", str(self.home / "none/page.html")).returncode, 4)

    def test_as_an_event(self):
        done = self.ok("progress", "--html", str(self.file), "--json")
        self.assertEqual(json.loads(done.stdout), {"event": "progress_page", "file": str(self.file), "bytes": self.file.stat().st_size})

    def test_wrong_use(self):
        for words, said in ((("--name", "Ada"), "--name is for the page"), (("export", "--html", "x"), "--html and --name go without 'export'"),
                            (("--html", "x", "--name", "a" * 201), "at most 200 bytes")):
            done = self.lab("progress", *words)
            self.assertEqual(done.returncode, 2)
            self.assertRegex(done.stderr, re.escape(said))
