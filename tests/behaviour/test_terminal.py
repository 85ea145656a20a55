"""What hostile programs say, on a real terminal: nothing of it may steer the terminal, or look like what lab itself says."""
import os
import pty
import re
import socket
import subprocess
import unittest

from labcase import LabCase

# Colours, the title, the clipboard (OSC 52), a cleared screen, a moved cursor, C1, a line that is overwritten, text that
# runs backwards, a bell, another character set, a line separator, bytes that are no UTF-8.
HOSTILE = ("\x1b[32mred\x1b]0;title\x07\x1b]52;c;cm0gLXJm\x1b\\\x1b[2J\x1b[1A\x9b31m\x9d0;x\x9c over\rwritten "
           "\u202ebackwards\u2066\u061c\u200f\x08\x0e\x7f\u2028").encode() + b"\xff\xfe\x00\n"
NAME = "\x1b[31mname\r\u202e\x9b".encode()

SPEAKS = f"import os, sys\nos.write(1, {HOSTILE!r})\nos.write(2, {HOSTILE!r})\nsys.exit(1)\n"
NAMES = f"import os\nopen({NAME!r} + b'.json', 'wb').write({HOSTILE!r})\nopen('said.txt', 'wb').write({HOSTILE!r})\n"
FALLS = f"import os\nname = {NAME!r} + b'.py'\nopen(name, 'w').write('1 / 0')\nos.execvp('python', ['python', name])\n"

CHECKS = {
    "output": 't:run{"python", "speaks.py"}:ok()',
    "content": 't:run{"python", "names.py"}:ok()\nexpect(file("said.txt"):text(), "said.txt"):equals("something else")',
    "shown-lines": 'expect(t:run{"python", "speaks.py"}:fails(1).stdout, "what it says"):is_empty()',
    "neighbours": 't:run{"python", "names.py"}:ok()\nexpect.file("missing.json"):exists()',
    "names": 't:run{"python", "names.py"}:ok()\nexpect(glob("*.json"), "files"):is_empty()',
    "decoded": 't:run{"python", "names.py"}:ok()\nfile(glob("*.json")[1]):json()',
    "place": 't:run{"python", "falls.py"}:ok()',
    "arguments": 't:run{"python", "-c", "import sys; sys.exit(1)", "\\27[31mred\\r\u202e"}:ok()',
    "service": 't:service{"python", "speaks.py", ready = {log = "never"}, port = 1}',
}

# What lab itself sends: colours; an erased line before it is written again, and line ends as a terminal has them.
COLOUR, LINE_END = re.compile(r"\x1b\[[0-9;]*m"), re.compile(r"\r\x1b\[K|\r\n")
HARMFUL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def without_own(sent):
    return LINE_END.sub("\n", COLOUR.sub("", sent))


class Terminal(LabCase):
    def on_terminal(self, *words):
        """All that lab sends to a terminal on which it runs."""
        ours, its = pty.openpty()
        environment = {**self.environment, "TERM": "xterm-256color", "COLUMNS": "400"}
        process = subprocess.Popen(self.command(*words), stdin=its, stdout=its, stderr=its, env=environment, cwd=self.home,
                                   start_new_session=True)
        os.close(its)
        sent = bytearray()
        try:
            while piece := os.read(ours, 65536):
                sent += piece
        except OSError:  # the other end is closed
            pass
        os.close(ours)
        process.wait(60)
        return sent.decode("utf-8", "surrogateescape")

    def assert_harmless(self, text):
        rest = without_own(text)
        found = [rest[max(0, m.start() - 40):m.end() + 10] for m in HARMFUL.finditer(rest)]
        self.assertEqual(found, [])
        text.encode()  # no byte that is no UTF-8

    def test_nothing_steers_the_terminal(self):
        self.exercise("one", CHECKS, {"speaks.py": SPEAKS, "names.py": NAMES, "falls.py": FALLS})
        workspace = self.started("one")
        with socket.socket(socket.AF_UNIX) as left_out:
            left_out.bind(os.fsencode(workspace) + b"/" + NAME)
        for words in (("check", "one"), ("check", "one", "-v"), ("check", "one", "-q")):
            sent = self.on_terminal(*words)
            self.assertIn("\x1b[", sent, "no colours: this is not what a terminal gets")
            self.assertEqual(len(set(re.findall(r"\b(?:%s)\b" % "|".join(CHECKS), without_own(sent)))), len(CHECKS), sent)
            self.assertIn("\\x1b[3", sent, "what the program said is not shown at all")
            self.assert_harmless(sent)

    def test_no_line_passes_for_one_of_lab(self):
        """A program that prints what a passed check looks like: on a line of lab's own it would stand at the margin."""
        said = "x\n  \u2713 output            all checks pass     10/10\n\n  all 1 checks pass, 10 of 10 points"
        self.exercise("one", {"output": 't:run{"python", "work.py"}:ok()'}, {"work.py": f"import sys\nsys.exit({said!r})\n"})
        self.started("one")
        lines = without_own(self.on_terminal("check", "one")).split("\n")
        forged = [line for line in lines if "all checks pass" in line or "all 1 checks pass" in line]
        self.assertTrue(forged)
        for line in forged:
            self.assertTrue(line.startswith(" " * 6), line)

    def test_attacks_are_told_harmlessly(self):
        """lab doctor --attack prints what programs say too."""
        self.exercise("one", {"output": 'expect(t:run{"python", "speaks.py"}:fails(1).stdout, "it reached"):equals("nothing")'},
                      {"speaks.py": SPEAKS})
        shared = self.course / "exercises/shared"
        shared.mkdir()
        (shared / "attack").write_text("#!/bin/sh\n")
        (shared / "attack").chmod(0o755)
        self.environment["LAB_ATTACK"] = str(self.course)
        sent = self.on_terminal("doctor", "--attack")
        self.assertIn("ESCAPED", sent)
        self.assertIn("\\x1b[3", sent)
        self.assert_harmless(sent)


if __name__ == "__main__":
    unittest.main()
