"""Tests of exercises/shared/gen_parcels.py: the data that many exercises rest on."""

import csv
import hashlib
import os
import re
import subprocess
import sys
import tempfile
import unittest
from datetime import datetime, timedelta
from pathlib import Path

SHARED = Path(__file__).resolve().parents[2] / "exercises" / "shared"
PROGRAM = SHARED / "gen_parcels.py"
sys.path.insert(0, str(SHARED))
import gen_parcels  # noqa: E402

SHAPES = {
    "parcel_id": r"P\d{8}",
    "created_at": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
    "depot": r"[A-F]",
    "tier": r"economy|standard|express",
    "weight_kg": r"\d{1,2}\.\d\d",
    "distance_km": r"\d{1,4}\.\d",
    "stops": r"[1-9]\d*",
    "weather": r"clear|rain|snow|storm",
    "promised_h": r"24|48|72",
    "late": r"[01]",
    "delivered_at": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
}


def time(text):
    return datetime.fromisoformat(text)


class GeneratorTest(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)

    def bytes(self, seed, n, *more, env=None):
        out = os.path.join(self.directory.name, "parcels.csv")
        command = [sys.executable, PROGRAM, "--seed", str(seed), "--n", str(n), "--out", out, *more]
        subprocess.run(command, check=True, env=env)
        return Path(out).read_bytes()

    def rows(self, seed, n, *more):
        return list(csv.DictReader(self.bytes(seed, n, *more).decode("ascii").splitlines()))

    def refused(self, *more):
        out = os.path.join(self.directory.name, "refused.csv")
        command = [sys.executable, PROGRAM, "--seed", "1", "--n", "5", "--out", out, *more]
        done = subprocess.run(command, capture_output=True, text=True)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertNotIn("Traceback", done.stderr)
        return done.stderr


class TestBytes(GeneratorTest):
    def test_same_arguments_same_bytes(self):
        first = self.bytes(7, 500)
        elsewhere = {**os.environ, "PYTHONHASHSEED": "12", "TZ": "Pacific/Auckland", "LC_ALL": "C"}
        self.assertEqual(first, self.bytes(7, 500, env=elsewhere))
        self.assertNotEqual(first, self.bytes(8, 500))

    def test_bytes_stay_as_published(self):
        # Exercises carry samples of this data: a change here changes what they were calibrated on.
        digest = hashlib.sha256(self.bytes(1, 1000)).hexdigest()
        self.assertEqual(digest, "b4c5e84b132fe526988a9ed2f0f5474484d4c54f42ded774a86df7cebd5cf554")

    def test_lines_end_in_lf_and_rows_are_short(self):
        data = self.bytes(3, 1500)
        self.assertNotIn(b"\r", data)
        self.assertTrue(data.endswith(b"\n"))
        self.assertLess(len(data), 140_000)


class TestColumns(GeneratorTest):
    def test_every_value_has_its_shape(self):
        rows = self.rows(2, 2000)
        self.assertEqual(len(rows), 2000)
        self.assertEqual(list(rows[0]), list(SHAPES))
        for row in rows:
            for column, shape in SHAPES.items():
                self.assertTrue(re.fullmatch(shape, row[column]), (column, row))

    def test_ranges(self):
        for row in self.rows(2, 5000):
            self.assertTrue(0.05 <= float(row["weight_kg"]) <= 60, row)
            self.assertTrue(1 <= float(row["distance_km"]) <= 1500, row)
            self.assertEqual(int(row["promised_h"]), gen_parcels.PROMISED_H[row["tier"]])

    def test_ids_are_unique_and_times_in_order(self):
        rows = self.rows(4, 3000)
        self.assertEqual(len({row["parcel_id"] for row in rows}), 3000)
        self.assertEqual(rows, sorted(rows, key=lambda row: row["created_at"]))

    def test_period(self):
        rows = self.rows(5, 1000, "--start", "2026-03-01", "--days", "7")
        self.assertGreaterEqual(rows[0]["created_at"], "2026-03-01T00:00:00Z")
        self.assertLess(rows[-1]["created_at"], "2026-03-08T00:00:00Z")

    def test_delivery_agrees_with_the_label(self):
        for row in self.rows(6, 2000):
            taken = time(row["delivered_at"]) - time(row["created_at"])
            share = taken / timedelta(hours=int(row["promised_h"]))
            low, high = (1.02, 1.80) if row["late"] == "1" else (0.40, 0.98)
            self.assertTrue(low - 0.001 <= share <= high + 0.001, (share, row))

    def test_shares(self):
        rows = self.rows(9, 20000)
        for column, shares in (
            ("depot", gen_parcels.DEPOTS),
            ("tier", gen_parcels.TIERS),
            ("weather", gen_parcels.WEATHERS),
        ):
            for value, share in shares.items():
                found = sum(row[column] == value for row in rows) / len(rows)
                self.assertAlmostEqual(found, share, delta=0.012, msg=value)

    def test_late_rate(self):
        rates = [sum(row["late"] == "1" for row in self.rows(seed, 6000)) / 6000 for seed in range(20, 25)]
        self.assertTrue(0.31 <= sum(rates) / len(rates) <= 0.335, rates)


class TestTruth(unittest.TestCase):
    def test_log_odds_by_hand(self):
        self.assertAlmostEqual(gen_parcels.log_odds("A", "standard", 0, 100, 1, "clear", 12), -3.2 + 0.55)
        self.assertAlmostEqual(gen_parcels.log_odds("F", "standard", 0, 100, 1, "clear", 12), -3.2 + 2.6 - 1.1)
        self.assertAlmostEqual(
            gen_parcels.log_odds("D", "express", 10, 200, 4, "storm", 17),
            -3.2 + 0.4 + 0.7 + 0.5 + 1.1 + 0.36 + 1.8 + 0.6,
        )
        self.assertAlmostEqual(
            gen_parcels.log_odds("A", "express", 0, 0, 1, "rain", 8, concept=1), -3.2 - 0.7 - 0.5 + 1.6
        )


class TestDrift(GeneratorTest):
    def columns(self, rows, *names):
        return [[row[name] for name in names] for row in rows]

    def test_weight_shift_changes_weights_only(self):
        plain, shifted = self.rows(11, 400), self.rows(11, 400, "--drift", "weight_shift=1")
        rest = [name for name in SHAPES if name not in ("weight_kg", "late", "delivered_at")]
        self.assertEqual(self.columns(plain, *rest), self.columns(shifted, *rest))
        for before, after in zip(plain, shifted):
            expected = min(float(before["weight_kg"]) + 3.5, 60)
            self.assertAlmostEqual(float(after["weight_kg"]), expected, delta=0.011)

    def test_mixes(self):
        rows = self.rows(12, 10000, "--drift", "depot_mix=F:0.3", "--drift", "weather_mix=storm:0.5")
        share = lambda column, value: sum(row[column] == value for row in rows) / len(rows)
        self.assertAlmostEqual(share("depot", "F"), 0.3, delta=0.02)
        self.assertAlmostEqual(share("depot", "A"), 0.25 * 0.7 / 0.95, delta=0.02)
        self.assertAlmostEqual(share("weather", "storm"), 0.5, delta=0.02)

    def test_concept_changes_labels_only(self):
        plain, drifted = self.rows(13, 2000), self.rows(13, 2000, "--drift", "concept=1")
        rest = [name for name in SHAPES if name not in ("late", "delivered_at")]
        self.assertEqual(self.columns(plain, *rest), self.columns(drifted, *rest))
        self.assertNotEqual(self.columns(plain, "late"), self.columns(drifted, "late"))

    def test_late_bias_makes_more_late(self):
        plain, biased = self.rows(14, 3000), self.rows(14, 3000, "--drift", "late_bias=1")
        count = lambda rows: sum(row["late"] == "1" for row in rows)
        self.assertGreater(count(biased), count(plain) * 1.3)

    def test_wrong_drift_is_refused(self):
        for drift in ("speed=1", "concept", "concept=x", "depot_mix=Z:0.3", "depot_mix=F:2", "weather_mix=rain:nan"):
            self.assertIn("--drift", self.refused("--drift", drift))
        self.assertIn("twice", self.refused("--drift", "concept=1", "--drift", "concept=0.5"))


class TestLabels(GeneratorTest):
    def test_as_of(self):
        full = self.rows(15, 2000)
        asof = self.rows(15, 2000, "--labels", "asof=2026-01-20T12:00:00Z")
        empty = 0
        for known, row in zip(full, asof):
            if known["delivered_at"] <= "2026-01-20T12:00:00Z":
                self.assertEqual(row, known)
            else:
                empty += 1
                self.assertEqual(row, {**known, "late": "", "delivered_at": ""})
        self.assertGreater(empty, 500)
        self.assertLess(empty, 1500)

    def test_wrong_labels_are_refused(self):
        self.assertIn("asof", self.refused("--labels", "some"))
        self.assertIn("asof", self.refused("--labels", "asof=soon"))


class TestArguments(GeneratorTest):
    def test_refused(self):
        self.assertIn("--start", self.refused("--start", "yesterday"))
        self.assertIn("--days", self.refused("--days", "0"))
        self.assertIn("no/such", self.refused("--out", "no/such/folder/parcels.csv"))

    def test_no_rows(self):
        self.assertEqual(self.bytes(1, 0), (gen_parcels.COLUMNS + "\n").encode())


if __name__ == "__main__":
    unittest.main()
