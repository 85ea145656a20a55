"""What the tests of t:pytest and of t:mutants share: the real pytest."""
import sys
from pathlib import Path

from labcase import LabCase

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/fixtures"))
import wheels  # noqa: E402


class PytestCase(LabCase):
    def check(self, checks, files, private=None, extra="requires: {python: tests}\n"):
        """The results of an exercise's checks; `private` maps names of its private files to their text."""
        folder = self.exercise("tested", checks, {"begun.txt": "no\n", **files}, extra)
        for name, text in (private or {}).items():
            (folder / "private").mkdir(exist_ok=True)
            (folder / "private" / name).write_text(text)
        self.make_environment()
        (self.started("tested") / "begun.txt").write_text("yes\n")
        return self.results("tested")

    def judge(self, results, verdicts, messages):
        """The verdicts are these, and each of the messages holds these words."""
        self.assertEqual({check: result["verdict"] for check, result in results.items()}, verdicts, results)
        for check, words in messages.items():
            with self.subTest(check):
                self.assertIn(words, results[check]["message"])

    def make_environment(self):
        """pytest and what it needs, from a folder of wheels: tests use no network."""
        if not wheels.are_here():
            print(f"{self.id()}: skipped: {wheels.FOLDER.relative_to(ROOT)} does not hold pytest; tests/fixtures/wheels.py fetches it")
            self.skipTest("no wheels of pytest")
        folder = self.course / "exercises/environments/tests"
        folder.mkdir(parents=True)
        (folder / "requirements.in").write_text("pytest\n")
        (folder / "requirements.lock").write_text(wheels.requirements())
        self.environment |= {"LAB_NO_UV": "1", "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels.FOLDER)}
