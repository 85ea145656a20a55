#!/usr/bin/env python3
"""Holds docs/architecture.md true: includes point downward only, and each foreign header has one home.

Prints what is wrong and exits 1, or nothing.
"""
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# A room may include rooms of a lower tier, and itself.
TIERS = [{"base"}, {"term"}, {"course"}, {"box"}, {"workspace", "checker"}, {"attempt", "progress", "services"}, {"library"},
         {"report"}, {"author"}, {"commands"}]
TIER = {room: number for number, rooms in enumerate(TIERS) for room in rooms}
TIER["box"] = TIER["docker"] = TIER["course"]

# Where a foreign header may be included: rooms, or single files.
HOMES = {"git2": {"lab/workspace"}, "sqlite3.h": {"lab/progress", "checker/lib_sqlite.c"}, "yaml.h": {"lab/course"}, "lua": {"checker"},
         "lauxlib.h": {"checker"}, "lualib.h": {"checker"}, "curl/": {"lab/base/libcurl.h"}, "expat.h": {"checker"},
         "pcre2.h": {"checker"}, "utf8proc.h": {"lab/term"}, "sha2.h": {"lab/base"}, "seccomp.h": {"lab/box/filter_tool.c"}, "md4c": {"lab/term"},
         "archive": {"lab/base/libarchive.h"}, "libpq": {"checker/libpq.h"}}


def room_of(path):
    parts = path.relative_to(ROOT).parts
    return "checker" if parts[0] == "checker" else parts[1] if len(parts) > 2 else "main"


def faults_of(path):
    room, relative = room_of(path), path.relative_to(ROOT)
    for number, line in enumerate(path.read_text().splitlines(), 1):
        ours = re.match(r'\s*#\s*include "([a-z]+)/', line)
        foreign = re.match(r"\s*#\s*include <([^>]+)>", line)
        if ours and room != "main" and ours[1] != room and TIER.get(ours[1], 99) >= TIER[room]:
            yield f"{relative}:{number}: {room} may not include {ours[1]}"
        for name, homes in HOMES.items() if foreign else ():
            if foreign[1].startswith(name) and not any(str(relative).startswith(home) for home in homes):
                yield f"{relative}:{number}: <{foreign[1]}> belongs to {', '.join(sorted(homes))}"


def undocumented():
    page = (ROOT / "docs/architecture.md").read_text()
    rooms = {p.name for p in (ROOT / "lab").iterdir() if p.is_dir()} | {"checker"}
    for room in sorted(rooms):
        if room not in TIER:
            yield f"lab/{room}: a room without a tier"
        if f"`{room}/`" not in page:
            yield f"docs/architecture.md: does not name `{room}/`"


def main():
    files = sorted([*(ROOT / "lab").rglob("*.[ch]"), *(ROOT / "checker").rglob("*.[ch]")])
    faults = [fault for path in files for fault in faults_of(path)] + list(undocumented())
    print("\n".join(faults), end="\n" if faults else "")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
