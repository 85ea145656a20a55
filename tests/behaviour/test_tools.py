"""requires.tools, and `tool:` of checks: what a machine lacks blocks the checks that need it, and no others."""
import json
import os
import shutil
import unittest

from labcase import LabCase

PASSES = 'expect(1):equals(1)'
SEEN_BY_CHECKS = "/usr/local/bin:/usr/bin:/bin"
DEBIAN = os.path.exists("/etc/debian_version")

# Tools that lab knows: the first that is not here stands for one that is missing.
WITH_PACKAGE = {"ansible": "ansible", "skopeo": "skopeo", "yamllint": "yamllint", "podman": "podman", "git-lfs": "git-lfs", "dot": "graphviz"}
WITHOUT_PACKAGE = {"cosign": "https://docs.sigstore.dev", "hadolint": "https://github.com/hadolint/hadolint", "trivy": "https://trivy.dev"}


def first_absent(names):
    return next((name for name in names if not shutil.which(name, path=SEEN_BY_CHECKS + ":" + os.environ["PATH"])), None)


class Tools(LabCase):
    def needing(self, tools, checks=None, check_extra=None):
        """A started exercise `needy`; its workspace."""
        self.exercise("needy", checks or {"a": PASSES, "b": PASSES}, {"x": "x"}, extra=f"requires: {{tools: [{tools}]}}\n",
                      check_extra=check_extra)
        workspace = self.started("needy")
        (workspace / "x").write_text("mine")
        return workspace

    def install(self, name, body):
        """A program that checks find, in the environment of the workspace."""
        folder = next((self.home / "lab/cache/python").glob("plain-*")) / "bin"
        (folder / name).write_text("#!/bin/sh\n" + body)
        (folder / name).chmod(0o755)

    def told(self, **options):
        return {check: result["message"] for check, result in self.results("needy", **options).items() if result["verdict"] == "blocked"}

    def test_one_that_nobody_has_blocks_all(self):
        self.needing("no-such-tool")
        results = self.results("needy")
        self.assertEqual({(result["verdict"], result["message"], result["reason"]) for result in results.values()},
                         {("blocked", "no-such-tool is not found on PATH", "needs-no-such-tool")})
        self.assertEqual(self.lab("check", "needy").returncode, 4)

    def test_what_does_not_fit_into_a_line_is_said_below_once(self):
        name = "-".join(["no-such-tool"] * 4)
        self.needing(name)
        shown = self.lab("check", "needy", COLUMNS="80").stdout
        title, said = "The check called a", " ".join(shown.split())
        self.assertRegex(shown, rf"(?m)^  \S+ +a  {title} *$")
        self.assertEqual(said.count(f"{name} is not found on PATH"), 1, shown)
        self.assertRegex(shown, r"(?m)^  \S+ +b  no-such-tool-.*(…|\.\.\.) *$")

    def test_the_command_that_brings_it(self):
        package, page = first_absent(WITH_PACKAGE), first_absent(WITHOUT_PACKAGE)
        if not DEBIAN or not package or not page:
            self.skipTest("all of them are here, or this is no Debian")
        self.needing(package)
        self.assertEqual(self.told()["a"], f"{package} is not installed; sudo apt install {WITH_PACKAGE[package]}")
        shown = self.ok("start", "needy").stdout
        self.assertIn(f"needs   {package} is not installed\n        sudo apt install {WITH_PACKAGE[package]}\n", shown)
        self.assertEqual(json.loads(self.ok("start", "needy", "--json").stdout)["lacks"], [
            {"tool": package, "message": f"{package} is not installed", "help": f"sudo apt install {WITH_PACKAGE[package]}"}])
        file = self.course / "exercises/needy/exercise.yaml"
        file.write_text(file.read_text().replace(package, page))
        self.assertEqual(self.told()["a"], f"{page} is not installed; no package of Debian has it: see {WITHOUT_PACKAGE[page]}")

    def test_a_tool_that_checks_name_is_theirs_alone(self):
        self.needing("no-such-tool, no-such-either >= 2", {"a": PASSES, "b": PASSES, "c": PASSES},
                     {"b": "    tool: no-such-tool\n", "c": "    tool: no-such-either\n"})
        self.assertEqual(self.told(), {"b": "no-such-tool is not found on PATH", "c": "no-such-either is not found on PATH"})
        self.assertEqual(self.verdicts("needy", "--only", "a")["a"][0], "pass")

    def test_versions(self):
        self.needing("teller >= 2.40")
        for said, fault in (("echo 'teller, version 2.40.0 (x)'", None), ("echo 'teller 2.9.7'", "teller is 2.9.7, and 2.40 or newer is needed"),
                            ("echo teller v10.0 >&2", None), ("echo mute", "teller does not tell its version, and 2.40 or newer is needed"),
                            ("echo 3.0; exit 3", "teller does not tell its version, and 2.40 or newer is needed"),
                            ("kill -9 $$", "teller does not tell its version, and 2.40 or newer is needed")):
            self.install("teller", said + "\n")
            self.assertEqual(self.told(), {"a": fault, "b": fault} if fault else {}, said)

    def test_it_is_asked_in_a_box(self):
        workspace = self.needing("teller >= 2")
        self.install("teller", f"touch {workspace}/asked {self.home}/asked\nls {self.course} {workspace} && echo 1.0 || echo $1 2.5\n")
        self.assertEqual(self.told(), {})
        self.assertFalse((workspace / "asked").exists() or (self.home / "asked").exists())
        self.install("teller", "head -c 100000 /dev/zero | tr '\\0' x; echo 2.5\n")
        self.assertIn("does not tell its version", self.told()["a"])
        self.assertEqual(self.scratch_entries(), [])

    def test_one_that_never_ends_is_ended(self):
        self.needing("sleeper >= 1")
        self.install("sleeper", "sleep 1000\n")
        message = self.told()["a"]
        self.assertEqual(message, "sleeper did not tell its version: it was ended, beyond its wall time")
        self.assertFalse([line for line in self.processes() if "sleep 1000" in line])

    def test_one_that_checks_do_not_see(self):
        self.needing("elsewhere")
        own = self.home / "own programs"
        own.mkdir()
        (own / "elsewhere").write_text("#!/bin/sh\n")
        (own / "elsewhere").chmod(0o755)
        told = self.told(PATH=f"{own}:{self.environment['PATH']}")["a"]
        self.assertEqual(told, f"elsewhere is {own}/elsewhere, and checks see programs of /usr/local/bin, /usr/bin and /bin alone; "
                               f"sudo install '{own}/elsewhere' /usr/local/bin")

    def test_the_checker_finds_the_same_words(self):
        package = first_absent(WITH_PACKAGE)
        if not DEBIAN or not package:
            self.skipTest("all of them are here, or this is no Debian")
        self.exercise("needy", {"a": f't:run{{"{package}"}}', "b": 't:run{"no-such-tool"}'}, {"x": "x"})
        (self.started("needy") / "x").write_text("mine")
        told = self.told()
        self.assertEqual(told["a"], f"{package} is not installed; sudo apt install {WITH_PACKAGE[package]}")
        self.assertIn("no-such-tool is not installed", told["b"])

    def test_what_other_commands_say(self):
        self.needing("no-such-tool >= 1.2")
        self.assertRegex(self.ok("show", "needy").stdout, r"(?m)^tools +no-such-tool 1\.2 or newer$")
        rows = [json.loads(line) for line in self.lab("doctor", "--json").stdout.splitlines()]
        row = next(row for row in rows if row.get("what") == "tool no-such-tool")
        self.assertEqual((row["state"], row["found"], row["mend"]), ("weak", "no-such-tool is not found on PATH", "install no-such-tool 1.2 or newer"))
        fetched = self.lab("fetch", "needy")
        self.assertEqual(fetched.returncode, 4)
        self.assertIn("of the machine is missing: no-such-tool 1.2 or newer (exercise needy)", fetched.stderr)
        folder = self.course / "exercises/needy"
        shutil.copytree(folder / "start", folder / "solution")
        self.assertIn("needy is skipped, and not proved: no-such-tool is not found on PATH", self.lab("author", "test", "needy").stderr)

    def test_it_counts_as_unjudged(self):
        self.needing("no-such-tool", check_extra={"a": "    tool: no-such-tool\n"})
        self.lab("check", "needy")
        self.assertIn("no-such-tool", self.ok("next").stdout + self.ok("progress").stdout)


class WithoutNamespaces(Tools):
    """The same where programs run without a file system of their own."""

    def setUp(self):
        super().setUp()
        self.environment["PATH"] = "/nonexistent"

    test_one_that_checks_do_not_see = test_it_is_asked_in_a_box = test_it_counts_as_unjudged = None


if __name__ == "__main__":
    unittest.main()
