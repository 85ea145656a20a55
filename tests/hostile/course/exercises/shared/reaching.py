"""Reaching the host: its network, its sockets, its processes."""
import glob
import os
import signal
import socket
import struct

import hostile

SECONDS = 0.5
SERVICES = ["/run/docker.sock", "/run/containerd/*.sock", "/run/podman/*.sock", "/run/user/*/*", "/run/systemd/private",
            "/run/dbus/system_bus_socket", "/run/snapd.socket", "/tmp/.X11-unix/*", "/tmp/ssh-*/*"]
QUERY = struct.pack(">HHHHHH", 0x1a, 0x100, 1, 0, 0, 0) + b"\x0alab-attack\x07invalid\x00" + struct.pack(">HH", 1, 1)


def connects(family, address):
    with socket.socket(family, socket.SOCK_STREAM) as attempt:
        attempt.settimeout(SECONDS)
        try:
            attempt.connect(address)
        except OSError:
            return False
    return True


def loopback(port):
    for address in ("127.0.0.1", "127.0.0.2"):
        if connects(socket.AF_INET, (address, int(port))):
            yield f"{address}:{port}"


def abstract(name):
    if connects(socket.AF_UNIX, "\0" + name):
        yield f"the socket @{name}"


def services():
    """Sockets by which a whole machine can be had."""
    for pattern in SERVICES:
        yield from (path for path in glob.glob(pattern) if connects(socket.AF_UNIX, path))


def named_sockets():
    """Sockets that others listen on."""
    lines = hostile.content("/proc/net/unix", 1 << 20).decode(errors="replace").splitlines()[1:]
    found = {line.split(maxsplit=7)[7] for line in lines if len(line.split(maxsplit=7)) == 8}
    if found:
        yield f"{len(found)} sockets with names, such as {sorted(found)[0]}"


def interfaces():
    """Interfaces that something came in by; some kernels make idle ones in every network."""
    for line in hostile.content("/proc/net/dev", 1 << 16).decode().splitlines()[2:]:
        name, counts = line.split(":", 1)
        if name.strip() != "lo" and int(counts.split()[0]):
            yield f"the interface {name.strip()}"


def route(*addresses):
    """Whether there is a way to an address: connecting a datagram socket sends nothing."""
    for address in addresses:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as attempt:
                attempt.connect((address, 80))
        except OSError:
            continue
        yield f"a way to {address}"


def dns():
    """Whether a name server answers: a question that has no answer."""
    text = hostile.content("/etc/resolv.conf", 1 << 16).decode(errors="replace")
    named = [words[1] for words in map(str.split, text.splitlines()) if len(words) > 1 and words[0] == "nameserver"]
    for server in dict.fromkeys(named[:3] + ["127.0.0.53", "127.0.0.11"]):
        with socket.socket(socket.AF_INET6 if ":" in server else socket.AF_INET, socket.SOCK_DGRAM) as attempt:
            attempt.settimeout(SECONDS)
            try:
                attempt.connect((server, 53))
                attempt.send(QUERY)
                answer = attempt.recv(512)
            except OSError:
                continue
            if answer[:2] == QUERY[:2]:
                yield f"the name server {server}"


def raw_sockets():
    for what, family, kind, protocol in (
            ("raw IP", socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP),
            ("raw IPv6", socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6),
            ("raw packets", socket.AF_PACKET, socket.SOCK_RAW, 0),
            ("the kernel's ciphers", socket.AF_ALG, socket.SOCK_SEQPACKET, 0),
            ("the machine's host", socket.AF_VSOCK, socket.SOCK_STREAM, 0)):
        try:
            socket.socket(family, kind, protocol).close()
        except OSError:
            continue
        yield what


def shares_processes(namespace):
    """Whether the processes here are lab's neighbours; in doubt they are."""
    return not namespace.startswith("pid:[") or os.readlink("/proc/self/ns/pid") == namespace


def may_signal(pid):
    try:
        os.kill(int(pid), 0)
    except OSError:
        return False
    return True


def send(pid, numbers):
    for number in numbers:
        try:
            os.kill(pid, number)
        except OSError:
            pass


def signal_all(namespace):
    """A signal to everyone. Where these are lab's own neighbours, none is sent, and it is enough that it could be."""
    if not shares_processes(namespace):
        send(-1, (signal.SIGTERM, signal.SIGSTOP, signal.SIGKILL))  # spares the sender and the first process
        return
    reached = [pid for pid in hostile.processes() if may_signal(pid)]
    if reached:
        yield f"a signal to {len(reached)} processes of the machine"


def signal_first(namespace):
    """All signals to the first process, which serves the programs that follow."""
    if not shares_processes(namespace):
        send(1, signal.valid_signals())
    elif may_signal(1):
        yield "the first process of the machine"


def stop_starter():
    """Who started it may own the clock of the check."""
    if os.getppid():
        os.kill(os.getppid(), signal.SIGSTOP)
    return iter(())


hostile.run({"loopback": loopback, "abstract": abstract, "services": services, "named-sockets": named_sockets,
             "interfaces": interfaces, "route": route, "dns": dns, "raw-sockets": raw_sockets, "signal-all": signal_all,
             "signal-first": signal_first, "stop-starter": stop_starter})
