#!/usr/bin/env python3
"""PostgreSQL with its data in one folder, on the loopback; user, password and database are `lab`.

    postgres_server.py --port P --data FOLDER [--host H]

The first start makes FOLDER/pg (in FOLDER/pg.new, renamed when it is whole, so a start that was killed leaves nothing half). PostgreSQL
refuses to run as root: then it runs as the user postgres, else nobody, who owns FOLDER/pg and needs no way to it, since the server gets the folder
opened. This program stays, hands SIGTERM on as a fast shutdown, and when it is killed the server shuts down by itself.
"""

import argparse
import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

NAME = "lab"  # of user, database and password
PR_SET_PDEATHSIG = 1


class Failed(Exception):
    pass


def find_programs():
    """The folder of the newest server's programs: Debian keeps them out of PATH."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb") if (path.parent / "postgres").exists()]
    if found:
        return max(found, key=lambda folder: float(folder.parent.name))
    initdb = shutil.which("initdb")
    if initdb and shutil.which("postgres"):
        return Path(initdb).parent
    raise Failed("there is no PostgreSQL server here: sudo apt install postgresql")


def find_user():
    """Who runs the server: a passwd entry, or None for oneself."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise Failed("PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody")


class Server:
    def __init__(self, data, host, port):
        self.data, self.host, self.port = data, host, port
        self.programs, self.user = find_programs(), find_user()
        self.child = None

    def become_user(self):
        """In the child, before it becomes the program; its parent's end is its own."""
        if self.user:
            os.setgroups([])
            os.setgid(self.user.pw_gid)
            os.setuid(self.user.pw_uid)
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT, 0, 0, 0)

    def start(self, folder, name, *words, **options):
        """Starts one of PostgreSQL's programs on the open folder, which it reaches whatever lies above it."""
        command = [str(self.programs / name), *words, "-D", f"/proc/self/fd/{folder}"]
        return subprocess.Popen(command, pass_fds=(folder,), preexec_fn=self.become_user, cwd="/", **options)

    def run(self, folder, name, *words, text=None):
        process = self.start(folder, name, *words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        output, _ = process.communicate(text)
        if process.returncode:
            raise Failed(f"{name} ended with status {process.returncode}:\n{output.rstrip()}")

    def give(self, path):
        if self.user:
            os.chown(path, self.user.pw_uid, self.user.pw_gid)

    def initialise(self):
        """Makes the cluster, its user and its database."""
        new = self.data / "pg.new"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        self.give(new)
        folder = os.open(new, os.O_RDONLY | os.O_DIRECTORY)
        with tempfile.NamedTemporaryFile("w", dir="/tmp") as password:
            print(NAME, file=password, flush=True)
            self.give(password.name)
            self.run(folder, "initdb", "--no-sync", "--encoding=UTF8", "--locale=C", f"--username={NAME}", "--auth=scram-sha-256",
                     f"--pwfile={password.name}")
        self.run(folder, "postgres", "--single", "postgres", text=f"CREATE DATABASE {NAME}\n")
        os.close(folder)
        new.rename(self.data / "pg")

    def serve(self):
        cluster = self.data / "pg"
        if not cluster.exists():
            self.initialise()
        folder = os.open(cluster, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.end)
        words = ("-p", str(self.port), "-c", f"listen_addresses={self.host}", "-c", "unix_socket_directories=", "-c", "logging_collector=off")
        self.child = self.start(folder, "postgres", *words)
        return self.child.wait()

    def end(self, *_):
        if self.child:
            self.child.send_signal(signal.SIGINT)  # a fast shutdown: clients are cut off, data are written


def main(argv=None):
    parser = argparse.ArgumentParser(description="PostgreSQL with its data in one folder.")
    parser.add_argument("--port", type=int, required=True, metavar="P")
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--host", default="127.0.0.1", metavar="H")
    arguments = parser.parse_args(argv)
    try:
        arguments.data.mkdir(parents=True, exist_ok=True)
        return Server(arguments.data, arguments.host, arguments.port).serve()
    except (Failed, OSError) as error:
        print(f"postgres_server.py: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
