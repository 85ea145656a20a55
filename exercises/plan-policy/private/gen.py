"""Writes the hidden plans of one check, with what a right gate says about each.

    gen.py --seed N --check clean-pass|destroy-blocked|… --out FILE

The answers come from how a plan was built, never from reading it: whoever makes a resource says which findings it
earns. The file is a JSON object:

    policy, prices   what the gate is given beside the plan
    now              the time, for LAB_NOW
    cases            [{name, plan (text), waivers, because (reason code of a miss), expect, budget, secrets}]
    expect           {code, verdict, reason, findings ["address | rule | reason"], waived ["address | rule"], cents,
                     gpus, total (what a gate reports that adds up prices, not differences)}; broken input: {code: 2},
                     and the case says which file: not right, missing, or it lacks a part
"""

import argparse
import hashlib
import json
from datetime import timedelta
from random import Random

from world import World

REASONS = ["destroy", "policy", "needs-review", "budget"]
HIDDEN_PLANS = 20


def plan_text(resources, random, variables=None):
    """The plan as `terraform show -json` writes it: one line, the resources in an order of their own."""
    changes = {"resource_changes": [resource["json"] for resource in resources]}
    plan = {
        "format_version": random.choice(["1.1", "1.2"]),
        "terraform_version": random.choice(["1.7.5", "1.9.8", "1.12.2"]),
        "variables": {name: {"value": value} for name, value in (variables or {}).items()},
        **(changes if resources else {}),
        "timestamp": "2026-02-02T07:00:00Z",
        "applyable": True,
        "complete": True,
        "errored": False,
    }
    return json.dumps(plan, separators=(",", ":"), ensure_ascii=False)


def case(world, name, because, resources, waivers=(), **more):
    """A case whose findings are those of its resources. Waivers are made for its plan, see waiver()."""
    text = plan_text(resources, world.random, more.pop("variables", None))
    sha = hashlib.sha256(text.encode()).hexdigest()
    found = sorted((resource["address"], *finding) for resource in resources for finding in resource["findings"])
    cents = sum(resource["cents"] for resource in resources)
    gpus = sum(resource["gpus"] for resource in resources)
    if cents > world.policy["budget"]["monthly_cents"]:
        found.append((None, "monthly-budget", "budget"))
    if gpus > world.policy["budget"]["gpus"]:
        found.append((None, "gpu-budget", "budget"))
    waived = {(waiver["address"], waiver["rule"]) for waiver in waivers if waiver.pop("valid", False)}
    left = [finding for finding in found if finding[:2] not in waived]
    return {
        "name": name,
        "because": because,
        "plan": text,
        "waivers": [{**waiver, "plan_sha256": waiver["plan_sha256"] or sha} for waiver in waivers],
        "expect": {
            "code": 1 if left else 0,
            "verdict": "refuse" if left else "pass",
            "reason": min((finding[2] for finding in left), key=REASONS.index, default=None),
            "findings": sorted(" | ".join([finding[0] or "the plan", *finding[1:]]) for finding in left),
            "waived": sorted(" | ".join(pair) for pair in waived),
            "cents": cents,
            "gpus": gpus,
            "total": sum(resource["total"] for resource in resources),
        },
        **more,
    }


def limited(world, name, because, resources, cents=0, gpus=0, **more):
    """The case under a budget of its own, which is so much above what its plan adds."""
    usual = world.policy["budget"]
    budget = world.policy["budget"] = {
        "monthly_cents": max(sum(resource["cents"] for resource in resources) + cents, 1),
        "gpus": max(sum(resource["gpus"] for resource in resources) + gpus, 0),
    }
    made = case(world, name, because, resources, **more)
    world.policy["budget"] = usual
    return {**made, "budget": budget}


# ---- the cases of each check ----


def clean_pass(world):
    network = [
        world.resource("aws_security_group_rule", "create"),
        world.resource("aws_iam_role_policy_attachment", "create"),
        world.resource("aws_route53_record", "update"),
    ]
    grown = [world.resource(kind, "create") for kind in world.tagged]
    tidied = [
        world.resource(world.loose(), "delete"),
        world.resource(world.loose(), "delete-create"),
        world.resource("aws_instance", "update"),
        world.resource("aws_iam_role_policy_attachment", "delete"),
    ]
    return [
        case(world, "a plan that changes types which have no tags", "false-alarm", network),
        case(world, "a plan that creates one of everything, as the policy wants it", "false-alarm", grown),
        case(world, "a plan that destroys and replaces what is not protected", "false-alarm", tidied),
        case(world, "a plan that changes nothing, and has no resource_changes", "false-alarm", []),
    ]


def destroy_blocked(world):
    def one(action, name, because):
        kind = world.protected()
        resources = [world.resource(kind, action), world.resource("aws_instance", "create")]
        world.random.shuffle(resources)
        return case(world, f"a plan that {name} a protected {kind}", because, resources)

    several = [world.resource(kind, "delete") for kind in world.policy["protected"]]
    loose = [world.resource(world.loose(), "delete"), world.resource(world.loose(), "create-delete")]
    return [
        one("delete", "deletes", "delete-missed"),
        one("delete-create", "replaces (delete, then create)", "delete-missed"),
        one("create-delete", "replaces (create, then delete)", "replacement-missed"),
        case(world, "a plan that deletes one of each protected type", "delete-missed", several),
        case(world, "a plan that destroys only what is not protected", "false-alarm", loose),
    ]


def nested(world):
    def one(name, because, action, **where):
        kind = world.protected()
        resources = [world.resource(kind, action, **where), world.resource("aws_instance", "update")]
        return case(world, f"a plan that destroys a protected {kind} {name}", because, resources)

    word, dotted = world.word(), f"{world.word()}.{world.word()}"
    quoted = f'{world.word()}."{world.word()}"'
    return [
        one("in a module", "module-missed", "delete", modules=[(world.word(), None)]),
        one("two modules down", "module-missed", "delete-create", modules=[(word, None), ("data", None)]),
        one("in a module instance with a dot in its key", "module-missed", "delete", modules=[(word, dotted)]),
        one("in a module instance with quotes in its key", "address", "delete", modules=[(word, quoted)], key=dotted),
        one("with quotes, dots and brackets in its key", "address", "delete-create", key=f"{quoted}[0]"),
        one("with a number as its key", "address", "delete", key=world.random.randrange(1, 9)),
    ]


def unknowns(world):
    def one(kind, unknown, rule, name):
        resources = [world.resource(kind, world.random.choice(["create", "update"]), unknown=unknown, review=rule)]
        return case(world, f"a plan in which {name} of {kind} is unknown", "unknown-passed", resources)

    tag = world.random.choice(world.policy["tags"]["required"])
    both = [
        world.resource("aws_db_instance", "create", unknown={"instance_class": True}, review="size"),
        world.resource("aws_s3_bucket", "create", fault="region"),
    ]
    half_open = [
        world.resource("aws_security_group_rule", "create", fault="public", unknown={"cidr_blocks": [True, False]})
    ]
    known = [world.resource(kind, "create", unknown={"id": True, "arn": True, "tags": {}}) for kind in world.tagged]
    return [
        one("aws_instance", {"instance_type": True}, "size", "instance_type"),
        one("aws_db_instance", {"publicly_accessible": True}, "public", "publicly_accessible"),
        one("aws_lb", {"internal": True}, "public", "internal"),
        one("aws_security_group_rule", {"cidr_blocks": [False, True]}, "public", "one of the cidr_blocks"),
        one("aws_s3_bucket", {"region": True}, "region", "region"),
        one("aws_instance", {"tags": True}, "tags", "the whole map of tags"),
        one("aws_s3_bucket", {"tags": {tag: True}}, "tags", f"the tag {tag}"),
        case(world, "a plan with an unknown size and a region that is not allowed", "unknown-hides", both),
        case(world, "a plan with an open address range and one that is unknown", "unknown-hides", half_open),
        case(world, "a plan in which only ids and arns are unknown", "over-cautious", known),
    ]


def cost(world):
    random = world.random
    small, large = world.sizes_by_price("aws_instance")
    mixed = [
        world.resource("aws_instance", "create", size=small),
        world.resource("aws_nat_gateway", "create"),
        world.resource("aws_instance", "update", size=large, size_before=small),
        world.resource("aws_db_instance", "update"),
        world.resource("aws_instance", "delete", size=large),
    ]
    replaced = [
        world.resource("aws_instance", "delete-create", size=small, size_before=large),
        world.resource("aws_nat_gateway", "delete"),
        world.resource("aws_lb", "create"),
    ]
    fleet = [world.resource("aws_instance", "no-op", size=large) for _ in range(12)]
    one_more = [*fleet, world.resource("aws_instance", "create", size=small)]
    grown = [world.resource("aws_instance", "create", size=large) for _ in range(random.randint(2, 3))]
    gpus = [world.resource("aws_instance", "create", size=world.gpu_size) for _ in range(3)]

    moved = [world.resource("aws_instance", action, size=world.gpu_size) for action in ("create", "delete")]
    unpriced = [
        world.resource("aws_instance", "create", fault="size", size="x9.huge"),
        world.resource("aws_s3_bucket", "create"),
        world.resource("aws_nat_gateway", "create"),
    ]

    def one(name, because, resources, **more):
        return limited(world, name, because, resources, **more)

    return [
        one("a plan that adds, grows and removes", "delta", mixed, cents=5_000),
        one("a plan that replaces by something smaller", "delta", replaced, cents=5_000),
        one("a plan that adds one machine to a large fleet", "total-not-delta", one_more, cents=100),
        one("a plan that adds exactly the budget", "budget-edge", grown),
        one("a plan that adds one cent more than the budget", "budget-missed", grown, cents=-1),
        one("a plan that makes a machine with GPUs and removes one", "delta", moved, cents=5_000),
        one("a plan with a size and a type that have no price", "delta", unpriced, cents=5_000),
        one("a plan that adds one GPU more than the budget", "budget-missed", gpus, cents=5_000, gpus=-1),
    ]


def waiver(address, now, rule="protected-destroy", sha=None, valid=False, expires=None, **delta):
    """A waiver that expires so much after now, or as `expires` says; sha None: that of the plan of its case."""
    return {
        "address": address,
        "rule": rule,
        "plan_sha256": sha,
        "expires": expires or (now + timedelta(**(delta or {"hours": 1}))).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "ticket": "HARBOR-%d" % (now.minute + 400),
        "valid": valid,
    }


def waivers(world):
    now = world.now
    other_plan = hashlib.sha256(str(world.random.random()).encode()).hexdigest()

    def one(name, because, change=None, **fields):
        kind = world.protected()
        resource = world.resource(kind, "delete", key=world.word())
        address = change(resource["address"]) if change else resource["address"]
        return case(world, f"a waiver {name}", because, [resource], [waiver(address, now, **fields)])

    def sibling(address):
        return address[: address.rindex("[")] + '["another"]'

    pair = [world.resource(world.protected(), "delete") for _ in range(2)]
    dear = [world.resource("aws_nat_gateway", "create")]
    for_budget = waiver(None, now, rule="monthly-budget")
    return [
        one("that matches in everything", "waiver-refused", valid=True),
        one("with a second left", "waiver-refused", valid=True, seconds=1),
        one("for another plan", "waiver-plan", sha=other_plan),
        one("that expired an hour ago", "waiver-expired", hours=-1),
        one("that expires now", "waiver-expired", seconds=0),
        one("that expires on no day at all", "waiver-expired", expires="when the migration is done"),
        one("for another instance of the resource", "waiver-address", change=sibling),
        one("for another rule", "waiver-rule", rule="tags"),
        limited(world, "a waiver for the budget", "waiver-address", dear, cents=-1, gpus=1, waivers=[for_budget]),
        case(world, "a waiver for one of two", "waiver-address", pair, [waiver(pair[0]["address"], now, valid=True)]),
    ]


def no_secrets(world):
    secret = lambda: f"hush-{world.random.getrandbits(64):016x}"
    in_size, in_region, in_tag, in_variable, before, after, whole = (secret() for _ in range(7))
    size = world.resource("aws_db_instance", "create", fault="size", size=f"db.{in_size}")
    world.mark(size, after_sensitive={"instance_class": True})
    region = world.resource("aws_s3_bucket", "create", fault="region", region=in_region)
    world.mark(region, after_sensitive={"region": True})
    tags = world.resource("aws_instance", "create", fault="tags", extra={"tags": {"note": in_tag}})
    world.mark(tags, after_sensitive={"tags": {"note": True}})
    password = world.resource("aws_db_instance", "update", extra={"password": after}, extra_before={"password": before})
    world.mark(password, before_sensitive={"password": True}, after_sensitive={"password": True})
    gone = world.resource(world.protected(), "delete", extra_before={"policy": {"statement": [{"sid": whole}]}})
    world.mark(gone, before_sensitive=True)
    variables = {"db_password": in_variable}
    return [
        case(world, "a plan whose forbidden size is sensitive", "findings", [size], secrets=[in_size]),
        case(
            world,
            "a plan with sensitive values in region, tags and variables",
            "findings",
            [region, tags],
            variables=variables,
            secrets=[in_region, in_tag, in_variable],
        ),
        case(
            world,
            "a plan that changes a password and deletes a sensitive resource",
            "findings",
            [password, gone],
            variables=variables,
            secrets=[before, after, whole, in_variable],
        ),
    ]


def hidden_plans(world):
    random = world.random
    cases = []
    for number in range(HIDDEN_PLANS):
        resources = [world.any_resource(faults=number % 3 > 0) for _ in range(random.randint(2, 7))]
        untouched = number % 2 == 0
        if untouched:
            resources.append(world.resource(world.protected(), "no-op"))
            resources.append(world.resource(world.protected(), "read"))
        random.shuffle(resources)
        because = "untouched" if untouched else "mixed"
        cases.append(case(world, f"hidden plan {number + 1}", because, resources))
    return cases + broken_plans(world)


def broken_plans(world):
    """Input that cannot be judged, one of each kind that contract.md names."""
    random = world.random
    whole = plan_text([world.any_resource(False)], random)

    def made(name, text=whole, file="plan", **more):
        given = {"name": name, "because": "malformed", "plan": text, "waivers": [], "file": file}
        return {**given, "expect": {"code": 2}, **more}

    def altered(name, change):
        plan = json.loads(whole)
        change(plan, plan["resource_changes"][0])
        return made(name, json.dumps(plan))

    def wrong_text(key):
        return altered(f"a plan with a number for {key}", lambda plan, first: first.update({key: 7}))

    return [
        made("a plan that is cut off", whole[: random.randint(1, len(whole) - 2)]),
        made("a plan that is a list", "[]"),
        *(made(f"no {file} file", file=file, missing=file) for file in ("plan", "policy", "prices", "waivers")),
        made("a policy without regions", file="policy", lacks="regions"),
        made("a price list without types", file="prices", lacks="types"),
        made("waivers without their list", file="waivers", lacks="waivers"),
        altered("a plan of format version 2.0", lambda plan, first: plan.update(format_version="2.0")),
        altered("a plan whose changes are no list", lambda plan, first: plan.update(resource_changes={"0": first})),
        altered("a plan whose changes are an empty object", lambda plan, first: plan.update(resource_changes={})),
        altered("a plan with a number for a change", lambda plan, first: plan.update(resource_changes=[7])),
        altered("a plan with a text for a change", lambda plan, first: first.update(change="create")),
        *(wrong_text(key) for key in ("address", "mode", "type")),
        altered("a plan with a list for what was", lambda plan, first: first["change"].update(before=[])),
        altered("a plan with a list for what will be", lambda plan, first: first["change"].update(after=[])),
        altered("a plan with an unknown action", lambda plan, first: first["change"].update(actions=["obliterate"])),
    ]


CHECKS = {
    "clean-pass": clean_pass,
    "destroy-blocked": destroy_blocked,
    "nested": nested,
    "unknowns": unknowns,
    "cost": cost,
    "waivers": waivers,
    "no-secrets": no_secrets,
    "hidden-plans": hidden_plans,
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--check", choices=CHECKS, required=True)
    parser.add_argument("--out", required=True)
    arguments = parser.parse_args()

    world = World(Random(f"{arguments.seed} {arguments.check}"))
    cases = CHECKS[arguments.check](world)
    material = {"policy": world.policy, "prices": world.prices, "now": world.now_text, "cases": cases}
    with open(arguments.out, "w", encoding="utf-8") as out:
        json.dump(material, out, ensure_ascii=False)


if __name__ == "__main__":
    main()
