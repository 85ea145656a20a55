"""A policy, a price table, and resources that keep or break them, all from one generator.

Whoever makes a resource says what is wrong with it, so its findings, price and GPUs are known without judging it.
"""

import json
from datetime import datetime, timedelta, timezone

TAGGED = [
    "aws_instance",
    "aws_db_instance",
    "aws_s3_bucket",
    "aws_efs_file_system",
    "aws_kms_key",
    "aws_dynamodb_table",
    "aws_lb",
    "aws_nat_gateway",
]
UNTAGGED = ["aws_security_group_rule", "aws_iam_role_policy_attachment", "aws_route53_record"]
MAY_BE_PROTECTED = ["aws_db_instance", "aws_s3_bucket", "aws_efs_file_system", "aws_kms_key", "aws_dynamodb_table"]

TAGS = ["team", "cost-center", "owner", "data-class", "service"]
REGIONS = ["eu-central-1", "eu-west-1", "eu-north-1", "us-east-1", "us-west-2", "ap-southeast-2"]
SIZE_ATTRIBUTE = {"aws_instance": "instance_type", "aws_db_instance": "instance_class"}
MACHINES = ["m7i.large", "m7i.xlarge", "c7i.2xlarge", "r7i.xlarge"]
GPU_MACHINES = {"g5.xlarge": 1, "g5.12xlarge": 4, "p4d.24xlarge": 8}
DATABASES = ["db.t4g.medium", "db.m7g.large", "db.r7g.xlarge", "db.r7g.4xlarge"]
PUBLIC = {
    "aws_db_instance": {"attribute": "publicly_accessible", "forbidden": [True]},
    "aws_lb": {"attribute": "internal", "forbidden": [False]},
    "aws_security_group_rule": {"attribute": "cidr_blocks", "forbidden": ["0.0.0.0/0", "::/0"]},
}
KEPT_PUBLIC = {"aws_db_instance": False, "aws_lb": True, "aws_security_group_rule": ["10.0.0.0/8", "10.20.0.0/16"]}
WORDS = "harbor ferry depot parcel quay crane ledger beacon anchor buoy tide pilot cargo jetty wharf".split()

ACTIONS = {
    "no-op": ["no-op"],
    "read": ["read"],
    "create": ["create"],
    "update": ["update"],
    "delete": ["delete"],
    "delete-create": ["delete", "create"],
    "create-delete": ["create", "delete"],
}


def index_text(key):
    """An instance key as it stands in an address: [3], or ["a.b"] with quotes and backslashes escaped."""
    if key is None:
        return ""
    return f"[{key}]" if isinstance(key, int) else "[%s]" % json.dumps(key, ensure_ascii=False)


def address_of(modules, data, kind, name, key):
    """(address, module address) of a resource in nested modules [(name, key)]."""
    module = ".".join(f"module.{name}{index_text(key)}" for name, key in modules)
    own = f"{'data.' if data else ''}{kind}.{name}{index_text(key)}"
    return (f"{module}.{own}" if module else own), module


def merge(attributes, extra):
    for name, value in (extra or {}).items():
        if isinstance(value, dict) and isinstance(attributes.get(name), dict):
            attributes[name] = {**attributes[name], **value}
        else:
            attributes[name] = value


class World:
    def __init__(self, random):
        self.random = random
        self.words = 0
        self.tagged = TAGGED
        self.now = datetime(2026, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=random.randrange(300 * 86400))
        self.now_text = self.now.strftime("%Y-%m-%dT%H:%M:%SZ")
        self.prices = self.make_prices()
        self.policy = self.make_policy()

    def make_prices(self):
        price = lambda low, high: self.random.randrange(low, high)
        machines = {size: {"cents": price(5_000, 40_000), "gpus": 0} for size in MACHINES}
        machines |= {
            size: {"cents": price(70_000, 90_000) * gpus, "gpus": gpus} for size, gpus in GPU_MACHINES.items()
        }
        databases = {size: {"cents": price(4_000, 120_000), "gpus": 0} for size in DATABASES}
        return {
            "types": {
                "aws_instance": {"attribute": "instance_type", "sizes": machines},
                "aws_db_instance": {"attribute": "instance_class", "sizes": databases},
                "aws_nat_gateway": {"cents": price(3_000, 4_000), "gpus": 0},
                "aws_lb": {"cents": price(1_500, 2_500), "gpus": 0},
                "aws_kms_key": {"cents": 100, "gpus": 0},
            }
        }

    def make_policy(self):
        """Budgets are far away here; only the cases about them bring them near."""
        random = self.random
        self.gpu_size = random.choice(["g5.xlarge", "g5.12xlarge"])
        machines = random.sample(MACHINES, 3) + [self.gpu_size]
        return {
            "protected": random.sample(MAY_BE_PROTECTED, 3),
            "tags": {"required": random.sample(TAGS, random.randint(2, 3)), "types": TAGGED},
            "regions": random.sample(REGIONS, 2),
            "sizes": {
                "aws_instance": {"attribute": "instance_type", "allowed": machines},
                "aws_db_instance": {"attribute": "instance_class", "allowed": random.sample(DATABASES, 2)},
            },
            "public": PUBLIC,
            "budget": {"monthly_cents": 50_000_000, "gpus": 200},
        }

    # ---- choices ----

    def word(self):
        """A name that was not given before."""
        self.words += 1
        return f"{self.random.choice(WORDS)}{self.words}"

    def protected(self):
        return self.random.choice(self.policy["protected"])

    def loose(self):
        return self.random.choice([kind for kind in TAGGED if kind not in self.policy["protected"]])

    def sizes_by_price(self, kind):
        """The cheapest and the dearest allowed size without GPUs."""
        table = self.prices["types"][kind]["sizes"]
        sizes = [size for size in self.policy["sizes"][kind]["allowed"] if not table[size]["gpus"]]
        return min(sizes, key=lambda size: table[size]["cents"]), max(sizes, key=lambda size: table[size]["cents"])

    def allowed_size(self, kind):
        return self.random.choice(self.policy["sizes"][kind]["allowed"]) if kind in SIZE_ATTRIBUTE else None

    def forbidden_size(self, kind):
        allowed = self.policy["sizes"][kind]["allowed"]
        return self.random.choice([size for size in self.prices["types"][kind]["sizes"] if size not in allowed])

    def price(self, kind, size):
        entry = self.prices["types"].get(kind, {"cents": 0, "gpus": 0})
        if "sizes" in entry:
            entry = entry["sizes"].get(size, {"cents": 0, "gpus": 0})
        return entry["cents"], entry["gpus"]

    # ---- resources ----

    def attributes(self, kind, name, size):
        """What a resource looks like that keeps the policy."""
        values = {"name": name, "region": self.random.choice(self.policy["regions"]), "description": "by harbor"}
        if kind in TAGGED:
            values["tags"] = {tag: self.random.choice(WORDS) for tag in self.policy["tags"]["required"]}
            values["tags"]["Name"] = name
        if kind in SIZE_ATTRIBUTE:
            values[SIZE_ATTRIBUTE[kind]] = size
        if kind in PUBLIC:
            values[PUBLIC[kind]["attribute"]] = KEPT_PUBLIC[kind]
        if kind == "aws_s3_bucket":
            values["force_destroy"] = False
        if kind in UNTAGGED and self.random.random() < 0.5:
            values["region"] = None
        return values

    def spoil(self, values, kind, fault, region):
        """Makes the attributes break one rule (size is broken by whoever chose the size)."""
        if fault == "tags":
            tag = self.random.choice(self.policy["tags"]["required"])
            if self.random.random() < 0.3:
                values["tags"][tag] = ""
            else:
                del values["tags"][tag]
        elif fault == "region":
            outside = [name for name in REGIONS if name not in self.policy["regions"]]
            values["region"] = region or self.random.choice(outside)
        elif fault == "public":
            bad = self.random.choice(PUBLIC[kind]["forbidden"])
            values[PUBLIC[kind]["attribute"]] = bad if isinstance(bad, bool) else ["10.0.0.0/8", bad]

    def resource(
        self,
        kind,
        action,
        modules=(),
        key=None,
        size=None,
        size_before=None,
        region=None,
        fault=None,
        unknown=None,
        review=None,
        extra=None,
        extra_before=None,
    ):
        """A resource change and what a right gate says about it: {json, address, findings, cents, gpus, total}.

        fault: the rule that its attributes break. unknown: the marks of after_unknown; review: the rule that they keep
        from being judged. size and region stand for the attributes after the change, size_before for before it.
        """
        actions, name = ACTIONS[action], self.word()
        if size is None:
            size = self.forbidden_size(kind) if fault == "size" else self.allowed_size(kind)
        before = after = None
        if action not in ("create", "read"):
            before = self.attributes(kind, name, size_before or size)
            merge(before, extra_before)
        if action != "delete":
            after = self.attributes(kind, name, size) if before is None else {**before}
            if kind in SIZE_ATTRIBUTE:
                after[SIZE_ATTRIBUTE[kind]] = size
            if action != "no-op":
                after["description"] = f"by harbor, {self.random.choice(WORDS)}"
            if "tags" in after:
                after["tags"] = dict(after["tags"])
            self.spoil(after, kind, fault, region)
            merge(after, extra)
            if action == "no-op":
                before = after
        unknown_size = after is not None and self.hide(after, unknown or {}, kind)
        cents_before, gpus_before = self.price(kind, size_before or size) if before else (0, 0)
        cents_after, gpus_after = self.price(kind, size) if after and not unknown_size else (0, 0)
        counted = action != "read"

        address, module = address_of(modules, action == "read", kind, name, key)
        change = {
            "actions": actions,
            "before": before,
            "after": after,
            "after_unknown": unknown or ({"id": True, "arn": True} if "create" in actions else {}),
            "before_sensitive": {} if before else False,
            "after_sensitive": {} if after else False,
        }
        entry = {"address": address}
        if module:
            entry["module_address"] = module
        entry |= {"mode": "data" if action == "read" else "managed", "type": kind, "name": name}
        if key is not None:
            entry["index"] = key
        entry |= {"provider_name": "registry.terraform.io/hashicorp/aws", "change": change}

        return {
            "json": entry,
            "address": address,
            "findings": self.findings(kind, actions, fault, review),
            "cents": cents_after - cents_before if counted else 0,
            "gpus": gpus_after - gpus_before if counted else 0,
            "total": cents_after if counted else 0,
        }

    def hide(self, after, unknown, kind):
        """Takes out of the attributes what is marked as unknown. True when that was the size."""
        for name, mark in unknown.items():
            if mark is True:
                after.pop(name, None)
            elif isinstance(mark, list):
                after[name] = [None if hidden else value for hidden, value in zip(mark, after[name])]
            else:
                for part in mark:
                    after[name].pop(part, None)
        return unknown.get(SIZE_ATTRIBUTE.get(kind)) is True

    def findings(self, kind, actions, fault, review):
        found = []
        if kind in self.policy["protected"] and "delete" in actions:
            found.append(("protected-destroy", "destroy"))
        if "create" in actions or "update" in actions:
            if fault:
                found.append((fault, "policy"))
            if review:
                found.append((review, "needs-review"))
        return found

    def mark(self, resource, **marks):
        """Sets before_sensitive or after_sensitive of a resource."""
        resource["json"]["change"].update(marks)

    def any_resource(self, faults):
        """A resource of any type and any action, without or with something wrong about it."""
        random = self.random
        kind = random.choice(TAGGED + UNTAGGED)
        actions = ["no-op", "read", "create", "create", "update", "update"]
        if faults or kind not in self.policy["protected"]:
            actions += ["delete", "delete-create", "create-delete"]
        applicable = ["region"] + [
            rule
            for rule, kinds in (("tags", TAGGED), ("size", SIZE_ATTRIBUTE), ("public", PUBLIC))
            if kind in kinds
        ]
        action = random.choice(actions)
        fault = random.choice(applicable) if action != "delete" and faults and random.random() < 0.5 else None
        key = random.choice([None, None, 0, 3, self.word()])
        return self.resource(kind, action, key=key, fault=fault)
