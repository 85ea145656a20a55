"""What a program under check sees: the same on every machine, for every user, whatever the caller of lab has set."""
import json
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from labcase import Boxed, LabCase, Ordinary

ENVIRONMENT = {
    "HOME": "/lab/home", "TMPDIR": "/tmp", "PATH": "/lab/python/bin:/usr/local/bin:/usr/bin:/bin", "VIRTUAL_ENV": "/lab/python",
    "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "UTC", "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1",
    "OMP_NUM_THREADS": "2"}

WRITABLE = ["/dev/shm", "/lab/home", "/lab/work", "/tmp", "/var/tmp"]
READ_ONLY = ["/", "/dev", "/etc", "/lab", "/lab/material", "/lab/python", "/lab/python/bin", "/run", "/usr", "/usr/bin", "/var"]

WORLD = """\
    import errno, grp, json, os, pwd, resource, signal, socket, stat, sys

    def outcome(act):
        try:
            return act()
        except OSError as error:
            return errno.errorcode[error.errno]

    def written(folder):
        path = os.path.join(folder, "written")
        open(path, "w").close()
        os.unlink(path)
        return "written"

    def is_open(descriptor):
        try:
            return bool(os.fstat(descriptor))
        except OSError:
            return False

    def mount(line):
        return line.split()[4], line.split()[5].split(",")[0]

    status = dict(line.rstrip("\\n").split(":\\t", 1) for line in open("/proc/self/status") if ":\\t" in line)
    folders = ["/", "/dev", "/dev/shm", "/etc", "/lab", "/lab/home", "/lab/material", "/lab/work", "/run", "/tmp", "/var"]
    limits = {name: resource.getrlimit(getattr(resource, name)) for name in dir(resource) if name.startswith("RLIMIT_")}
    network = [line.split(":")[0].strip() for line in list(open("/proc/net/dev"))[2:]]
    umask = os.umask(0)
    os.umask(umask)
    world = {
        "environment": dict(os.environ), "folder": os.getcwd(), "words": sys.orig_argv, "umask": umask, "prefix": sys.prefix,
        "program": sys.executable, "search": sys.path, "user": [*os.getresuid(), *os.getresgid()],
        "names": [pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name, socket.gethostname(), os.uname().nodename],
        "users": [pwd.getpwall(), grp.getgrall()], "hosts": open("/etc/hosts").read(),
        "descriptors": [descriptor for descriptor in range(1024) if is_open(descriptor)],
        "kinds": [stat.filemode(os.fstat(descriptor).st_mode) for descriptor in range(3)],
        "terminal": outcome(lambda: os.open("/dev/tty", os.O_RDWR)), "network": network,
        "processes": sorted(int(name) for name in os.listdir("/proc") if name.isdigit()), "is_leader": os.getsid(0) == os.getpid(),
        "listings": {folder: sorted(os.listdir(folder)) for folder in folders},
        "written": {folder: outcome(lambda: written(folder)) for folder in sys.argv[1:]},
        "mounts": dict(map(mount, open("/proc/self/mountinfo"))),
        "looks": {path: stat.filemode(os.stat(path).st_mode) for path in [*folders, "program.sh", "world.py", "/lab/material/data.txt"]},
        "status": {name: status[name] for name in ("CapBnd", "CapEff", "NoNewPrivs", "Seccomp", "SigBlk", "SigIgn")},
        "limits": limits, "niceness": os.nice(0),
    }
    json.dump(world, open("world.json", "w"))
    """

CHECK = """\
    private("gen.py", {}, "data.txt")
    t:run{"python", "world.py", %s}:ok()""" % ", ".join(f'"{folder}"' for folder in WRITABLE + READ_ONLY)


class World(Boxed):
    maxDiff = None

    def make_exercise(self):
        folder = self.exercise("one", {"a": CHECK}, {"world.py": WORLD, "program.sh": "#!/bin/sh\n"})
        (folder / "start/program.sh").chmod(0o755)
        (folder / "private").mkdir()
        (folder / "private/gen.py").write_text("import sys\nopen(sys.argv[-1], 'w').write('data')\n")

    def world(self, **environment):
        """What the program of a check finds, as a dictionary."""
        self.ok("start", "one", **environment)
        result = self.results("one", "--keep", **environment)["a"]
        self.assertEqual(result["verdict"], "pass", result)
        return json.loads((Path(result["kept"]) / "world.json").read_text())

    def apart_from_the_environment(self, world, home):
        """The world without the folders that lead to the Python environment, which is also there by the path that its scripts
        name it by: the homes of these tests lie in /tmp, /var/tmp and /dev/shm."""
        for folder in ("/tmp", "/dev/shm"):
            world["listings"][folder] = [name for name in world["listings"][folder] if name not in home.parts]
        world["mounts"] = {path: mount for path, mount in world["mounts"].items() if "/cache/python/" not in path}
        return world

    def other_home(self, above, name):
        """A place for a home with other folders above it."""
        folder = Path(tempfile.mkdtemp(prefix="lab-behaviour-", dir=above))
        self.addCleanup(shutil.rmtree, folder)
        self.addCleanup(subprocess.run, ["chmod", "-R", "u+rwx", str(folder)], check=False)
        (folder / name).mkdir()
        shutil.chown(folder, self.home.stat().st_uid)
        shutil.chown(folder / name, self.home.stat().st_uid)
        return folder / name

    def test_who_and_where(self):
        self.make_exercise()
        world = self.world()
        self.assertEqual(world["environment"], ENVIRONMENT)
        self.assertEqual((world["folder"], world["words"][:2], world["umask"]), ("/lab/work", ["python", "world.py"], 0o022))
        self.assertEqual((world["prefix"], world["program"]), ("/lab/python", "/lab/python/bin/python"))
        self.assertEqual((world["user"], world["names"]), ([1000] * 6, ["lab", "lab", "lab", "lab"]))
        self.assertEqual((world["descriptors"], world["terminal"]), ([0, 1, 2], "ENXIO"))
        self.assertEqual((len(world["processes"]), world["processes"][0], world["is_leader"]), (2, 1, True))
        self.assertEqual(world["network"], ["lo"])

    def test_what_can_be_written(self):
        self.make_exercise()
        world = self.world()
        self.assertEqual(world["written"], {**dict.fromkeys(WRITABLE, "written"), **dict.fromkeys(READ_ONLY, "EROFS")})
        listings = self.apart_from_the_environment(world, self.home)["listings"]
        self.assertEqual([listings[folder] for folder in ("/tmp", "/dev/shm", "/lab/home", "/run")], [[]] * 4)
        self.assertEqual(listings["/lab"], ["home", "material", "python", "work"])
        self.assertEqual(listings["/lab/material"], ["data.txt"])
        self.assertEqual(set(listings["/"]) - {"lib32", "lib64", "libx32"},
                         {"bin", "dev", "etc", "lab", "lib", "proc", "run", "sbin", "tmp", "usr", "var"})

    def test_it_is_the_same_elsewhere(self):
        """For another home, folder and umask of lab, and with signals ignored."""
        self.make_exercise()
        here = self.apart_from_the_environment(self.world(), self.home)
        self.program = ["nohup", "env", "-C", "/", *self.program]
        self.addCleanup(os.umask, os.umask(0o077))
        for above in ("/var/tmp", "/dev/shm"):
            home = self.other_home(above, "another home, ünïcode")
            there = self.world(LAB_HOME=str(home / "lab"), TMPDIR=str(home / "scratch"), HOME=str(home), USER="somebody")
            self.assertEqual(self.apart_from_the_environment(there, home), here)

    def test_what_the_caller_has_set_stays_outside(self):
        planted = self.home / "planted"
        planted.mkdir()
        for name in ("python", "cat"):
            (planted / name).write_text("#!/bin/sh\necho planted\nexit 7\n")
            (planted / name).chmod(0o755)
        (planted / "json.py").write_text("raise SystemExit(7)\n")
        planted.chmod(0o755)
        self.make_exercise()
        world = self.world(
            PATH=f"{planted}:{self.environment['PATH']}", PYTHONPATH=str(planted), LD_PRELOAD=str(planted / "no.so"), TZ="Asia/Tokyo",
            LD_LIBRARY_PATH=str(planted), BASH_ENV=str(planted / "cat"), PYTHONHASHSEED="7", LAB_CANARY="canary", TMPDIR=str(self.home / "tmp"))
        self.assertEqual(world["environment"], ENVIRONMENT)

    def test_it_is_the_same_for_root_and_others(self):
        self.make_exercise()
        first = self.apart_from_the_environment(self.world(), self.home)
        self.become_nobody()
        second = self.apart_from_the_environment(self.world(LAB_HOME=str(self.home / "other")), self.home)
        self.assertEqual(second, first)


class Interpreter(LabCase):
    """Pythons of pyenv, conda, uv and others lie outside of /usr."""

    def interpreter(self):
        """One with a library of its own, and a name elsewhere that leads to it."""
        system = os.environ.get("LAB_PYTHON", "/usr/bin/python3")
        told = subprocess.run([system, "-c", "import sys, sysconfig\nprint(sys.executable, sysconfig.get_paths()['stdlib'])"],
                              capture_output=True, text=True, check=True).stdout.split()
        own = self.home / "own python"
        (own / "bin").mkdir(parents=True)
        (own / "lib").mkdir()
        shutil.copy(os.path.realpath(told[0]), own / "bin/python3")
        (own / "lib" / Path(told[1]).name).symlink_to(told[1])
        (self.home / "names").mkdir()
        (self.home / "names/python3").symlink_to(own / "bin/python3")
        (own / "secret").write_text("secret")
        self.give_to_nobody() if self.ordinary else None
        return own

    def runs(self, **environment):
        own = self.interpreter()
        self.environment["LAB_PYTHON"] = str(self.home / "names/python3")
        folder = self.exercise("one", {"a": 'expect(t:run{"python", "base.py"}:ok().stdout):equals(file(private("gen.py", {})):text())\n'
                                            f'expect(t:run{{"python", "base.py"}}.stdout):equals("{own}\\n")\n'
                                            f't:run{{"cat", "{own}/secret"}}:fails()'},
                               {"base.py": "import sys\nprint(sys.base_prefix)\n"})
        (folder / "private").mkdir()
        (folder / "private/gen.py").write_text("import sys\nopen(sys.argv[-1], 'w').write(sys.base_prefix + '\\n')\n")
        self.started("one")
        self.assertEqual(self.verdicts("one", **environment), {"a": ("pass", None)})

    def test_it_runs_in_a_box(self):
        self.runs()

    def test_it_runs_without_namespaces(self):
        self.runs(**self.without_namespaces())


class OrdinaryWorld(Ordinary, World):
    test_it_is_the_same_for_root_and_others = None


class OrdinaryInterpreter(Ordinary, Interpreter):
    pass


if __name__ == "__main__":
    unittest.main()
