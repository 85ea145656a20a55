"""lab author lint on courses that were made to hurt: it ends soon, reads nothing outside, and says what is wrong."""
import os
import time
import unittest

from lintcase import LintCase

LESSONS = {
    "brackets": "[" * 199000,
    "quotes": "> " * 99000,
    "lists": "- ```\n" * 33000,
    "fences": "```\n" * 49000,
    "headings": "# a\n" * 49000,
    "links": "# a\n" + "[a](b) " * 28000,
    "references": "".join(f"[{i}]: x\n" for i in range(9000)) + "[8999] " * 9000,
    "table": "|" + "a|" * 5000 + "\n|" + "-|" * 5000 + "\n" + "|x\n" * 40000,
    "emphasis": "*a **b " * 28000,
    "shell": "# a\n\n```sh\n" + "$(" * 99000,
    "documents": "# a\n\n```sh\n" + "cat <<A <<B <<C\n" * 12000,
}


class Hostile(LintCase):
    seconds = 5  # processor time, far above what is needed

    def limited(self, *words):
        before = os.times()
        findings = self.findings(*words)
        after = os.times()
        used = after.children_user - before.children_user + after.children_system - before.children_system
        self.assertLess(used, self.seconds)
        return {f["code"]: f for f in findings}

    def test_lessons(self):
        for name, text in LESSONS.items():
            with self.subTest(lesson=name):
                self.write("./README.md", text)
                self.limited("good")

    def test_a_lesson_of_a_mebibyte_is_not_read(self):
        self.write("./README.md", "[" * (1 << 20))
        self.assertIn("E512", self.limited("good"))

    def test_a_checker_that_never_ends_is_told_with_its_line(self):
        self.write("./checker.lua", 'local n = 0\nwhile true do n = n + 1 end\n')
        found = self.limited("good")
        self.assertEqual(found["E701"]["line"], 2)
        self.assertIn("processor time", found["E701"]["message"])

    def test_a_checker_in_a_call_that_nothing_can_end_is_ended(self):
        self.write("./checker.lua", 'print(("a"):rep(200000):find(("a*"):rep(60) .. "b"))\n')
        self.assertIn("processor time", self.limited("good")["E701"]["message"])

    def test_a_checker_that_takes_all_memory_is_told(self):
        self.write("./checker.lua", 'local all = "x"\nwhile true do all = all .. all end\n')
        self.assertIn("memory", self.limited("good")["E701"]["message"])

    def test_a_checker_of_deep_brackets_is_a_fault_of_its_text(self):
        self.write("./checker.lua", "local a = " + "(" * 100000 + "\n")
        self.assertIn("E711", self.limited("good"))

    def test_links_are_not_followed(self):
        secret = self.home / "secret.py"
        secret.write_text("the secret of this machine\n" * 20)
        self.at("./start/data").symlink_to(self.home)
        self.at("./start/loop").symlink_to("loop")
        self.at("./README.md").unlink()
        self.at("./README.md").symlink_to(secret)
        self.at("./wrong/crash/add.py").unlink()
        self.at("./wrong/crash/add.py").symlink_to("../../solution/add.py")
        done = self.lab("author", "lint")
        self.assertNotIn("secret of", done.stdout)
        self.assertEqual(sorted(f["file"].removeprefix("exercises/good/") for f in self.findings() if f["code"] == "E301"),
                         ["README.md", "start/data", "start/loop", "wrong/crash/add.py"])

    def test_an_exercise_that_is_a_link_is_not_entered(self):
        (self.course / "exercises/other").symlink_to(self.at("./start").parent)
        found = [f for f in self.findings() if f["exercise"] == "other"]
        self.assertEqual({f["code"] for f in found}, {"E001", "E301", "E313"})

    def test_environments_and_tracks_that_are_links_are_not_read(self):
        lock = self.at("exercises/environments/plain/requirements.lock")
        lock.unlink()
        lock.symlink_to("/etc/passwd")
        self.assertNotIn("root", self.lab("author", "lint").stdout)
        self.assertIn("E606", {f["code"] for f in self.findings()})

    def test_names_cannot_speak_to_the_terminal(self):
        self.write("./start/\x1b]0;title\x07.txt", "x\n")
        done = self.lab("author", "lint")
        self.assertIn("E312", done.stdout)
        self.assertNotIn("\x1b", done.stdout + self.lab("author", "lint", "--sarif", "-").stdout)

    def test_a_file_of_a_terabyte_is_not_read(self):
        with open(self.at("./start/large.bin"), "wb") as file:
            file.truncate(1 << 40)
        self.assertIn("W303", self.limited("good"))

    def test_many_files_are_bounded(self):
        folder = self.at("./start/many")
        folder.mkdir()
        for i in range(20100):
            (folder / str(i)).touch()
        self.assertIn("E311", self.limited("good"))

    def test_equal_lines_everywhere_are_compared_in_linear_time(self):
        line = "the same line again and again, longer than forty bytes\n"
        for i in range(30):
            self.write(f"./start/{i}.txt", line * 3000)
            self.write(f"./private/{i}.txt", line * 3000)
        self.assertIn("W403", self.limited("good"))

    def test_a_checker_of_many_names_is_looked_at_in_bounded_time(self):
        self.append("./checker.lua", "checks.more = function(t)\n" + "".join(f'  expect.file("f{i}"):exists()\n' for i in range(25000)) + "end\n")
        begin = time.monotonic()
        self.limited("good")
        self.assertLess(time.monotonic() - begin, 60)


if __name__ == "__main__":
    unittest.main()
