"""What the tests of t:pytest and of t:mutants share: the real pytest. LAB_TEST_WHEELS=DIR says where its wheels lie (pip download of them)."""
import os
import re
from pathlib import Path

from labcase import LabCase

ROOT = Path(__file__).resolve().parents[2]


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
        """pytest and what it needs, of the lock of `serve`, from a folder of wheels: tests use no network."""
        wheels = os.environ.get("LAB_TEST_WHEELS")
        if not wheels:
            print(f"{self.id()}: skipped: LAB_TEST_WHEELS names no folder with the wheels of pytest")
            self.skipTest("no wheels of pytest")
        folder = self.course / "exercises/environments/tests"
        folder.mkdir(parents=True)
        (folder / "requirements.in").write_text("pytest\n")
        blocks = re.split(r"\n(?=\S)", (ROOT / "exercises/environments/serve/requirements.lock").read_text())
        kept = [block for block in blocks if block.split("==")[0] in ("pytest", "iniconfig", "packaging", "pluggy", "pygments")]
        (folder / "requirements.lock").write_text("\n".join(kept) + "\n")
        self.environment |= {"LAB_NO_UV": "1", "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": wheels}
