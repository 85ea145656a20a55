"""Whether a file of parcels may be used. For now: whether its header is the right one."""

import csv

HEADER = "parcel_id,created_at,depot,tier,weight_kg,distance_km,stops,weather,promised_h,late,delivered_at".split(",")


def validate(path):
    """The report on a file, in the form of contract.md."""
    with open(path, encoding="utf-8") as file:
        rows = list(csv.reader(file))
    violations = []
    if rows[0] != HEADER:
        violations.append(
            {
                "rule": "header",
                "column": None,
                "severity": "fail",
                "rows": None,
                "lines": [],
                "message": f"expected the columns {', '.join(HEADER)}",
            }
        )
    return {
        "verdict": "refuse" if violations else "pass",
        "reason": "header" if violations else None,
        "rows": len(rows) - 1,
        "violations": violations,
    }
