"""Says what a model was made from. Of a file that is missing it tells the name, and not where it was looked for."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

from .errors import WrongUse

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"


def sha256(path):
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        raise WrongUse(f"{path.name} is missing") from None


def git(*words):
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True)


def commit():
    found = git("rev-parse", "--verify", "HEAD")
    if found.returncode:
        raise WrongUse("there is no repository, or no commit in it")
    return found.stdout.strip()


def is_dirty():
    """Whether the folder differs from HEAD, or the index does; neither of the two sees both."""
    return any(git("diff", "--quiet", *more, "HEAD").returncode for more in ([], ["--cached"]))


def write(out, data, params, metrics):
    """Writes OUT/manifest.json."""
    manifest = {
        "git_sha": commit(),
        "dirty": is_dirty(),
        "data_sha256": sha256(data),
        "lock_sha256": sha256(LOCK),
        "model_sha256": sha256(out / "model.json"),
        "params": params,
        "metrics": metrics,
        "python": sys.version.split()[0],
    }
    (out / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def read(run):
    """The manifest of a run."""
    try:
        manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    except OSError:
        raise WrongUse("manifest.json is missing") from None
    except ValueError:
        raise WrongUse("manifest.json is no JSON") from None
    if not isinstance(manifest, dict):
        raise WrongUse("manifest.json holds no object")
    for name in ("git_sha", "dirty", "data_sha256", "lock_sha256", "model_sha256", "params", "metrics", "python"):
        if name not in manifest:
            raise WrongUse(f"the manifest lacks {name}")
    return manifest
