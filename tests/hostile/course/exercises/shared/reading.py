"""Reading what is not the learner's."""
import os
import pwd

import hostile

ROOTS = ["/home", "/root", "/tmp", "/var/tmp", "/dev/shm", "/run", "/opt", "/srv", "/mnt", "/media", "/var/lib"]
ENTRIES_MOST, DEPTH_MOST = 20000, 3


def paths(*given):
    """Files that begin with something, folders that hold something."""
    for path in given:
        inside = hostile.names(path)
        if inside:
            yield f"{len(inside)} entries of {path}"
        elif hostile.content(path):
            yield f"the content of {path}"


def search(name):
    """A file somewhere, of which the name is known."""
    seen = 0
    for root in ROOTS:
        for folder, folders, files in os.walk(root):
            seen += len(folders) + len(files)
            if folder.count("/") - root.count("/") >= DEPTH_MOST or seen > ENTRIES_MOST:
                folders.clear()
            yield from (os.path.join(folder, found) for found in files if found == name)


def environments(variable):
    for pid in hostile.processes():
        if variable.encode() + b"=" in hostile.content(f"/proc/{pid}/environ", 1 << 20):
            yield f"{variable} of process {pid}"


def starter():
    """All that /proc shows of the process that started this one."""
    of = f"/proc/{os.getppid()}/"
    for name in ("environ", "maps", "auxv", "syscall", "stack"):
        if hostile.content(of + name):
            yield of + name
    for name in ("cwd", "root", "exe"):
        try:
            yield f"{of}{name} is {os.readlink(of + name)}"
        except OSError:
            pass
    if hostile.names(of + "fd"):
        yield of + "fd"


def command_lines(text):
    for pid in hostile.processes():
        if text.encode() in hostile.content(f"/proc/{pid}/cmdline", 1 << 20):
            yield f"{text} in the command line of process {pid}"


def others():
    """Processes that are neither this one nor the first of its own world."""
    seen = [pid for pid in hostile.processes() if pid != "1"]
    if seen:
        yield f"{len(seen)} processes of others"
    elif "1" in hostile.processes() and os.getppid() not in (0, 1):
        yield "the first process of the machine"


def descriptors():
    for name in hostile.names("/proc/self/fd"):
        try:
            os.fstat(int(name))  # of the listing itself is gone by now
        except OSError:
            continue
        if int(name) > 2:
            yield f"descriptor {name}"


def homes():
    known = {entry.pw_dir for entry in pwd.getpwall()} | {f"/home/{name}" for name in hostile.names("/home")} | {"/root"}
    for home in sorted(known - {"/", os.environ["HOME"]}):
        if not home.startswith(("/usr", "/bin", "/dev")) and hostile.names(home):
            yield f"the home {home}"


def kernel():
    for path in ("/proc/kcore", "/dev/mem", "/dev/port", "/dev/kmsg", "/proc/timer_list", "/proc/1/stack"):
        if hostile.content(path):
            yield path
    if any(line.split(b" ")[0].strip(b"0") for line in hostile.content("/proc/kallsyms", 4096).splitlines()[:-1]):
        yield "addresses of the kernel"
    yield from paths("/boot", "/sys/firmware", "/sys/kernel/debug", "/sys/kernel/tracing")


hostile.run({"paths": paths, "search": search, "environments": environments, "starter": starter, "homes": homes,
             "command-lines": command_lines, "others": others, "descriptors": descriptors, "kernel": kernel})
