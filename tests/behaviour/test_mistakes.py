"""docs/mistakes.md: each mistake is made in a fresh copy of the tutorial's exercise, and lab says what the page says."""
import itertools
import shutil
import unittest

import pages
from test_tutorial import PageCase

EXERCISE = "exercises/prune-models"


class Mistakes(PageCase):
    def write_exercise(self):
        """The exercise of the tutorial, when nothing in it is changed any more; the folder of its course."""
        reader = self.session()
        for fence in pages.fences("tutorial.md"):
            if fence.section.endswith("What the learner sees"):
                break
            if fence.kind != "console":
                reader.do(fence)
                continue
            for command, _ in pages.commands(fence):
                if not command.startswith("lab ") or command.startswith("lab author new"):
                    self.assertEqual(reader.run(command)[1], 0, command)
        return self.desk / "acme"

    def test_each_is_named(self):
        course, copy = self.write_exercise(), self.desk / "copy"
        self.assertTrue(self.proof("prune-models", "--repeat", "2", cwd=course)["proved"])
        for section, fences in itertools.groupby(pages.fences("mistakes.md"), key=lambda fence: fence.section):
            with self.subTest(section):
                shutil.rmtree(copy, ignore_errors=True)
                shutil.copytree(course, copy)
                reader = self.session(copy / EXERCISE)
                for fence in fences:
                    reader.do(fence)

    def test_the_table_names_the_sections(self):
        text = (pages.DOCS / "mistakes.md").read_text()
        listed = [line[3:line.index("](")] for line in text.splitlines() if line.startswith("| [")]
        self.assertEqual(listed, [line[3:] for line in text.splitlines() if line.startswith("## ")])


if __name__ == "__main__":
    unittest.main()
