"""Whether a file of parcels may be used: the rules of contract.yaml, one after the other."""

import csv
import json

import yaml
from tools.clock import now

from late.rules import GUARDS, ROOT, RULES
from late.table import Unreadable, read

CONTRACT = ROOT / "contract.yaml"
SEVERITIES = ("fail", "warn")
LINES_MOST = 10


def load_contract():
    """The items of contract.yaml, the guards first."""
    try:
        items = yaml.safe_load(CONTRACT.read_text(encoding="utf-8"))["rules"]
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise Unreadable(f"{CONTRACT}: {' '.join(str(error).split())}") from None  # mutants: the file is the program's own
    for item in items:
        if item.get("rule") not in RULES or item.get("severity") not in SEVERITIES:  # mutants: the same
            raise Unreadable(f"{CONTRACT}: {item} has no known rule, or no severity")  # mutants: the same
    return sorted(items, key=lambda item: item["rule"] not in GUARDS)


def broken(table):
    """Yields (item, column, rows, message) for each rule and column that the table breaks."""
    time = now()
    for item in load_contract():
        stops = False
        for column, rows, message in RULES[item["rule"]](table, item, time):
            if rows is None or rows:
                stops = item["rule"] in GUARDS
                yield item, column, rows, message
        if stops:
            return


def violation(item, column, rows, message):
    return {
        "rule": item["rule"],
        "column": column,
        "severity": item["severity"],
        "rows": None if rows is None else len(rows),
        "lines": [row + 2 for row in (rows or [])[:LINES_MOST]],
        "message": message,
    }


def validate(path, quarantine=None):
    """The report on a file, in the form of contract.md, and its table. Writes the broken rows to `quarantine`."""
    table = read(path)
    found = list(broken(table))
    reasons = [item["rule"] for item, *_ in found if item["severity"] == "fail"]
    report = {
        "verdict": "refuse" if reasons else "pass",
        "reason": reasons[0] if reasons else None,
        "rows": len(table.rows),
        "violations": [violation(*parts) for parts in found],
    }
    if quarantine and not any(item["rule"] in GUARDS for item, *_ in found):
        bad = {row for item, _, rows, _ in found if item["severity"] == "fail" for row in rows or []}
        write_rows(quarantine, table, sorted(bad))
    return report, table


def write_rows(path, table, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([table.header, *(table.rows[row] for row in rows)])


def write_json(path, value):
    text = json.dumps(value, indent=2)  # mutants: the layout is free
    path.write_text(text + "\n", encoding="utf-8")
