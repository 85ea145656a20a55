import unittest

from damage.contract import faults


class TestContract(unittest.TestCase):
    def test_a_row(self):
        self.assertEqual(faults([{"belt": "north", "weight_kg": 3.5}]), [])

    def test_grams(self):
        self.assertEqual(len(faults([{"belt": "north", "weight_kg": 3500}])), 1)
