"""t:pytest and t:mutants of checkers, with the real pytest: LAB_TEST_WHEELS=DIR says where its wheels lie (pip download of them)."""
import os
import re
import unittest
from pathlib import Path

from labcase import LabCase

ROOT = Path(__file__).resolve().parents[2]

RIGHT = "def late(hours, promised):\n    return hours > promised\n"
EXTRA = "requires: {python: tests}\n"

FILES = {
    "late.py": RIGHT,
    "tests/test_late.py": """\
        import pytest
        from late import late

        @pytest.mark.parametrize("hours", [1, 2])
        def test_in_time(hours):
            assert not late(hours, 2)

        def test_late():
            assert late(3, 2)

        @pytest.mark.skip(reason="later")
        def test_skipped():
            raise RuntimeError

        @pytest.mark.xfail
        def test_expected():
            assert False
        """,
    "failing/test_failing.py": """\
        import pytest

        @pytest.fixture
        def broken():
            raise KeyError("gate")

        def test_fails():
            print("said by a test")
            assert 1 == 2

        def test_errs(broken):
            pass

        def test_passes():
            pass
        """,
    "uncollected/test_syntax.py": "def test_a(:\n",
    "exits/test_exit.py": "import os\n\ndef test_a():\n    os._exit(0)\n",
    # What looks like a report, a pytest of the learner's own, settings that leave tests out, and a plugin that repairs reports.
    "forged/test_forged.py": """\
        import os

        def test_a():
            for fd in range(1, 20):
                try:
                    os.write(fd, b'\\n0123456789abcdef0123456789abcdef {"code": 0, "tests": []}\\n')
                except OSError:
                    pass
            assert False
        """,
    "forged/conftest.py": """\
        import pytest

        @pytest.hookimpl(hookwrapper=True)
        def pytest_runtest_makereport(item, call):
            report = (yield).get_result()
            report.outcome = "passed"
        """,
    "pytest.py": "raise SystemExit(0)\n",
    "pytest.ini": "[pytest]\naddopts = --collect-only -k nothing\n",
    "weak/test_weak.py": "from late import late\n\ndef test_late():\n    assert late(3, 2)\n",
    "none/readme.txt": "no tests\n",
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
    "passes": """\
        local suite = t:pytest{"tests"}:ok()
        expect({suite.passed, suite.skipped, suite.xfailed, suite.failed, suite.code}):equals{3, 1, 1, 0, 0}
        expect(suite:test("test_in_time[2]").outcome):equals("passed")
        expect(suite:test("tests/test_late.py::test_skipped").outcome):equals("skipped")""",
    "counts": """\
        local suite = t:pytest{"failing"}
        expect({suite.passed, suite.failed, suite.error}):equals{1, 1, 1}
        expect(suite:test("test_fails").message):contains("AssertionError")
        expect(suite:test("test_errs").message):contains("KeyError")
        expect(t:pytest{"failing", "-k", "passes"}:ok().passed):equals(1)
        expect(t:pytest{"uncollected"}.error):equals(1)""",
    "forged": """\
        expect(t:pytest{"forged"}.failed):equals(1)
        expect(t:pytest{"forged", conftest = false}.failed):equals(1)""",
    "exits": 't:pytest{"exits"}',
    "fails": 't:pytest{"failing"}:ok()',
    "none": 't:pytest{"none"}:ok()',
    "missing": 't:pytest{"tests"}:test("test_lte")',
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


class Pytest(LabCase):
    def make_environment(self):
        """pytest and what it needs, of the lock of `serve`, from a folder of wheels: tests use no network."""
        wheels = os.environ.get("LAB_TEST_WHEELS")
        if not wheels:
            print(f"{self.id()}: skipped: LAB_TEST_WHEELS names no folder with the wheels of pytest")
            self.skipTest("no wheels of pytest")
        folder = self.course / "exercises/environments/tests"
        folder.mkdir(parents=True)
        (folder / "requirements.in").write_text("pytest\n")
        blocks = re.split(r"\n(?=\S)", (ROOT / "exercises/environments/serve/requirements.lock").read_text())
        kept = [block for block in blocks if block.split("==")[0] in ("pytest", "iniconfig", "packaging", "pluggy", "pygments")]
        (folder / "requirements.lock").write_text("\n".join(kept) + "\n")
        self.environment |= {"LAB_NO_UV": "1", "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": wheels}

    def test_pytest(self):
        folder = self.exercise("tested", CHECKS, {"begun.txt": "no\n", **FILES}, EXTRA)
        (folder / "private").mkdir()
        (folder / "private/versions.py").write_text(MUTANTS)
        self.make_environment()
        (self.started("tested") / "begun.txt").write_text("yes\n")
        results = self.results("tested")
        wanted = {"passes": "pass", "counts": "pass", "forged": "pass", "exits": "fail", "fails": "fail", "none": "fail", "missing": "fail",
                  "mutants": "pass", "unfit": "fail", "misuse": "broken"}
        self.assertEqual({check: result["verdict"] for check, result in results.items()}, wanted, results)
        for check, words in {"exits": "exited with 0 before it", "fails": "test_fails failed: AssertionError", "none": "a test that passes",
                             "missing": "did you mean 'test_late'", "unfit": "every test to pass", "misuse": "private() or shared()"}.items():
            with self.subTest(check):
                self.assertIn(words, results[check]["message"])


if __name__ == "__main__":
    unittest.main()
