"""Trains the late-parcel model on a file that validation passes."""

import json

from tools.latemodel import PLAIN_TERMS, ModelError, fit

from late.table import Unreadable
from late.validate import validate


def train(data, out):
    """The report on the file. The model is written."""
    report, table = validate(data)
    model = fitted(data, table)
    out.mkdir(parents=True, exist_ok=True)
    (out / "report.json").write_text(json.dumps(report, indent=2) + "\n")
    (out / "model.json").write_text(json.dumps(model, indent=2) + "\n")
    return report


def fitted(data, table):
    rows = [dict(zip(table.header, row)) for row in table.rows]
    try:
        return fit(rows, PLAIN_TERMS)
    except ModelError as error:  # such as a file in which nothing has been delivered yet
        raise Unreadable(f"{data}: {error}") from None
