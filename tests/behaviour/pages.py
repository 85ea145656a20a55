"""Pages of docs/ that are followed to the letter. What a page asks of its reader is done in a folder of the test's own:

    <!-- file: PATH -->      before a fence: its lines become that file, whole
    <!-- change: PATH -->    before a fence with a diff: its lines stand in that file once, and are changed
    <!-- part of: PATH -->   before a fence: its lines stand in that file, as it is at this point of the page
    <!-- exit: N -->         before a console: the exit status of its last command; 0 when nothing is said

A console is a fence ```console. A line "$ COMMAND" is run ("> " goes on with it), what follows is what it shows, standard output and
standard error together; a line "…" stands for any lines, "…" in a line for any text of it. Paths are those of the folder in which
the commands are. A fence that is none of these is an error, so that nothing on a page is merely believed.

    python3 tests/behaviour/pages.py PROGRAM PAGE       prints what the commands of a page really show
"""
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"
MARK = re.compile(r"<!-- ([a-z ]+?)(?:: (.*))? -->")
FENCE = re.compile(r"(`{3,})(\w*)$")
PROGRESS = re.compile(r"[\w-]+: \d+ of \d+(, \d+ at fault, .*)?$")  # a terminal overwrites these lines
ANY = "…"


class Wrong(Exception):
    """The page and what is so differ."""


@dataclass
class Fence:
    place: str      # "tutorial.md:12"
    section: str    # the last heading of the second level, "" before it
    kind: str       # "console", or what the comment before it says
    path: str       # and the rest of that comment
    status: int
    language: str
    text: str


def fences(page):
    """The fences of a page, in order."""
    found, section, mark, fence = [], "", ("", ""), None
    for number, line in enumerate((DOCS / page).read_text().splitlines(), 1):
        opening = FENCE.match(line)
        if fence:
            if line == ticks:
                found.append(fence)
                fence, mark = None, ("", "")
            else:
                fence.text += line + "\n"
        elif opening:
            ticks, language = opening.groups()
            kind = "console" if language == "console" else mark[0]
            if kind in ("", "exit"):
                raise Wrong(f"{page}:{number}: a fence that is nothing: say what it is in a comment before it")
            fence = Fence(f"{page}:{number}", section, kind, mark[1], int(mark[1] or 0) if mark[0] == "exit" else 0, language, "")
        elif found_mark := MARK.fullmatch(line):
            mark = found_mark[1], found_mark[2] or ""
        elif line:
            mark = ("", "")
            section = line[3:] if line.startswith("## ") else section
    if fence:
        raise Wrong(f"{fence.place}: a fence without an end")
    return found


def commands(fence):
    """[(command, the lines that it shows)] of a console."""
    found = []
    for line in fence.text.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif not found:
            raise Wrong(f"{fence.place}: text before the first command")
        elif line.startswith("> ") and not found[-1][1]:
            found[-1] = (f"{found[-1][0]}\n{line[2:]}", [])
        else:
            found[-1][1].append(line)
    return found


def shows(expected, actual):
    """Whether these lines are what a page shows; "…" takes as few as will do."""
    pattern = "".join("(?:.*\n)*?" if line.strip() == ANY else ".*".join(map(re.escape, line.split(ANY))) + "\n" for line in expected)
    return bool(re.fullmatch(pattern, "".join(line + "\n" for line in actual)))


def sides(fence):
    """What a diff takes away and what it puts there, each with the lines around."""
    lines = [line for line in fence.text.splitlines() if not line.startswith(("--- ", "+++ "))]
    return ("".join(line[1:] + "\n" for line in lines if not line.startswith("+")),
            "".join(line[1:] + "\n" for line in lines if not line.startswith("-")))


def changed(fence, text):
    """The text after the change that a diff describes."""
    old, new = sides(fence)
    if text.count(old) != 1:
        raise Wrong(f"{fence.place}: these lines stand there {text.count(old)} times:\n{old}")
    return text.replace(old, new)


def trimmed(lines):
    lines = [line.rstrip() for line in lines]
    while lines and not lines[-1]:
        lines.pop()
    return lines


class Session:
    """A reader: a folder, in which they write files and give commands."""

    def __init__(self, home, folder, environment, program):
        self.home, self.folder = Path(home), Path(folder)
        (self.home / "bin").mkdir(exist_ok=True)
        if not (self.home / "bin/lab").exists():
            (self.home / "bin/lab").symlink_to(Path(program).resolve())
        self.environment = {**environment, "PATH": f"{self.home / 'bin'}:{environment['PATH']}", "COLUMNS": "100"}

    def run(self, command):
        """The lines that it shows, and its exit status. `cd` lasts."""
        note = self.home / "folder"
        done = subprocess.run(["bash", "-c", f'{command}\nstatus=$?; pwd -P >"$0"; exit $status', str(note)], cwd=self.folder,
                              env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                              text=True, errors="replace", timeout=300, check=False)
        self.folder = Path(note.read_text().rstrip("\n"))
        return trimmed(line for line in done.stdout.splitlines() if not PROGRESS.match(line)), done.returncode

    def write(self, path, text):
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def change(self, fence, path):
        self.write(path, changed(fence, (self.folder / path).read_text()))

    def console(self, fence, see=None):
        for command, expected in commands(fence):
            actual, status = self.run(command)
            if see:
                see(command, actual)
            elif not shows(trimmed(expected), actual):
                raise Wrong(f"{fence.place}: $ {command}\nshows:\n" + "\n".join(actual))
        if status != fence.status and not see:
            raise Wrong(f"{fence.place}: $ {command}\nends with {status}, not {fence.status}:\n" + "\n".join(actual))

    def do(self, fence, see=None):
        if fence.kind == "console":
            self.console(fence, see)
        elif fence.kind == "file":
            self.write(fence.path, fence.text)
        elif fence.kind == "change":
            self.change(fence, fence.path)
        elif fence.kind == "part of":
            if fence.text not in (self.folder / fence.path).read_text():
                raise Wrong(f"{fence.place}: {fence.path} has not these lines")
        else:
            raise Wrong(f"{fence.place}: '{fence.kind}' means nothing here")


def main():
    with tempfile.TemporaryDirectory() as home:
        environment = {"PATH": os.environ["PATH"], "HOME": home, "LANG": "C.UTF-8", "TERM": "xterm"}
        session = Session(home, home, environment, sys.argv[1])
        for fence in fences(sys.argv[2]):
            session.do(fence, lambda command, lines: print(f"$ {command}", *lines, sep="\n"))


if __name__ == "__main__":
    main()
