"""Figures of services and containers, for run.py: each measure takes its Bench."""
import json
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SLOW, QUICK = "mlflow", ("prometheus", "redis")


def engine_calls(bench):
    done = subprocess.run([bench.build / "bench/bench_docker"], capture_output=True, text=True, check=True)
    taken = json.loads(done.stdout)
    if taken:
        own = taken["client_ms"] - taken["by_hand_ms"]
        bench.row("a call of the container engine, beyond the engine's own time", f"{own:.2f} ms", "5 ms", own <= 5)


def starts_together(bench):
    """Three services started by one command, over the slowest of them alone, each time with fresh data. Left out where one is missing:
    the environment of MLflow is not built for this."""
    course = bench.home / "served"
    shutil.copytree(ROOT / "exercises/shared", course / "exercises/shared", ignore=shutil.ignore_patterns("__pycache__", "skills.yaml"))
    shutil.copytree(ROOT / "exercises/environments", course / "exercises/environments")
    shutil.copy(ROOT / "docker-compose.yml", course)
    work = bench.exercise(course, "served", {"one": "expect(1):equals(1)"}, "print(1)\n")
    cache = Path.home() / ".cache/lab"
    programs = all(shutil.which(program) for program in ("prometheus", "redis-server"))
    if not programs or not list(cache.glob("python/mlflow-*/bin/mlflow")):
        return
    shutil.rmtree(bench.home / "lab/cache/python", ignore_errors=True)
    (bench.home / "lab/cache").mkdir(parents=True, exist_ok=True)
    (bench.home / "lab/cache/python").symlink_to(cache / "python")

    def start(*names):
        taken = bench.seconds(bench.lab, "services", "start", *names, course=course, cwd=work)
        bench.run(bench.lab, "down", "--data", course=course)
        return taken

    together, alone = bench.medians(3, lambda: start(SLOW, *QUICK), lambda: start(SLOW))
    bench.row(f"starting {SLOW}, {' and '.join(QUICK)} at once, over {SLOW} alone", f"{together / alone:.2f}x", "1.10x", together / alone <= 1.1)
