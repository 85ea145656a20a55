"""Tests of exercises/shared/clock.py: where the time comes from."""

import os
import subprocess
import sys
import tempfile
import unittest
from datetime import datetime, timedelta, timezone
from pathlib import Path
from unittest import mock

SHARED = Path(__file__).resolve().parents[2] / "exercises" / "shared"
sys.path.insert(0, str(SHARED))
import clock  # noqa: E402

NOON = datetime(2026, 2, 1, 12, tzinfo=timezone.utc)


class TestClock(unittest.TestCase):
    def at(self, **environment):
        with mock.patch.dict(os.environ, environment):
            for name in ("LAB_NOW", "LAB_NOW_FILE"):
                if name not in environment:
                    os.environ.pop(name, None)
            return clock.now()

    def test_lab_now(self):
        for text in ("2026-02-01T12:00:00Z", "2026-02-01T13:00:00+01:00", "2026-02-01T12:00:00", " 2026-02-01T12Z\n"):
            self.assertEqual(self.at(LAB_NOW=text), NOON)
        self.assertEqual(self.at(LAB_NOW="2026-02-01"), NOON.replace(hour=0))

    def test_always_aware_and_utc(self):
        for environment in ({}, {"LAB_NOW": "2026-02-01"}, {"LAB_NOW": "2026-02-01T12:00:00+05:00"}):
            self.assertEqual(self.at(**environment).utcoffset(), timedelta(0))

    def test_file_is_read_at_each_call(self):
        with tempfile.NamedTemporaryFile("w", suffix=".now") as file:
            for hour in (12, 15):
                file.seek(0)
                file.write(f"2026-02-01T{hour}:00:00Z\n")
                file.flush()
                self.assertEqual(self.at(LAB_NOW_FILE=file.name), NOON.replace(hour=hour))

    def test_lab_now_wins_over_the_file(self):
        self.assertEqual(self.at(LAB_NOW="2026-02-01T12:00:00Z", LAB_NOW_FILE="/no/such/file"), NOON)

    def test_real_time_otherwise(self):
        before = datetime.now(timezone.utc)
        self.assertTrue(before <= self.at(LAB_NOW="") <= datetime.now(timezone.utc))

    def test_nonsense_is_an_error_that_names_its_source(self):
        with self.assertRaisesRegex(clock.ClockError, "LAB_NOW: expected a time"):
            self.at(LAB_NOW="tomorrow")
        with self.assertRaisesRegex(clock.ClockError, "/no/such/file"):
            self.at(LAB_NOW_FILE="/no/such/file")

    def test_a_file_that_is_no_text_and_a_time_that_utc_has_not(self):
        with tempfile.NamedTemporaryFile(suffix=".now") as file:
            file.write(b"\xff\xfe2026")
            file.flush()
            with self.assertRaisesRegex(clock.ClockError, f"LAB_NOW_FILE {file.name}: .*utf-8"):
                self.at(LAB_NOW_FILE=file.name)
        with self.assertRaisesRegex(clock.ClockError, "LAB_NOW: expected a time"):
            self.at(LAB_NOW="0001-01-01T00:00:00+05:00")

    def test_as_a_program(self):
        environment = {**os.environ, "LAB_NOW": "2026-02-01T12:00:00Z"}
        done = subprocess.run([sys.executable, SHARED / "clock.py"], env=environment, capture_output=True, text=True)
        self.assertEqual(done.stdout, "2026-02-01T12:00:00Z\n")


if __name__ == "__main__":
    unittest.main()
