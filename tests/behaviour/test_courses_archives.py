"""Courses as archives: packing, adding, and what hostile ones try."""
import gzip
import hashlib
import io
import json
import os
import shutil
import tarfile
import unittest
from pathlib import Path

from coursecase import CourseCase


class Archives(CourseCase):
    def setUp(self):
        super().setUp()
        self.origin = self.make_course("origin", "theirs", course_id="acme")

    def pack(self, *words):
        return self.rows("author", "pack", "--course", str(self.origin), *words)[0]

    def records(self):
        folder = self.home / "lab/data/courses"
        return sorted(path.parent.name for path in folder.glob("*/record.json"))

    def test_there_and_back(self):
        (self.origin / ".git").mkdir()
        (self.origin / ".git/config").write_text("secret")
        (self.origin / "build").mkdir()
        (self.origin / "build/product").write_text("x")
        (self.origin / "exercises/theirs/__pycache__").mkdir()
        (self.origin / "exercises/theirs/__pycache__/x.pyc").write_text("x")
        (self.origin / "exercises/theirs/start/run.sh").write_text("#!/bin/sh\n")
        (self.origin / "exercises/theirs/start/run.sh").chmod(0o755)
        (self.origin / "exercises/theirs/start/.hidden").write_text("kept\n")
        packed = self.pack()
        archive = self.home / packed["file"]
        self.assertRegex(archive.name, r"^acme-[0-9a-f]{12}\.labcourse$")
        digest = hashlib.sha256(archive.read_bytes()).hexdigest()
        self.assertEqual(packed["sha256"], digest)
        self.assertEqual(Path(f"{archive}.sha256").read_text(), f"{digest}  {archive.name}\n")
        shutil.rmtree(self.origin)
        self.ok("course", "add", str(archive), "--sha256", digest)
        archive.unlink()
        row = self.rows("course", "list")[1]
        self.assertEqual((row["id"], row["kind"], row["revision"]), ("acme", "archive", digest))
        self.ok("start", "theirs")
        workspace = self.work / "acme/theirs"
        self.assertTrue(os.access(workspace / "run.sh", os.X_OK))
        self.assertEqual((workspace / ".hidden").read_text(), "kept\n")
        content = next((self.home / "lab/data/courses/acme").glob("content-*"))
        left_out = {"build", ".git", "__pycache__", "manifest.json"}
        self.assertEqual([path for path in content.rglob("*") if path.name in left_out], [])
        self.do_pass("theirs", workspace)

    def test_equal_courses_make_equal_archives(self):
        first = self.pack("--out", str(self.home / "one.labcourse"))
        for path in self.origin.rglob("*"):
            os.utime(path, (1, 1))
        second = self.pack("--out", str(self.home / "two.labcourse"))
        self.assertEqual(first["sha256"], second["sha256"])
        (self.origin / "exercises/theirs/README.md").write_text("# other\n")
        self.assertNotEqual(self.pack()["file"], self.pack("--out", str(self.home))["file"])
        self.assertNotEqual(self.pack()["sha256"], first["sha256"])

    def test_what_cannot_be_packed(self):
        (self.origin / "exercises/theirs/start/link").symlink_to("main.py")
        self.assertIn("exercises/theirs/start/link is a symbolic link", self.fails(2, "author", "pack", "--course", str(self.origin)))
        (self.origin / "exercises/theirs/start/link").unlink()
        (self.origin / "exercises/theirs/exercise.yaml").write_text("format: 1\n")
        self.fails(3, "author", "pack", "--course", str(self.origin))
        self.assertEqual(list(self.home.glob("*.labcourse*")), [])

    def test_another_hash_is_refused(self):
        archive = self.pack()["file"]
        said = self.fails(2, "course", "add", archive, "--sha256", "0" * 64)
        self.assertIn("has the SHA-256", said)
        self.assertIn(f"not {'0' * 64}", said)
        self.assertIn("64 hexadecimal digits", self.fails(2, "course", "add", archive, "--sha256", "12"))
        self.assertEqual(self.records(), [])

    def test_without_a_hash_it_is_said(self):
        packed = self.pack()
        self.assertIn(packed["sha256"], self.ok("course", "add", packed["file"]).stderr)

    def test_a_person_is_asked_about_a_hash(self):
        packed = self.pack()
        said, status = self.answered("n\n", "course", "add", packed["file"])
        self.assertIn(packed["sha256"], said)
        self.assertEqual((status, self.records()), (2, []))
        _, status = self.answered("y\n", "course", "add", packed["file"])
        self.assertEqual((status, self.records()), (0, ["acme"]))

    def test_a_newer_archive_takes_the_place_of_the_older(self):
        self.ok("course", "add", self.pack()["file"])
        self.assertIn("nothing new", self.ok("course", "add", self.pack()["file"]).stdout)
        (self.origin / "exercises/theirs/README.md").write_text("# other\n")
        done = self.ok("course", "add", self.pack()["file"])
        self.assertRegex(done.stdout, r"theirs +changed +lesson")
        self.assertIn("came as an archive", self.fails(2, "course", "update", "acme"))
        self.ok("course", "update")

    # ---- hostile ones ----

    def contents(self):
        return {str(path.relative_to(self.origin)): path.read_bytes() for path in sorted(self.origin.rglob("*")) if path.is_file()}

    def hostile(self, files, more=(), manifest=None, listed=None, **options):
        """Writes an archive of `files` and the TarInfo objects `more`, each with its bytes."""
        table = {path: {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data), "executable": False}
                 for path, data in {**files, **(listed or {})}.items()}
        text = json.dumps({"format": "lab-archive-1", "id": "acme", "files": table} if manifest is None else manifest)
        path = self.home / "hostile.labcourse"
        with tarfile.open(path, "w", format=tarfile.PAX_FORMAT, **options) as archive:
            for name, data in {"manifest.json": text.encode(), **files}.items():
                info = tarfile.TarInfo(name)
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
            for info, data in more:
                info.size = len(data) if info.isreg() else 0
                archive.addfile(info, io.BytesIO(data))
        return str(path)

    def refused(self, archive, *parts):
        said = self.fails(2, "course", "add", archive)
        for part in ("refused: ", *parts):
            self.assertIn(part, said)
        self.assertEqual(self.records(), [])
        self.assertEqual(os.listdir(self.home / "lab/data/courses"), [".lock"])
        self.assertFalse((self.home / "lab/data/escaped").exists() or Path("/tmp/lab-escaped").exists())

    def test_an_honest_archive_of_another_program(self):
        self.ok("course", "add", self.hostile(self.contents()))

    def test_names_that_lead_out(self):
        for name in ("../escaped", "/tmp/lab-escaped", "exercises/../../escaped", "exercises//x", "exercises/.git/config", "./x", ""):
            self.refused(self.hostile({**self.contents(), name: b"x"}))

    def test_links_devices_and_folders(self):
        kinds = {tarfile.SYMTYPE: "is a symbolic link", tarfile.LNKTYPE: "is a hard link", tarfile.CHRTYPE: "is a device",
                 tarfile.BLKTYPE: "is a device", tarfile.FIFOTYPE: "is a device", tarfile.DIRTYPE: "is a folder"}
        for kind, why in kinds.items():
            info = tarfile.TarInfo("exercises/odd")
            info.type, info.linkname = kind, "/etc/passwd"
            self.refused(self.hostile(self.contents(), [(info, b"")]), "exercises/odd", why)

    def test_duplicates(self):
        self.refused(self.hostile(self.contents(), [(tarfile.TarInfo("course.yaml"), self.contents()["course.yaml"])]),
                     "course.yaml stands there twice")
        self.refused(self.hostile({**self.contents(), "exercises/a": b"", "exercises/a/b": b""}), "exercises/a")

    def test_what_differs_from_the_manifest(self):
        files = self.contents()
        self.refused(self.hostile(files, listed={"absent": b"x"}), "absent is in the manifest, but not in the archive")
        self.refused(self.hostile(files, [(tarfile.TarInfo("extra"), b"x")]), "extra is not in the manifest")
        self.refused(self.hostile({**files, "same-size": b"x"}, listed={"same-size": b"y"}), "same-size is not what the manifest says")
        self.refused(self.hostile({**files, "longer": b"xx"}, listed={"longer": b"y"}), "longer is not as long as")
        for manifest in ([], {}, {"format": "lab-archive-1"}, {"format": "lab-archive-2", "id": "acme", "files": {}},
                         {"format": "lab-archive-1", "id": "../x", "files": {}}, {"format": "lab-archive-1", "id": "acme", "files": []}):
            self.refused(self.hostile({}, manifest=manifest))

    def test_what_is_no_archive(self):
        path = self.home / "odd.labcourse"
        for data in (b"", b"\0" * 4096, b"text\n" * 999, gzip.compress(b"x" * 4096), os.urandom(4096)):
            path.write_bytes(data)
            self.refused(str(path))
        with tarfile.open(path, "w:gz") as archive:
            archive.addfile(tarfile.TarInfo("manifest.json"))
        self.refused(str(path))
        whole = Path(self.hostile(self.contents())).read_bytes()
        path.write_bytes(whole[:len(whole) // 2])
        self.refused(str(path))

    def test_limits(self):
        files = self.contents()
        self.refused(self.hostile({**files, **{f"exercises/many/{n}": b"" for n in range(20001)}}), "over 20 000 files and folders")
        self.refused(self.hostile({**files, "/".join("d" * 70) + "/x": b""}), "more than 64 folders deep")
        self.refused(self.hostile({**files, "exercises/" + "n" * 256: b""}), "more than 255 bytes")

    def test_files_that_claim_to_be_huge(self):
        manifest = {"format": "lab-archive-1", "id": "acme", "files": {"exercises/huge": {"sha256": "0" * 64, "size": (64 << 20) + 1}}}
        self.refused(self.hostile({}, manifest=manifest), "exercises/huge is larger than 64 MiB")
        manifest["files"] = {f"exercises/{n}": {"sha256": "0" * 64, "size": 64 << 20} for n in range(5)}
        self.refused(self.hostile({}, manifest=manifest), "exercises/4 brings the course over 256 MiB")
        manifest["files"] = {"exercises/minus": {"sha256": "0" * 64, "size": -1}}
        self.refused(self.hostile({}, manifest=manifest), "exercises/minus has no size in the manifest")

    def test_a_file_that_claims_another_size_than_the_manifest(self):
        path = Path(self.hostile(self.contents(), listed={"exercises/huge": b"small"}))
        info = tarfile.TarInfo("exercises/huge")
        info.size = 1 << 40
        whole = path.read_bytes().rstrip(b"\0")
        path.write_bytes(whole + b"\0" * (-len(whole) % 512) + info.tobuf(tarfile.PAX_FORMAT))
        self.refused(str(path), "exercises/huge is not as long as the manifest says")

    def test_many_folders_count(self):
        files = {"/".join([f"f{n}"] + ["d"] * 60) + "/x": b"" for n in range(400)}
        self.refused(self.hostile({**self.contents(), **files}), "over 20 000 files and folders")


if __name__ == "__main__":
    unittest.main()
