"""Environments of packages: fetched from an index of this machine, used without any network, and what is said when one cannot be built."""
import base64
import hashlib
import http.server
import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import unittest
import zipfile
from pathlib import Path

from labcase import LabCase

ZEROS = "0" * 64


def make_wheel(folder, name, version="1.0", size=0):
    """A wheel with one module; its path and SHA-256."""
    info = f"{name}-{version}.dist-info"
    files = {f"{name}/__init__.py": f"def main(): print('{name} {version} works')\n", f"{name}/filler.bin": "x" * size,
             f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
             f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
             f"{info}/entry_points.txt": f"[console_scripts]\n{name} = {name}:main\n"}
    record = "".join(f"{path},sha256={base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b'=').decode()},{len(text)}\n"
                     for path, text in files.items())
    files[f"{info}/RECORD"] = record + f"{info}/RECORD,,\n"
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for inside, text in files.items():
            archive.writestr(zipfile.ZipInfo(inside), text)
    return path, hashlib.sha256(path.read_bytes()).hexdigest()


class Index(http.server.ThreadingHTTPServer):
    """A package index (PEP 503, PEP 592) over a folder of wheels. `asked`: what it served."""

    def __init__(self, folder):
        super().__init__(("127.0.0.1", 0), Handler)
        self.folder, self.yanked, self.asked = folder, set(), []
        self.url = f"http://127.0.0.1:{self.server_address[1]}/simple"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def close(self):
        self.shutdown()
        self.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    def page(self, project):
        links = "".join(f'<a href="/files/{path.name}"{" data-yanked=bad" if path.name in self.server.yanked else ""}>{path.name}</a>\n'
                        for path in sorted(self.server.folder.glob(f"{project}-*.whl")))
        return f"<!DOCTYPE html><html><body>\n{links}</body></html>\n".encode(), "text/html", "no-cache"

    def do_GET(self):
        parts = self.path.strip("/").split("/")
        self.server.asked.append(self.path)
        if parts[0] == "simple" and len(parts) == 2:
            body, kind, caching = self.page(parts[1])
        else:
            body, kind, caching = (self.server.folder / parts[-1]).read_bytes(), "application/octet-stream", "max-age=86400"
        self.send_response(200)
        for name, value in (("Content-Type", kind), ("Content-Length", str(len(body))), ("Cache-Control", caching)):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


class Environments(LabCase):
    """Built by pip; uv does the same where it is. What runs pip is made once for all tests."""

    @classmethod
    def setUpClass(cls):
        cls.shared = Path(tempfile.mkdtemp(prefix="lab-behaviour-pip-"))
        cls.addClassCleanup(shutil.rmtree, cls.shared, ignore_errors=True)

    def setUp(self):
        super().setUp()
        self.wheels = self.home / "wheels"
        self.wheels.mkdir()
        self.index = Index(self.wheels)
        self.addCleanup(self.index.close)
        self.environment |= {"LAB_NO_UV": "1", "PIP_INDEX_URL": self.index.url, "PIP_TRUSTED_HOST": "127.0.0.1", "PIP_DEFAULT_TIMEOUT": "3"}
        (self.home / "lab").mkdir()
        if any(self.shared.iterdir()):
            shutil.copytree(self.shared, self.home / "lab/cache", symlinks=True)
        self.addCleanup(self.keep_pip)
        rows = [json.loads(line) for line in self.lab("doctor", "--json").stdout.splitlines()]
        if next(row for row in rows if row.get("what") == "python3-venv")["state"] != "ok":
            self.skipTest("Python's venv is not here")

    def keep_pip(self):
        for place in (self.home / "lab/cache").glob("pip-*"):
            if place.is_dir() and (place / ".complete").exists() and not any(self.shared.iterdir()):
                shutil.copytree(place, self.shared / place.name, symlinks=True)

    def lock(self, *lines):
        folder = self.course / "exercises/environments/small"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "requirements.in").write_text("tiny\n")
        (folder / "requirements.lock").write_text("# the lock\n" + "".join(line + "\n" for line in lines))

    def needing(self, *lines):
        self.lock(*lines)
        self.exercise("uses", {"runs": 't:run{"python", "main.py"}:ok()\nexpect(t:run{"tiny"}:ok().stdout):equals("tiny 1.0 works\\n")'},
                      {"main.py": "raise SystemExit('not yet')\n"}, extra="requires: {python: small}\n")

    def tiny(self, **options):
        path, digest = make_wheel(self.wheels, "tiny", **options)
        return path, f"tiny==1.0 --hash=sha256:{digest}"

    def fails(self, *words, within=60):
        """A command that ends in time with status 4; nothing that it began is left, and it can be tried again. What it says."""
        begin = time.monotonic()
        done = self.lab(*words)
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertLess(time.monotonic() - begin, within)
        self.assertEqual(self.places(), [])
        self.assertEqual(self.processes(), [])
        self.assertFalse((self.work / "uses").exists())
        return done.stderr

    def places(self):
        return sorted(path.name for path in (self.home / "lab/cache/python").glob("small-*") if path.is_dir())

    def works(self, program=None):
        workspace = self.work / "uses"
        self.ok("start", "uses", program=program)
        (workspace / "main.py").write_text("import tiny\ntiny.main()\n")
        done = self.ok("check", "uses", "--json", program=program)
        self.assertIn('"verdict":"pass"', done.stdout.splitlines()[-1])

    # ---- a network that is cut ----

    def test_after_fetch_no_network_is_needed(self):
        alone = ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh", *self.program]
        if os.geteuid() or not shutil.which("ip") or subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False).returncode:
            print(f"{self.id()}: skipped: a network namespace takes root and iproute2")
            self.skipTest("no network namespace can be made")
        self.needing(self.tiny()[1])
        self.assertIn("small  is here now", self.ok("fetch", "uses").stdout)
        self.index.close()
        asked = len(self.index.asked)
        cut = self.lab("fetch", "--all", program=[*alone[:3], "-c", "ip route; ip -o link | wc -l", "sh"])
        self.assertEqual(cut.stdout, "1\n", "the loopback alone, and no way out")
        self.works(program=alone)
        self.ok("fetch", "uses", program=alone)
        self.assertEqual(len(self.index.asked), asked)

    def test_without_a_network_the_first_start_says_so(self):
        self.needing(self.tiny()[1])
        self.index.close()
        for words in (["start", "uses"], ["fetch", "uses"]):
            said = self.fails(*words)
            self.assertIn("cannot reach the package index", said)
            self.assertIn("connect to the network, then run the same command again", said)

    def test_an_index_that_never_answers(self):
        self.needing(self.tiny()[1])
        with socket.create_server(("127.0.0.1", 0), backlog=16) as mute:
            self.environment["PIP_INDEX_URL"] = f"http://127.0.0.1:{mute.getsockname()[1]}/simple"
            self.assertIn("cannot reach the package index", self.fails("start", "uses"))

    # ---- a lock that does not fit ----

    def test_a_wrong_hash(self):
        self.tiny()
        self.needing(f"tiny==1.0 --hash=sha256:{ZEROS}")
        said = self.fails("start", "uses")
        self.assertIn("a package is not the one that was locked", said)
        self.assertIn("tell the course's author", said)
        self.lock(self.tiny()[1])
        self.works()

    def test_a_package_without_a_hash(self):
        self.tiny()
        self.needing("tiny==1.0")
        self.assertIn("--hash", self.fails("start", "uses"))

    def test_a_yanked_version_is_what_the_lock_says(self):
        path, line = self.tiny()
        make_wheel(self.wheels, "tiny", "2.0")
        self.index.yanked.add(path.name)
        self.needing(line)
        self.works()

    def test_a_version_that_is_gone(self):
        path, line = self.tiny()
        make_wheel(self.wheels, "tiny", "2.0")
        path.unlink()
        self.needing(line)
        said = self.fails("start", "uses")
        self.assertIn("the package index lacks a locked package for this machine", said)

    def test_a_lock_that_is_none(self):
        self.needing("tiny==1.0 \0\1\2")
        done = self.lab("start", "uses")
        self.assertEqual(done.returncode, 3)
        self.assertIn("the lock of the course's Python environment small is no text: ", done.stderr)
        self.lock("tiny==1.0 --no-such-option")
        self.fails("start", "uses")

    # ---- a cache that someone damaged ----

    def test_a_download_that_was_truncated(self):
        path, line = self.tiny(size=100000)
        self.needing(line)
        self.ok("fetch", "uses")
        kept = [file for file in (self.home / "lab/cache/downloads").rglob("*") if file.is_file() and file.stat().st_size > 50000]
        self.assertTrue(kept, "pip keeps what it fetches")
        for file in kept:
            os.truncate(file, file.stat().st_size // 2)
        shutil.rmtree(self.home / "lab/cache/python")
        self.works()

    def test_a_download_that_is_another_by_now(self):
        self.needing(self.tiny(size=10)[1])
        self.ok("fetch", "uses")
        self.lock(self.tiny(size=20)[1])
        self.works()

    def test_a_wheel_that_is_truncated_at_its_origin(self):
        path, line = self.tiny(size=100000)
        self.needing(line)
        os.truncate(path, 30000)
        self.assertIn("a package is not the one that was locked", self.fails("start", "uses"))

    def test_an_environment_that_was_truncated(self):
        self.needing(self.tiny()[1])
        self.ok("fetch", "uses")
        place = self.home / "lab/cache/python" / self.places()[0]
        module = next(place.glob("lib/python3*/site-packages/tiny/__init__.py"))
        for damage in (lambda: os.truncate(module, 3), module.unlink, (place / "bin/python").unlink, lambda: shutil.rmtree(place / "lib")):
            self.assertIn("is here", self.ok("fetch", "uses").stdout)
            damage()
            row = next(json.loads(line) for line in self.lab("doctor", "--json").stdout.splitlines() if "environment small" in line)
            self.assertEqual((row["state"], row["mend"]), ("weak", "lab fetch uses"), row)
            self.assertIn("small  is here now", self.ok("fetch", "uses").stdout)
            self.works()
            damage()
            self.works()  # whoever needs it makes it anew, and no learner is to blame


if __name__ == "__main__":
    unittest.main()
