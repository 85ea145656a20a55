"""What a program leaves where a result is expected: anything but a regular file of a sensible size is refused, in plain words."""
import unittest

from labcase import LabCase, Ordinary

# Leaves `out` as it is told to. lab has a second to refuse it: nothing waits for a pipe, or believes a size.
LEAVE = """\
    import os, socket, stat, sys
    kind = sys.argv[1]
    if kind in ("link", "link-within", "link-to-nothing", "link-to-itself", "link-to-input"):
        target = {"link": "/etc/passwd", "link-within": "leave.py", "link-to-nothing": "nothing", "link-to-itself": "out",
                  "link-to-input": "/proc/self/fd/0"}[kind]
        os.symlink(target, "out")
    elif kind == "pipe":
        os.mkfifo("out")
    elif kind == "socket":
        socket.socket(socket.AF_UNIX).bind("out")
    elif kind == "folder":
        os.mkdir("out")
    elif kind == "device":
        os.mknod("out", 0o666 | stat.S_IFCHR, os.makedev(1, 5))
    elif kind == "sparse":
        open("out", "w").truncate(500 << 20)
    elif kind == "locked":
        os.close(os.open("out", os.O_CREAT | os.O_WRONLY, 0))
    elif kind == "bytes":
        open("out", "wb").write(bytes(range(256)))
    """
LINK, OTHER = "is a symbolic link; links are not followed", "is not a regular file"
REFUSED = {
    "link": LINK, "link-within": LINK, "link-to-nothing": LINK, "link-to-itself": LINK, "link-to-input": LINK, "pipe": OTHER,
    "socket": OTHER, "folder": "is a directory, not a file", "sparse": "too large to read: more than %d MiB",
    "locked": "may not be read (its permissions forbid it)"}
READERS = {"text": (8, 'file("out"):text()'), "json": (16, 'file("out"):json()'), "copied": (16, 't:copy(file("out"), "copy")')}
KINDS = {"link": "a link", "pipe": "a pipe, socket or device", "socket": "a pipe, socket or device", "folder": "a directory"}


class Results(LabCase):
    def judge(self, kinds, read, **options):
        """The verdict on each kind of thing that is left, as the check reads it."""
        self.exercise("one", {kind: f't:run{{"python", "leave.py", "{kind}"}}:ok()\n{read}\nexpect(true):equals(true)' for kind in kinds},
                      {"leave.py": LEAVE})
        self.started("one")
        results = self.results("one", **options)
        self.assertEqual([kind for kind, result in results.items() if result["seconds"] > 5], [])
        return {kind: (result["verdict"], result["message"]) for kind, result in results.items()}

    def test_text(self):
        most, read = READERS["text"]
        self.assertEqual(self.judge(REFUSED, read), {
            kind: ("fail", f"out: {why % most if '%' in why else why}") for kind, why in REFUSED.items()})

    def test_decoded(self):
        most, read = READERS["json"]
        found = self.judge({**REFUSED, "bytes": ""}, read)
        self.assertEqual(found.pop("bytes"), ("fail", "out:2:118: not UTF-8"))
        self.assertEqual(found, {kind: ("fail", f"out: {why % most if '%' in why else why}") for kind, why in REFUSED.items()})

    def test_copied(self):
        kinds = [kind for kind in REFUSED if kind != "sparse"]
        self.assertEqual(self.judge(kinds, READERS["copied"][1]), {kind: ("fail", f"out: {REFUSED[kind]}") for kind in kinds})

    def test_demanded(self):
        self.assertEqual(self.judge(KINDS, 'expect.file("out"):exists()'),
                         {kind: ("fail", f"out: expected a file, got {what}") for kind, what in KINDS.items()})

    def test_written_over(self):
        """What the check itself writes replaces whatever stands there, and goes nowhere else."""
        kinds = [kind for kind in REFUSED if kind != "folder"]
        read = 't:write("out", "new")\nexpect(file("out"):text()):equals("new")\nexpect(file("leave.py"):text()):not_equals("new")'
        self.assertEqual(self.judge(kinds, read), dict.fromkeys(kinds, ("pass", None)))

    def test_a_device_where_nothing_keeps_one_from_being_made(self):
        """Without namespaces, root's programs can make one."""
        verdict, message = self.judge(["device"], READERS["text"][1], **self.without_namespaces())["device"]
        self.assertEqual(verdict, "fail")
        self.assertTrue(message == f"out: {OTHER}" or "PermissionError" in message, message)


class OrdinaryResults(Ordinary, Results):
    test_copied = test_demanded = test_written_over = None


if __name__ == "__main__":
    unittest.main()
