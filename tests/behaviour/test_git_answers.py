"""What a checker learns of the learner's history, where that holds more than an answer can: never a part of it."""
import subprocess
import unittest

from labcase import LabCase

PREFIX = "!" * 200
CHECKS = {
    "no-secret": 'expect(git.tracked(), "tracked files"):not_contains(".env")',
    "large-text": r'''
        local text = git.blob("HEAD", "large.txt")
        expect(#text, "size"):equals(9100000)
        expect(text:sub(-4), "end"):equals("\1\1\1\n")
    ''',
    "missing": r'''
        local text, why = git.blob("HEAD", "none.txt")
        expect(text == nil and why, "answer"):contains("there is no file 'none.txt' in 'HEAD'")
    ''',
    "empty": 'expect(git.blob("HEAD", "empty.txt"), "text"):equals("")',
}


class GitAnswers(LabCase):
    def git(self, folder, *words, text=""):
        done = subprocess.run(["git", "-c", "user.name=A", "-c", "user.email=a@b", *words], cwd=folder, input=text, text=True,
                              capture_output=True, check=True)
        return done.stdout.strip()

    def test_answers(self):
        self.exercise("history", CHECKS, {"empty.txt": ""})
        work = self.started("history")
        (work / "large.txt").write_text("\1" * 9_099_999 + "\n")
        self.git(work, "add", ".")
        self.git(work, "commit", "-qm", "large")
        found = self.verdicts("history")
        self.assertEqual({check: verdict for check, (verdict, _) in found.items()}, dict.fromkeys(CHECKS, "pass"), found)

    def commit_files(self, work, names):
        """HEAD alone has them: the work does not."""
        blob = self.git(work, "hash-object", "-w", "empty.txt")
        self.git(work, "update-index", "--index-info", text="".join(f"100644 {blob} 0\t{name}\n" for name in names))
        self.git(work, "commit", "-qm", "many")

    def test_more_files_than_are_listed(self):
        self.exercise("history", {"no-secret": CHECKS["no-secret"]}, {"empty.txt": ""})
        work = self.started("history")
        self.commit_files(work, [f"!{number:05}" for number in range(20_000)] + [".env"])
        self.assertEqual(self.verdicts("history"), {"no-secret": ("fail", "git.tracked: HEAD has more than 20000 files")})

    def test_longer_names_than_are_sent(self):
        self.exercise("history", {"no-secret": CHECKS["no-secret"]}, {"empty.txt": ""})
        work = self.started("history")
        self.commit_files(work, [f"{PREFIX}/{PREFIX}/{PREFIX}/{number:05}" for number in range(15_000)])
        self.assertEqual(self.verdicts("history"), {"no-secret": ("fail", "git.tracked: an answer of more than 8 MiB")})


if __name__ == "__main__":
    unittest.main()
