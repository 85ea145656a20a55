"""A file of parcels as columns of text, and its values by type."""

import csv
import io
import re
from datetime import datetime

FORMS = {
    "key": re.compile(r"P[0-9]{8}"),
    "time": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"),
    "number": re.compile(r"-?[0-9]+(\.[0-9]+)?"),
    "whole": re.compile(r"-?[0-9]+"),
    "label": re.compile(r"[01]"),
}
MAKERS = {"key": str, "time": datetime.fromisoformat, "number": float, "whole": int, "label": int}


class Unreadable(Exception):
    """A file that cannot be judged at all. The text names it and says why."""


class Table:
    """Columns of equal length by name; row 0 stands in line 2 of the file."""

    def __init__(self, header, rows, is_utf8):
        self.header, self.rows, self.is_utf8 = header, rows, is_utf8
        self.columns = dict(zip(header, zip(*rows))) if rows else {name: () for name in header}
        self.typed = {}

    def values(self, column, kind):
        """The values of a column, None where the field is empty or not of the type; made once."""
        if (column, kind) not in self.typed:
            matches, make = FORMS[kind].fullmatch, MAKERS[kind]
            self.typed[column, kind] = [value_of(text, matches, make) for text in self.columns[column]]
        return self.typed[column, kind]


def value_of(text, matches, make):
    if not matches(text):
        return None
    try:
        return make(text)
    except ValueError:  # the 30th of February
        return None


def read(path):
    """The table in a file. What is not UTF-8 is replaced, and remembered."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Unreadable(f"{path}: {error.strerror}") from None
    if b"\0" in data:
        raise Unreadable(f"{path}: this is a binary file")
    if not data.endswith(b"\n"):
        raise Unreadable(f"{path}: the file breaks off, its last line has no end")
    try:
        text, is_utf8 = data.decode("utf-8"), True
    except UnicodeDecodeError:
        text, is_utf8 = data.decode("utf-8", errors="replace"), False
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    rows = [(row + [""] * len(header))[: len(header)] for row in rows]
    return Table(header, rows, is_utf8)
