"""Figures of services and containers, for run.py: each measure takes its Bench."""
import functools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/fixtures"))
import learner  # noqa: E402

SLOW, QUICK = "mlflow", ("prometheus", "redis")


def engine_calls(bench):
    done = subprocess.run([bench.build / "bench/bench_docker"], capture_output=True, text=True, check=True)
    taken = json.loads(done.stdout)
    if taken:
        own = taken["client_ms"] - taken["by_hand_ms"]
        bench.row("a call of the container engine, beyond the engine's own time", f"{own:.2f} ms", "5 ms", own <= 5)


@functools.cache
def served(bench):
    """A course with the services of this one, and the workspace of its exercise, which needs MLflow. Environments are the caller's, as they
    are: None where that of MLflow is not built. From here on nothing is fetched."""
    course = bench.home / "served"
    if not list(learner.cache().glob("lab/python/mlflow-*/bin/mlflow")):
        return None
    bench.environment |= {"XDG_CACHE_HOME": str(learner.cache()), "XDG_DATA_HOME": str(bench.home / "data"),
                          "LAB_WORK": str(bench.home / "lab/work"), "UV_OFFLINE": "1", "PIP_NO_INDEX": "1"}
    bench.environment.pop("LAB_HOME")
    shutil.copytree(ROOT / "exercises/shared", course / "exercises/shared", ignore=shutil.ignore_patterns("__pycache__", "skills.yaml"))
    shutil.copytree(ROOT / "exercises/environments", course / "exercises/environments")
    shutil.copy(ROOT / "docker-compose.yml", course)
    work = bench.exercise(course, "served", {"one": "expect(1):equals(1)"}, "print(1)\n")
    yaml = course / "exercises/served/exercise.yaml"
    yaml.write_text(yaml.read_text().replace("checks:\n", f"requires: {{services: [{SLOW}]}}\nchecks:\n"))
    return (course, work) if bench.run(bench.lab, "services", "start", SLOW, course=course, cwd=work).returncode == 0 else None


# ---- a learner's own ----


def starts_together(bench):
    """Three services started by one command, over the slowest of them alone, each time with fresh data. Left out where one is missing."""
    if not all(shutil.which(program) for program in ("prometheus", "redis-server")) or not served(bench):
        return
    course, work = served(bench)

    def start(*names):
        bench.run(bench.lab, "down", "--data", course=course)
        return bench.seconds(bench.lab, "services", "start", *names, course=course, cwd=work)

    together, alone = bench.medians(3, lambda: start(SLOW, *QUICK), lambda: start(SLOW))
    bench.row(f"starting {SLOW}, {' and '.join(QUICK)} at once, over {SLOW} alone", f"{together / alone:.2f}x", "1.10x", together / alone <= 1.1)


# ---- an attempt's ----


def tracking(bench):
    """From `lab check` to an MLflow that is ready, over the same server by itself. Where it is not built, a row says so."""
    what = "from lab check to MLflow ready, over mlflow server by itself"
    if not served(bench):
        bench.row(what, "no MLflow", "1.10x", True)
        return
    course, _ = served(bench)
    bench.run(bench.lab, "down", "--data", course=course)
    program = sorted(learner.cache().glob("lab/python/mlflow-*/bin/mlflow"))[-1]
    ours, theirs = bench.medians(3, lambda: ready_in_lab(bench, course), lambda: ready_by_itself(bench, program))
    bench.row(what, f"{ours / theirs:.2f}x", "1.10x", ours / theirs <= 1.1)


def ready_in_lab(bench, course):
    begin = time.perf_counter()
    with subprocess.Popen([str(bench.lab), "check", "served", "--json"], env={**bench.environment, "LAB_COURSE": str(course)},
                          stdout=subprocess.PIPE, text=True) as lab:
        for line in lab.stdout:
            if json.loads(line).get("state") == "ready":
                seconds = time.perf_counter() - begin
        if lab.wait():
            raise SystemExit("lab check with MLflow fails")
    return seconds


def ready_by_itself(bench, program):
    """The server as docker-compose.yml has it."""
    with tempfile.TemporaryDirectory(dir=bench.home) as data, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        taken.close()
        words = [program, "server", "--host", "127.0.0.1", "--port", port, "--workers", 1, "--backend-store-uri", f"sqlite:///{data}/mlflow.db",
                 "--artifacts-destination", f"{data}/artifacts"]
        begin = time.perf_counter()
        server = subprocess.Popen([str(word) for word in words], start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                  env={**bench.environment, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"})
        try:
            while not is_healthy(port):
                time.sleep(0.02)
            return time.perf_counter() - begin
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait()


def is_healthy(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as response:
            return response.status == 200
    except OSError:
        return False
