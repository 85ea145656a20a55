"""What the attacks share. An attack yields what it reached: it is said, and the exit status is 0. One that reached nothing
says "nothing" and ends with 7, so that one that fell over is taken for neither. None does harm where nothing holds it."""
import os
import signal
import sys

KEPT_IN, LIFE, SHOWN = 7, 60, 4


def run(attacks):
    signal.alarm(LIFE)
    name, *arguments = sys.argv[1:]
    reached = list(attacks[name](*arguments))
    more = [f"and {len(reached) - SHOWN} more"] if len(reached) > SHOWN else []
    print("; ".join(reached[:SHOWN] + more) or "nothing", flush=True)
    os._exit(0 if reached else KEPT_IN)


def content(path, most=64):
    """How a file begins; b"" when it cannot be read."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.read(file, most)
    except OSError:
        return b""
    finally:
        os.close(file)


def names(folder):
    """What a folder holds; [] when it cannot be read."""
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def processes():
    """The numbers of all processes that can be seen, but one's own."""
    return [name for name in names("/proc") if name.isdigit() and int(name) != os.getpid()]


def can_make_file(folder):
    """Whether a file can be made in a folder: one without a name, which leaves no trace."""
    try:
        os.close(os.open(folder, os.O_TMPFILE | os.O_WRONLY))
    except OSError:
        return False
    return True
