"""Tests of what the exercises show a learner before any check: samples, example plans, and how far variants stray."""

import csv
import datetime
import difflib
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import yaml

EXERCISES = Path(__file__).resolve().parents[2] / "exercises"
sys.path.insert(0, str(EXERCISES / "shared"))
import latemodel  # noqa: E402

# What a solution says of its mutants is no part of the program.
MUTANTS_NOTE = re.compile(r" *# mutants: .*$", re.MULTILINE)

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


class TestExampleRuns(unittest.TestCase):
    """The plans of approval-gate, as its lesson tells them."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.workspace = Path(directory.name) / "approval-gate"
        exercise = EXERCISES / "approval-gate"
        shutil.copytree(exercise / "start", self.workspace)
        shutil.copytree(exercise / "solution", self.workspace, dirs_exist_ok=True)
        (self.workspace / "tools").mkdir()
        for name in ("clock.py", "fleet.py", "fleet_kinds.py", "planner.py"):
            shutil.copy(EXERCISES / "shared" / name, self.workspace / "tools")
        self.python("tools/fleet.py", "--db", "fleet.db", "apply", "--file", "fleet.json")

    def python(self, *words, code=0):
        command = [sys.executable, *words]
        done = subprocess.run(command, cwd=self.workspace, env=PLAIN, capture_output=True, text=True)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout.splitlines()[-1]

    def agent(self, verb, *words, code=0, name="dispatcher"):
        return json.loads(self.python("agent.py", verb, *words, "--state", "state", "--as", name, code=code))

    def go(self, verb, plan):
        return self.agent(verb, "--plan", f"plans/{plan}.json", "--fleet", "fleet.db")

    def test_each_plan(self):
        self.assertEqual(self.go("run", "01-look")["status"], "done")
        for plan, approvers in (("02-more-north", "o"), ("03-notice", "oo"), ("04-stubborn", "ob"), ("05-twice", "oo")):
            with self.subTest(plan=plan):
                said = self.go("run", plan)
                for approver in approvers:
                    self.assertEqual(said["status"], "waiting")
                    self.agent("approve", said["pending"][0], name=approver)
                    said = self.go("resume", plan)
                self.assertEqual(said["status"], "done")

    def test_the_transcript_of_the_lesson(self):
        said = self.go("run", "03-notice")
        self.assertEqual(said, {"status": "waiting", "pending": ["p1"], "refused": []})
        refused = self.agent("approve", "p1", code=1)
        self.assertEqual(refused, {"verdict": "refuse", "reason": "self-approval"})
        self.assertEqual(self.agent("approve", "p1", name="olga"), {"status": "approved"})
        self.assertEqual(self.go("resume", "03-notice")["pending"], ["p2"])

    def test_a_denial_ends_the_stubborn_plan(self):
        self.agent("deny", self.go("run", "04-stubborn")["pending"][0], "--reason", "not in May", name="olga")
        self.assertEqual(self.go("resume", "04-stubborn")["answer"], "They said no: not in May")

    def test_wrong_use(self):
        for words in (["approve", "p9"], ["run", "--plan", "no.json", "--fleet", "fleet.db"]):
            command = [sys.executable, "agent.py", *words, "--state", "state", "--as", "olga"]
            done = subprocess.run(command, cwd=self.workspace, env=PLAIN, capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertRegex(done.stderr, r"^agent: .+\n$")


class TestRegister(unittest.TestCase):
    """register.csv of trace-the-claim is one that its generator writes."""

    def test_the_register_is_what_the_generator_says(self):
        exercise = EXERCISES / "trace-the-claim"
        with tempfile.TemporaryDirectory() as directory:
            out = Path(directory) / "register.csv"
            command = [sys.executable, exercise / "private" / "gen.py", "--seed", "457", "--projects", "60", "--out", out]
            subprocess.run(command, check=True, env=PLAIN)
            self.assertEqual(out.read_bytes(), (exercise / "start" / "register.csv").read_bytes())


class TestLifecycle(unittest.TestCase):
    """What walk-the-lifecycle says about its log follows from events.csv and the key."""

    def test_edges_and_days_are_those_of_the_log(self):
        exercise = EXERCISES / "walk-the-lifecycle"
        key = json.loads((exercise / "private" / "key.json").read_text())
        with open(exercise / "start" / "events.csv", encoding="utf-8", newline="") as log:
            events = {row["id"]: row for row in csv.DictReader(log)}
        self.assertEqual(set(key["phases"]), set(events))
        days = {}
        for row in events.values():
            if row["cites"]:
                before = events[row["cites"]]
                apart = datetime.date.fromisoformat(row["date"]) - datetime.date.fromisoformat(before["date"])
                days.setdefault((key["phases"][before["id"]], key["phases"][row["id"]]), []).append(apart.days)
        for edge in key["crossed"]:
            self.assertLessEqual(min(days[tuple(edge.split())]), 30)
        self.assertGreater(min(days[(key["broken"]["from"], key["broken"]["to"])]), 30)
        waits = days[("monitor", "improve")]
        text = (exercise / "exercise.yaml").read_text()
        self.assertIn(f"answer: {statistics.median(waits)}\n", text)
        self.assertIn(f"near: {statistics.mean(waits):.1f}\n", text)


class TestLevels(unittest.TestCase):
    """What place-the-level says about its repositories follows from their files."""

    EXERCISE = EXERCISES / "place-the-level"
    REPOS = EXERCISE / "start" / "repos"

    def setUp(self):
        self.key = json.loads((self.EXERCISE / "private" / "key.json").read_text())
        text = (self.EXERCISE / "start" / "criteria.yaml").read_text()
        self.levels = {name: int(level) for name, level in re.findall(r"(?m)^([\w-]+):\n  level: (\d)$", text)}

    def test_every_place_is_there_and_can_be_cited(self):
        for repo, capabilities in self.key["places"].items():
            self.assertLessEqual(set(capabilities), set(self.levels))
            for places in capabilities.values():
                for place in places:
                    lines = (self.REPOS / repo / place["path"]).read_text().splitlines()
                    shown = [line for line in lines if place["text"] in line]
                    self.assertTrue(shown, f"{repo}/{place['path']}: {place['text']}")
                    self.assertFalse(place["path"].endswith(".md") or shown[0].lstrip().startswith("#"))

    def test_levels_follow_from_what_is_present(self):
        self.assertEqual(sorted(self.levels.values()), [1] * 4 + [2] * 4 + [3] * 4)
        for repo, level in self.key["levels"].items():
            absent = {self.levels[name] for name in set(self.levels) - set(self.key["places"][repo])}
            self.assertEqual(min(absent, default=4) - 1, level, repo)

    def test_the_repositories_are_as_small_as_the_lesson_says(self):
        counts = [sum(path.is_file() for path in repo.rglob("*")) for repo in self.REPOS.iterdir()]
        self.assertIn(f"at most {max(counts)} small files", (self.EXERCISE / "README.md").read_text())


class TestTickets(unittest.TestCase):
    """What count-the-handoffs gives and tells."""

    EXERCISE = EXERCISES / "count-the-handoffs"

    def test_the_log_is_what_the_generator_says(self):
        with tempfile.TemporaryDirectory() as directory:
            out = Path(directory) / "tickets.csv"
            command = [sys.executable, self.EXERCISE / "private" / "gen.py", "--seed", "457", "--items", "30", "--out", out]
            subprocess.run(command, check=True, env=PLAIN)
            self.assertEqual(out.read_bytes(), (self.EXERCISE / "start" / "tickets.csv").read_bytes())

    def test_the_item_of_the_lesson(self):
        with open(self.EXERCISE / "start" / "tickets.csv", newline="", encoding="utf-8") as tickets:
            steps = [row for row in csv.DictReader(tickets) if row["item"] == "W21"][:3]
        moments = [[datetime.datetime.fromisoformat(step[name]) for name in ("start", "end")] for step in steps]
        gaps = [(after[0] - before[1]).total_seconds() / 3600 for before, after in zip(moments, moments[1:])]
        self.assertEqual([step["role"] for step in steps], ["data-engineer", "data-engineer", "data-scientist"])
        self.assertEqual((steps[0]["person"], steps[1]["person"], gaps), ("Noor", "Emil", [14, 24]))


class TestCosts(unittest.TestCase):
    """The costs that the lesson of buy-or-build tells are those of a second right program, which needs no library but YAML."""

    EXERCISE = EXERCISES / "buy-or-build"

    def test_the_example_of_the_lesson(self):
        with tempfile.TemporaryDirectory() as directory:
            out = Path(directory) / "tco.json"
            given = ["--brief", "briefs/claims.yaml", "--prices", "prices.csv", "--out", out]
            command = [sys.executable, self.EXERCISE / "solution-in-cents" / "tco.py", *given]
            subprocess.run(command, check=True, env=PLAIN, cwd=self.EXERCISE / "start")
            costs = json.loads(out.read_text())
        lesson = " ".join((self.EXERCISE / "README.md").read_text().split())
        told = f"buying comes to {costs['buy']:,.2f} euros and building to {costs['build']:,.2f}. They meet at {costs['break_even']} models"
        self.assertIn(told, lesson)


class TestIndex(unittest.TestCase):
    """index.json of run-manifest says what the environment has."""

    def test_versions_and_hashes_are_those_of_the_lock(self):
        lock = (EXERCISES / "environments" / "ml" / "requirements.lock").read_text()
        index = json.loads((EXERCISES / "run-manifest" / "start" / "index.json").read_text())["packages"]
        blocks = {re.match(r"[\w.-]+", block)[0]: block for block in re.split(r"\n(?=\w)", lock) if "==" in block}
        for name, package in index.items():
            self.assertTrue(blocks[name].startswith(f"{name}=={package['version']} "), name)
            self.assertEqual(re.findall(r"sha256:([0-9a-f]{64})", blocks[name]), package["sha256"], name)
            self.assertLessEqual(set(package["requires"]), set(index), name)


class TestProgramme(unittest.TestCase):
    """exercises.csv of chart-your-path is the course's own index: what is there stands in it as its files say. Exercises that are not
    there yet may stand in it too."""

    def test_the_index_is_that_of_the_course(self):
        with open(EXERCISES / "chart-your-path" / "start" / "exercises.csv", encoding="utf-8", newline="") as index:
            rows = {row["id"]: row for row in csv.DictReader(index)}
        tracks, modules = {}, {}
        for track in ("practitioner", "platform-engineer"):
            for module in yaml.safe_load((EXERCISES.parent / "tracks" / f"{track}.yaml").read_text())["modules"]:
                for name in module["exercises"]:
                    tracks.setdefault(name, []).append(track)
                    modules[name] = module["id"]
        for path in sorted(EXERCISES.glob("*/exercise.yaml")):
            with self.subTest(exercise=path.parent.name):
                said = yaml.safe_load(path.read_text())
                told = {key: str(said[key]) for key in ("id", "title", "minutes", "difficulty", "level", "phase", "layer")}
                told |= {"skills": " ".join(said["skills"]), "tracks": " ".join(tracks[said["id"]]), "module": modules[said["id"]]}
                self.assertEqual(rows[said["id"]], told)

    def test_every_skill_of_the_index_is_in_the_matrix(self):
        matrix = yaml.safe_load((EXERCISES / "shared" / "skills.yaml").read_text())["skills"]
        with open(EXERCISES / "chart-your-path" / "start" / "exercises.csv", encoding="utf-8", newline="") as index:
            named = {skill for row in csv.DictReader(index) for skill in row["skills"].split()}
        self.assertEqual(named, {skill["id"] for skill in matrix})


class TestReasons(unittest.TestCase):
    def test_each_hint_has_a_reason_and_each_reason_a_hint(self):
        for exercise in sorted(path.parent for path in EXERCISES.glob("*/exercise.yaml")):
            with self.subTest(exercise=exercise.name):
                text = (exercise / "exercise.yaml").read_text()
                hinted = set(re.findall(r"when: ([\w-]+)", text))
                checker = (exercise / "checker.lua").read_text()
                programs = [path.read_text() for path in exercise.glob("private/*.py")]
                given = set(re.findall(r'"([\w-]+)"', checker + "".join(programs)))
                given |= set(re.findall(r"(?m)^ {6,8}(?:- id|reason): ([\w-]+)$", text))  # of questions
                self.assertEqual(hinted - given, set())
                self.assertEqual(set(re.findall(r'because\("([\w-]+)"\)', checker)) - hinted, set())


def programs_of(variant):
    files = [path for path in variant.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return [path.relative_to(variant) for path in files if path.name != "wrong.yaml"]


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


class TestLoop(unittest.TestCase):
    """The windows that the lesson of retrain-trigger makes have the drift and the AUC that it tells."""

    # Drift options: the decision on them, and what drift and AUC lie between.
    TOLD = {
        "": ("quiet", (0, 0.1), (0.75, 0.85)),
        "weight_shift=1": ("watch", (1, 10), (0.75, 0.85)),
        "concept=1": ("watch", (0, 0.1), (0.6, 0.7)),
        "weight_shift=1 concept=1": ("watch", (1, 10), (0.6, 0.7)),
    }

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.workspace = Path(directory.name) / "retrain-trigger"
        exercise = EXERCISES / "retrain-trigger"
        shutil.copytree(exercise / "start", self.workspace)
        shutil.copytree(exercise / "solution", self.workspace, dirs_exist_ok=True)
        (self.workspace / "tools").mkdir()
        for name in ("clock.py", "gen_parcels.py", "latemodel.py"):
            shutil.copy(EXERCISES / "shared" / name, self.workspace / "tools")

    def decide(self, seed, drift):
        """What is said about a window on a day of its own, with a fresh state folder."""
        shutil.copytree(self.workspace / "state", self.workspace / "out" / str(seed))
        options = [word for item in drift.split() for word in ("--drift", item)]
        made = [sys.executable, "tools/gen_parcels.py", "--seed", str(seed), "--n", "600", "--out", "out/w.csv", *options]
        subprocess.run(made, cwd=self.workspace, check=True, env=PLAIN)
        command = [sys.executable, "-m", "late", "loop", "--window", "out/w.csv", "--state", f"out/{seed}"]
        environment = {**PLAIN, "LAB_NOW": "2026-03-02"}
        done = subprocess.run(command, cwd=self.workspace, env=environment, capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return json.loads(done.stdout)

    def test_each_kind_of_window(self):
        for seed, (drift, (decision, far, auc)) in enumerate(self.TOLD.items(), 1):
            with self.subTest(drift=drift):
                said = self.decide(seed, drift)
                self.assertEqual(said["decision"], decision)
                self.assertTrue(far[0] <= said["drift"] <= far[1], said["drift"])
                self.assertTrue(auc[0] <= said["auc"] <= auc[1], said["auc"])

    def test_the_champion_and_its_baseline_belong_together(self):
        state = self.workspace / "state"
        sha = latemodel.model_sha(latemodel.load(state / "champion.json"))
        self.assertEqual(json.loads((state / "baseline.json").read_text()), {"champion": sha})


class TestVariants(unittest.TestCase):
    def test_each_is_the_solution_with_one_fault(self):
        for exercise in sorted(path.parent for path in EXERCISES.glob("*/exercise.yaml")):
            variants = sorted((exercise / "wrong").iterdir())
            self.assertGreaterEqual(len(variants), 7)
            for variant in variants:
                with self.subTest(variant=f"{exercise.name}/{variant.name}"):
                    self.assertTrue((variant / "wrong.yaml").is_file())
                    self.assertTrue(programs_of(variant))
                    for program in programs_of(variant):
                        right = next(exercise / folder / program for folder in ("solution", "start") if (exercise / folder / program).exists())
                        pair = (MUTANTS_NOTE.sub("", path.read_text()).splitlines() for path in (right, variant / program))
                        changed = [line for line in difflib.ndiff(*pair) if line[:2] in ("+ ", "- ")]
                        most = 60 if program.suffix == ".py" else 400
                        self.assertTrue(0 < len(changed) <= most, f"{len(changed)} lines differ")


if __name__ == "__main__":
    unittest.main()
