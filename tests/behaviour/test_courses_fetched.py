"""Courses that are fetched by git: what comes, what an update changes, and what becomes of started work."""
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest

from coursecase import CourseCase
from labcase import Ordinary


class Fetching(CourseCase):
    def setUp(self):
        super().setUp()
        self.origin = self.make_course("origin", "theirs", course_id="acme")
        self.first = self.commit(self.origin)
        self.url = f"file://{self.origin}"

    def content(self):
        folder = self.home / "lab/data/courses/acme"
        return folder / json.loads((folder / "record.json").read_text())["content"]

    def test_a_repository(self):
        self.ok("course", "add", self.url)
        row = self.rows("course", "list")[1]
        self.assertEqual((row["id"], row["kind"], row["revision"], row["source"]), ("acme", "git", self.first, self.url))
        self.assertFalse((self.content() / ".git").exists())
        shutil.rmtree(self.origin)
        self.ok("start", "theirs")
        self.ok("list")
        self.assertEqual(self.scratch_entries(), [])

    def test_without_namespaces(self):
        self.ok("course", "add", self.url, **self.without_namespaces())
        self.assertEqual(self.rows("course", "list")[1]["revision"], self.first)

    def test_git_sees_nothing_of_the_user_s(self):
        home = self.home / "secret-home"
        home.mkdir()
        (home / ".gitconfig").write_text(f'[url "file:///nowhere/"]\n\tinsteadOf = "{self.url}"\n')
        self.ok("course", "add", self.url, HOME=str(home), GIT_DIR="/nowhere", GIT_CONFIG_COUNT="1",
                GIT_CONFIG_KEY_0="core.sshCommand", GIT_CONFIG_VALUE_0="false")

    def test_submodules_are_not_fetched(self):
        inner = self.make_course("inner", "theirs")
        commit = self.commit(inner)
        self.git(self.origin, "update-index", "--add", "--cacheinfo", f"160000,{commit},sub")
        (self.origin / ".gitmodules").write_text(f'[submodule "sub"]\n\tpath = sub\n\turl = file://{inner}\n')
        self.commit(self.origin)
        self.ok("course", "add", self.url)
        self.assertEqual(os.listdir(self.content() / "sub") if (self.content() / "sub").exists() else [], [])

    def test_a_branch_a_tag_and_what_is_neither(self):
        self.git(self.origin, "tag", "v1")
        (self.origin / "exercises/theirs/README.md").write_text("# another\n")
        second = self.commit(self.origin)
        self.ok("course", "add", self.url, "--ref", "v1", "--name", "old")
        self.ok("course", "add", self.url, "--ref", "main", "--name", "new")
        self.ok("course", "add", self.url, "--ref", self.first, "--name", "exact")
        revisions = {row["id"]: row["revision"] for row in self.rows("course", "list")}
        self.assertEqual((revisions["old"], revisions["new"], revisions["exact"]), (self.first, second, self.first))
        self.assertIn("git cannot fetch", self.fails(4, "course", "add", self.url, "--ref", "nowhere", "--name", "none"))
        for ref in ("--upload-pack=touch x", "-x", "", "a b", "main:refs/heads/x"):
            self.assertIn("is no branch", self.fails(2, "course", "add", self.url, f"--ref={ref}", "--name", "none"))
        self.assertEqual(sorted(self.course_ids()), ["course", "exact", "new", "old"])

    def test_other_protocols_are_refused(self):
        for url in ("http://example.org/c.git", "ext::sh -c touch%20x", "ftp://example.org/c", "fd://3", "-u://x"):
            self.fails(2, "course", "add", url)
        self.assertIn("there is no repository", self.fails(2, "course", "add", f"file://{self.home}/nowhere"))

    def test_a_link_is_refused_by_name(self):
        (self.origin / "exercises/theirs/start/link").symlink_to("/etc/passwd")
        self.commit(self.origin)
        self.assertIn("refused: exercises/theirs/start/link is a symbolic link", self.fails(2, "course", "add", self.url))
        self.assertEqual(self.course_ids(), ["course"])
        self.assertEqual(os.listdir(self.home / "lab/data/courses"), [".lock"])

    def test_limits_are_kept(self):
        large = self.origin / "exercises/theirs/private/large"
        large.parent.mkdir()
        with open(large, "wb") as file:
            file.truncate((64 << 20) + 1)
        self.commit(self.origin)
        self.assertIn("exercises/theirs/private/large is larger than 64 MiB", self.fails(2, "course", "add", self.url))

    def in_memory(self):
        """Variables under which lab's scratch lies in memory, where many files take no time."""
        folder = tempfile.mkdtemp(prefix="lab-courses-", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None)
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        return {"TMPDIR": folder}

    def tree(self, entries):
        """A tree object of (mode, type, id, name); its id."""
        text = "".join(f"{mode} {kind} {object_id}\t{name}\n" for mode, kind, object_id, name in entries)
        return subprocess.run(["git", "mktree"], cwd=self.origin, check=True, input=text, capture_output=True, text=True).stdout.strip()

    def commit_below(self, tree, name):
        """Makes `tree` the folder NAME of the origin's next commit."""
        listed = self.git(self.origin, "ls-tree", "HEAD").splitlines()
        entries = [(*line.split("\t")[0].split(), line.split("\t")[1]) for line in listed]
        commit = self.git(self.origin, "commit-tree", "-m", "hostile", self.tree([*entries, ("040000", "tree", tree, name)])).strip()
        self.git(self.origin, "update-ref", "refs/heads/main", commit)

    def blob(self):
        return self.git(self.origin, "hash-object", "-w", "course.yaml").strip()

    def test_too_many_files_and_too_deep_folders(self):
        blob = self.blob()
        many = self.tree([("100644", "blob", blob, f"n{number}") for number in range(20001)])
        self.commit_below(many, "many")
        self.assertRegex(self.fails(2, "course", "add", self.url, **self.in_memory()), r"refused: many/\S+ brings the course over 20 000 files")
        self.git(self.origin, "reset", "-q", "--hard", self.first)
        deep = self.tree([("100644", "blob", blob, "x")])
        for _ in range(70):
            deep = self.tree([("040000", "tree", deep, "d")])
        self.commit_below(deep, "deep")
        self.assertIn("more than 64 folders deep", self.fails(2, "course", "add", self.url))
        self.assertEqual(os.listdir(self.home / "lab/data/courses"), [".lock"])

    def test_a_small_repository_that_unfolds_without_end(self):
        blob = self.blob()
        level = self.tree([("100644", "blob", blob, f"n{number}") for number in range(10)])
        for _ in range(7):
            level = self.tree([("040000", "tree", level, f"d{number}") for number in range(10)])
        self.commit_below(level, "bomb")
        said = self.fails(2, "course", "add", self.url, **self.in_memory())
        self.assertIn("refused: fetching the course was ended, beyond the limit of its", said)
        self.assertEqual((os.listdir(self.home / "lab/data/courses"), self.scratch_entries()), ([".lock"], []))

    def test_hooks_and_filters_do_not_run(self):
        (self.origin / ".gitattributes").write_text("* filter=evil\n")
        self.commit(self.origin)
        witness = self.home / "witness"
        (self.home / ".gitconfig").write_text(f"[filter \"evil\"]\n\tsmudge = touch {witness}\n[core]\n\thooksPath = {self.home}/hooks\n")
        (self.home / "hooks").mkdir()
        for hook in ("post-checkout", "reference-transaction"):
            (self.home / "hooks" / hook).write_text(f"#!/bin/sh\ntouch {witness}\n")
            (self.home / "hooks" / hook).chmod(0o755)
        self.ok("course", "add", self.url)
        self.assertFalse(witness.exists())

    def test_an_update_says_what_changed(self):
        self.ok("course", "add", self.url)
        self.assertEqual(self.ok("course", "update", "acme").stdout, "acme: nothing new\n")
        theirs = self.origin / "exercises/theirs"
        (theirs / "checker.lua").write_text((theirs / "checker.lua").read_text() + "-- changed\n")
        (theirs / "README.md").write_text("# another lesson\n")
        shutil.copytree(theirs, self.origin / "exercises/fresh")
        text = (theirs / "exercise.yaml").read_text().replace("id: theirs", "id: fresh")
        (self.origin / "exercises/fresh/exercise.yaml").write_text(text)
        second = self.commit(self.origin)
        row = self.rows("course", "update", "acme")[0]
        self.assertEqual((row["event"], row["id"], row["revision"]), ("course_updated", "acme", second))
        changes = {change["exercise"]: change for change in row["changes"]}
        self.assertEqual(changes["fresh"]["what"], "added")
        self.assertEqual([changes["theirs"][key] for key in ("what", "checks", "start", "lesson")], ["changed", True, False, True])
        self.ok("show", "fresh")

    def test_a_pass_is_not_undone_by_other_checks(self):
        self.ok("course", "add", self.url)
        self.ok("start", "theirs")
        self.do_pass("theirs", self.work / "acme/theirs")
        self.assertFalse(self.standing("acme", "theirs")["changed"])
        checker = self.origin / "exercises/theirs/checker.lua"
        checker.write_text(checker.read_text() + "-- stricter\n")
        self.commit(self.origin)
        done = self.ok("course", "update")
        self.assertIn("passed by the old checks; still counts", done.stdout)
        one = self.standing("acme", "theirs")
        self.assertTrue(one["changed"] and one["passed"])
        self.assertIn("changed since you passed", self.ok("progress").stdout)
        self.assertIn("changed since you passed: theirs", self.ok("list").stdout)
        self.ok("check", "theirs")
        self.assertFalse(self.standing("acme", "theirs")["changed"])
        self.assertNotIn("changed since you passed", self.ok("list").stdout)

    def test_an_invalid_version_takes_the_place_of_nothing(self):
        self.ok("course", "add", self.url)
        (self.origin / "exercises/theirs/exercise.yaml").write_text("format: 1\n")
        self.commit(self.origin)
        self.assertIn("exercises/theirs/exercise.yaml:1:1:", self.fails(3, "course", "update", "acme"))
        self.ok("start", "theirs")
        self.assertEqual(self.rows("course", "list")[1]["revision"], self.first)

    def test_killed_at_any_moment_the_course_is_whole(self):
        self.ok("course", "add", self.url)
        revisions = [self.first]
        for number in range(12):
            (self.origin / "exercises/theirs/README.md").write_text(f"# lesson {number}\n")
            revisions.append(self.commit(self.origin))
            process = subprocess.Popen(self.command("course", "update", "acme"), env=self.environment, cwd=self.home,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                process.wait(timeout=0.03 * number)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait()
            revision = self.rows("course", "list")[1]["revision"]
            shown = (self.content() / "exercises/theirs/README.md").read_text()
            expected = self.git(self.origin, "show", f"{revision}:exercises/theirs/README.md")
            self.assertEqual(shown, expected)
            self.ok("show", "theirs")
        self.ok("course", "update", "acme")
        self.assertEqual(self.rows("course", "list")[1]["revision"], revisions[-1])
        self.ok("course", "remove", "acme")
        self.assertEqual(os.listdir(self.home / "lab/data/courses"), [".lock"])

    def test_interrupted(self):
        """By a server that never answers."""
        with socket.create_server(("127.0.0.1", 0)) as server:
            process = subprocess.Popen(self.command("course", "add", f"git://127.0.0.1:{server.getsockname()[1]}/x.git"),
                                       env=self.environment, cwd=self.home, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            connection, _ = server.accept()
            with connection:
                process.send_signal(signal.SIGINT)
                said = process.communicate(timeout=30)
            self.assertEqual(process.returncode, 130, said)
        self.assertEqual(os.listdir(self.home / "lab/data/courses"), [".lock"])
        self.assertEqual((self.scratch_entries(), self.processes()), ([], []))

    def test_one_that_cannot_be_fetched_hinders_no_other(self):
        self.ok("course", "add", self.url, "--name", "aaa")
        other = self.make_course("other", "nearby", course_id="zzz")
        self.commit(other)
        self.ok("course", "add", f"file://{other}")
        shutil.rmtree(self.origin)
        (other / "exercises/nearby/README.md").write_text("# other\n")
        self.commit(other)
        done = self.lab("course", "update")
        self.assertEqual(done.returncode, 2)
        self.assertIn("the course aaa: there is no repository", done.stderr)
        self.assertRegex(done.stdout, r"nearby +changed +lesson")

    def test_a_password_is_not_shown(self):
        record = self.home / "lab/data/courses/acme/record.json"
        self.ok("course", "add", self.url)
        self.assertEqual(record.stat().st_mode & 0o077, 0)
        record.write_text(record.read_text().replace(self.url, "https://ada:secret@example.org/acme.git"))
        done = self.ok("course", "list", "--json")
        self.assertNotIn("secret", done.stdout)
        self.assertIn("https://example.org/acme.git", done.stdout)


class FetchingAsOrdinaryUser(Ordinary, CourseCase):
    def test_add_update_and_work(self):
        origin = self.make_course("origin", "theirs", course_id="acme")
        self.commit(origin)
        self.give_to_nobody()
        self.ok("course", "add", f"file://{origin}")
        (origin / "exercises/theirs/README.md").write_text("# other\n")
        self.commit(origin)
        self.give_to_nobody()
        self.assertIn("lesson", self.ok("course", "update").stdout)
        self.ok("start", "theirs")


class Renewing(CourseCase):
    """Changed start files, and workspaces that were started before."""

    def setUp(self):
        super().setUp()
        self.origin = self.make_course("origin", "theirs", course_id="acme")
        self.commit(self.origin)
        self.ok("course", "add", f"file://{self.origin}")
        self.ok("start", "theirs")
        self.workspace = self.work / "acme/theirs"
        self.start = self.origin / "exercises/theirs/start"

    def ref(self, name):
        return self.git(self.workspace, "rev-parse", f"{name}^{{tree}}").strip()

    def newer_start(self, **files):
        for name, text in files.items():
            (self.start / f"{name}.py").write_text(text)
        self.commit(self.origin)

    def test_work_and_new_start_are_merged(self):
        self.newer_start(main="one\ntwo\nthree\nfour\nFIVE\n", fresh="fresh\n")
        (self.workspace / "main.py").write_text("ONE\ntwo\nthree\nfour\nfive\n")
        (self.workspace / "mine.py").write_text("mine\n")
        self.git(self.workspace, "add", "mine.py")
        status = self.git(self.workspace, "status", "--porcelain", "mine.py")
        done = self.ok("course", "update", "acme", "--merge")
        self.assertIn("the new start files are merged into your work, 2 files changed", done.stdout)
        self.assertEqual((self.workspace / "main.py").read_text(), "ONE\ntwo\nthree\nfour\nFIVE\n")
        self.assertEqual((self.workspace / "fresh.py").read_text(), "fresh\n")
        self.assertEqual((self.workspace / "mine.py").read_text(), "mine\n")
        self.assertEqual(self.git(self.workspace, "status", "--porcelain", "mine.py"), status)
        causes = [(row["number"], row["cause"]) for row in self.rows("history", "theirs")]
        self.assertEqual(causes, [(2, "update"), (1, "update")])
        self.assertEqual(self.git(self.workspace, "show", "refs/lab/start:main.py"), "one\ntwo\nthree\nfour\nFIVE\n")
        self.ok("restore", "1", cwd=self.workspace)
        self.assertEqual((self.workspace / "main.py").read_text(), "ONE\ntwo\nthree\nfour\nfive\n")
        self.assertNotIn("merged", self.ok("course", "update", "acme", "--merge").stdout)

    def test_nothing_is_merged_unasked(self):
        self.newer_start(main="other\n")
        before = self.ref("refs/lab/start")
        done = self.ok("course", "update", "acme")
        self.assertIn("lab course update acme --merge", done.stderr)
        self.assertEqual((self.workspace / "main.py").read_text(), "one\ntwo\nthree\nfour\nfive\n")
        self.assertEqual(self.ref("refs/lab/start"), before)
        rows = self.rows("course", "update", "acme")
        self.assertEqual([(row["event"], row.get("merged")) for row in rows], [("course_updated", None), ("start_files", False)])
        self.ok("course", "update", "acme", "--merge")  # nothing new to fetch, yet what is open is done
        self.assertEqual((self.workspace / "main.py").read_text(), "other\n")

    def test_a_person_is_asked(self):
        self.newer_start(main="other\n")
        said, status = self.answered("n\n", "course", "update", "acme")
        self.assertIn("merge them into your work? [Y/n]", said)
        self.assertEqual((status, (self.workspace / "main.py").read_text()), (0, "one\ntwo\nthree\nfour\nfive\n"))
        said, status = self.answered("\n", "course", "update", "acme")
        self.assertEqual((status, (self.workspace / "main.py").read_text()), (0, "other\n"))

    def test_conflict_markers_are_written_only_to_a_yes(self):
        self.newer_start(main="theirs\n")
        (self.workspace / "main.py").write_text("mine\n")
        said, _ = self.answered("\n", "course", "update", "acme")
        self.assertIn("main.py: changed by you and by the course", said)
        self.assertIn("with conflict markers in these files? [y/N]", said)
        self.assertEqual((self.workspace / "main.py").read_text(), "mine\n")
        self.answered("y\n", "course", "update", "acme")
        self.assertIn("<<<<<<< your work\n", (self.workspace / "main.py").read_text())

    def test_conflicts_are_marked(self):
        self.newer_start(main="THEIRS\ntwo\nthree\nfour\nfive\n", other="changed by the course\n")
        (self.workspace / "main.py").write_text("MINE\ntwo\nthree\nfour\nfive\n")
        (self.workspace / "other.py").unlink()
        row = self.rows("course", "update", "acme", "--merge")[1]
        self.assertEqual((row["merged"], row["conflicts"], row["changed"]), (True, ["main.py", "other.py"], 1))
        self.assertEqual((self.workspace / "main.py").read_text(),
                         "<<<<<<< your work\nMINE\n=======\nTHEIRS\n>>>>>>> the new start\ntwo\nthree\nfour\nfive\n")
        self.assertFalse((self.workspace / "other.py").exists())
        self.ok("restore", str(row["undo"]), cwd=self.workspace)
        self.assertEqual((self.workspace / "main.py").read_text(), "MINE\ntwo\nthree\nfour\nfive\n")

    def test_a_file_that_the_course_removes_goes_unless_it_was_changed(self):
        (self.start / "other.py").unlink()
        (self.start / "main.py").unlink()
        (self.start / "rest.py").write_text("rest\n")
        self.commit(self.origin)
        (self.workspace / "main.py").write_text("mine\n")
        row = self.rows("course", "update", "acme", "--merge")[1]
        self.assertEqual(row["conflicts"], ["main.py"])
        self.assertFalse((self.workspace / "other.py").exists())
        self.assertEqual((self.workspace / "main.py").read_text(), "mine\n")

    def test_untouched_work_is_untried_after_the_merge(self):
        self.newer_start(main="another start\n")
        self.ok("course", "update", "acme", "--merge")
        self.assertEqual(self.events("theirs")[-1]["verdict"], "untried")

    def test_a_workspace_that_is_gone_or_another_s_hinders_nothing(self):
        self.newer_start(main="other\n")
        shutil.rmtree(self.workspace)
        self.ok("course", "update", "acme", "--merge")
        self.workspace.mkdir()
        (self.workspace / "own.txt").write_text("own\n")
        self.newer_start(main="once more\n")
        self.ok("course", "update", "acme", "--merge")
        self.assertEqual([path.name for path in self.workspace.iterdir()], ["own.txt"])

    def test_a_folder_course_is_merged_too(self):
        folder = self.make_course("local", "nearby", course_id="local")
        self.ok("course", "add", str(folder))
        self.ok("start", "nearby", "--dir", str(self.home / "elsewhere"))
        (folder / "exercises/nearby/start/main.py").write_text("other\n")
        row = self.rows("course", "update", "local", "--merge")
        self.assertEqual(row[0]["changes"][0]["start"], True)
        self.assertEqual((self.home / "elsewhere/main.py").read_text(), "other\n")


if __name__ == "__main__":
    unittest.main()
