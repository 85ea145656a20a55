"""A terminal of its own for a program that covers the whole screen, and what stands on it."""
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time

STEP = re.compile(rb"\x1b\[(\d+);1H|\x1b\[K|\x1b\[[0-9;?]*[a-zA-Z]")


class Screen:
    """Runs a command on a new terminal. `rows` are the lines of its screen, without colours; `sent` is all it was sent."""

    def __init__(self, command, environment, cwd, columns=140, lines=40):
        self.ours, its = pty.openpty()
        self.lines = lines
        self.rows = [""] * lines
        self.row = 0
        self.rest = self.sent = b""
        self.set_size(columns, lines)
        self.before = termios.tcgetattr(its)
        self.keys = os.dup(its)  # its settings can be read as long as one end is open
        self.process = subprocess.Popen(command, stdin=its, stdout=its, stderr=its, env=environment, cwd=cwd,
                                        start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(its)

    def set_size(self, columns, lines):
        self.lines = lines
        fcntl.ioctl(self.ours, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def take(self, seconds):
        """Takes what comes within this time; whether anything came."""
        ready, _, _ = select.select([self.ours], [], [], seconds)
        if not ready:
            return False
        try:
            piece = os.read(self.ours, 1 << 16)
        except OSError:
            return False
        self.sent += piece
        self.draw(self.rest + piece)
        return bool(piece)

    def draw(self, data):
        """Rows are drawn whole, each behind "go to its first column"; one that has not come whole waits."""
        end = data.rfind(b"\x1b[K")
        end = end + 3 if end >= 0 else 0
        self.rest = data[end:]
        at = 0
        for step in STEP.finditer(data, 0, end):
            self.put(data[at:step.start()])
            at = step.end()
            if step[1]:
                self.row = int(step[1]) - 1
                self.rows += [""] * (self.row + 1 - len(self.rows))
                self.rows[self.row] = ""

    def put(self, text):
        if self.row < len(self.rows):
            self.rows[self.row] += text.decode("utf-8", "replace").strip("\r\n")

    @property
    def text(self):
        return "\n".join(self.rows[:self.lines])

    def until(self, condition, seconds=60):
        """Waits until condition(text) holds of the screen; the text."""
        deadline = time.monotonic() + seconds
        while not condition(self.text):
            if time.monotonic() > deadline:
                raise AssertionError(f"waited in vain; the screen is:\n{self.text}")
            if not self.take(0.2) and self.process.poll() is not None:
                raise AssertionError(f"it ended with {self.process.returncode}; the screen is:\n{self.text}")
        return self.text

    def shows(self, *words, seconds=60):
        return self.until(lambda text: all(word in text for word in words), seconds)

    def type(self, keys):
        os.write(self.ours, keys if isinstance(keys, bytes) else keys.encode())

    def end(self, seconds=30):
        """Waits for the program's end; its exit code."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < deadline:
            self.take(0.05)
        code = self.process.wait(1)
        while self.take(0):
            pass
        return code

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for descriptor in (self.ours, self.keys):
            os.close(descriptor)

    def is_sane(self):
        """Whether the terminal is as it was: its settings, the usual screen, a cursor, lines that wrap."""
        def last(on, off):
            return self.sent.rfind(off) > self.sent.rfind(on)
        return (termios.tcgetattr(self.keys) == self.before and last(b"\x1b[?1049h", b"\x1b[?1049l")
                and last(b"\x1b[?25l", b"\x1b[?25h") and last(b"\x1b[?7l", b"\x1b[?7h"))
