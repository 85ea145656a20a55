"""What a check works on: its copy of the work, protected files, hidden data, and what of it can be listed."""
import shutil
import unittest
from pathlib import Path

from labcase import LabCase

PASS = "expect(1):equals(1)"


class Copies(LabCase):
    def test_each_check_has_a_fresh_copy_and_the_folder_stays(self):
        body = 't:run{"python", "-c", "open(\'x\', \'a\').write(\'more\')"}:ok()\nexpect(file("x"):text()):equals("xmore")'
        self.exercise("one", {"a": body, "b": body}, {"x": "x"})
        work = self.started("one")
        self.ok("check", "one")
        self.assertEqual((work / "x").read_text(), "x")

    def test_from_goes_on_where_the_needed_check_stopped(self):
        self.exercise("one", {
            "makes": 't:run{"python", "-c", "open(\'out\', \'w\').write(\'made\')"}:ok()\nreturn {made = 7}',
            "uses": 'expect(file("out"):text()):equals("made")\nexpect(t.needs.makes.made):equals(7)',
            "fresh": 'expect(file("out")):satisfies(function(f) return not f:exists() end)'},
            {"x": "x"}, check_extra={"uses": "    needs: [makes]\n    from: makes\n", "fresh": "    needs: [makes]\n"})
        self.started("one")
        self.assertEqual({n: r["verdict"] for n, r in self.results("one").items()},
                         {"makes": "pass", "uses": "pass", "fresh": "pass"})

    def test_what_from_takes_over_may_be_sparse_or_unreadable(self):
        left = ("import os\nopen('big', 'w').truncate(300 << 20)\nos.makedirs('shut')\nopen('shut/x', 'w').write('x')\n"
                "os.chmod('shut/x', 0)\nos.chmod('shut', 0)\n")
        self.exercise("one", {"makes": 't:run{"python", "w.py"}:ok()', "uses": 'expect(file("big"):size()):equals(300 << 20)'},
                      {"w.py": left}, extra="box: {disk: 400MiB}\n", check_extra={"uses": "    needs: [makes]\n    from: makes\n"})
        self.started("one")
        self.assertEqual({n: r["verdict"] for n, r in self.results("one").items()}, {"makes": "pass", "uses": "pass"})

    def test_protected_files_are_restored(self):
        self.exercise("one", {"a": 'expect(file("tests/given.txt"):text()):equals("given")\n'
                                   'expect(glob("tests/*")):has_length(1)'},
                      {"tests/given.txt": "given", "x": "x"}, extra="protected: [tests/**]\n")
        work = self.started("one")
        (work / "tests/given.txt").write_text("forged")
        (work / "tests/conftest.py").write_text("forged")
        self.ok("check", "one")
        self.assertEqual((work / "tests/given.txt").read_text(), "forged")
        for path in (work / "tests").iterdir():
            path.unlink()
        (work / "tests").rmdir()
        (work / "tests").symlink_to("/etc")
        self.ok("check", "one")

    def test_protected_files_are_restored_for_a_check_that_continues_another(self):
        self.exercise("one", {"a": 't:run{"python", "w.py"}:ok()',
                              "b": 'expect(file("tests/given.txt"):text()):equals("given")\n'
                                   'expect(glob("tests/*")):has_length(1)\nexpect(file("out"):text()):equals("x")'},
                      {"tests/given.txt": "given", "w.py": "x"}, extra="protected: [tests/**]\n", check_extra={"b": "    needs: [a]\n    from: a\n"})
        work = self.started("one")
        (work / "w.py").write_text("import pathlib\npathlib.Path('out').write_text('x')\n"
                                   "pathlib.Path('tests/given.txt').write_text('forged')\npathlib.Path('tests/conftest.py').write_text('forged')\n")
        self.assertEqual({name: verdict for name, (verdict, _) in self.verdicts("one").items()}, {"a": "pass", "b": "pass"})

    def test_folders_too_deep_to_continue_with_are_the_learners_doing(self):
        self.exercise("one", {"a": 't:run{"python", "w.py"}:ok()', "b": "expect(1):equals(1)"},
                      {"tests/given.txt": "given", "w.py": "x"}, extra="protected: [tests/**]\n", check_extra={"b": "    needs: [a]\n    from: a\n"})
        (self.started("one") / "w.py").write_text("import os\nos.makedirs('/'.join(['d'] * 80))\n")
        self.assertEqual(self.verdicts("one")["b"][0], "fail")

    def test_byte_code_is_no_part_of_a_start_nor_of_the_work(self):
        folder = self.exercise("one", {"a": PASS}, {"sub/w.py": "x = 1\n"})
        (folder / "start/sub/__pycache__").mkdir()
        (folder / "start/sub/__pycache__/w.cpython-311.pyc").write_bytes(b"old")
        work = self.started("one")
        self.assertFalse((work / "sub/__pycache__").exists())
        before = self.events("one")[0]["tree"]
        (work / "sub/__pycache__").mkdir()
        (work / "sub/__pycache__/w.cpython-311.pyc").write_bytes(b"new")
        self.assertEqual(self.events("one")[0]["tree"], before)

    def test_keep_leaves_the_copy(self):
        self.exercise("one", {"a": 't:run{"python", "-c", "open(\'out\', \'w\')"}:ok()'}, {"x": "x"})
        self.started("one")
        kept = Path(self.results("one", "--keep")["a"]["kept"])
        self.ok("check", "one")
        self.assertTrue((kept / "out").exists())

    def test_the_environment_is_fixed(self):
        show = "import json, os; print(json.dumps(dict(os.environ)))"
        self.exercise("one", {"a": f"return t:run{{'python', '-c', '{show}'}}:ok():json()",
                              "b": "expect(t.needs.a.LEAKED):equals(nil)\nexpect(t.needs.a.PYTHONHASHSEED):equals('0')\n"
                                   "expect(t.needs.a.TZ):equals('UTC')\nexpect(t.needs.a.HOME):not_contains('%s')"
                                   % (self.home / "lab")}, {"x": "x"}, check_extra={"b": "    needs: [a]\n"})
        self.started("one")
        self.ok("check", "one", LEAKED="yes")

    def test_programs_get_no_descriptors_and_no_terminal(self):
        show = "import os; print(sorted(os.listdir('/proc/self/fd')))"
        self.exercise("one", {"a": f'expect(t:run{{"python", "-c", "{show}"}}:ok().stdout):equals("[\'0\', \'1\', \'2\', \'3\']\\n")'},
                      {"x": "x"})
        self.started("one")
        self.ok("check", "one")


    def test_the_work_is_recorded_even_when_it_cannot_be_checked(self):
        self.exercise("one", {"a": PASS}, {"x": "x"})
        self.started("one")
        shutil.rmtree(self.home / "lab/cache")
        done = self.lab("check", "one", LAB_PYTHON="/no/such/python")
        self.assertEqual(done.returncode, 4, done.stdout + done.stderr)
        self.assertIn("recorded as attempt 1", done.stderr)
        self.assertEqual(len(self.ok("history", "one", "--json").stdout.splitlines()), 1)


class Listings(LabCase):
    MANY = """\
        import os
        for _ in range(15):
            os.mkdir("d" * 255)
            os.chdir("d" * 255)
        for i in range(2200):
            open(f"{i:0255}", "w").close()
        """

    def test_what_cannot_be_listed_whole_is_no_success(self):
        run = 't:run{"python", "many.py"}:ok()\n'
        self.exercise("one", {"glob": run + 'expect(glob("*.bad")):is_empty()',
                              "tree": "local before = tree()\n" + run + "expect(tree_diff(before, tree()).changed):is_empty()"},
                      {"many.py": self.MANY})
        self.started("one")
        for name, result in self.results("one").items():
            self.assertEqual(result["verdict"], "fail", (name, result))
            self.assertIn("holds too much to be listed", result["message"])

    # Names that are no text grow as they are read.
    MODELS = """\
        def field(number, data):
            size, rest = b"", len(data)
            while rest > 127:
                size, rest = size + bytes([rest & 127 | 128]), rest >> 7
            return bytes([number << 3 | 2]) + size + bytes([rest]) + data

        name = b"\\xff" * 1000
        with open("many.onnx", "wb") as file:
            file.write(b"\\x08\\x08" + field(7, b"".join(field(1, field(4, name + b"%d" % i)) for i in range(19000))))
        with open("many.pkl", "wb") as file:
            file.write(b"\\x80\\x02" + b"".join(b"c" + name + b"\\n" + name + b"%d\\n0" % i for i in range(9000)) + b"N.")
        """

    def test_files_too_large_for_the_checker_are_no_fault_of_it(self):
        write = 't:run{"python", "-c", "open(\'big\', \'wb\').write(%s)"}:ok()\n'
        self.exercise("one", {
            "text": write % "b'x' * (25 << 20)" + 'file("big"):text()', "lines": write % "b'x' * (25 << 20)" + 'file("big"):lines()',
            "many": write % "bytes([10]) * (7 << 20)" + 'expect(#file("big"):lines()):equals(0)',
            "json": write % "b'[0' + b',0' * (5 << 20) + b']'" + 'file("big"):json()',
            "shown": write % "bytes([1]) * (8 << 20)" + 'expect.file("big"):contains("x")',
            "equal": write % "bytes([1]) * (8 << 20)" + 'expect(file("big"):text()):equals("x")',
            "onnx": 't:run{"python", "models.py"}:ok()\nonnx("many.onnx")',
            "pickle": 't:run{"python", "models.py"}:ok()\npickle_ops("many.pkl")'}, {"models.py": self.MODELS})
        self.started("one")
        results = self.results("one")
        self.assertEqual({name: result["verdict"] for name, result in results.items()},
                         dict.fromkeys(results, "fail"), results)
        self.assertEqual([r["message"] for r in results.values() if "exited" in r["message"]], [])
        for name in ("text", "lines", "many", "json", "onnx", "pickle"):
            self.assertIn("too large to read", results[name]["message"])

    def test_an_answer_too_large_for_the_checker_is_no_fault_of_it(self):
        body = """\
            local app = t:service{"python", "serve.py", port(), ready = {log = "up"}}
            expect(#app:get("/"):events()):equals(1)"""
        self.exercise("one", {"a": body}, {"serve.py": """\
            import http.server, sys
            class Handler(http.server.BaseHTTPRequestHandler):
                def do_GET(self):
                    self.wfile.write(b"HTTP/1.0 200 OK\\r\\n\\r\\n" + b"data:\\n\\n" * 400000)
            server = http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
            print("up", flush=True)
            server.serve_forever()
            """})
        self.started("one")
        result = self.results("one")["a"]
        self.assertEqual(result["verdict"], "fail", result)
        self.assertIn("too large to read", result["message"])

    def test_files_of_any_size_differ_by_their_content(self):
        write = 't:run{"python", "-c", "f = open(\'big\', \'wb\'); f.seek(34 << 20); f.write(b\'%s\')"}:ok()\n'
        self.exercise("one", {"a": write % "1" + "local before, sum = tree(), file('big'):sha256()\n" + write % "2" +
                                   "expect(tree_diff(before, tree()).changed):equals({'big'})\n"
                                   "expect(file('big'):sha256()):not_equals(sum)"}, {"x": "x"})
        self.started("one")
        self.ok("check", "one")


class Material(LabCase):
    def test_made_once_for_all_checks(self):
        folder = self.exercise("one", {"a": "expect(file(data):text()):equals('')", "b": "expect(file(data):text()):equals('')"},
                               {"x": "x"})
        (folder / "private").mkdir()
        (folder / "private/gen.py").write_text("import sys, uuid\nopen(sys.argv[-1], 'w').write(str(uuid.uuid4()))\n")
        checker = folder / "checker.lua"
        checker.write_text('local data = private("gen.py", {})\n' + checker.read_text())
        self.started("one")
        results = self.results("one")
        self.assertEqual(results["a"]["message"], results["b"]["message"])

    def test_a_program_that_changes_it_does_not_pass(self):
        folder = self.exercise("one", {"a": 't:run{"python", "w.py", private("gen.py", {})}:ok()'},
                               {"w.py": "import os, sys\nos.chmod(sys.argv[1], 0o600)\nopen(sys.argv[1], 'a').write('more')\n"})
        (folder / "private").mkdir()
        (folder / "private/gen.py").write_text("import sys\nopen(sys.argv[-1], 'w').write('1')\n")
        self.started("one")
        self.assertIn("Read-only file system", self.results("one")["a"]["message"])
        result = self.results("one", **self.without_namespaces())["a"]
        self.assertEqual(result["verdict"], "fail", result)
        self.assertRegex(result["message"], "Permission denied|data that it was given")  # with and without Landlock

    def test_material_asked_for_later_forgives_nothing(self):
        folder = self.exercise("one", {"a": 't:run{"python", "w.py", private("gen.py", {})}:ok()\nprivate("gen.py", {n = 2}, "b")'},
                               {"w.py": "import os, sys\nos.chmod(sys.argv[1], 0o600)\nopen(sys.argv[1], 'a').write('more')\n"})
        (folder / "private").mkdir()
        (folder / "private/gen.py").write_text("import sys\nopen(sys.argv[-1], 'w').write('1')\n")
        self.started("one")
        self.assertEqual(self.results("one")["a"]["verdict"], "fail")

    def test_a_failing_generator_is_the_checkers_fault(self):
        folder = self.exercise("one", {"a": 'private("gen.py", {})\nexpect(1):equals(1)'}, {"x": "x"})
        (folder / "private").mkdir()
        (folder / "private/gen.py").write_text("raise ValueError('no such month')\n")
        self.started("one")
        result = self.results("one")["a"]
        self.assertEqual(result["verdict"], "broken", result)
        self.assertIn("no such month", result["message"])


if __name__ == "__main__":
    unittest.main()
