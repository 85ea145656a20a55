"""What the tests that ask a Docker engine share: building from files that a test has made, and looking at what came out. Nothing is pulled:
each image begins with `FROM scratch`."""
import io
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from labcase import LabCase


def lua(text):
    """The text as a Lua string."""
    return '"' + "".join(chr(b) if 32 <= b < 127 and b not in b'"\\' else f"\\{b:03d}" for b in text.encode()) + '"'


class DockerCase(LabCase):
    def skip_aloud(self, why):
        """Skips, and says so where only failures are shown: what Docker itself does was not compared."""
        print(f"{self.id()}: skipped: {why}")
        self.skipTest(why)


class EngineCase(DockerCase):
    """Skipped where no engine answers."""

    def setUp(self):
        super().setUp()
        if not shutil.which("docker") or subprocess.run(["docker", "version"], capture_output=True, check=False).returncode:
            self.skip_aloud("no Docker engine answers here")
        self.images = []
        self.addCleanup(self.remove_images)

    def remove_images(self):
        if self.images:
            subprocess.run(["docker", "rmi", "--force", *self.images], capture_output=True, check=False)

    def build(self, files, *options):
        """Builds from the files, paths to text; the image's id, or None, and what the engine said."""
        folder = Path(tempfile.mkdtemp(prefix="context-", dir=self.home))
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(text.encode())
        # The builder that needs no plugin.
        done = subprocess.run(["docker", "build", "--quiet", "--force-rm", *options, str(folder)], capture_output=True, text=True, check=False,
                              env={**os.environ, "DOCKER_BUILDKIT": "0"}, timeout=120)
        image = done.stdout.strip() if done.returncode == 0 else None
        if image:
            self.images.append(image)
        return image, done.stderr

    def build_all(self, cases):
        """The answers of build() by the names of the cases, several at a time: the engine waits more than it works."""
        with ThreadPoolExecutor(4) as pool:
            return dict(zip(cases, pool.map(self.build, cases.values())))

    def image_files(self, image):
        """Paths of the regular files of an image that has one layer."""
        saved = subprocess.run(["docker", "save", image], capture_output=True, check=True).stdout
        with tarfile.open(fileobj=io.BytesIO(saved)) as archive:
            layers = json.load(archive.extractfile("manifest.json"))[0]["Layers"]
            found = set()
            for layer in layers:
                with tarfile.open(fileobj=archive.extractfile(layer)) as files:
                    found |= {name.name for name in files if name.isfile()}
        return sorted(found)

    def image_config(self, image):
        """How containers of the image are run."""
        return json.loads(subprocess.run(["docker", "inspect", image], capture_output=True, check=True).stdout)[0]["Config"]

    def assert_checks_pass(self, bodies, files=None):
        """Each body is a check; all must pass."""
        self.exercise("compared", bodies, {"begun.txt": "no\n"})
        work = self.started("compared")
        for path, text in {"begun.txt": "yes\n", **(files or {})}.items():
            (work / path).parent.mkdir(parents=True, exist_ok=True)
            (work / path).write_text(text)
        for check, result in self.results("compared").items():
            with self.subTest(check):
                self.assertEqual(result["verdict"], "pass", json.dumps(result, indent=1))
