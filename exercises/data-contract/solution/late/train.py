"""Trains the late-parcel model on a file that validation passes."""

import os

from tools.latemodel import PLAIN_TERMS, ModelError, fit

from late.table import Unreadable
from late.validate import validate, write_json


def train(data, out):
    """The report on the file. The model is written when it passes."""
    report, table = validate(data)
    model = fitted(data, table) if report["verdict"] == "pass" else None
    os.makedirs(out, exist_ok=True)
    write_json(out / "report.json", report)
    if model:
        write_json(out / "model.json", model)
    return report


def fitted(data, table):
    rows = [dict(zip(table.header, row)) for row in table.rows]
    try:
        return fit(rows, PLAIN_TERMS)
    except ModelError as error:  # such as a file in which nothing has been delivered yet
        raise Unreadable(f"{data}: {error}") from None
