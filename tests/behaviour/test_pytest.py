"""t:pytest of checkers, with the real pytest."""
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
    "none/readme.txt": "no tests\n",
}

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
}


class Pytest(PytestCase):
    def test_pytest(self):
        results = self.check(CHECKS, FILES)
        wanted = {"passes": "pass", "counts": "pass", "forged": "pass", "exits": "fail", "fails": "fail", "none": "fail", "missing": "fail"}
        self.judge(results, wanted, {"exits": "exited with 0 before it", "fails": "test_fails failed: AssertionError", "none": "a test that passes",
                                     "missing": "did you mean 'test_late'"})


if __name__ == "__main__":
    unittest.main()
