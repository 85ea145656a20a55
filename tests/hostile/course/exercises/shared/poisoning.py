"""Leaving what does harm to whoever comes after: the check that reads a result, the next program, the next check."""
import os
import socket
import stat
import subprocess
import sys

import hostile

RESULT = "out.json"
MEBIBYTE = 1 << 20


def done():
    os._exit(0)


# ---- in place of a result ----

def link(target):
    os.symlink(target, RESULT)
    done()


def linked_folder(target):
    os.symlink(target, "out")
    done()


def hard_link(target):
    try:
        os.link(target, RESULT)
    except OSError:
        return
    yield f"a name for {target}"


def pipe():
    os.mkfifo(RESULT)
    done()


def unix_socket():
    socket.socket(socket.AF_UNIX).bind(RESULT)
    done()


def device():
    try:
        os.mknod(RESULT, 0o600 | stat.S_IFCHR, os.makedev(1, 5))
    except OSError:
        return ()
    done()


def folder():
    os.makedirs(RESULT + "/" + RESULT)
    done()


def huge():
    with open(RESULT, "w") as file:
        file.write("[" + "0," * (10 * MEBIBYTE) + "0]")
    done()


def sparse():
    with open(RESULT, "w") as file:
        file.truncate(60 * MEBIBYTE)
    done()


def deep():
    with open(RESULT, "w") as file:
        file.write("[" * 1000000 + "]" * 1000000)
    done()


def many_anchors():
    """A text of a few lines that would be 10^9 items."""
    with open("out.yaml", "w") as file:
        file.write("a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 10)))
    done()


def entities():
    with open("out.xml", "w") as file:
        file.write('<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/passwd">]><a>&f;</a>')
    done()


def names():
    """Names that end a line, change its direction or its colour."""
    for name in ("two\nlines", "\x1b[31mred", "\u202egnp.exe", "a\rb", "-rf", "\udcff".encode("utf-8", "surrogateescape")):
        with open(name, "w") as file:
            file.write("x")
    done()


def no_way_in():
    """A folder that even its owner may not enter, deep below."""
    os.makedirs("locked/" + "d/" * 50)
    open("locked/" + "d/" * 50 + "file", "w").close()
    os.chmod("locked", 0)
    os.chmod(".", 0)
    done()


# ---- where lab will write ----

def traps():
    """Links from the work to a file and a folder beside it, which lab is about to write through."""
    victim = os.path.join(os.environ["HOME"], "victim")
    with open(victim, "w") as file:
        file.write("untouched")
    os.symlink(victim, "config.json")
    os.symlink(os.environ["HOME"], "settings")
    done()


def victim():
    with open(os.path.join(os.environ["HOME"], "victim")) as file:
        if file.read() != "untouched":
            yield "a file outside of the work"


# ---- what was handed in ----

def forge(path):
    with open(path, "w") as file:
        file.write("forged")


def spoil(path):
    place = os.path.dirname(path)
    for attempt in (lambda: os.chmod(path, 0o666), lambda: forge(path), lambda: os.unlink(path), lambda: forge(path),
                    lambda: os.rename(place, place + "-"), lambda: os.makedirs(place), lambda: forge(path)):
        try:
            attempt()
        except OSError:
            pass
    done()


def show(path):
    sys.stdout.write(hostile.content(path, MEBIBYTE).decode())
    sys.stdout.flush()
    done()


# ---- for the next one ----

FOLDERS = ["/tmp", "/var/tmp", "/dev/shm", "/run", "."]


def leave(name):
    for place in FOLDERS + [os.environ["HOME"], os.environ["TMPDIR"]]:
        try:
            open(os.path.join(place, name), "w").close()
        except OSError:
            pass
    os.makedirs("__pycache__", exist_ok=True)
    open(f"__pycache__/{name}", "w").close()
    subprocess.run(["tools/attack", "linger", "deaf", name[:15]], check=True)
    done()


def find(name):
    for place in FOLDERS + [os.environ["HOME"], os.environ["TMPDIR"], "__pycache__"]:
        path = os.path.join(place, name)
        if os.path.exists(path):
            os.unlink(path)
            yield path
    look = subprocess.run(["tools/attack", "look", name[:15]], capture_output=True, text=True, check=False)
    if look.returncode != hostile.KEPT_IN:
        yield look.stdout.strip()


hostile.run({"link": link, "linked-folder": linked_folder, "hard-link": hard_link, "pipe": pipe, "socket": unix_socket,
             "device": device, "folder": folder, "huge": huge, "sparse": sparse, "deep": deep, "many-anchors": many_anchors,
             "entities": entities, "names": names, "no-way-in": no_way_in, "traps": traps, "victim": victim, "spoil": spoil,
             "show": show, "leave": leave, "find": find})
