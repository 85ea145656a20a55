"""Tests of what the exercises show a learner before any check: samples, example plans, and how far variants stray."""

import difflib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

EXERCISES = Path(__file__).resolve().parents[2] / "exercises"
sys.path.insert(0, str(EXERCISES / "shared"))
import latemodel  # noqa: E402

PLAIN = {"PATH": os.environ.get("PATH", ""), "PYTHONDONTWRITEBYTECODE": "1"}


class TestSample(unittest.TestCase):
    def test_sample_is_what_the_generator_writes(self):
        with tempfile.TemporaryDirectory() as directory:
            out = os.path.join(directory, "sample.csv")
            program = EXERCISES / "shared" / "gen_parcels.py"
            arguments = ["--seed", "20260105", "--n", "1500", "--out", out]
            subprocess.run([sys.executable, program, *arguments], check=True)
            sample = EXERCISES / "seed-it" / "start" / "data" / "sample.csv"
            self.assertEqual(Path(out).read_bytes(), sample.read_bytes())


class TestExamplePlans(unittest.TestCase):
    # As the lesson of plan-policy tells it: (verdict, reason, findings).
    VERDICTS = {
        "01-model-cache": ("pass", None, 0),
        "02-routing": ("pass", None, 0),
        "03-orders-db": ("refuse", "destroy", 1),
        "04-rename": ("refuse", "destroy", 1),
        "05-modules": ("refuse", "destroy", 2),
        "06-new-cluster": ("refuse", "needs-review", 3),
        "07-gpu-pool": ("refuse", "budget", 2),
        "08-old-bucket": ("refuse", "destroy", 1),
    }

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.workspace = Path(directory.name) / "plan-policy"
        exercise = EXERCISES / "plan-policy"
        shutil.copytree(exercise / "start", self.workspace)
        shutil.copytree(exercise / "solution", self.workspace, dirs_exist_ok=True)
        (self.workspace / "tools").mkdir()
        shutil.copy(EXERCISES / "shared" / "clock.py", self.workspace / "tools")

    def judge(self, plan):
        names = ("policy", "prices", "waivers")
        options = [word for name in names for word in (f"--{name}", f"{name}.json")]
        command = [sys.executable, "plangate.py", "--plan", plan, *options, "--out", "report.json"]
        environment = {**PLAIN, "LAB_NOW": "2026-02-03T09:00:00Z"}
        return subprocess.run(command, cwd=self.workspace, env=environment, capture_output=True, text=True)

    def test_every_plan_has_its_verdict(self):
        plans = sorted(path.stem for path in (self.workspace / "plans").iterdir())
        self.assertEqual(plans, sorted(self.VERDICTS))
        for name, (verdict, reason, count) in self.VERDICTS.items():
            done = self.judge(f"plans/{name}.json")
            self.assertEqual(done.returncode, 0 if verdict == "pass" else 1, done.stderr)
            report = json.loads((self.workspace / "report.json").read_text())
            found = (report["verdict"], report["reason"], len(report["findings"]))
            self.assertEqual(found, (verdict, reason, count), name)
            self.assertNotIn("m8-Ferry-at-dawn", done.stdout + done.stderr + json.dumps(report))

    def test_one_waiver_counts(self):
        self.judge("plans/08-old-bucket.json")
        report = json.loads((self.workspace / "report.json").read_text())
        self.assertEqual([item["ticket"] for item in report["waived"]], ["HARBOR-412"])

    def test_broken_input(self):
        (self.workspace / "cut.json").write_text('{"format_version": "1.2", "resource_')
        (self.workspace / "list.json").write_text("[]")
        for plan in ("cut.json", "list.json", "missing.json"):
            done = self.judge(plan)
            self.assertEqual(done.returncode, 2)
            self.assertRegex(done.stderr, rf"^plangate: {plan}: .+\n$")


class TestIncidents(unittest.TestCase):
    # As the lesson of data-contract tells it: the time, and the rules that speak.
    MONDAY = "2026-02-09T06:00:00Z"
    TOLD = {
        "1-weather-feed-down.csv": (MONDAY, ["nulls | weather | 6"]),
        "2-export-ran-twice.csv": (MONDAY, ["unique | parcel_id | 3"]),
        "3-scales-in-grams.csv": (MONDAY, ["median | weight_kg | whole file", "range | weight_kg | 40"]),
        "4-clock-of-depot-e.csv": (MONDAY, ["order | delivered_at | 3"]),
        "5-new-terminal.csv": (MONDAY, ["enum | tier | 4"]),
        "6-export-stopped.csv": ("2026-02-15T11:00:00Z", ["fresh | created_at | whole file"]),
    }

    def test_the_files_are_what_the_generator_says(self):
        exercise = EXERCISES / "data-contract"
        with tempfile.TemporaryDirectory() as directory:
            out = Path(directory) / "incidents"
            command = [sys.executable, exercise / "private" / "gen.py", "--seed", "457", "--check", "incidents"]
            environment = {**PLAIN, "PYTHONPATH": str(EXERCISES / "shared")}
            subprocess.run([*command, "--out", out], check=True, env=environment)
            cases = json.loads((out / "cases.json").read_text())
            self.assertEqual({case["file"]: (case["now"], case["violations"]) for case in cases}, self.TOLD)
            given = exercise / "start" / "incidents"
            self.assertEqual(sorted(path.name for path in given.iterdir()), sorted(self.TOLD))
            for name in self.TOLD:
                data = (given / name).read_bytes()
                self.assertEqual((out / name).read_bytes(), data)
                self.assertLessEqual(data.count(b"\n"), 61)

    def test_the_lesson_tells_what_they_break(self):
        lesson = (EXERCISES / "data-contract" / "README.md").read_text()
        for name, (now, violations) in self.TOLD.items():
            line = next(line for line in lesson.splitlines() if f"`{name}`" in line)
            for violation in violations:
                rule, column, rows = violation.split(" | ")
                told = f"`{rule}`, `{column}`" + ("" if rows == "whole file" else f", {rows} rows")
                self.assertIn(told, line)
            self.assertIn(now, lesson)


class TestCandidates(unittest.TestCase):
    # As the lesson of slice-gate tells it: AUC overall and on depot F.
    TOLD = {"champion": (0.766, 0.803), "candidate-1": (0.769, 0.369), "candidate-2": (0.793, 0.838)}

    def setUp(self):
        self.start = EXERCISES / "slice-gate" / "start"
        self.rows = latemodel.read_rows(self.start / "data" / "holdout.csv")

    def test_holdout_is_what_the_generator_writes(self):
        with tempfile.TemporaryDirectory() as directory:
            out = os.path.join(directory, "holdout.csv")
            arguments = ["--seed", "20260318", "--n", "1500", "--start", "2026-03-02", "--drift", "depot_mix=F:0.07"]
            program = EXERCISES / "shared" / "gen_parcels.py"
            subprocess.run([sys.executable, program, *arguments, "--out", out], check=True)
            self.assertEqual(Path(out).read_bytes(), (self.start / "data" / "holdout.csv").read_bytes())

    def auc(self, rows, scores):
        """How often a late parcel has a higher score than one on time, pair by pair."""
        late = [score for row, score in zip(rows, scores) if row["late"] == "1"]
        rest = [score for row, score in zip(rows, scores) if row["late"] == "0"]
        return sum((one > other) + (one == other) / 2 for one in late for other in rest) / (len(late) * len(rest))

    def test_models_are_as_good_as_told(self):
        island = [row for row in self.rows if row["depot"] == "F"]
        self.assertEqual(len(island), 102)
        for name, (overall, on_f) in self.TOLD.items():
            model = latemodel.load(self.start / "models" / f"{name}.json")
            found = [self.auc(rows, latemodel.scores(model, rows)) for rows in (self.rows, island)]
            self.assertAlmostEqual(found[0], overall, delta=0.0005, msg=name)
            self.assertAlmostEqual(found[1], on_f, delta=0.0005, msg=name)
        lesson = (EXERCISES / "slice-gate" / "README.md").read_text()
        self.assertIn("| `candidate-1` | 0.766, 0.769 | 0.803, 0.369 | refuse", lesson)
        self.assertIn("| `candidate-2` | 0.766, 0.793 | 0.803, 0.838 | pass", lesson)


class TestVariants(unittest.TestCase):
    def test_each_is_the_solution_with_one_fault(self):
        for exercise in ("seed-it", "plan-policy", "data-contract", "slice-gate"):
            variants = sorted((EXERCISES / exercise / "wrong").iterdir())
            self.assertGreaterEqual(len(variants), 8)
            for variant in variants:
                with self.subTest(variant=f"{exercise}/{variant.name}"):
                    self.assertTrue((variant / "wrong.yaml").is_file())
                    programs = [path for path in variant.rglob("*") if path.is_file() and path.suffix != ".pyc"]
                    for program in programs:
                        if program.name == "wrong.yaml":
                            continue
                        solution = EXERCISES / exercise / "solution" / program.relative_to(variant)
                        pair = (path.read_text().splitlines() for path in (solution, program))
                        changed = [line for line in difflib.ndiff(*pair) if line[:2] in ("+ ", "- ")]
                        self.assertTrue(0 < len(changed) <= 60, f"{len(changed)} lines differ")


if __name__ == "__main__":
    unittest.main()
