#!/usr/bin/env python3
"""Proves exercises: right work passes, the start and every wrong variant fail as they say.

    prove.py PROGRAM [EXERCISE…]      none: all of exercises/

For each exercise, with the real program: the start earns under 40 % and passes no decisive check; the solution earns
everything, under its own seed and under ten others; each wrong/NAME (over the solution) fails exactly the checks that its wrong.yaml
names, for the reason it gives; every check is failed by some variant.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SEEDS = range(1, 11)


class Lab:
    """The program, with a home of its own and the caller's cache of Python environments."""

    def __init__(self, program, home):
        cache = os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))
        self.program, self.home, self.count = program, home, 0
        self.environment = {**os.environ, "HOME": str(home), "XDG_CACHE_HOME": cache, "LAB_COURSE": str(ROOT),
                            "XDG_DATA_HOME": str(home / "data"), "LAB_WORK": str(home / "work")}
        self.environment.pop("LAB_HOME", None)

    def run(self, *words):
        return subprocess.run([self.program, *words], env=self.environment, capture_output=True, text=True, check=False)

    def checks(self, exercise):
        """{id: fields} of the exercise's checks that are not hidden."""
        done = self.run("show", exercise, "--json")
        shown = [json.loads(line) for line in done.stdout.splitlines()]
        return {check["id"]: check for line in shown for check in line.get("checks", [])}

    def judge(self, exercise, *overlays, seed=None):
        """The check_done events, by id, of the start with folders laid over it."""
        self.count += 1
        work = self.home / "work" / f"{exercise}-{self.count}"
        started = self.run("start", exercise, "--dir", str(work))
        if started.returncode:
            raise SystemExit(f"lab start {exercise}: {started.stderr}")
        for overlay in overlays:
            shutil.copytree(overlay, work, dirs_exist_ok=True, ignore=shutil.ignore_patterns("wrong.yaml", "__pycache__"))
        words = ["check", exercise, "--dir", str(work), "--json"] + (["--seed", str(seed)] if seed else [])
        done = self.run(*words)
        events = [json.loads(line) for line in done.stdout.splitlines()]
        shutil.rmtree(work, ignore_errors=True)
        results = {event["id"]: event for event in events if event["event"] == "check_done"}
        if not results:
            raise SystemExit(f"lab check {exercise}: {done.stderr}")
        return results


def wrong_yaml(path):
    """The few keys of a wrong.yaml: why, fails, reason, message."""
    fields = dict(re.findall(r"^(\w+):\s*(.*?)\s*$", path.read_text(), re.M))
    fields["fails"] = re.findall(r"[\w-]+", fields.get("fails", ""))
    return {key: value.strip("'\"") if isinstance(value, str) else value for key, value in fields.items()}


def with_verdict(results, *verdicts):
    return [name for name, result in results.items() if result["verdict"] in verdicts]


def says(result):
    evidence = result["evidence"][0] if result["evidence"] else {}
    return f"{result['verdict']}: {result['message']} {json.dumps(evidence)[:700]}"


def prove_start(results, checks):
    earned, possible = sum(r["points"] for r in results.values()), sum(r["possible"] for r in results.values())
    if earned >= 0.4 * possible:
        yield f"the start earns {earned} of {possible} points"
    for name in with_verdict(results, "pass"):
        if results[name]["hidden"] or checks[name]["decisive"]:
            yield f"the start passes the decisive check {name}"
    for name in with_verdict(results, "broken"):
        yield f"the start breaks {name}: {says(results[name])}"


def prove_solution(results, label):
    for name, result in results.items():
        if result["verdict"] != "pass":
            yield f"{label}: {name} does not pass: {says(result)}"


def waits_for_failed(name, results, failed):
    """Whether the blocked check waits, at first or second hand, for one that failed."""
    need = results[name]["blocked_by"]
    return need in failed or need in results and waits_for_failed(need, results, failed)


def prove_wrong(results, wrong, label):
    failed = with_verdict(results, "fail", "timeout")
    for name in sorted(set(failed) ^ set(wrong["fails"])):
        yield f"{label}: {name} {'is not named but fails' if name in failed else 'should fail'}: {says(results[name])}"
    for name in with_verdict(results, "blocked", "broken"):
        if results[name]["verdict"] == "broken" or not waits_for_failed(name, results, failed):
            yield f"{label}: {name}: {says(results[name])}"
    reasons = {results[name]["reason"] for name in failed}
    if wrong.get("reason") and wrong["reason"] not in reasons:
        yield f"{label}: the reason is {reasons}, not {wrong['reason']}"
    if wrong.get("message") and not any(wrong["message"] in says(results[name]) for name in failed):
        yield f"{label}: no message says {wrong['message']!r}: {[says(results[name]) for name in failed]}"


def prove(lab, exercise):
    """Yields (what was proved, list of faults)."""
    folder, checks = ROOT / "exercises" / exercise, lab.checks(exercise)
    started = lab.judge(exercise)
    yield "start", list(prove_start(started, checks))
    solutions = [path for path in sorted(folder.glob("solution*")) if path.is_dir()]
    for solution in solutions:
        yield solution.name, list(prove_solution(lab.judge(exercise, solution), solution.name))
    for seed in SEEDS:
        label = f"solution, seed {seed}"
        yield label, list(prove_solution(lab.judge(exercise, folder / "solution", seed=seed), label))
    proved = set()
    for variant in sorted((folder / "wrong").iterdir()):
        wrong, label = wrong_yaml(variant / "wrong.yaml"), f"wrong/{variant.name}"
        yield label, list(prove_wrong(lab.judge(exercise, folder / "solution", variant), wrong, label))
        proved |= set(wrong["fails"])
    unproved = [name for name in started if name not in proved]
    yield "every check is failed by some variant", [f"no variant fails {name}" for name in unproved]


def main():
    program = str(Path(sys.argv[1]).resolve())
    exercises = sys.argv[2:] or [path.parent.name for path in sorted((ROOT / "exercises").glob("*/exercise.yaml"))]
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix="lab-prove-") as home:
        for exercise in exercises:
            for what, faults in prove(Lab(program, Path(home)), exercise):
                passed, failed = passed + (not faults), failed + bool(faults)
                print(f"{'FAIL' if faults else 'ok  '} {exercise}: {what}", flush=True)
                for fault in faults:
                    print(f"     {fault}")
    print(f"proofs: {passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
