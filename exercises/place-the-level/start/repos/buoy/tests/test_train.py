import random
import unittest

from pipeline.model import fit

ROWS = [{"wave_height_m": height, "wind_kn": 10 * height, "late_min": 4 * height} for height in range(8)]


class TestTrain(unittest.TestCase):
    def test_two_runs_with_one_seed_agree(self):
        self.assertEqual(fit(ROWS, random.Random(1)), fit(ROWS, random.Random(1)))

    def test_higher_waves_are_later(self):
        self.assertGreater(fit(ROWS, random.Random(1))["wave_height_m"], 0)
