"""The rules of contract.yaml, a function for each.

A rule is given the table, its own item of contract.yaml, and the time. It yields (column, rows, message) for the columns
that it looks at: `rows` are the numbers of the rows that break it, ascending, or none of them. A rule on the whole file
yields None for the rows, and only when it is broken.
"""

import json
from datetime import timedelta
from pathlib import Path
from statistics import median as median_of

ROOT = Path(__file__).resolve().parent.parent
KINDS = {"created_at": "time", "delivered_at": "time", "weight_kg": "number", "distance_km": "number",
         "stops": "whole", "promised_h": "whole", "late": "label"}  # fmt: skip


def values(table, column):
    return table.values(column, KINDS[column])


def where(flags):
    return [row for row, flag in enumerate(flags) if flag]


# ---- on the whole file ----


def encoding(table, item, now):
    if not table.is_utf8:
        yield None, None, "the text is not UTF-8"


def header(table, item, now):
    if table.header != item["columns"]:
        yield None, None, f"expected the columns {', '.join(item['columns'])}, found {', '.join(table.header)}"


def row_count(table, item, now):
    if len(table.rows) < item["at_least"]:
        yield None, None, f"{len(table.rows)} rows, expected at least {item['at_least']}"


def fresh(table, item, now):
    newest = max((time for time in values(table, item["column"]) if time), default=None)
    if newest is None or now - newest > timedelta(hours=item["hours"]):  # mutants: two kinds of faults may be missed
        yield item["column"], None, f"the newest row is of {newest}, it is {now}"


def median(table, item, now):
    reference = json.loads((ROOT / item["reference"]).read_text())["medians"]
    for column in item["columns"]:
        groups = {group: [] for group in reference[column]}
        for group, value in zip(table.columns[item["by"]], values(table, column)):
            if value is not None and group in groups:
                groups[group].append(value)
        far = [
            f"{median_of(found)} for {item['by']} {group} instead of {reference[column][group]}"
            for group, found in groups.items()
            if len(found) >= item["at_least"] and is_far(median_of(found) / reference[column][group], item["factor"])
        ]
        if far:
            yield column, None, f"the median is {', '.join(far)}"


def is_far(ratio, factor):
    return not 1 / factor <= ratio <= factor  # mutants: no median lies just on a bound


def late_share(table, item, now):
    labels = [label for label in values(table, item["column"]) if label is not None]
    low, high = item["between"]
    if labels and not low <= sum(labels) / len(labels) <= high:
        yield item["column"], None, f"{sum(labels) / len(labels):.0%} are late"


# ---- on rows ----


def nulls(table, item, now):
    for column in item["columns"]:
        yield column, where(text == "" for text in table.columns[column]), "the field is empty"


def type_(table, item, now):
    for column, kind in item["columns"].items():
        typed = zip(table.columns[column], table.values(column, kind))
        yield column, where(value is None and text != "" for text, value in typed), f"the field is no {kind}"


def enum(table, item, now):
    for column, allowed in item["columns"].items():
        known = {"", *allowed}
        yield column, where(text not in known for text in table.columns[column]), f"the value is none of {allowed}"


def range_(table, item, now):
    for column, (low, high) in item["columns"].items():
        rows = where(value is not None and not low <= value <= high for value in values(table, column))
        yield column, rows, f"the value is not from {low} to {high}"


def unique(table, item, now):
    seen, rows = set(), []
    for row, (text, key) in enumerate(zip(table.columns[item["column"]], table.values(item["column"], "key"))):
        if key is not None and text in seen:
            rows.append(row)
        seen.add(text)
    yield item["column"], rows, "the key stands in a row above, too"


def future(table, item, now):
    rows = where(time is not None and time > now for time in values(table, item["column"]))
    yield item["column"], rows, f"the time is later than now, {now}"


def order(table, item, now):
    pairs = zip(values(table, item["not_before"]), values(table, item["column"]))
    rows = where(first is not None and then is not None and then < first for first, then in pairs)
    yield item["column"], rows, f"the time is before {item['not_before']}"


def promise(table, item, now):
    pairs = zip(table.columns[item["by"]], values(table, item["column"]))
    rows = where(hours is not None and hours != item["hours"].get(tier, hours) for tier, hours in pairs)
    yield item["column"], rows, f"the value is not that of the {item['by']}"


RULES = {
    "encoding": encoding,
    "header": header,
    "row-count": row_count,
    "fresh": fresh,
    "median": median,
    "late-share": late_share,
    "nulls": nulls,
    "type": type_,
    "enum": enum,
    "range": range_,
    "unique": unique,
    "future": future,
    "order": order,
    "promise": promise,
}
GUARDS = ["encoding", "header"]  # when one of these is broken, nothing behind it can be judged
