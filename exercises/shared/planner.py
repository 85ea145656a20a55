#!/usr/bin/env python3
"""An agent's model without a model: says the next step of a given plan.

    planner.py --plan PLAN < TRANSCRIPT

TRANSCRIPT is JSON Lines, one for each tool call that has an outcome, in order:

    {"tool": "get_route", "arguments": {"name": "north"}, "status": "ok", "content": {"weight": 40}}

`status` is ok, error or denied; `content` is any value. The answer is one line, a call or the end:

    {"tool": "set_weight", "arguments": {"name": "north", "weight": 60}, "say": "It has room."}
    {"answer": "North carries 60 now."}

PLAN is a JSON object {"goal": TEXT, "steps": [STEP…]}; the first step is the first one. A step is a call or the end:

    {"id": "raise", "tool": "set_weight", "arguments": {…}, "say": TEXT, "next": "done"}
    {"id": "done", "answer": "It said: {last}"}

`say` may be missing. `next` is the id of a step, or a list of branches [{"when": {…}, "goto": ID}…], of which the first
that holds is taken; when it is missing, the step that stands behind is next. A `when` may have, and all that it has
must hold:

    status          of the outcome, a text or a list of them
    contains        a text that stands in the content (in its JSON, when it is no text)
    visits_below    a number: how often this step has had an outcome so far is below it

An empty `when` always holds. In `say` and `answer`, {last} is the last content. A transcript that does not belong to
the plan, such as an outcome for another call than the one that was asked for, is refused with exit code 2 and a line on
stderr, as is a plan that is broken.
"""

import argparse
import json
import sys
from pathlib import Path

STATUSES = ("ok", "error", "denied")


def is_text(value):
    return isinstance(value, str)


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_text_or_list(value):
    return is_text(value) or isinstance(value, list) and all(map(is_text, value))


CONDITIONS = {
    "status": ("a text or a list of texts", is_text_or_list),
    "contains": ("a text", is_text),
    "visits_below": ("a number", is_number),
}


class PlannerError(ValueError):
    """The plan or the transcript is broken. The text says where."""


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def as_text(content):
    return content if isinstance(content, str) else canonical(content)


# ---- the plan ----


def check_step(step, number):
    if not isinstance(step, dict) or not isinstance(step.get("id"), str):
        raise PlannerError(f"plan: step {number} has no id")
    name = step["id"]
    is_call = isinstance(step.get("tool"), str) and isinstance(step.get("arguments"), dict)
    if is_call == isinstance(step.get("answer"), str):
        raise PlannerError(f"plan: step {name} needs either tool and arguments, or answer")
    allowed = {"id", "tool", "arguments", "say", "next"} if is_call else {"id", "answer"}
    if set(step) - allowed:
        raise PlannerError(f"plan: step {name} has an unknown field {sorted(set(step) - allowed)[0]}")
    if not is_text(step.get("say", "")):
        raise PlannerError(f"plan: step {name}: say must be a text")


def check_branches(step, ids):
    follow = step.get("next")
    branches = follow if isinstance(follow, list) else [{"when": {}, "goto": follow}] if follow is not None else []
    for branch in branches:
        if not isinstance(branch, dict) or not isinstance(branch.get("when"), dict) or branch.get("goto") not in ids:
            raise PlannerError(f"plan: step {step['id']} goes on to no step of the plan")
        check_when(step["id"], branch["when"])
    return branches


def check_when(name, when):
    unknown = set(when) - set(CONDITIONS)
    if unknown:
        raise PlannerError(f"plan: step {name} has an unknown condition {sorted(unknown)[0]}")
    for key, value in when.items():
        expected, fits = CONDITIONS[key]
        if not fits(value):
            raise PlannerError(f"plan: step {name}: {key} must be {expected}")


def read_plan(text):
    try:
        plan = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PlannerError(f"plan: {error}") from None
    steps = plan.get("steps") if isinstance(plan, dict) else None
    if not isinstance(steps, list) or not steps:
        raise PlannerError("plan: steps must be a list that is not empty")
    for number, step in enumerate(steps, 1):
        check_step(step, number)
    ids = [step["id"] for step in steps]
    if len(set(ids)) < len(ids):
        raise PlannerError("plan: two steps have one id")
    for step in steps:
        check_branches(step, ids)
    return steps


# ---- the transcript ----


def read_transcript(text):
    outcomes = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            outcome = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise PlannerError(f"transcript:{number}: {error}") from None
        if not isinstance(outcome, dict) or not {"tool", "arguments", "status", "content"} <= set(outcome):
            raise PlannerError(f"transcript:{number}: a line needs tool, arguments, status and content")
        if outcome["status"] not in STATUSES:
            raise PlannerError(f"transcript:{number}: the status must be one of {', '.join(STATUSES)}")
        outcomes.append(outcome)
    return outcomes


def holds(when, outcome, visits):
    statuses = when.get("status", outcome["status"])
    return (
        outcome["status"] in ([statuses] if isinstance(statuses, str) else statuses)
        and when.get("contains", "") in as_text(outcome["content"])
        and visits < when.get("visits_below", visits + 1)
    )


def follow(steps, step, outcome, visits):
    """The step after this one."""
    ids = [other["id"] for other in steps]
    branches = check_branches(step, ids)
    for branch in branches:
        if holds(branch["when"], outcome, visits):
            return steps[ids.index(branch["goto"])]
    behind = ids.index(step["id"]) + 1
    if branches or behind >= len(steps):
        raise PlannerError(f"plan: nothing follows step {step['id']} when its outcome is {outcome['status']}")
    return steps[behind]


def next_step(steps, outcomes):
    """The answer to a transcript, as a dictionary."""
    step, visits = steps[0], {}
    for number, outcome in enumerate(outcomes, 1):
        if "answer" in step:
            raise PlannerError(f"transcript:{number}: the plan had ended before")
        asked, given = ((one["tool"], canonical(one["arguments"])) for one in (step, outcome))
        if asked != given:
            raise PlannerError(f"transcript:{number}: is about {given[0]}, but step {step['id']} asked for {asked[0]}")
        visits[step["id"]] = visits.get(step["id"], 0) + 1
        step = follow(steps, step, outcome, visits[step["id"]])
    last = as_text(outcomes[-1]["content"]) if outcomes else ""
    if "answer" in step:
        return {"answer": step["answer"].replace("{last}", last)}
    said = {"say": step["say"].replace("{last}", last)} if "say" in step else {}
    return {"tool": step["tool"], "arguments": step["arguments"], **said}


def main(words=None):
    parser = argparse.ArgumentParser(prog="planner", description="Says the next step of a plan.")
    parser.add_argument("--plan", required=True, type=Path)
    asked = parser.parse_args(words)
    try:
        steps = read_plan(asked.plan.read_text(encoding="utf-8"))
        print(json.dumps(next_step(steps, read_transcript(sys.stdin.read())), ensure_ascii=False))
        return 0
    except (PlannerError, UnicodeError, OSError) as error:  # also a text that is no UTF-8, to read or to write
        print(f"planner: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
