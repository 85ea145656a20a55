"""Gaining what a learner's program may not have."""
import os
import stat

import hostile

EXPECTED_NODES = {"null", "zero", "full", "random", "urandom", "tty", "ptmx", "console"}
ROOT = 0


def privileges():
    status = dict(line.split(":\t") for line in open("/proc/self/status") if ":\t" in line)
    if ROOT in (os.getuid(), os.geteuid()):
        yield "being root"
    for kind in ("CapEff", "CapPrm", "CapInh", "CapAmb"):
        if int(status[kind], 16):
            yield f"capabilities {kind} {status[kind].strip()}"
    if int(status["NoNewPrivs"]) != 1:
        yield "programs that are root whoever starts them"


def become_root():
    for what, call in (("setuid", lambda: os.setuid(ROOT)), ("setgid", lambda: os.setgid(ROOT)),
                       ("setgroups", lambda: os.setgroups([ROOT])), ("setresuid", lambda: os.setresuid(ROOT, ROOT, ROOT))):
        try:
            call()
            yield what
        except OSError:
            pass


def make_devices():
    for name, kind, device in (("memory", stat.S_IFCHR, os.makedev(1, 1)), ("disk", stat.S_IFBLK, os.makedev(8, 0))):
        try:
            os.mknod(name, 0o600 | kind, device)
        except OSError:
            continue
        os.unlink(name)
        yield f"a device node of the {name}"


def device_nodes():
    """Nodes of /dev that are no harmless ones. They are not opened: some do things then."""
    for folder, folders, files in os.walk("/dev"):
        if folder == "/dev/pts":
            continue
        for name in files:
            path = os.path.join(folder, name)
            kind = os.lstat(path).st_mode
            if name in EXPECTED_NODES or not (stat.S_ISCHR(kind) or stat.S_ISBLK(kind)):
                continue
            if os.access(path, os.R_OK | os.W_OK):
                yield path


def writable_below(*roots):
    """Settings of the kernel that could be changed. They are opened, and nothing written."""
    for root in roots:
        for folder, _, files in os.walk(root):
            for name in files:
                try:
                    os.close(os.open(os.path.join(folder, name), os.O_WRONLY | os.O_NONBLOCK))
                except OSError:
                    continue
                yield os.path.join(folder, name)


def settings():
    yield from writable_below("/proc/sys")
    others = ("/proc/sysrq-trigger", "/sys/power/state", "/sys/kernel/uevent_helper")
    yield from (path for path in others if os.access(path, os.W_OK))


def cgroups():
    for folder, _, files in os.walk("/sys/fs/cgroup"):
        yield from (os.path.join(folder, name) for name in files if name in ("cgroup.procs", "tasks") and
                    os.access(os.path.join(folder, name), os.W_OK))


def spare_me():
    """The last to be ended when memory is short."""
    setting = os.open("/proc/self/oom_score_adj", os.O_RDWR)
    try:
        os.write(setting, b"-1000")
    except OSError:
        return
    yield "an OOM score of -1000"


def system_files():
    """Folders outside of the work, among them those from which Python and the loader take what others run."""
    environment = os.environ["VIRTUAL_ENV"]
    places = ["/", "/etc", "/usr", "/usr/bin", "/usr/lib", "/usr/local/bin", "/usr/local/lib", "/usr/lib/python3/dist-packages",
              "/lib", "/bin", "/var", "/var/lib", "/home", "/root", "/opt", "/srv", "/boot", "/run", "/dev", "/sys",
              environment, f"{environment}/bin", os.path.dirname(os.__file__)]
    yield from (f"writing in {place}" for place in places if hostile.can_make_file(place))
    yield from (f"changing {path}" for path in ("/etc/ld.so.preload", "/etc/passwd", "/etc/hosts", "/usr/bin/python3")
                if os.access(path, os.W_OK))


def through_proc():
    """Past the own root, by the links of /proc."""
    for pid in ["1", str(os.getppid())]:
        for link in ("root", "cwd"):
            if hostile.names(f"/proc/{pid}/{link}/"):
                yield f"/proc/{pid}/{link}/"


hostile.run({"privileges": privileges, "become-root": become_root, "make-devices": make_devices,
             "device-nodes": device_nodes, "settings": settings, "cgroups": cgroups, "spare-me": spare_me,
             "system-files": system_files, "through-proc": through_proc})
