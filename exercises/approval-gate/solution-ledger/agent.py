"""Dispatcher, with one ledger: all that the gate knows is what its SQLite file and its log say. See contract.md."""

import argparse
import hashlib
import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import dispatch
from tools.clock import now
from tools.fleet import Fleet

HERE = Path(__file__).resolve().parent
NEEDED = {"read": 0, "change": 1}  # any other class: 2
MINUTES = 15
SCHEMA = """
CREATE TABLE IF NOT EXISTS proposals (
    id TEXT PRIMARY KEY, run INTEGER, by TEXT, tool TEXT, arguments TEXT, target TEXT, class TEXT,
    state TEXT DEFAULT 'pending', words TEXT);
CREATE TABLE IF NOT EXISTS approvals (proposal TEXT, by TEXT, at REAL, UNIQUE (proposal, by));
CREATE TABLE IF NOT EXISTS lines (number INTEGER PRIMARY KEY, digest TEXT);
CREATE TABLE IF NOT EXISTS runs (number INTEGER PRIMARY KEY);
"""


def fail(message):
    print(f"agent: {message}", file=sys.stderr)
    sys.exit(2)


def plain(value):
    return json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"))


class Ledger:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.db = sqlite3.connect(self.folder / "ledger.db", isolation_level=None)
        self.db.row_factory = sqlite3.Row
        self.db.executescript(SCHEMA)

    def rows(self, query, *values):
        return self.db.execute(query, values).fetchall()

    def log(self, event, by, tool, arguments, identifier=None, reason=None):
        """One line, whose digest covers the digest of the line before; the digests stand in the ledger too."""
        last = self.rows("SELECT max(number) AS number, digest FROM lines")[0]
        entry = {"time": now().isoformat(), "event": event, "by": by, "id": identifier, "tool": tool}
        entry |= {"arguments": arguments} | ({} if reason is None else {"reason": reason})
        line = json.dumps(entry)
        digest = hashlib.sha256(f"{last['digest']}\n{line}".encode()).hexdigest()
        self.db.execute("INSERT INTO lines VALUES (?, ?)", ((last["number"] or 0) + 1, digest))
        with open(self.folder / "audit.jsonl", "a", encoding="utf-8") as file:
            file.write(line + "\n")

    def log_of(self, event, by, proposal, reason=None):
        self.log(event, by, proposal["tool"], json.loads(proposal["arguments"]), proposal["id"], reason)

    def is_intact(self):
        path = self.folder / "audit.jsonl"
        lines = path.read_text(encoding="utf-8").split("\n")[:-1] if path.exists() else []
        digest, digests = None, []
        for line in lines:
            digest = hashlib.sha256(f"{digest}\n{line}".encode()).hexdigest()
            digests.append(digest)
        return digests == [row["digest"] for row in self.rows("SELECT digest FROM lines ORDER BY number")]

    def set_state(self, proposal, state, words=None):
        self.db.execute("UPDATE proposals SET state = ?, words = ? WHERE id = ?", (state, words, proposal["id"]))

    def approvals(self, proposal):
        return self.rows("SELECT * FROM approvals WHERE proposal = ? ORDER BY rowid", proposal["id"])

    def run_number(self):
        return self.rows("SELECT max(number) AS number FROM runs")[0]["number"]

    def proposal(self, identifier):
        found = self.rows("SELECT * FROM proposals WHERE id = ?", identifier)
        return found[0] if found else fail(f"no proposal is called {identifier}")


def class_of(tool):
    entries = json.loads((HERE / "tools.json").read_text(encoding="utf-8"))["tools"]
    found = [entry.get("class") for entry in entries if entry["name"] == tool]
    return found[0] if found and found[0] in ("read", "change") else "destroy"


def needed(risk):
    return NEEDED.get(risk, 2)


# ---- taking a call ----


class Agent:
    def __init__(self, ledger, asked):
        self.ledger, self.asked, self.me, self.void = ledger, asked, asked.me, []
        self.transcript = ledger.folder / "transcript.jsonl"

    def learn(self, call, status, content):
        outcome = {"tool": call["tool"], "arguments": call["arguments"], "status": status, "content": content}
        with open(self.transcript, "a", encoding="utf-8") as file:
            file.write(json.dumps(outcome) + "\n")

    def perform(self, fleet, call, identifier=None):
        self.ledger.log("executed", self.me, call["tool"], call["arguments"], identifier)
        try:
            self.learn(call, "ok", dispatch.call(fleet, call["tool"], call["arguments"]))
        except dispatch.ToolError as error:
            self.learn(call, "error", str(error))

    def withdraw(self, proposal, reason):
        self.ledger.set_state(proposal, reason)
        self.ledger.log_of("refused", self.me, proposal, reason)
        self.void.append({"id": proposal["id"], "reason": reason})

    def covering(self, arguments, tool, target):
        """The proposal of this very action that still counts, or None."""
        query = "SELECT * FROM proposals WHERE by = ? AND tool = ? AND arguments = ? AND state IN ('pending', 'approved')"
        for proposal in self.ledger.rows(query, self.me, tool, arguments):
            ages = [now().timestamp() - given["at"] for given in self.ledger.approvals(proposal)]
            if proposal["target"] != target:
                self.withdraw(proposal, "stale")
            elif ages and max(ages) >= MINUTES * 60:
                self.withdraw(proposal, "expired")
            else:
                return proposal
        return None

    def take(self, fleet, call):
        """The id of the proposal that the call waits for, or None when the planner can be asked again."""
        tool, arguments, ledger = call["tool"], plain(call["arguments"]), self.ledger
        try:
            target = plain(dispatch.target(fleet, tool, call["arguments"]))
        except dispatch.ToolError as error:
            return self.learn(call, "error", str(error))
        risk = class_of(tool)
        if not needed(risk):
            return self.perform(fleet, call)
        query = "SELECT * FROM proposals WHERE by = ? AND tool = ? AND arguments = ? AND state = 'denied' AND run = ?"
        for denied in ledger.rows(query, self.me, tool, arguments, ledger.run_number()):
            ledger.log_of("refused", self.me, denied, "denied")
            return self.learn(call, "denied", denied["words"])
        proposal = self.covering(arguments, tool, target)
        if proposal and proposal["state"] == "approved":
            ledger.set_state(proposal, "used")
            return self.perform(fleet, call, proposal["id"])
        if proposal:
            ledger.db.execute("UPDATE proposals SET run = ? WHERE id = ?", (ledger.run_number(), proposal["id"]))
            return proposal["id"]
        count = ledger.rows("SELECT count(*) AS count FROM proposals")[0]["count"]
        identifier = hashlib.sha256(f"{count} {tool} {arguments}".encode()).hexdigest()[:12]
        row = (identifier, ledger.run_number(), self.me, tool, arguments, target, risk)
        ledger.db.execute("INSERT INTO proposals VALUES (?, ?, ?, ?, ?, ?, ?, 'pending', NULL)", row)
        ledger.log("proposed", self.me, tool, call["arguments"], identifier)
        return identifier

    def think(self):
        text = self.transcript.read_text(encoding="utf-8")
        command = [sys.executable, HERE / "tools" / "planner.py", "--plan", self.asked.plan]
        done = subprocess.run(command, input=text, capture_output=True, text=True)
        return json.loads(done.stdout) if done.returncode == 0 else fail(done.stderr.strip())

    def go(self):
        if not Path(self.asked.fleet).exists():
            fail(f"{self.asked.fleet} is missing")
        with Fleet(self.asked.fleet) as fleet:
            while "answer" not in (step := self.think()):
                waits_for = self.take(fleet, step)
                if waits_for:
                    return {"refused": self.void, "pending": [waits_for], "status": "waiting"}
        return {"refused": self.void, "answer": step["answer"], "status": "done"}


# ---- commands ----


def run(ledger, asked):
    ledger.db.execute("INSERT INTO runs VALUES (NULL)")
    (ledger.folder / "transcript.jsonl").write_text("")
    return Agent(ledger, asked).go()


def resume(ledger, asked):
    return Agent(ledger, asked).go() if ledger.run_number() else fail("there is nothing to resume")


def pending(ledger, asked):
    return [
        {
            **{key: row[key] for key in ("id", "tool", "by", "class")},
            "arguments": json.loads(row["arguments"]),
            "target": json.loads(row["target"]),
            "needs": needed(row["class"]),
            "approvals": [given["by"] for given in ledger.approvals(row)],
        }
        for row in ledger.rows("SELECT * FROM proposals WHERE state = 'pending' ORDER BY rowid")
    ]


def refuse(ledger, asked, proposal, reason):
    ledger.log_of("refused", asked.me, proposal, reason)
    return {"verdict": "refuse", "reason": reason}


def approve(ledger, asked):
    proposal = ledger.proposal(asked.id)
    given = [row["by"] for row in ledger.approvals(proposal)]
    if proposal["state"] != "pending":
        return refuse(ledger, asked, proposal, proposal["state"])
    if asked.me == proposal["by"] or asked.me in given:
        return refuse(ledger, asked, proposal, "self-approval" if asked.me == proposal["by"] else "same-principal")
    ledger.db.execute("INSERT INTO approvals VALUES (?, ?, ?)", (asked.id, asked.me, now().timestamp()))
    if len(given) + 1 >= needed(proposal["class"]):
        ledger.set_state(proposal, "approved")
    ledger.log_of("approved", asked.me, proposal)
    return {}


def deny(ledger, asked):
    proposal = ledger.proposal(asked.id)
    if proposal["state"] not in ("pending", "approved"):
        return refuse(ledger, asked, proposal, proposal["state"])
    ledger.set_state(proposal, "denied", asked.reason)
    ledger.log_of("denied", asked.me, proposal, asked.reason)
    return {}


def audit(ledger, asked):
    return {"verdict": "pass"} if ledger.is_intact() else {"verdict": "refuse", "reason": "tampered"}


OPTIONS = {
    run: ["--plan", "--fleet", "--as"],
    resume: ["--plan", "--fleet", "--as"],
    pending: [],
    approve: ["id", "--as"],
    deny: ["id", "--reason", "--as"],
    audit: ["verify"],
}


def main():
    parser = argparse.ArgumentParser(prog="agent")
    verbs = parser.add_subparsers(dest="verb", required=True)
    for function, options in OPTIONS.items():
        verb = verbs.add_parser(function.__name__)
        verb.set_defaults(function=function)
        for option in [*options, "--state"]:
            more = {"required": True} if option.startswith("--") else {}
            verb.add_argument(option, **more, **({"dest": "me"} if option == "--as" else {}))
    asked = parser.parse_args()
    said = asked.function(Ledger(asked.state), asked)
    print("Dispatcher says:" if asked.verb != "pending" else "", json.dumps(said), sep="\n")
    sys.exit(1 if "verdict" in said and said["verdict"] == "refuse" else 0)


if __name__ == "__main__":
    main()
