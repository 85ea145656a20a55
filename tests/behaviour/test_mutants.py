"""t:mutants of checkers, with the real pytest."""
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
}

MUTANTS = """\
import argparse, os
parser = argparse.ArgumentParser()
parser.add_argument("--out")
out = parser.parse_args().out
for name, text in {
    "right": "def late(hours, promised):\\n    return hours > promised\\n",
    "mutants/at-promise": "def late(hours, promised):\\n    return hours >= promised\\n",
    "mutants/never": "def late(hours, promised):\\n    return False\\n",
    "mutants/broken": "def late(hours, promised:\\n",
}.items():
    os.makedirs(f"{out}/{name}")
    with open(f"{out}/{name}/late.py", "w") as file:
        file.write(text)
"""

CHECKS = {
    "mutants": """\
        local given = private("versions.py", {}, "versions")
        local function found(suite)
          return t:mutants{files = {["late.py"] = given .. "/right/late.py"}, dir = given .. "/mutants", suite = suite}
        end
        expect(found{"tests"}):equals{killed = {"at-promise", "broken", "never"}, survived = json.list {}}
        expect(found{"weak"}):equals{killed = {"broken", "never"}, survived = {"at-promise"}}
        expect(file("late.py"):text()):contains("hours > promised")""",
    "unfit": """\
        local given = private("versions.py", {}, "versions")
        t:mutants{files = {["late.py"] = given .. "/right/late.py"}, dir = given .. "/mutants", suite = {"failing"}}""",
    "misuse": 't:mutants{files = {}, dir = "late", suite = {"tests"}}',
}


class Mutants(PytestCase):
    def test_mutants(self):
        results = self.check(CHECKS, FILES, {"versions.py": MUTANTS})
        self.judge(results, {"mutants": "pass", "unfit": "fail", "misuse": "broken"},
                   {"unfit": "every test to pass", "misuse": "private() or shared()"})


if __name__ == "__main__":
    unittest.main()
