#!/usr/bin/env python3
"""Measures lab against a peer in the same run, and prints one table.

    run.py BUILD_FOLDER          (make bench)

Every figure is the median of several interleaved repetitions of both sides. Goals are from the design; a row beyond its goal is marked, but
this program never fails: figures of a loaded machine are no verdict.
"""
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import services

ROOT = Path(__file__).resolve().parents[2]
SLEEP_FREE_PROGRAM = "n = 0\nfor i in range({loops}):\n    n += i\n"
RUNS = 6


class Bench:
    def __init__(self, build, home):
        self.lab, self.build, self.home = build / "lab", build, home
        self.rows = []
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(home), "LAB_HOME": str(home / "lab"), "LANG": "C.UTF-8",
                            "TERM": "dumb"}

    def run(self, *words, course=None, cwd=None):
        environment = {**self.environment, **({"LAB_COURSE": str(course)} if course else {})}
        return subprocess.run([str(word) for word in words], cwd=cwd, env=environment, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=False)

    def seconds(self, *words, course=None, cwd=None):
        begin = time.perf_counter()
        done = self.run(*words, course=course, cwd=cwd)
        seconds = time.perf_counter() - begin
        if done.returncode not in (0, 1):
            raise SystemExit(f"{words}: {done.stderr.decode()}")
        return seconds

    def medians(self, repetitions, *measures):
        """The median of each measure, all measured in turn."""
        taken = [[measure() for measure in measures] for _ in range(repetitions)]
        return [statistics.median(column) for column in zip(*taken)]

    def row(self, what, value, goal, met):
        self.rows.append((what, value, goal, "" if met else "beyond its goal"))

    def exercise(self, course, name, bodies, program):
        """A course of one exercise, started; its checks' Lua bodies by id."""
        folder = course / "exercises" / name
        (folder / "start").mkdir(parents=True)
        (course / "tracks").mkdir(exist_ok=True)
        checks = "".join(f"  - id: {check}\n    title: A check\n    points: 1\n" for check in bodies)
        (folder / "exercise.yaml").write_text(
            f"format: 1\nid: {name}\ntitle: A benchmark\nobjective: Measure.\nminutes: 5\ndifficulty: 1\nlevel: 1\n"
            f"phase: develop\nlayer: mlops\nskills: [python]\nchecks:\n{checks}")
        (folder / "checker.lua").write_text(
            "".join(f'checks["{check}"] = function(t)\n{body}\nend\n' for check, body in bodies.items()))
        (folder / "README.md").write_text("# A benchmark\n")
        (folder / "start/work.py").write_text(program)
        done = self.run(self.lab, "start", name, course=course)
        if done.returncode:
            raise SystemExit(done.stderr.decode())
        return self.home / "lab/work" / name


def start_up(bench):
    ours, theirs = bench.medians(60, lambda: bench.seconds(bench.lab, "--version"), lambda: bench.seconds("/bin/true"))
    bench.row("start-up: lab --version over /bin/true", f"{ours / theirs:.2f}x", "4x", ours / theirs <= 4)


def listing(bench):
    course = bench.home / "thousand"
    subprocess.run([sys.executable, ROOT / "tests/bench/generate_course.py", course, "1000"], check=True,
                   stdout=subprocess.DEVNULL)
    ours, = bench.medians(9, lambda: bench.seconds(bench.lab, "list", course=course))
    bench.row("lab list, 1 000 exercises", f"{ours * 1000:.1f} ms", "50 ms", ours <= 0.05)


def linting(bench):
    """Seventy copies of this repository's own exercises, with their files and environment."""
    course = bench.home / "seventy"
    for folder in ("environments", "shared"):
        shutil.copytree(ROOT / "exercises" / folder, course / "exercises" / folder)
    (course / "exercises/shared/skills.yaml").unlink()  # it names an exercise that this course has not
    (course / "tracks").mkdir()
    for number in range(70):
        name = ("seed-it", "plan-policy")[number % 2]
        copy = course / "exercises" / f"{name}-{number}"
        shutil.copytree(ROOT / "exercises" / name, copy)
        text = (copy / "exercise.yaml").read_text()
        (copy / "exercise.yaml").write_text(text.replace(f"id: {name}\n", f"id: {name}-{number}\n", 1))
    ours, = bench.medians(9, lambda: bench.seconds(bench.lab, "author", "lint", "--all", course=course))
    bench.row("lab author lint --all, 70 exercises", f"{ours:.2f} s", "1 s", ours <= 1)


BARE = ("bwrap --unshare-all --unshare-user --die-with-parent --new-session --cap-drop ALL --disable-userns --uid 1000 --gid 1000 "
        "--proc /proc --dev /dev --tmpfs /tmp --ro-bind /usr /usr --symlink usr/lib /lib --symlink usr/lib64 /lib64 --symlink usr/bin /bin "
        "--bind {work} {work} --ro-bind {environment} {environment} --chdir {work}")


def six_runs(bench):
    """One check that runs a Python program six times, over shell loops that do: bare, and each run in a bare bubblewrap."""
    course = bench.home / "six"
    body = f'for _ = 1, {RUNS} do t:run{{"python", "work.py"}}:ok() end'
    work = bench.exercise(course, "six", {"six": body}, SLEEP_FREE_PROGRAM.format(loops=320000))
    environment = (work / ".venv").resolve()
    each = f"for i in {' '.join(map(str, range(RUNS)))}; do {{}} {environment}/bin/python work.py || exit 1; done"
    bare = f"cd {work} && {each.format('')}"
    wrapped = f"cd {work} && {each.format(BARE.format(work=work, environment=environment))}"
    walls = any(json.loads(line).get("isolation", [""])[0] == "userns"
                for line in bench.run(bench.lab, "check", "six", "--json", course=course).stdout.splitlines()[:1])
    measures = [lambda: bench.seconds(bench.lab, "check", "six", course=course), lambda: bench.seconds("sh", "-c", bare)]
    if walls:
        measures.append(lambda: bench.seconds("sh", "-c", wrapped))
    ours, loop, *bubblewraps = bench.medians(15, *measures)
    bench.row(f"one check of {RUNS} runs ({loop / RUNS * 1000:.0f} ms each) over a shell loop", f"{ours / loop:.3f}x",
              "1.12x" if walls else "1.10x", ours / loop <= (1.12 if walls else 1.10))
    for theirs in bubblewraps:
        bench.row("the same over six bare bubblewraps", f"{ours / theirs:.3f}x", "1.00x", ours / theirs <= 1)


def boxes(bench):
    """Single boxes, below lab's commands."""
    done = subprocess.run([bench.build / "bench/bench_box"], capture_output=True, text=True, check=True)
    taken = json.loads(done.stdout)
    rows = [("program", "a program in an open box over posix_spawn"), ("box", "a box, made for one program, over a bare bubblewrap"),
            ("crowd", "200 of them, two at a time, over as many bubblewraps")]
    for name, what in rows:
        if name in taken:
            ours, theirs = taken[name]
            bench.row(what, f"{ours / theirs:.2f}x", "1.30x", ours / theirs <= 1.30)


def no_op_checks(bench):
    course = bench.home / "hundred"
    bodies = {f"c{i}": "expect(1):equals(1)" for i in range(100)}
    bench.exercise(course, "hundred", bodies, "print(1)\n")
    ours, = bench.medians(9, lambda: bench.seconds(bench.lab, "check", "hundred", course=course))
    bench.row("100 no-op checks in one attempt, each", f"{ours * 10:.2f} ms", "2 ms", ours / 100 <= 0.002)


WRONGS = 20


def proofs(bench):
    """The proof of an exercise, two trials at a time, over its programs alone, two at a time; and a proof that is known."""
    course = bench.home / "proof"
    body = f'local run\nfor _ = 1, {RUNS} do run = t:run{{"python", "work.py"}}:ok() end\nexpect(run.stdout):equals("0\\n")'
    loops = SLEEP_FREE_PROGRAM.format(loops=320000)
    work = bench.exercise(course, "proof", {"six": body}, loops)
    folder = course / "exercises/proof"
    for name, last in [("solution", "print(0)"), *((f"wrong/w{i}", f"print({i + 1})") for i in range(WRONGS))]:
        (folder / name).mkdir(parents=True)
        (folder / name / "work.py").write_text(f"{loops}{last}\n")
        if name != "solution":
            (folder / name / "wrong.yaml").write_text("why: It is made so.\nfails: [six]\n")
    trials = WRONGS + 3  # the start, the solution by two seeds; killed is but begun
    bare = f"seq {trials * RUNS} | xargs -P2 -I@ {(work / '.venv').resolve()}/bin/python {work}/work.py"
    words = [bench.lab, "author", "test", "proof", "-j2", "--repeat", "1"]
    ours, theirs = bench.medians(5, lambda: bench.seconds(*words, "--fresh", course=course), lambda: bench.seconds("sh", "-c", bare))
    bench.row("lab author test -j2: throughput over that of its programs alone", f"{theirs / ours:.2f}x", "0.80x", theirs / ours >= 0.8)
    known, = bench.medians(5, lambda: bench.seconds(*words, course=course))
    bench.row("lab author test, nothing changed", f"{known * 1000:.0f} ms", "1000 ms", known <= 1)


def preview(bench):
    """From the save of a file to the first line of the check that it begins."""
    sys.path.insert(0, str(ROOT / "tests/behaviour"))
    from screen import Screen
    course = bench.home / "previewed"
    bench.exercise(course, "previewed", {"one": "expect(1):equals(1)"}, "print(1)\n")
    yaml = course / "exercises/previewed/exercise.yaml"
    screen = Screen([str(bench.lab), "author", "preview", "previewed"], {**bench.environment, "TERM": "xterm", "LAB_COURSE": str(course)},
                    bench.home)
    taken, title = [], "A benchmark"
    for i in range(15):
        screen.shows(f"previewed  {title}", "all 1 checks pass")
        text = yaml.read_text().replace(f"title: {title}", f"title: Number {i}")
        title = f"Number {i}"
        begin = time.perf_counter()
        yaml.write_text(text)
        screen.shows(f"previewed  {title}")
        taken.append(time.perf_counter() - begin)
    screen.close()
    milliseconds = statistics.median(taken) * 1000
    bench.row("lab author preview: from a save to the first output", f"{milliseconds:.0f} ms", "150 ms", milliseconds <= 150)


def memory(bench):
    """Peak RSS of lab check itself: no program of a learner's runs in these checks."""
    pid = os.posix_spawn(bench.lab, [str(bench.lab), "check", "hundred"],
                         {**bench.environment, "LAB_COURSE": str(bench.home / "hundred")},
                         file_actions=[(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)])
    _, _, usage = os.wait4(pid, 0)
    mib = usage.ru_maxrss / 1024
    bench.row("peak RSS of lab check", f"{mib:.1f} MiB", "24 MiB", mib <= 24)


def flood(bench):
    """Memory of lab's own processes, proportionally shared pages, while a program under check prints 1 GB."""
    course = bench.home / "flood"
    program = "import os\nblock = b'x' * (1 << 20)\nfor _ in range(1024):\n    os.write(1, block)\n"
    bench.exercise(course, "flood", {"flood": 't:run{"python", "work.py"}:ok()'}, program)
    most = 0
    with subprocess.Popen([str(bench.lab), "check", "flood"], env={**bench.environment, "LAB_COURSE": str(course)},
                          stdout=subprocess.DEVNULL) as lab:
        while lab.poll() is None:
            most = max(most, sum(proportional_size(pid) for pid in own_processes(lab.pid)))
            time.sleep(0.005)
    bench.row("peak memory of lab's processes under a program that prints 1 GB", f"{most / 1024:.1f} MiB", "32 MiB", most <= 32 * 1024)


def own_processes(pid):
    """lab, its runners and workers: all below it that run its program."""
    found, program = [], os.stat(f"/proc/{pid}/exe").st_ino if os.path.exists(f"/proc/{pid}/exe") else 0
    waiting = [pid]
    while waiting:
        current = waiting.pop()
        try:
            if os.stat(f"/proc/{current}/exe").st_ino == program:
                found.append(current)
                waiting += map(int, Path(f"/proc/{current}/task/{current}/children").read_text().split())
        except OSError:
            continue
    return found


def proportional_size(pid):
    """KiB."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def snapshots(bench):
    done = subprocess.run([bench.build / "bench/bench_snapshot"], capture_output=True, text=True, check=True)
    taken = json.loads(done.stdout)
    bench.row("snapshot of 10 000 files, first", f"{taken['first_ms']:.0f} ms", "", True)
    bench.row("snapshot of 10 000 files, unchanged", f"{taken['unchanged_ms']:.1f} ms", "60 ms", taken["unchanged_ms"] <= 60)


def main():
    home = Path(tempfile.mkdtemp(prefix="lab-bench-"))
    bench = Bench(Path(sys.argv[1]).resolve(), home)
    try:
        for measure in (start_up, listing, linting, six_runs, boxes, snapshots, no_op_checks, proofs, preview, memory, flood,
                        services.engine_calls, services.starts_together, services.tracking):
            measure(bench)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    print(f"{'what':<72} {'measured':>10} {'goal':>8}")
    for what, value, goal, remark in bench.rows:
        print(f"{what:<72} {value:>10} {goal:>8}  {remark}".rstrip())


if __name__ == "__main__":
    main()
