"""Where bubblewrap is not there or may not work: honest work passes all the same, and what is lacking is said once."""
import json
import os
import shutil
import tempfile
import unittest
from pathlib import Path

from labcase import LabCase, Ordinary

WORK = """\
    import http.server, os, sys
    if sys.argv[1] == "serve":
        http.server.HTTPServer(("127.0.0.1", int(sys.argv[2])), http.server.SimpleHTTPRequestHandler).serve_forever()
    for folder in (".", os.path.expanduser("~"), os.environ["TMPDIR"]):
        with open(os.path.join(folder, "out.txt"), "w") as out:
            out.write(open(sys.argv[1]).read().upper())
    """
CHECK = """\
    local data = private("gen.py", {rows = 3}, "rows.txt")
    t:run{"python", "work.py", data}:ok()
    expect(file("out.txt"):text()):equals("ROWS 3")
    local app = t:service{"python", "work.py", "serve", port(), ready = {http = "/"}}
    expect(app:get("/out.txt").body):equals("ROWS 3")
    t:run{"sh", "-c", "sleep 1000 & exit 0"}:ok()"""
NOTICE = "no sandbox here: programs can reach your files; lab doctor says why"
ADVICE = "sudo apt install bubblewrap"


@unittest.skipIf(os.geteuid() != 0, "for root only")
class Root(LabCase):
    def test_programs_have_no_capabilities(self):
        """Also where root's boxes could have no user of their own: this test's folder is nobody else's to enter."""
        self.exercise("one", {"a": 't:run{"grep", "^Cap", "/proc/self/status"}:ok()\n'
                                   'for set, bits in t:run{"grep", "^Cap", "/proc/self/status"}.stdout:gmatch("(Cap%a+):%s*(%x+)") do\n'
                                   '  expect(bits, set):equals("0000000000000000")\nend'}, {"x": "x"})
        self.started("one")
        self.assertEqual(self.results("one", **self.without_namespaces())["a"]["verdict"], "pass")
        self.assertEqual(self.results("one")["a"]["verdict"], "pass")


class Degraded(LabCase):
    def setUp(self):
        super().setUp()
        folder = self.exercise("one", {"a": CHECK, "b": 't:run{"python", "-c", "pass"}:ok()'}, {"work.py": WORK})
        (folder / "private").mkdir()
        (folder / "private/gen.py").write_text("import sys\nopen(sys.argv[-1], 'w').write('rows ' + sys.argv[2])\n")
        self.started("one")

    def bubblewrap_that_fails(self):
        """Variables under which lab finds one that says so, as on a machine that forbids user namespaces."""
        folder = Path(tempfile.mkdtemp(prefix="lab-behaviour-", dir="/var/tmp"))
        self.addCleanup(shutil.rmtree, folder)
        folder.chmod(0o755)
        (folder / "bwrap").write_text("#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n")
        (folder / "bwrap").chmod(0o755)
        return {"PATH": f"{folder}:{self.environment['PATH']}"}

    def row(self, what, **environment):
        done = self.ok("doctor", "--json", **environment)
        return next(row for row in map(json.loads, done.stdout.splitlines()) if row.get("what") == what)

    def passes_with_a_notice(self, **environment):
        events = self.events("one", **environment)
        self.assertEqual([(event.get("id"), event.get("message")) for event in events if event.get("verdict", "pass") != "pass"], [])
        self.assertEqual(events[-1]["verdict"], "pass")
        self.assertEqual(set(events[0]["isolation"]) & {"userns", "pid", "net", "mount", "ipc", "uts", "cgroup"}, set())
        self.assertIn("rlimits", events[0]["isolation"])
        shown = self.ok("check", "one", **environment).stdout
        self.assertEqual(shown.count(NOTICE), 1, shown)
        self.assertEqual((self.processes(), self.scratch_entries()), ([], []))

    def test_without_bubblewrap(self):
        self.passes_with_a_notice(**self.without_namespaces())
        row = self.row("sandbox", **self.without_namespaces())
        self.assertEqual((row["state"], row["found"], row["mend"]), ("weak", "bubblewrap is not installed", ADVICE))

    def test_with_a_bubblewrap_that_may_not_work(self):
        fails = self.bubblewrap_that_fails()
        self.passes_with_a_notice(**fails)
        row = self.row("sandbox", **fails)
        self.assertEqual(row["state"], "weak")
        self.assertIn("setting up uid map: Permission denied", row["found"])
        self.assertTrue(row["mend"])

    def test_what_worked_before_is_not_believed_for_ever(self):
        """Also right after a check that had namespaces."""
        self.ok("check", "one", "--only", "b")
        for lacking in (self.without_namespaces(), self.bubblewrap_that_fails()):
            events = self.events("one", "--only", "b", **lacking)
            self.assertNotIn("mount", events[0]["isolation"])
            self.assertEqual(events[-1]["verdict"], "pass")

    def test_with_namespaces_nothing_is_said(self):
        if self.row("sandbox")["state"] == "ok":
            self.assertNotIn(NOTICE, self.ok("check", "one", "--only", "b").stdout)
            self.assertIn("mount", self.events("one", "--only", "b")[0]["isolation"])


class OrdinaryDegraded(Ordinary, Degraded):
    pass


if __name__ == "__main__":
    unittest.main()
