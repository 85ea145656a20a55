"""Trains the late-parcel model on a file that validation passes."""

import json

from tools.latemodel import PLAIN_TERMS, fit

from late.validate import validate


def train(data, out):
    """The report on the file. The model is written."""
    report, table = validate(data)
    out.mkdir(parents=True, exist_ok=True)
    (out / "report.json").write_text(json.dumps(report, indent=2) + "\n")
    rows = [dict(zip(table.header, row)) for row in table.rows]
    (out / "model.json").write_text(json.dumps(fit(rows, PLAIN_TERMS), indent=2) + "\n")
    return report
