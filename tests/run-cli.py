#!/usr/bin/env python3
"""Runs transcripts: tests/cli/*.test, each a session with the real program.

    run-cli.py PROGRAM [NAME…]        NAME: part of a file name; none: all

A transcript is what a person sees in a shell:

    # a comment
    $ lab list
    expected output, standard output and standard error together
    $ cat >file <<'END'
    > a command goes on in lines that begin with "> "
    > END
    $ lab check
    ~ a regular expression for one whole line
    ...
    ? 3

"..." stands for any number of lines, "? N" for the exit status (0 when not given). Each file runs in a fresh folder, with
LAB_HOME inside it, LAB_COURSE the checkout, and COURSE, FIXTURES and PROGRAM set.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MARK = "@@transcript@@"
SECONDS = 300


def parse(path):
    """[(line number, command, expected lines, status)]"""
    steps = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if line.startswith("$ "):
            steps.append([number, line[2:], [], 0])
        elif line.startswith("#") or (not line and not steps):
            continue
        elif not steps:
            raise SystemExit(f"{path}:{number}: text before the first command")
        elif line.startswith("> ") or line == ">":
            steps[-1][1] += "\n" + line[2:]
        elif line.startswith("? "):
            steps[-1][3] = int(line[2:])
        else:
            steps[-1][2].append(line)
    for step in steps:
        while step[2] and not step[2][-1]:
            step[2].pop()
    return steps


def line_matches(expected, actual):
    return bool(re.fullmatch(expected[2:], actual)) if expected.startswith("~ ") else expected == actual


def matches(expected, actual):
    """Whether the actual lines are what was expected; "..." takes as few lines as will do."""
    if not expected:
        return not actual
    if expected[0] == "...":
        return any(matches(expected[1:], actual[i:]) for i in range(len(actual) + 1))
    return bool(actual) and line_matches(expected[0], actual[0]) and matches(expected[1:], actual[1:])


def environment(home, program):
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS",
            "LAB_PYTHON", "SSL_CERT_FILE", "PIP_INDEX_URL", "UV_INDEX_URL", "UV_DEFAULT_INDEX", "http_proxy", "https_proxy", "no_proxy")}
    kept.update(HOME=str(home), LAB_HOME=str(home / "lab"), LAB_COURSE=str(ROOT), COURSE=str(ROOT), PROGRAM=str(program),
                FIXTURES=str(ROOT / "tests/cli/fixtures"), LANG="C.UTF-8", TERM="dumb", COLUMNS="80",
                GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_NOSYSTEM="1")
    # libgit2 1.5 leaks in libpcre2 when a repository has extensions.*
    kept["LSAN_OPTIONS"] = f"suppressions={ROOT / 'tests/leaks.txt'}:print_suppressions=0"
    kept["PATH"] = f"{home / 'bin'}:{kept['PATH']}"
    return kept


def run_steps(steps, home, program):
    (home / "bin").mkdir()
    (home / "bin/lab").symlink_to(program)
    script = "".join(f"{command}\nprintf '\\n{MARK}%s\\n' $?\n" for _, command, _, _ in steps)
    work = home / "work"
    work.mkdir()
    done = subprocess.run(["bash", "--noprofile", "--norc"], input=script.encode(), cwd=work, timeout=SECONDS,
                          env=environment(home, program), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.stdout.decode("utf-8", "backslashreplace")


def check(path, program):
    """The failures of one transcript, as text."""
    steps = parse(path)
    home = Path(tempfile.mkdtemp(prefix="lab-cli-"))
    try:
        output = run_steps(steps, home, program)
    except subprocess.TimeoutExpired:
        return f"{path}: not done after {SECONDS} s\n"
    finally:
        subprocess.run(["chmod", "-R", "u+rwx", str(home)], check=False)
        shutil.rmtree(home, ignore_errors=True)
    report = ""
    parts = re.split(rf"\n?{MARK}(\d+)\n", output)
    for i, (number, command, expected, status) in enumerate(steps):
        if 2 * i + 1 >= len(parts):
            return report + f"{path}:{number}: the session ended before: {command}\n{output[-2000:]}"
        lines = parts[2 * i].replace(str(home), "$TMP").split("\n")
        while lines and not lines[-1]:
            lines.pop()
        actual_status = int(parts[2 * i + 1])
        if actual_status != status or not matches(expected, lines):
            shown = "\n".join("    " + line for line in lines)
            report += f"{path}:{number}: $ {command}\n  exit status {actual_status}, expected {status}; it printed\n{shown}\n"
    return report


def main():
    program, names = Path(sys.argv[1]).resolve(), sys.argv[2:]
    paths = [p for p in sorted((ROOT / "tests/cli").glob("*.test")) if not names or any(n in p.name for n in names)]
    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(lambda path: check(path, program), paths))
    for report in reports:
        sys.stdout.write(report)
    failed = sum(1 for report in reports if report)
    print(f"transcripts: {len(paths) - failed} passed, {failed} failed")
    return 1 if failed or not paths else 0


if __name__ == "__main__":
    sys.exit(main())
