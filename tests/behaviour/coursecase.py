"""What the tests of added courses share."""
import json
import os
import pty
import subprocess

from labcase import LabCase


class CourseCase(LabCase):
    """The course at hand has the exercises `own` and `both`; others are made as folders or repositories."""

    def setUp(self):
        super().setUp()
        for name in ("own", "both"):
            self.exercise(name, {"runs": "expect.file('main.py'):contains('ok')"}, {"main.py": "start\n"})

    def make_course(self, name, *exercises, course_id=None, lab=None):
        """A course in the folder NAME, with `exercises`; with a course.yaml when it has an id."""
        at_hand, self.course = self.course, self.home / name
        (self.course / "exercises").mkdir(parents=True)
        (self.course / "tracks").mkdir()
        for exercise in exercises:
            self.exercise(exercise, {"runs": "expect.file('main.py'):contains('ok')"},
                          {"main.py": "one\ntwo\nthree\nfour\nfive\n", "other.py": "other\n"})
        if course_id:
            (self.course / "course.yaml").write_text(
                f"format: 1\nid: {course_id}\ntitle: The course {course_id}\n" + (f'lab: "{lab}"\n' if lab else ""))
        made, self.course = self.course, at_hand
        return made

    def git(self, folder, *words):
        return subprocess.run(["git", "-c", "safe.directory=*", "-c", "user.name=A", "-c", "user.email=a@example.org", *words], cwd=folder, check=True,
                              env={**self.environment, "GIT_CONFIG_GLOBAL": "/dev/null"}, capture_output=True, text=True).stdout

    def commit(self, folder, message="a version"):
        if not (folder / ".git").exists():
            self.git(folder, "init", "-q", "-b", "main")
        self.git(folder, "add", "-A")
        self.git(folder, "commit", "-q", "--allow-empty", "-m", message)
        return self.git(folder, "rev-parse", "HEAD").strip()

    def fails(self, status, *words, **options):
        """The command must end with this status; what it said."""
        done = self.lab(*words, **options)
        self.assertEqual(done.returncode, status, f"lab {' '.join(words)}\n{done.stdout}\n{done.stderr}")
        return done.stderr

    def answered(self, answer, *words):
        """What the command says on a terminal on which this answer is typed; its exit status."""
        ours, its = pty.openpty()
        process = subprocess.Popen(self.command(*words), stdin=its, stdout=its, stderr=its, env=self.environment, cwd=self.home,
                                   start_new_session=True)
        os.close(its)
        os.write(ours, answer.encode())
        said = bytearray()
        try:
            while piece := os.read(ours, 65536):
                said += piece
        except OSError:  # the other end is closed
            pass
        os.close(ours)
        return said.decode(), process.wait(60)

    def rows(self, *words, **options):
        return [json.loads(line) for line in self.ok(*words, "--json", **options).stdout.splitlines()]

    def course_ids(self):
        return [row["id"] for row in self.rows("course", "list")]

    def standing(self, course, exercise):
        for track in self.rows("progress"):
            for module in track.get("modules", ()):
                for one in module["exercises"]:
                    if (track["course"], one["id"]) == (course, exercise):
                        return one
        self.fail(f"no {course}/{exercise} in lab progress")

    def do_pass(self, exercise, workspace):
        (workspace / "main.py").write_text((workspace / "main.py").read_text() + "ok\n")
        self.ok("check", exercise)
