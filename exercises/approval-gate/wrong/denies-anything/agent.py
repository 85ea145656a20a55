"""Dispatcher: takes its steps from a planner, and asks people before it changes anything. See contract.md."""

import argparse
import hashlib
import json
import os
import sys
from datetime import datetime, timedelta
from pathlib import Path

import dispatch
from tools import planner
from tools.clock import now
from tools.fleet import Fleet

HERE = Path(__file__).resolve().parent
APPROVALS = {"read": 0, "change": 1, "destroy": 2}  # how many people must agree
RISKIEST = "destroy"
LIFETIME = timedelta(minutes=15)


class Refused(Exception):
    """A decision that does not count. The text is its reason code."""


class WrongUse(Exception):
    """The text is what the person did wrong."""


# ---- values ----


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def action_of(tool, arguments):
    """The exact action: two calls are one action when nothing but the order of their keys differs."""
    return sha256(canonical([tool, arguments]))


def timestamp():
    return now().isoformat()


def write(path, text):
    """The old content or the new one, never a part."""
    temporary = path.with_name(path.name + ".new")
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, path)


def lines_of(path):
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def previous_of(line):
    """What a line of the audit log says of the one before it; None when it is no such line."""
    try:
        return json.loads(line)["previous"]
    except (ValueError, TypeError, KeyError):
        return None


# ---- the state folder ----


class State:
    """Proposals, transcript and audit log of a folder. What is changed is on disk before anything depends on it."""

    def __init__(self, folder):
        self.folder = Path(folder)
        os.makedirs(self.folder, exist_ok=True)
        text = lines_of(self.folder / "gate.json")
        self.data = json.loads(text[0]) if text else {"proposals": [], "head": ""}

    def save(self):
        write(self.folder / "gate.json", canonical(self.data) + "\n")

    # ---- proposals ----

    def propose(self, tool, arguments, target, risk, by):
        proposal = {
            "id": f"p{len(self.data['proposals']) + 1}",
            "action": action_of(tool, arguments),
            "tool": tool,
            "arguments": arguments,
            "target": target,
            "class": risk,
            "by": by,
            "needs": APPROVALS[risk],
            "approvals": [],
            "status": "pending",
        }
        self.data["proposals"].append(proposal)
        self.audit("proposed", by, proposal)
        return proposal

    def find(self, identifier):
        for proposal in self.data["proposals"]:
            if proposal["id"] == identifier:
                return proposal
        raise WrongUse(f"there is no proposal {identifier}")

    def newest(self, action, by, *statuses):
        """The last proposal of this action that this principal made and that has one of the statuses, or None."""
        wanted = [one for one in self.data["proposals"] if (one["action"], one["by"]) == (action, by)]
        return next((one for one in reversed(wanted) if one["status"] in statuses), None)

    # ---- the audit log: a chain, whose end is remembered beside it ----

    def audit(self, event, by, proposal, **more):
        entry = {
            "event": event,
            "time": timestamp(),
            "by": by,
            "id": proposal.get("id"),
            "tool": proposal["tool"],
            "arguments": proposal["arguments"],
            **more,
            "previous": self.data["head"],
        }
        line = canonical(entry)
        with open(self.folder / "audit.jsonl", "a", encoding="utf-8") as file:
            file.write(line + "\n")
        self.data["head"] = sha256(line)
        self.save()

    def is_intact(self):
        """Whether each line holds the hash of the one before it, and the last one's is the hash that is remembered."""
        lines = lines_of(self.folder / "audit.jsonl")
        heads = ["", *(sha256(line) for line in lines)]
        return [previous_of(line) for line in lines] == heads[:-1] and heads[-1] == self.data["head"]

    # ---- the transcript ----

    def begin_run(self):
        write(self.folder / "transcript.jsonl", "")
        for proposal in self.data["proposals"]:
            proposal.pop("holds", None)
        self.save()

    def transcript(self):
        return "".join(line + "\n" for line in lines_of(self.folder / "transcript.jsonl"))

    def outcome(self, call, status, content):
        entry = {"tool": call["tool"], "arguments": call["arguments"], "status": status, "content": content}
        with open(self.folder / "transcript.jsonl", "a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")


# ---- the gate ----


def class_of(tool):
    """What nobody has classified is as dangerous as can be."""
    try:
        tools = json.loads((HERE / "tools.json").read_text(encoding="utf-8"))["tools"]
    except (OSError, ValueError, KeyError) as error:
        raise WrongUse(f"tools.json: {error}") from None  # mutants: the file is the agent's own
    known = {entry["name"]: entry.get("class") for entry in tools}
    return known[tool] if known.get(tool) in APPROVALS else RISKIEST


def fault_of(proposal, target):
    """Why a proposal, and what was approved of it, does not hold for the action now; None when it does."""
    if proposal["target"] != target:
        return "stale"
    if any(now() >= datetime.fromisoformat(one["expires"]) for one in proposal["approvals"]):
        return "expired"
    return None


class Gate:
    """Takes calls of one principal's agent: makes them, or says for which proposal they wait."""

    def __init__(self, state, fleet, principal):
        self.state, self.fleet, self.principal = state, fleet, principal
        self.refused = []

    def take(self, call):
        """None when the call has an outcome, else the proposal that it waits for."""
        tool, arguments = call["tool"], call["arguments"]
        try:
            target = dispatch.target(self.fleet, tool, arguments)
        except dispatch.ToolError as error:
            return self.state.outcome(call, "error", str(error))
        risk = class_of(tool)
        if not APPROVALS[risk]:
            return self.execute(call, {"tool": tool, "arguments": arguments})
        action = action_of(tool, arguments)
        denied = self.state.newest(action, self.principal, "denied")
        if denied and denied.get("holds"):
            self.state.audit("refused", self.principal, denied, reason="denied")
            return self.state.outcome(call, "denied", denied["reason"])
        proposal = self.state.newest(action, self.principal, "pending", "approved")
        fault = proposal and fault_of(proposal, target)
        if fault:
            self.refuse(proposal, fault)
            proposal = None
        if not proposal:
            return self.state.propose(tool, arguments, target, risk, self.principal)
        if proposal["status"] == "pending":
            return proposal
        proposal["status"] = "used"
        self.state.save()  # mutants: seen only when the agent is killed in the middle of the call
        return self.execute(call, proposal)

    def refuse(self, proposal, reason):
        proposal["status"] = reason
        self.state.audit("refused", self.principal, proposal, reason=reason)
        self.refused.append({"id": proposal["id"], "reason": reason})

    def execute(self, call, proposal):
        try:
            status, content = "ok", dispatch.call(self.fleet, call["tool"], call["arguments"])
        except dispatch.ToolError as error:
            status, content = "error", str(error)
        self.state.audit("executed", self.principal, proposal, status=status)
        self.state.outcome(call, status, content)


def ask_planner(plan, transcript):
    try:
        steps = planner.read_plan(Path(plan).read_text(encoding="utf-8"))
        return planner.next_step(steps, planner.read_transcript(transcript))
    except (OSError, planner.PlannerError) as error:
        raise WrongUse(str(error)) from None


def go_on(asked, state):
    """Takes steps until the plan ends or has to wait."""
    if not Path(asked.fleet).is_file():
        raise WrongUse(f"{asked.fleet}: no such fleet")
    with Fleet(asked.fleet) as fleet:
        gate = Gate(state, fleet, asked.principal)
        while True:
            step = ask_planner(asked.plan, state.transcript())
            if "answer" in step:
                return {"status": "done", "answer": step["answer"], "refused": gate.refused}
            waiting = gate.take(step)
            if waiting:
                return {"status": "waiting", "pending": [waiting["id"]], "refused": gate.refused}


# ---- commands ----


def run(asked, state):
    state.begin_run()
    return go_on(asked, state)


def resume(asked, state):
    return go_on(asked, state)


def pending(asked, state):
    shown = ("id", "tool", "arguments", "target", "class", "by", "needs")
    waiting = [one for one in state.data["proposals"] if one["status"] == "pending"]
    return [
        {key: one[key] for key in shown} | {"approvals": [given["by"] for given in one["approvals"]]} for one in waiting
    ]


def why_not_approve(proposal, principal):
    if proposal["status"] != "pending":
        return proposal["status"]
    if principal == proposal["by"]:
        return "self-approval"
    if principal in [given["by"] for given in proposal["approvals"]]:
        return "same-principal"
    return None


def decide(state, proposal, principal, reason):
    """Refuses a decision for a reason, and says so in the log."""
    if reason:
        state.audit("refused", principal, proposal, reason=reason)
        raise Refused(reason)


def approve(asked, state):
    proposal = state.find(asked.id)
    decide(state, proposal, asked.principal, why_not_approve(proposal, asked.principal))
    proposal["approvals"].append({"by": asked.principal, "expires": (now() + LIFETIME).isoformat()})
    if len(proposal["approvals"]) >= proposal["needs"]:
        proposal["status"] = "approved"
    state.audit("approved", asked.principal, proposal)
    return {"status": proposal["status"]}  # mutants: what a decision prints is free


def deny(asked, state):
    proposal = state.find(asked.id)
    proposal |= {"status": "denied", "reason": asked.reason, "holds": True}  # until the next run
    state.audit("denied", asked.principal, proposal, reason=asked.reason)
    return {"status": "denied"}  # mutants: the same


def verify(asked, state):
    if not state.is_intact():
        raise Refused("tampered")
    return {"verdict": "pass"}


COMMANDS = {"run": run, "resume": resume, "pending": pending, "approve": approve, "deny": deny, "audit": verify}


def parse(words):
    parser = argparse.ArgumentParser(prog="agent", description="An agent that asks before it changes anything.")
    commands = parser.add_subparsers(dest="command", required=True)  # mutants: contract.md always names one
    for name in COMMANDS:
        command = commands.add_parser(name)
        if name in ("run", "resume"):
            command.add_argument("--plan", required=True)  # mutants: contract.md always gives it
            command.add_argument("--fleet", required=True)  # mutants: the same
        if name in ("approve", "deny"):
            command.add_argument("id")
        if name == "deny":
            command.add_argument("--reason", required=True)  # mutants: the same
        if name == "audit":
            command.add_argument("what", choices=["verify"])
        if name not in ("pending", "audit"):
            command.add_argument("--as", required=True, dest="principal")  # mutants: the same
        command.add_argument("--state", required=True)  # mutants: the same
    return parser.parse_args(words)


def main(words=None):
    asked = parse(words)
    try:
        print(json.dumps(COMMANDS[asked.command](asked, State(asked.state))))
        return 0  # mutants: None ends with 0 too
    except Refused as refused:
        print(json.dumps({"verdict": "refuse", "reason": str(refused)}))
        return 1
    except WrongUse as error:
        print(f"agent: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
