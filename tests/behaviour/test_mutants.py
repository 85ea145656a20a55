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
    "unfit": 'find{"failing"}',
    "misuse": 't:mutants{files = {}, dir = "late", suite = {"tests"}}',
}


class Mutants(PytestCase):
    def test_mutants(self):
        results = self.check({check: FIND + textwrap.dedent(body) for check, body in CHECKS.items()}, FILES, {"versions.py": VERSIONS})
        wanted = {"mutants": "pass", "unit": "pass", "breaking": "pass", "unfit": "fail", "misuse": "broken"}
        self.judge(results, wanted, {"unfit": "every test to pass", "misuse": "private() or shared()"})


if __name__ == "__main__":
    unittest.main()
