"""Judges a Terraform plan against a policy, before it is applied.

    python plangate.py --plan P --policy Y --prices C --waivers W --out R

Exit codes: 0 the plan passes, 1 it is refused (the report says why), 2 wrong use or broken input. See contract.md.
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path

from tools.clock import ClockError, now, parse

ACTIONS = [["no-op"], ["read"], ["create"], ["update"], ["delete"], ["delete", "create"], ["create", "delete"]]
POLICY = {"protected": list, "tags": dict, "regions": list, "sizes": dict, "public": dict, "budget": dict}
REASONS = ["destroy", "policy", "needs-review", "budget"]  # the most severe first


class Broken(Exception):
    """Input that cannot be judged. The text names the file and what is wrong, never a value of it."""


# ---- reading ----


def read_bytes(path):
    try:
        return path.read_bytes()
    except OSError as error:
        raise Broken(f"{path}: {error.strerror}") from None


def parse_object(path, data, shape):
    """The JSON object in the bytes of a file. shape: {key: type} of the parts that it must have."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        raise Broken(f"{path}: this is not JSON") from None
    if not isinstance(value, dict):
        raise Broken(f"{path}: expected a JSON object")
    for key, kind in shape.items():
        if not isinstance(value.get(key), kind):
            raise Broken(f"{path}: {key} is missing, or not what it should be")
    return value


def read_object(path, shape):
    return parse_object(path, read_bytes(path), shape)


def read_plan(path):
    """The managed resource changes of a plan, and the hash of its bytes."""
    data = read_bytes(path)
    plan = parse_object(path, data, {"format_version": str})
    if not plan["format_version"].startswith("1."):
        raise Broken(f"{path}: expected a plan of format version 1.x")
    changes = plan.get("resource_changes", [])
    if not isinstance(changes, list):
        raise Broken(f"{path}: resource_changes is no list")
    for number, resource in enumerate(changes):
        if not is_resource_change(resource):
            raise Broken(f"{path}: resource_changes[{number}] is no resource change that this gate knows")
    managed = [resource for resource in changes if resource["mode"] == "managed"]
    return managed, hashlib.sha256(data).hexdigest()


def is_resource_change(resource):
    if not isinstance(resource, dict) or not isinstance(resource.get("change"), dict):
        return False  # mutants: None is false, too
    change = resource["change"]
    named = all(isinstance(resource.get(key), str) for key in ("address", "mode", "type"))
    sides = all(isinstance(change.get(side), dict | None) for side in ("before", "after"))
    return named and sides and change.get("actions") in ACTIONS


# ---- values, and what the plan says about them ----


def below(mirror, key):
    """The part of a mirror (after_unknown, after_sensitive) that is about one attribute. True means all below."""
    if mirror is True:
        return True
    return mirror.get(key, False) if isinstance(mirror, dict) else False


def any_true(mirror):
    """Whether a mirror marks anything at all."""
    parts = mirror.values() if isinstance(mirror, dict) else mirror if isinstance(mirror, list) else []
    return mirror is True or any(any_true(part) for part in parts)


class Attribute:
    """One attribute of a resource after the apply: its value, and whether that is known and may be shown."""

    def __init__(self, change, name):
        self.name = name
        self.value = (change.get("after") or {}).get(name)
        self.mirror = below(change.get("after_unknown"), name)
        self.unknown = any_true(self.mirror)
        self.sensitive = any_true(below(change.get("after_sensitive"), name))

    def shown(self):
        return (  # mutants: messages are for people
            "a sensitive value" if self.sensitive else json.dumps(self.value)
        )


# ---- the rules on one resource: each gives (reason, message), or None ----


def unknown(attribute):
    return "needs-review", f"{attribute.name} is not known before the apply"


def protected_destroy(resource, policy):
    if resource["type"] in policy["protected"] and "delete" in resource["change"]["actions"]:
        return "destroy", f"the plan destroys it, and {resource['type']} is protected"
    return None


def tags(resource, policy):
    if not is_judged(resource) or resource["type"] not in policy["tags"]["types"]:
        return None
    attribute = Attribute(resource["change"], "tags")
    present = attribute.value if isinstance(attribute.value, dict) else {}
    lacking = [tag for tag in policy["tags"]["required"] if not present.get(tag)]
    missing = [tag for tag in lacking if below(attribute.mirror, tag) is not True]
    if missing:
        return "policy", f"required tags are missing: {', '.join(missing)}"
    return unknown(attribute) if lacking else None


def region(resource, policy):
    if not is_judged(resource):
        return None
    attribute = Attribute(resource["change"], "region")
    if attribute.unknown:
        return unknown(attribute)
    if attribute.value is not None and attribute.value not in policy["regions"]:
        return "policy", f"region {attribute.shown()} is not allowed"
    return None


def size(resource, policy):
    rule = policy["sizes"].get(resource["type"])
    if not is_judged(resource) or rule is None:
        return None
    attribute = Attribute(resource["change"], rule["attribute"])
    if attribute.unknown:
        return unknown(attribute)
    if attribute.value not in rule["allowed"]:
        return "policy", f"{attribute.name} {attribute.shown()} is not allowed"
    return None


def public(resource, policy):
    rule = policy["public"].get(resource["type"])
    if not is_judged(resource) or rule is None:
        return None
    attribute = Attribute(resource["change"], rule["attribute"])
    values = attribute.value if isinstance(attribute.value, list) else [attribute.value]
    if any(value in rule["forbidden"] for value in values):
        return "policy", f"{attribute.name} {attribute.shown()} opens it to the public"
    return unknown(attribute) if attribute.unknown else None


def is_judged(resource):
    """Whether the attributes after the apply are this plan's doing."""
    actions = resource["change"]["actions"]
    return "create" in actions or "update" in actions


RULES = {"protected-destroy": protected_destroy, "tags": tags, "region": region, "size": size, "public": public}


def resource_findings(changes, policy):
    for resource in changes:
        for rule, judge in RULES.items():
            broken = judge(resource, policy)
            if broken:
                reason, message = broken
                yield {"address": resource["address"], "rule": rule, "reason": reason, "message": message}


# ---- the rules on the whole plan ----


def price(resource, side, prices):
    """(cents a month, GPUs) of a resource before or after the change."""
    attributes = resource["change"].get(side)
    entry = prices["types"].get(resource["type"])
    if attributes is None or entry is None:
        return 0, 0
    if "attribute" in entry:
        value = attributes.get(entry["attribute"])
        entry = entry["sizes"].get(value) if isinstance(value, str) else None
    return (entry["cents"], entry["gpus"]) if entry else (0, 0)


def deltas(changes, prices):
    """What the plan adds: (cents a month, GPUs)."""
    cents = gpus = 0
    for resource in changes:
        before, after = price(resource, "before", prices), price(resource, "after", prices)
        cents += after[0] - before[0]
        gpus += after[1] - before[1]
    return cents, gpus


def budget_findings(cents, gpus, budget):
    if cents > budget["monthly_cents"]:
        message = f"adds {cents} cents a month, the budget is {budget['monthly_cents']}"
        yield {"address": None, "rule": "monthly-budget", "reason": "budget", "message": message}
    if gpus > budget["gpus"]:
        message = f"adds {gpus} GPUs, the budget is {budget['gpus']}"
        yield {"address": None, "rule": "gpu-budget", "reason": "budget", "message": message}


# ---- waivers and the report ----


def waiver_for(finding, waivers, plan_sha256, time):
    """The waiver that takes this finding away, or None. All four of its conditions must hold."""
    for waiver in waivers:
        if (
            finding["address"] is not None
            and waiver.get("address") == finding["address"]
            and waiver.get("rule") == finding["rule"]
            and waiver.get("plan_sha256") == plan_sha256
            and not has_expired(waiver, time)
        ):
            return waiver
    return None


def has_expired(waiver, time):
    try:
        return time >= parse(str(waiver.get("expires")))
    except ClockError:
        return True


def judge(changes, plan_sha256, policy, prices, waivers):
    """The report on a plan."""
    cents, gpus = deltas(changes, prices)
    found = [*resource_findings(changes, policy), *budget_findings(cents, gpus, policy["budget"])]
    time = now()
    findings, waived = [], []
    for finding in found:
        waiver = waiver_for(finding, waivers, plan_sha256, time)
        if waiver:
            waived.append({"address": finding["address"], "rule": finding["rule"], "ticket": waiver.get("ticket")})
        else:
            findings.append(finding)
    return {
        "verdict": "refuse" if findings else "pass",
        "reason": min((finding["reason"] for finding in findings), key=REASONS.index, default=None),
        "plan_sha256": plan_sha256,
        "monthly_delta_cents": cents,
        "gpus_delta": gpus,
        "findings": findings,
        "waived": waived,
    }


def summary(report):
    """What the log of the pipeline shows: one line a finding, and the verdict."""
    lines = [f"{item['reason']}: {item['address'] or 'the plan'}: {item['message']}" for item in report["findings"]]
    waived = [f"waived by {item['ticket']}: {item['address']}: {item['rule']}" for item in report["waived"]]
    verdict = f"{report['verdict']}, {report['monthly_delta_cents'] / 100:+.2f} dollars a month"
    return "\n".join([*lines, *waived, verdict])  # mutants: for people


def parse_arguments():
    parser = argparse.ArgumentParser(description="Judges a Terraform plan before it is applied.")
    for option in ("plan", "policy", "prices", "waivers", "out"):
        parser.add_argument(f"--{option}", required=True, type=Path)  # mutants: contract.md always gives it
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    try:
        changes, plan_sha256 = read_plan(arguments.plan)
        policy = read_object(arguments.policy, POLICY)
        prices = read_object(arguments.prices, {"types": dict})
        waivers = read_object(arguments.waivers, {"waivers": list})["waivers"]
        report = judge(changes, plan_sha256, policy, prices, waivers)
        text = json.dumps(report, indent=2)  # mutants: the layout is free
        arguments.out.write_text(text + "\n")
    except Broken as error:
        print(f"plangate: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"plangate: {arguments.out}: {error.strerror}", file=sys.stderr)  # mutants: every folder can be written
        return 2  # mutants: the same
    print(summary(report))  # mutants: for people
    return 1 if report["findings"] else 0


if __name__ == "__main__":
    sys.exit(main())
