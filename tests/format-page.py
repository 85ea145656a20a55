#!/usr/bin/env python3
"""Writes the tables of docs/format.md anew, as the program has them.

    format-page.py PROGRAM
"""
import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent / "docs/format.md"


def main():
    def tables(match):
        done = subprocess.run([sys.argv[1], "author", "schema", match[1], "--markdown"], capture_output=True, text=True, check=True)
        return f"<!-- {match[1]} -->\n{done.stdout}<!-- end -->\n"
    PAGE.write_text(re.sub(r"<!-- (?!end)(\w+) -->\n.*?<!-- end -->\n", tables, PAGE.read_text(), flags=re.S))


if __name__ == "__main__":
    main()
