"""t:mutants of checkers, with the real pytest."""
import textwrap
import unittest

from pytestcase import PytestCase

FILES = {
    "late.py": "def late(hours, promised):\n    return hours > promised\n",
    "tests/test_late.py": """\
        import pytest
        from late import late

        @pytest.mark.parametrize("hours", [1, 2])
        def test_in_time(hours):
            assert not late(hours, 2)

        def test_late():
            assert late(3, 2)
        """,
    "weak/test_weak.py": "from late import late\n\ndef test_late():\n    assert late(3, 2)\n",
    "failing/test_failing.py": "def test_fails():\n    assert 1 == 2\n",
    "unit/test_unit.py": """\
        import unittest
        from late import late

        class Test(unittest.TestCase):
            def test_late(self):
                self.assertTrue(late(3, 2))

            def test_in_time(self):
                for hours in 1, 2:
                    with self.subTest(hours=hours):
                        self.assertFalse(late(hours, 2))

            @unittest.skip("later")
            def test_skipped(self):
                raise RuntimeError

            @unittest.expectedFailure
            def test_expected(self):
                self.assertTrue(late(1, 2))
        """,
    "errors/test_errors.py": """\
        import unittest
        from late import late

        class Test(unittest.TestCase):
            def test_errs(self):
                1 / late(3, 2)

            @unittest.expectedFailure
            def test_unexpected(self):
                self.assertTrue(late(2, 2))
        """,
    "fixture/conftest.py": "import pytest\nimport late\n\n@pytest.fixture\ndef program():\n    return late\n",
    "fixture/test_late.py": "def test_late(program):\n    assert program.late(3, 2)\n",
    # Tests that remember the first program, wherever something may last, and know nothing of what is right.
    "seen/remember.py": """\
        import ast, ctypes, hashlib, os, pathlib

        def identity():
            return hashlib.sha256(ast.dump(ast.parse(pathlib.Path("late.py").read_text())).encode()).hexdigest()

        def in_file(path):
            path = pathlib.Path(path)
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists() or not path.read_text():
                path.write_text(identity())
            return path.read_text()

        def in_closed_folder():
            seen = in_file("/tmp/closed/seen")
            os.chmod("/tmp/closed", 0o500)
            return seen

        def in_link():
            link = pathlib.Path("seen/link")
            if not link.is_symlink():
                link.symlink_to(identity())
            return os.readlink(link)

        def in_attribute():
            try:
                if "user.seen" not in os.listxattr("seen"):
                    os.setxattr("seen", "user.seen", identity().encode())
                return os.getxattr("seen", "user.seen").decode()
            except OSError:  # the file system has none
                return identity()

        def in_time():
            if os.stat("seen").st_mtime > 1.6e9:
                os.utime("seen", (1, int(identity()[:7], 16)))
            return identity() if os.stat("seen").st_mtime == int(identity()[:7], 16) else "another"

        def in_memory():
            libc = ctypes.CDLL(None)
            libc.shmat.restype = ctypes.c_void_p
            at = libc.shmat(libc.shmget(7, 4096, 0o1600), None, 0)
            if not ctypes.string_at(at, 1)[0]:
                ctypes.memmove(at, identity().encode(), 64)
            return ctypes.string_at(at, 64).decode()

        def in_queue():
            libc, open_mode, text = ctypes.CDLL(None), os.O_CREAT | os.O_RDWR | os.O_NONBLOCK, ctypes.create_string_buffer(8192)
            queue = libc.mq_open(b"/seen", open_mode, 0o600, None)
            if queue >= 0 and libc.mq_receive(queue, text, 8192, None) < 0:
                text.value = identity().encode()
            libc.mq_send(queue, text, 64, 0)
            return text.value.decode() or identity()
        """,
    "seen/notes.txt": "",
    "seen/test_seen.py": """\
        import os
        import pytest
        import remember

        PATHS = ["/tmp/deep/er/seen", "/dev/shm/seen", os.environ["HOME"] + "/.cache/seen", "out/seen", "seen/notes.txt"]

        @pytest.mark.parametrize("path", PATHS)
        def test_file(path):
            assert remember.in_file(path) == remember.identity()

        @pytest.mark.parametrize("place", ["closed_folder", "link", "attribute", "time", "memory", "queue"])
        def test_place(place):
            assert getattr(remember, "in_" + place)() == remember.identity()
        """,
    # Tests that know the right program by its text, or by its being the first: processes have numbers in order.
    "text/test_text.py": """\
        from pathlib import Path

        def test_text():
            assert Path("late.py").read_text() == "def late(hours, promised):\\n    return hours > promised\\n"
        """,
    "first/test_first.py": """\
        import os

        def test_first():
            assert os.getpid() < 100
            for _ in range(120):
                os.waitpid(os.fork() or os._exit(0), 0)
        """,
    "large/test_large.py": "def test_large():\n    with open('large.bin', 'ab') as file:\n        file.write(b'x')\n",
    "large.bin": "x" * 1100000,
}

VERSIONS = """\
import argparse, os
parser = argparse.ArgumentParser()
parser.add_argument("--out")
out = parser.parse_args().out
for name, text in {
    "right": "def late(hours, promised):\\n    return hours > promised\\n",
    "mutants/at-promise": "def late(hours, promised):\\n    return hours >= promised\\n",
    "mutants/never": "def late(hours, promised):\\n    return False\\n",
    "mutants/broken": "def late(hours, promised:\\n",
    "breaking/endless": "def late(hours, promised):\\n    while True:\\n        pass\\n",
    "breaking/hungry": "def late(hours, promised):\\n    held = []\\n    while True:\\n        held.append(b'x' * (1 << 20))\\n",
    "breaking/raises": "raise RuntimeError\\n",
}.items():
    os.makedirs(f"{out}/{name}")
    with open(f"{out}/{name}/late.py", "w") as file:
        file.write(text)
"""

FIND = """\
local given = private("versions.py", {}, "versions")
local function find(suite, dir)
  return t:mutants{files = {["late.py"] = given .. "/right/late.py"}, dir = given .. (dir or "/mutants"), suite = suite}
end
"""

CHECKS = {
    "mutants": """\
        expect(find{"tests"}):equals{killed = {"at-promise", "broken", "never"}, survived = json.list {}}
        expect(find{"weak"}):equals{killed = {"broken", "never"}, survived = {"at-promise"}}
        expect(file("late.py"):text()):equals("def late(hours, promised):\\n    return hours > promised\\n")""",
    "unit": """\
        expect(find{"unit"}):equals{killed = {"at-promise", "broken", "never"}, survived = json.list {}}
        expect(find{"errors"}):equals{killed = {"at-promise", "broken", "never"}, survived = json.list {}}""",
    "breaking": """\
        expect(find({"fixture", timeout = 10, memory = "200MiB"}, "/breaking")):equals{
          killed = {"endless", "hungry", "raises"}, survived = json.list {}}""",
    "seen": """\
        expect(find{"seen"}):equals{killed = {"broken"}, survived = {"at-promise", "never"}}
        expect.file("out/seen"):not_exists()
        expect(file("seen/notes.txt"):text()):equals("")""",
    "text": 'find{"text"}',
    "first": 'find{"first"}',
    "large": 'find{"large"}',
    "unfit": 'find{"failing"}',
    "misuse": 't:mutants{files = {}, dir = "late", suite = {"tests"}}',
}


class Mutants(PytestCase):
    def test_mutants(self):
        results = self.check({check: FIND + textwrap.dedent(body) for check, body in CHECKS.items()}, FILES, {"versions.py": VERSIONS})
        wanted = {"mutants": "pass", "unit": "pass", "breaking": "pass", "seen": "pass", "text": "fail", "first": "fail", "large": "fail",
                  "unfit": "fail", "misuse": "broken"}
        self.judge(results, wanted, {"text": "test_text failed", "first": "whenever they run", "unfit": "every test to pass",
                                     "large": "large.bin: expected tests that leave it as it was", "misuse": "private() or shared()"})


if __name__ == "__main__":
    unittest.main()
