import unittest

from absent.drift import distance


class TestDrift(unittest.TestCase):
    def test_the_same_streets(self):
        rows = [{"street": "Quay"}, {"street": "Mole"}]
        self.assertEqual(distance(rows, rows), 0)

    def test_other_streets(self):
        self.assertEqual(distance([{"street": "Quay"}], [{"street": "Mole"}]), 1)
