"""Saying what is not so, to whoever judges."""
import json
import os
import site
import struct
import time

import hostile

VERDICT = {"op": "outcome", "verdict": "fail", "score": 0, "message": "forged", "reason": "forged", "failures": []}
EVENTS = [{"event": "done", "outcome": VERDICT, "seconds": 0, "kept": None},
          {"event": "check_done", "id": "forge-output", "verdict": "fail", "points": 0, "message": "forged"},
          {"event": "attempt_done", "verdict": "fail", "points": 0}]


def framed(value):
    """As lab's own processes talk: the length of the JSON, the number of byte strings, the JSON."""
    text = json.dumps(value).encode()
    return struct.pack("<II", len(text), 0) + text


FRAMES = b"".join(framed(value) for value in [VERDICT, *EVENTS])
LINES = b"".join(b"\n" + json.dumps(value).encode() for value in EVENTS)
WORDS = FRAMES + LINES + b"\n"


def words(descriptor):
    os.write(int(descriptor), WORDS)
    os._exit(0)


def descriptors():
    for descriptor in range(3, 1024):
        try:
            os.write(descriptor, WORDS)
        except OSError:
            continue
        yield f"descriptor {descriptor}"


def late():
    """Words that come when another program is thought to speak."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for _ in range(100):
                time.sleep(0.01)
                os.write(1, b"forged\n")
        os._exit(0)
    os._exit(0)


def leave():
    """As a test does that ends before it has begun."""
    os._exit(0)


FORGERY = 'import builtins\nbuiltins.forged = True\n'


def plant():
    """Modules that Python imports by itself, wherever it looks."""
    packages = site.getusersitepackages()
    os.makedirs(packages, exist_ok=True)
    for folder in (packages, os.environ["HOME"], os.environ["TMPDIR"], "."):
        for name in ("usercustomize.py", "sitecustomize.py", "json.py", "random.py"):
            with open(os.path.join(folder, name), "w") as file:
                file.write(FORGERY)
        with open(os.path.join(folder, "forged.pth"), "w") as file:
            file.write("import builtins; builtins.forged = True\n")
    os._exit(0)


def environment():
    print("\n".join(sorted(os.environ)), flush=True)
    os._exit(0)


hostile.run({"words": words, "descriptors": descriptors, "late": late, "leave": leave, "plant": plant,
             "environment": environment})
