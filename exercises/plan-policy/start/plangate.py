"""Refuses Terraform plans that destroy something. Runs in CI before every apply."""

import argparse
import hashlib
import json
import sys
from pathlib import Path


def main():
    parser = argparse.ArgumentParser(description="Refuses Terraform plans that destroy something.")
    parser.add_argument("--plan", required=True, type=Path)
    parser.add_argument("--policy", required=True, type=Path)
    parser.add_argument("--prices", required=True, type=Path)
    parser.add_argument("--waivers", required=True, type=Path)
    parser.add_argument("--out", required=True, type=Path)
    arguments = parser.parse_args()

    text = arguments.plan.read_text()

    # So that the log of the pipeline shows what was planned.
    print(text)

    findings = []
    for number, line in enumerate(text.splitlines(), start=1):
        if "destroy" in line:
            findings.append(
                {
                    "address": None,
                    "rule": "protected-destroy",
                    "reason": "destroy",
                    "message": f"line {number}: {line.strip()}",
                }
            )

    report = {
        "verdict": "refuse" if findings else "pass",
        "reason": "destroy" if findings else None,
        "plan_sha256": hashlib.sha256(text.encode()).hexdigest(),
        "monthly_delta_cents": 0,
        "gpus_delta": 0,
        "findings": findings,
        "waived": [],
    }
    arguments.out.write_text(json.dumps(report, indent=2) + "\n")
    print("plan refused" if findings else "plan ok")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
