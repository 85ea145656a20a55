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
    # A plugin that lets no test run.
    "unrun/test_unrun.py": "def test_a():\n    assert False\n",
    "unrun/conftest.py": "import pytest\n\n@pytest.hookimpl(tryfirst=True)\ndef pytest_runtest_protocol(item):\n    return True\n",
    "pytest.py": "raise SystemExit(0)\n",
    "pytest.ini": "[pytest]\naddopts = --collect-only -k nothing\n",
    "none/readme.txt": "no tests\n",
    "unit/test_unit.py": """\
        import unittest

        class Test(unittest.TestCase):
            def test_passes(self):
                self.assertEqual(1, 1)

            def test_fails(self):
                self.assertEqual(1, 2)

            def test_errs(self):
                raise RuntimeError("gate")

            @unittest.skip("later")
            def test_skipped(self):
                raise RuntimeError

            def test_skips(self):
                self.skipTest("later")

            @unittest.expectedFailure
            def test_expected(self):
                self.assertEqual(1, 2)

            @unittest.expectedFailure
            def test_unexpected(self):
                pass

            def test_parts(self):
                for part in 1, 2, 3:
                    with self.subTest(part):
                        self.assertNotEqual(part, 2)

            def test_part_skipped(self):
                with self.subTest("one"):
                    self.skipTest("later")

        class Untidy(unittest.TestCase):
            def tearDown(self):
                raise RuntimeError("left behind")

            def test_skips_untidily(self):
                self.skipTest("later")
        """,
    "marked/test_marked.py": """\
        import pytest
        import unittest

        @pytest.mark.xfail(False, reason="not here")
        def test_condition():
            assert False

        @pytest.mark.xfail(raises=KeyError)
        def test_other_error():
            assert False

        @pytest.mark.xfail(raises=KeyError)
        def test_that_error():
            raise KeyError

        @pytest.mark.xfail(strict=True)
        def test_strict():
            pass

        @pytest.mark.xfail
        def test_passes_after_all():
            pass

        def test_said():
            pytest.xfail("known")

        @pytest.mark.xfail(run=False)
        def test_not_run():
            assert False

        def test_unittest_skip():
            raise unittest.SkipTest("later")
        """,
    "cut/test_exit.py": """\
        import pytest

        def test_a():
            pass

        def test_b(subtests):
            with subtests.test("a part that passes"):
                pass
            pytest.exit("enough", returncode=0)

        def test_c():
            assert False
        """,
    "cut/test_interrupt.py": "def test_a():\n    pass\n\ndef test_b():\n    raise KeyboardInterrupt\n",
    "cut/test_last.py": "import pytest\n\ndef test_a():\n    pass\n\n@pytest.fixture(scope='session', autouse=True)\n"
                        "def done():\n    yield\n    pytest.exit('enough', returncode=0)\n",
    # Its fixture is above the folder in which pytest runs.
    "conftest.py": "import pytest\n\n@pytest.fixture\ndef bound():\n    return 2\n",
    "below/tests/test_below.py": "def test_bound(bound):\n    assert bound == 2\n",
    "coded/test_coded.py": "def test_a():\n    pass\n",
    "coded/conftest.py": "def pytest_sessionfinish(session):\n    session.exitstatus = 3\n",
}

OUTCOMES = """\
local function outcomes(suite)
  local found = {}
  for _, test in ipairs(suite.tests) do found[test.id:match("[^:]*$"):sub(6)] = test.outcome end
  return found
end
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
        expect(t:pytest{"forged", conftest = false}.failed):equals(1)
        expect(t:pytest{"unrun"}:test("test_a").outcome):equals("error")""",
    "unit": OUTCOMES + """\
        local suite = t:pytest{"unit"}
        expect(outcomes(suite)):equals{passes = "passed", fails = "failed", errs = "failed", skipped = "skipped",
          skips = "skipped", expected = "xfailed", unexpected = "failed", parts = "failed", part_skipped = "passed",
          skips_untidily = "error"}
        expect(suite:test("test_fails").message):equals("AssertionError: 1 != 2")
        expect(suite:test("test_skips").message):equals("Skipped: later")
        expect(suite:test("test_skips_untidily").message):equals("RuntimeError: left behind")
        t:pytest{"unit", "-k", "passes or skipped or skips or expected", "--deselect",
          "unit/test_unit.py::Test::test_unexpected", "--deselect", "unit/test_unit.py::Untidy"}:ok()""",
    "unit-fails": 't:pytest{"unit", "-k", "test_fails"}:ok()',
    "marked": OUTCOMES + """\
        local suite = t:pytest{"marked"}
        expect(outcomes(suite)):equals{condition = "failed", other_error = "failed", that_error = "xfailed",
          strict = "failed", passes_after_all = "passed", said = "xfailed", not_run = "xfailed", unittest_skip = "skipped"}
        expect(suite:test("test_strict").message):contains("XPASS(strict)")
        expect(t:pytest{"marked", "-k", "passes or said or not_run or unittest"}:ok().passed):equals(1)""",
    "cut": OUTCOMES + """\
        local suite = t:pytest{"cut/test_exit.py"}
        expect(suite.code):equals(0)
        expect(outcomes(suite)):equals{a = "passed", b = "error", c = "error"}
        expect(suite:test("test_c").message):equals("pytest ended before it")
        suite:ok()""",
    "interrupted": OUTCOMES + """\
        local suite = t:pytest{"cut/test_interrupt.py"}
        expect(outcomes(suite)):equals{a = "passed", b = "error"}
        suite:ok()""",
    "cut-late": 't:pytest{"cut/test_last.py"}:ok()',
    "coded": 't:pytest{"coded"}:ok()',
    "exits": 't:pytest{"exits"}',
    "fails": 't:pytest{"failing"}:ok()',
    "none": 't:pytest{"none"}:ok()',
    "below": 't:pytest{"tests", cwd = "below"}:ok()',
    "missing": 't:pytest{"tests"}:test("test_lte")',
}


class Pytest(PytestCase):
    def test_pytest(self):
        results = self.check(CHECKS, FILES)
        passing = ("passes", "below", "counts", "forged", "unit", "marked")
        self.judge(results, {check: "pass" if check in passing else "fail" for check in CHECKS},
                   {"exits": "exited with 0 before it", "fails": "test_fails failed: AssertionError", "none": "a test that passes",
                    "missing": "did you mean 'test_late'", "unit-fails": "test_fails failed: AssertionError: 1 != 2",
                    "cut": "test_b error: pytest ended before it", "interrupted": "test_b error: pytest ended before it",
                    "cut-late": "test_a error: pytest ended before it", "coded": "pytest: expected exit code 0, got exit code 3"})
        results = self.results("tested", "--only", "passes", "--only", "below", **self.without_namespaces())
        self.assertEqual({check: results[check]["verdict"] for check in ("passes", "below")}, {"passes": "pass", "below": "pass"}, results)


if __name__ == "__main__":
    unittest.main()
