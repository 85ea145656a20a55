"""Tests of exercises/shared/latemodel.py: which models and terms it takes, and what they score."""

import csv
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import unittest
from datetime import datetime, timezone
from math import exp, log
from pathlib import Path

SHARED = Path(__file__).resolve().parents[2] / "exercises" / "shared"
PROGRAM = SHARED / "latemodel.py"
sys.path.insert(0, str(SHARED))
import gen_parcels  # noqa: E402
import latemodel  # noqa: E402

ROW = {"depot": "F", "tier": "express", "weather": "snow", "weight_kg": "2.50", "distance_km": "100.0", "stops": "3",
       "created_at": "2026-01-05T17:00:00Z"}


def model(terms=None, **fields):
    return {"format": "late-json-1", "intercept": 0, "terms": terms or {}, "threshold": 0.5, **fields}


def log_odds(terms, row=ROW, **fields):
    score = latemodel.score(model(terms, **fields), row)
    return log(score / (1 - score))


def parcels(seed, n):
    start = datetime(2026, 1, 5, tzinfo=timezone.utc)
    return list(csv.DictReader([gen_parcels.COLUMNS + "\n", *gen_parcels.rows(seed, n, start, 28, {}, None)]))


def python_with_numpy():
    """A Python that has numpy: this one, or an environment of the exercises that was built here; else None."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "lab" / "python"
    for python in [sys.executable, *sorted(cache.glob("ml-*/bin/python"))]:
        done = subprocess.run([python, "-c", "import numpy"], capture_output=True)
        if done.returncode == 0:
            return str(python)
    return None


class TestModels(unittest.TestCase):
    def refused(self, text):
        with self.assertRaises(latemodel.ModelError) as caught:
            latemodel.parse(text, "m.json")
        self.assertTrue(str(caught.exception).startswith("m.json: "), caught.exception)
        return str(caught.exception)

    def test_a_model_is_read_as_it_stands(self):
        given = model({"distance_km": 0.0055, "depot=F": 2.6}, intercept=-3.2)
        self.assertEqual(latemodel.parse(json.dumps(given)), given)

    def test_what_is_no_model(self):
        for text, word in (
            ("{", "JSON"),
            ("[]", "late-json-1"),
            ("[" * 100_000, "JSON"),
            (json.dumps(model(format="late-json-2")), "late-json-1"),
            (json.dumps({key: value for key, value in model().items() if key != "threshold"}), "threshold"),
            (json.dumps(model(bias=1)), "bias"),
            (json.dumps(model(terms=[])).replace("{}", "[]"), "terms"),
            (json.dumps(model(intercept="3")), "intercept"),
            (json.dumps(model(intercept=True)), "intercept"),
            (json.dumps(model({"stops": float("nan")})), "stops"),
            (json.dumps(model({"stops": float("inf")})), "stops"),
            (json.dumps(model(threshold=1.5)), "threshold"),
        ):
            self.assertIn(word, self.refused(text))

    def test_what_is_no_term(self):
        for term in ("", "stops*", "stops*stops*stops", "hour>=24", "hour>17", "depot=", "Stops", "a b", "depot=F*"):
            self.assertIn("term", self.refused(json.dumps(model({term: 1}))), term)

    def test_a_file_that_is_not_there(self):
        with self.assertRaisesRegex(latemodel.ModelError, "no/such.json: No such file"):
            latemodel.load("no/such.json")

    def test_the_hash_is_that_of_the_canonical_text(self):
        terms = '"terms":{"stops":2,"depot=F":1}'
        first = latemodel.parse(f'{{"format":"late-json-1","threshold":0.5,"intercept":-1,{terms}}}')
        second = latemodel.parse(json.dumps(first, indent=4))
        text = '{"format":"late-json-1","intercept":-1,"terms":{"depot=F":1,"stops":2},"threshold":0.5}'
        self.assertEqual(latemodel.canonical(first), text)
        self.assertEqual(latemodel.model_sha(second), hashlib.sha256(text.encode()).hexdigest())
        self.assertNotEqual(latemodel.model_sha(first), latemodel.model_sha({**first, "intercept": -2}))


class TestScores(unittest.TestCase):
    def test_each_kind_of_term(self):
        for term, value in (
            ("distance_km", 100), ("weight_kg", 2.5), ("depot=F", 1), ("depot=A", 0), ("hour>=17", 1), ("hour>=18", 0),
            ("depot=F*distance_km", 100), ("depot=A*distance_km", 0), ("stops*stops", 9),
            ("tier=express*weather=snow", 1),
            ("hour>=17*depot=F", 1),
        ):
            self.assertAlmostEqual(log_odds({term: 0.01}), 0.01 * value, msg=term)

    def test_the_sum(self):
        terms = {"distance_km": 0.0055, "depot=F": 2.6, "depot=F*distance_km": -0.0165}
        self.assertAlmostEqual(log_odds(terms, intercept=-3.2), -3.2 + 0.55 + 2.6 - 1.65)

    def test_the_truth_of_the_generator(self):
        truth = {"distance_km": 0.0055, "tier=economy": -0.4, "tier=express": 0.7, "stops": 0.12, "weight_kg": 0.05,
                 "weather=rain": 0.5, "weather=snow": 1.1, "weather=storm": 1.8, "hour>=17": 0.6, "depot=B": 0.3,
                 "depot=C": -0.3, "depot=D": 0.4, "depot=E": -0.2, "depot=F": 2.6, "depot=F*distance_km": -0.0165}
        rows = parcels(3, 300)
        for row, score in zip(rows, latemodel.scores(model(truth, intercept=-3.2 - 0.12), rows)):
            odds = gen_parcels.log_odds(row["depot"], row["tier"], float(row["weight_kg"]), float(row["distance_km"]),
                                        int(row["stops"]), row["weather"], int(row["created_at"][11:13]))
            self.assertAlmostEqual(score, 1 / (1 + exp(-odds)))

    def test_far_out_scores_are_still_chances(self):
        for intercept, score in ((5000, 1), (-5000, 0)):
            self.assertAlmostEqual(latemodel.score(model(intercept=intercept), ROW), score)

    def test_the_order_of_terms_changes_no_digit(self):
        names = ["stops", "weight_kg", "distance_km", "depot=F", "hour>=17"]
        one = {name: 0.1 * place for place, name in enumerate(names, 1)}
        other = dict(reversed(one.items()))
        self.assertEqual(latemodel.score(model(one), ROW), latemodel.score(model(other), ROW))

    def test_data_that_cannot_be_scored(self):
        for term, row, word in (
            ("height", ROW, "height"), ("depot=F", {}, "depot"), ("hour>=17", {}, "created_at"),
            ("stops", {**ROW, "stops": "many"}, "row 1: stops is 'many'"), ("stops", {**ROW, "stops": "nan"}, "nan"),
            ("stops", {**ROW, "stops": ""}, "stops"), ("hour>=17", {**ROW, "created_at": "today"}, "created_at"),
        ):
            with self.assertRaisesRegex(latemodel.ModelError, word):
                latemodel.score(model({term: 1}), row)


class TestProgram(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.folder = Path(directory.name)
        (self.folder / "m.json").write_text(json.dumps(model({"stops": 0.5})))
        gen_parcels.main(["--seed", "5", "--n", "3000", "--out", str(self.folder / "d.csv")])

    def run_program(self, *words, python=sys.executable):
        command = [python, str(PROGRAM), *words, "--out", "out"]
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True)

    def out(self):
        return (self.folder / "out").read_text()

    def test_scores(self):
        self.assertEqual(self.run_program("--model", "m.json", "--data", "d.csv").returncode, 0)
        rows = latemodel.read_rows(self.folder / "d.csv")
        header, *lines = self.out().splitlines()
        self.assertEqual((header, len(lines)), ("parcel_id,score", 3000))
        expected = latemodel.score(model({"stops": 0.5}), rows[7])
        self.assertEqual(lines[7], f"{rows[7]['parcel_id']},{expected:.12f}")

    def test_hash(self):
        self.assertEqual(self.run_program("--model", "m.json", "--hash").returncode, 0)
        self.assertEqual(self.out().strip(), latemodel.model_sha(model({"stops": 0.5})))

    def test_wrong_use(self):
        (self.folder / "ragged.csv").write_text("a,b\n1\n")
        for words, word in (
            ([], "--model"), (["--model", "m.json"], "--data"), (["--model", "no.json", "--hash"], "no.json"),
            (["--model", "m.json", "--data", "no.csv"], "no.csv"),
            (["--model", "m.json", "--data", "ragged.csv"], "row 1"),
        ):
            done = self.run_program(*words)
            self.assertEqual(done.returncode, 2, words)
            self.assertIn(word, done.stderr)
            self.assertNotIn("Traceback", done.stderr)

    def fitted(self, *terms):
        python = python_with_numpy()
        if not python:
            self.skipTest("numpy is not here")
        words = [word for term in terms for word in ("--fit", term)]
        done = self.run_program(*words, "--data", "d.csv", python=python)
        self.assertEqual(done.returncode, 0, done.stderr)
        return latemodel.load(self.folder / "out")

    def test_a_fit_is_where_the_likelihood_is_flat(self):
        fitted = self.fitted("distance_km", "weight_kg", "tier=express", "depot=F", "depot=F*distance_km")
        rows = latemodel.read_rows(self.folder / "d.csv")
        rest = [float(row["late"]) - score for row, score in zip(rows, latemodel.scores(fitted, rows))]
        self.assertAlmostEqual(sum(rest), 0, delta=0.01)  # the intercept is free
        mean = sum(float(row["distance_km"]) for row in rows) / len(rows)
        slope = sum(r * (float(row["distance_km"]) - mean) for r, row in zip(rest, rows)) / 170
        self.assertAlmostEqual(slope, 0, delta=2)  # what the ridge holds back is about the coefficient itself
        self.assertAlmostEqual(fitted["terms"]["distance_km"], 0.0055, delta=0.002)
        self.assertLess(fitted["terms"]["depot=F*distance_km"], -0.008)

    def test_terms_that_say_nothing_or_too_much(self):
        text = (self.folder / "d.csv").read_text().replace(",snow,", ",hail,")
        lines = [line for line in text.splitlines() if ",hail," not in line or ",1,2026" in line]
        (self.folder / "d.csv").write_text("\n".join(lines) + "\n")
        fitted = self.fitted("weather=snow", "weather=hail", "stops")
        self.assertEqual(fitted["terms"]["weather=snow"], 0)
        self.assertTrue(2 < fitted["terms"]["weather=hail"] < 15, fitted)

    def test_unlabelled_rows_are_left_out(self):
        plain = self.fitted("stops", "distance_km")
        with open(self.folder / "d.csv", "a") as data:
            data.write("P00000001,2026-01-05T17:00:00Z,F,express,1.00,1500.0,99,snow,24,,\n")
        self.assertEqual(self.fitted("stops", "distance_km"), plain)


if __name__ == "__main__":
    unittest.main()
