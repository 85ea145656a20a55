"""The policy of the gate: policy.yaml, see contract.md."""

import yaml


class PolicyError(ValueError):
    """A policy that cannot be followed. The text names the file and what is wrong."""


def load_policy(path, rows):
    """The policy in a file, for these rows."""
    try:
        policy = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise PolicyError(f"{path}: {' '.join(str(error).split())}") from None
    if not isinstance(policy, dict):
        raise PolicyError(f"{path}: expected a mapping")
    for key, kind in (("columns", list), ("crossings", list), ("min_support", int), ("max_drop", (int, float)),
                      ("tpr_gap", dict)):  # fmt: skip
        if not isinstance(policy.get(key), kind):
            raise PolicyError(f"{path}: {key} is missing, or not what it should be")
    gap = policy["tpr_gap"]
    if gap.get("column") not in policy["columns"] or not isinstance(gap.get("max"), (int, float)):
        raise PolicyError(f"{path}: tpr_gap needs one of the columns, and a max")
    for column in [*policy["columns"], *(column for crossing in policy["crossings"] for column in crossing)]:
        if column not in rows[0]:
            raise PolicyError(f"{path}: the data have no column {column}")
    return policy
