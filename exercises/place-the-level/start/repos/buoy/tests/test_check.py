import tempfile
import unittest

from pipeline.check import problems

HEAD = "sailed_at,wave_height_m,wind_kn,late_min\n"


class TestCheck(unittest.TestCase):
    def found(self, text):
        with tempfile.NamedTemporaryFile("w", suffix=".csv") as crossings:
            crossings.write(text)
            crossings.flush()
            return list(problems(crossings.name))

    def test_a_calm_day(self):
        self.assertEqual(self.found(HEAD + "2026-03-01T08:00,0.4,5,0\n"), [])

    def test_an_empty_file(self):
        self.assertEqual(len(self.found("")), 1)

    def test_a_missing_column(self):
        self.assertEqual(len(self.found("sailed_at,wind_kn\n2026-03-01T08:00,5\n")), 1)

    def test_a_wave_like_a_tower(self):
        self.assertEqual(len(self.found(HEAD + "2026-03-01T08:00,71,5,0\n")), 1)

    def test_a_wave_below_zero(self):
        self.assertEqual(len(self.found(HEAD + "2026-03-01T08:00,-1,5,0\n")), 1)
