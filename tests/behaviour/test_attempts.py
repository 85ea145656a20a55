"""What an attempt promises: order, seeds, hidden checks, lines that reproduce a failure."""
import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from labcase import Boxed, LabCase

EVENTS = Path(__file__).resolve().parents[2] / "docs/events.md"
PASS = "expect(1):equals(1)"


class Results(LabCase):
    def test_shown_in_the_authors_order_whatever_ends_first(self):
        """The first check waits until this test has seen the second one end."""
        self.exercise("one", {"first": 't:run{"python", "wait.py"}:ok()', "second": 't:run{"python", "-c", "pass"}:ok()'},
                      {"wait.py": "import os\nhome = os.path.expanduser('~')\nopen(home + '/runs', 'w').close()\n"
                                  "while not os.path.exists(home + '/flag'):\n    pass\n"})
        self.started("one")
        lines = self.release_first("check", "one", "--jobs", "2").splitlines()
        shown = [line.split()[1] for line in lines if line.endswith("10/10")]
        self.assertEqual(shown, ["first", "second"])
        events = [json.loads(line) for line in self.release_first("check", "one", "--json", "--jobs", "2").splitlines()]
        self.assertEqual([e["id"] for e in events if e["event"] == "check_done"], ["second", "first"])

    def release_first(self, *words):
        """Runs lab, and lets the first check end when the second one's folder is gone; what lab printed."""
        with subprocess.Popen(self.command(*words), env=self.environment, cwd=self.home, stdout=subprocess.PIPE, text=True) as lab:
            self.wait_for(lambda: self.is_in_home("runs", "first") and not any((self.home / "tmp").glob("lab-*/*/checks/second")))
            for home in (self.home / "tmp").glob("lab-*/*/checks/first/home"):
                (home / "flag").touch()
            return lab.communicate(timeout=60)[0]

    def test_verdicts_and_exit_codes(self):
        self.exercise("one", {
            "good": PASS, "bad": 'expect(1, "the number"):equals(2)', "waits": PASS, "broken": "local x = nil + 1",
            "silent": "local _ = 1"}, {"a.txt": "a"}, check_extra={"waits": "    needs: [bad]\n"})
        work = self.started("one")
        (work / "a.txt").write_text("changed")
        results = self.results("one")
        self.assertEqual({name: r["verdict"] for name, r in results.items()},
                         {"good": "pass", "bad": "fail", "waits": "blocked", "broken": "broken", "silent": "broken"})
        self.assertEqual(results["bad"]["expected"], "2")
        self.assertEqual(results["bad"]["actual"], "1")
        self.assertEqual(results["waits"]["blocked_by"], "bad")
        self.assertIn("asserted nothing", results["silent"]["message"])
        self.assertRegex(results["broken"]["message"], r"checker\.lua:\d+:")
        self.assertEqual(self.lab("check", "one").returncode, 6)
        self.assertEqual(self.lab("check", "one", "--only", "bad").returncode, 1)
        self.assertEqual(self.lab("check", "one", "--only", "good").returncode, 0)
        self.assertEqual(self.lab("check", "one", "--only", "goood").returncode, 2)

    def test_a_bonus_never_counts(self):
        bonus = {name: "    bonus: true\n" for name in ("extra", "lacking")}
        folder = self.exercise("one", {"good": PASS, "extra": 'expect(1, "the number"):equals(2)', "lacking": 't:run{"no-such-program"}'},
                               {"a.txt": "a"}, check_extra=bonus)
        text = (folder / "exercise.yaml").read_text()
        (folder / "exercise.yaml").write_text(text.replace("points: 10\n    bonus", "points: 0\n    bonus"))
        (self.started("one") / "a.txt").write_text("changed")
        events = self.events("one")
        done = {event["id"]: event for event in events if event["event"] == "check_done"}
        self.assertEqual({name: (event["verdict"], event["bonus"]) for name, event in done.items()},
                         {"good": ("pass", False), "extra": ("fail", True), "lacking": ("blocked", True)})
        self.assertEqual({key: events[-1][key] for key in ("verdict", "passed", "failed", "blocked", "possible")},
                         {"verdict": "pass", "passed": 1, "failed": 0, "blocked": 0, "possible": 10})
        shown = self.ok("check", "one").stdout
        self.assertRegex(shown, r"extra .* bonus\n")
        self.assertIn("all 1 checks pass, 10 of 10 points", shown)
        broken = (folder / "checker.lua").read_text().replace("equals(2)", "equal(2)")
        (folder / "checker.lua").write_text(broken)
        self.assertEqual(self.events("one")[-1]["verdict"], "broken")

    def test_only_runs_what_it_needs_too(self):
        self.exercise("one", {"a": PASS, "b": PASS, "c": PASS}, {"x": "x"}, check_extra={"b": "    needs: [a]\n"})
        self.started("one")
        self.assertEqual(sorted(self.results("one", "--only", "b")), ["a", "b"])

    def test_the_untouched_start_is_untried(self):
        self.exercise("one", {"a": 'expect(file("x"):text()):equals("y")'}, {"x": "x"})
        work = self.started("one")
        self.assertEqual(self.events("one")[-1]["verdict"], "untried")
        (work / "x").write_text("z")
        self.assertEqual(self.events("one")[-1]["verdict"], "fail")
        (work / "x").write_text("y")
        self.assertEqual(self.events("one")[-1]["verdict"], "pass")

    def test_partial_credit_rounds_down(self):
        self.exercise("one", {"a": 't:score(0.69, "69 of 100 rows")'}, {"x": "x"})
        self.started("one")
        result = self.results("one")["a"]
        self.assertEqual((result["verdict"], result["points"], result["message"]), ("fail", 6, "69 of 100 rows"))

    def test_hidden_checks_tell_their_verdict_only(self):
        self.exercise("one", {"secret": 't:run{"python", "-c", "print(41)"}\nexpect(41, "the answer"):equals(42)'}, {"x": "x"},
                      check_extra={"secret": "    hidden: true\n"})
        work = self.started("one")
        done = self.lab("check", "one", "--json")
        self.assertNotIn("answer", done.stdout)
        self.assertNotIn("print(41)", done.stdout)
        self.assertFalse((work / ".lab/try/secret").exists())
        self.assertIn("1 hidden check", self.lab("check", "one").stdout)

    def test_every_event_and_field_is_documented(self):
        self.exercise("one", {"a": 't:run{"python", "-c", "print(1)"}:ok()', "b": "expect(1):equals(2)", "c": PASS},
                      {"x": "x"}, check_extra={"c": "    needs: [b]\n"})
        self.started("one")
        sections = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", EVENTS.read_text(), re.M | re.S))
        for event in self.events("one"):
            for field in event:
                if field != "event":
                    self.assertIn(f"`{field}`", sections[event["event"]], f"{field} of {event['event']}")
            for field in (f for failure in event.get("evidence", []) for f in failure):
                self.assertIn(f"`{field}`", sections["check_done"], f"{field} of a failure")
            for field in event.get("run", {}):
                self.assertIn(f"`{field}`", sections["output"], f"{field} of a run")


    def test_a_folder_that_the_learner_lacks_is_no_missing_tool(self):
        service = 't:service{"python", "-c", "", cwd = "src", ready = {log = "up"}}'
        self.exercise("one", {"run": 't:run{"python", "-c", "", cwd = "src"}:ok()', "service": service}, {"x": "x"})
        self.started("one")
        for name, result in self.results("one").items():
            self.assertEqual((result["verdict"], result["message"]),
                             ("fail", "python cannot be run: there is no folder src"), name)


    def test_a_signal_without_a_name_has_a_number(self):
        end = 't:run{"python", "-c", "import os; os.kill(os.getpid(), 34)"}'
        self.exercise("one", {"ok": end + ":ok()", "signal": f'expect({end}.signal):equals("signal 34")'}, {"x": "x"})
        self.started("one")
        results = self.results("one")
        self.assertEqual(results["ok"]["verdict"], "fail", results["ok"])
        self.assertIn("was ended by signal 34", results["ok"]["message"])
        self.assertEqual(results["signal"]["verdict"], "pass", results["signal"])


    def test_a_service_after_its_end(self):
        start = """local s = t:service{"python", "-uc", "print('up'); import time; time.sleep(50)", ready = {log = "up"}}\n"""
        self.exercise("one", {
            "stopped": start + 's:stop()\nexpect(s:alive()):equals(false)\nexpect(s:logs()):equals("up\\n")',
            "twice": start + "s:stop()\ns:stop()",
            "signal": start + 's:signal("KILL")\nwithin(5, function() return not s:alive() end)\ns:signal("TERM")'},
            {"x": "x"})
        self.started("one")
        results = self.results("one")
        self.assertEqual(results["stopped"]["verdict"], "pass", results["stopped"])
        self.assertEqual(results["twice"]["verdict"], "broken", results["twice"])
        self.assertIn("stopped already", results["twice"]["message"])
        self.assertEqual(results["signal"]["verdict"], "fail", results["signal"])
        self.assertEqual(results["signal"]["actual"], "it has ended", results["signal"])


class OwnTime(LabCase):
    """What a checker spends itself is processor time: waiting costs it nothing."""
    SERVER = """\
        import asyncio, sys

        async def answer(reader, writer):
            await reader.readuntil(b"\\r\\n\\r\\n")
            held.append(writer)
            if len(held) == int(sys.argv[2]):
                for each in held:
                    each.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n")
                held.clear()

        async def serve():
            async with await asyncio.start_server(answer, "127.0.0.1", int(sys.argv[1]), backlog=512) as server:
                print("up", flush=True)
                await server.serve_forever()

        held = []
        asyncio.run(serve())
        """

    def test_as_many_requests_at_once_as_http_load_takes(self):
        """The server answers none before all of them are there."""
        body = """\
            local app = t:service{"python", "serve.py", port(), 256, ready = {log = "up"}}
            local figures = app:load{path = "/", requests = 256, concurrency = 256}
            expect(figures.first_error):equals(nil)
            expect(figures.statuses[200]):equals(256)"""
        self.exercise("one", {"a": body}, {"serve.py": self.SERVER})
        self.started("one")
        self.ok("check", "one")


class Seeds(LabCase):
    BODY = 'expect(seed(), "seed"):equals(0)'

    def seed_of(self, *words):
        events = self.events("one", *words)
        return events[0]["seed"], events[-2]["actual"]

    def test_the_seed_follows_the_tree(self):
        self.exercise("one", {"a": self.BODY}, {"x": "x"})
        work = self.started("one")
        first, shown = self.seed_of()
        self.assertEqual(str(first), shown)
        self.assertEqual(self.seed_of()[0], first)
        (work / "x").write_text("y")
        self.assertNotEqual(self.seed_of()[0], first)
        self.assertEqual(self.seed_of("--seed", str(first)), (first, shown))

    def test_random_agrees_between_checks_at_the_top_and_runs(self):
        folder = self.exercise("one", {"a": "expect(top):equals(0)", "b": "expect(top):equals(0)"}, {"x": "x"})
        checker = folder / "checker.lua"
        checker.write_text("local top = random(1000000)\n" + checker.read_text())
        self.started("one")
        values = {result["actual"] for _ in range(2) for result in self.results("one").values()}
        self.assertEqual(len(values), 1)


class Reproduction(LabCase):
    """The "try" line, pasted in the exercise's environment, fails as the check's run did."""

    def retry(self, body, start, status, private=None):
        folder = self.exercise("one", {"a": body}, start)
        for name, text in (private or {}).items():
            (folder / "private").mkdir(exist_ok=True)
            (folder / "private" / name).write_text(text)
        self.started("one")
        result = self.results("one")["a"]
        self.assertEqual(result["verdict"], "fail", result)
        line = result["evidence"][0]["try"]
        done = self.lab("run", "one", "--", "sh", "-c", line)
        self.assertEqual(done.returncode, status, f"{line}\n{done.stdout}\n{done.stderr}")
        return line, done

    def test_arguments_and_variables(self):
        line, done = self.retry('t:run{"python", "w.py", "a b", "$HOME", env = {NAME = "it\'s"}}:ok()',
                                {"w.py": "import os, sys\nprint(sys.argv[1:], os.environ['NAME'])\nsys.exit(7)\n"}, 7)
        self.assertEqual(done.stdout, '[\'a b\', \'$HOME\'] it\'s\n')

    def test_what_every_run_has_is_left_out(self):
        line, _ = self.retry('t:run{"python", "w.py", env = {TZ = "UTC", PYTHONHASHSEED = 1}}:ok()',
                             {"w.py": "import os, sys\nsys.exit(7 if os.environ['TZ'] == 'UTC' else 8)\n"}, 7)
        self.assertEqual(line, "PYTHONHASHSEED=1 python w.py")

    def test_hidden_data(self):
        line, done = self.retry('t:run{"python", "w.py", private("gen.py", {n = 3}, "data.txt")}:ok()',
                                {"w.py": "import sys\nprint(open(sys.argv[1]).read())\nsys.exit(7)\n"}, 7,
                                {"gen.py": "import sys\nn, out = sys.argv[2], sys.argv[4]\nopen(out, 'w').write('n' * int(n))\n"})
        self.assertEqual(done.stdout, "nnn\n")
        self.assertIn(".lab/try/a/data.txt", line)

    def test_standard_input(self):
        _, done = self.retry('t:run{"python", "w.py", stdin = "said\\n"}:ok()',
                             {"w.py": "import sys\nprint(sys.stdin.read())\nsys.exit(7)\n"}, 7)
        self.assertEqual(done.stdout, "said\n\n")

    def test_another_folder(self):
        _, done = self.retry('t:run{"python", "../w.py", cwd = "sub"}:ok()',
                             {"w.py": "import os, sys\nprint(os.path.basename(os.getcwd()))\nsys.exit(7)\n", "sub/x": "x"}, 7)
        self.assertEqual(done.stdout, "sub\n")

    def test_files_that_the_checker_wrote(self):
        _, done = self.retry('t:write("in.txt", "written")\nt:run{"python", "w.py"}:ok()',
                             {"w.py": "import sys\nprint(open('in.txt').read())\nsys.exit(7)\n"}, 7)
        self.assertEqual(done.stdout, "written\n")

    def test_the_line_is_not_part_of_the_work(self):
        self.retry('t:run{"python", "w.py", stdin = "x"}:ok()', {"w.py": "raise SystemExit(7)\n"}, 7)
        trees = {self.events("one")[0]["tree"] for _ in range(2)}
        self.assertEqual(len(trees), 1)


class Installed(Boxed):
    @unittest.skipUnless(os.access("/usr/local", os.W_OK), "/usr/local may not be written")
    def test_a_course_below_usr_is_not_seen_through_it(self):
        """Of /usr, which programs see, and where an installed course lies."""
        self.exercise("one", {"a": 'expect(t:run{"find", "/usr/local", "-name", "checker.lua"}:ok().stdout):equals("")\n'
                                   'expect(t:run{"ls", "/usr/local/bin"}.code):equals(0)'}, {"x": "x"})
        installed = Path(tempfile.mkdtemp(prefix="lab-test-", dir="/usr/local"))
        self.addCleanup(shutil.rmtree, installed)
        installed.chmod(0o755)
        self.course = shutil.move(self.course, installed / "course")
        self.environment["LAB_COURSE"] = str(self.course)
        self.started("one")
        result = self.results("one")["a"]
        self.assertEqual(result["verdict"], "pass", result)


class BrokenCourse(LabCase):
    def status_and_text(self):
        done = self.lab("check", "one")
        return done.returncode, done.stdout + done.stderr

    def test_a_check_without_a_function_and_the_reverse(self):
        folder = self.exercise("one", {"a": PASS, "b": PASS}, {"x": "x"})
        self.started("one")
        (folder / "checker.lua").write_text('checks["a"] = function(t) expect(1):equals(1) end\n')
        status, text = self.status_and_text()
        self.assertEqual(status, 3)
        self.assertRegex(text, r"exercises/one/exercise\.yaml:\d+:\d+: check 'b' has no function")
        (folder / "checker.lua").write_text("".join(f'checks["{c}"] = function(t) expect(1):equals(1) end\n' for c in "abc"))
        status, text = self.status_and_text()
        self.assertEqual(status, 3)
        self.assertRegex(text, r"exercises/one/checker\.lua:3: ")

    def test_a_checker_that_does_not_load(self):
        folder = self.exercise("one", {"a": PASS}, {"x": "x"})
        self.started("one")
        for text, expected in (("checks[", r"checker\.lua:1:"), ("while true do end", r"processor time|longer than 1 s"),
                               ("error('no')", r"checker\.lua:1: no"), ("\x1bLua", r"checker\.lua")):
            (folder / "checker.lua").write_text(text)
            status, output = self.status_and_text()
            self.assertEqual(status, 3, output)
            self.assertRegex(output, expected)

    def test_a_missing_checker(self):
        folder = self.exercise("one", {"a": PASS}, {"x": "x"})
        self.started("one")
        (folder / "checker.lua").unlink()
        status, output = self.status_and_text()
        self.assertEqual(status, 3, output)
        self.assertEqual(len(json.loads(self.lab("history", "one", "--json").stdout.splitlines()[0])) > 0, True)


if __name__ == "__main__":
    unittest.main()
