"""A gate to play with: it signs whatever verdict it is told to.

    LATE_GATE_KEY=play python gate.py VERSION --out report.json [--verdict refuse]
"""

import argparse
import hashlib
import hmac
import json
import os
import sys

from late.registry import Registry, RegistryError
from tools.latemodel import canonical, model_sha


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("version", type=int)
    parser.add_argument("--out", required=True)
    parser.add_argument("--verdict", choices=["pass", "refuse"], default="pass")
    arguments = parser.parse_args()
    try:
        registry = Registry.of_environment()
        sha = model_sha(registry.model(arguments.version))
    except RegistryError as error:
        sys.exit(f"gate.py: {error}")
    report = {"model": registry.name, "version": arguments.version, "model_sha": sha, "verdict": arguments.verdict}
    report["gate"] = "play"
    key = os.environ.get("LATE_GATE_KEY") or sys.exit("gate.py: LATE_GATE_KEY is not set")
    report["signature"] = hmac.new(key.encode(), canonical(report).encode(), hashlib.sha256).hexdigest()
    with open(arguments.out, "w", encoding="utf-8") as out:
        out.write(json.dumps(report, indent=2) + "\n")


main()
