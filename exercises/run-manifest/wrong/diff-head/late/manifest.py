"""Says what a model was made from: code, data, packages, parameters, and what came out. See contract.md."""

import hashlib
import json
import platform
import subprocess
from pathlib import Path

from .errors import WrongUse

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
FIELDS = ("git_sha", "dirty", "data_sha256", "lock_sha256", "model_sha256", "params", "metrics", "python")


def sha256(path):
    """The SHA-256 of a file's content, in hex. Size and times say nothing about content."""
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise WrongUse(f"{path}: {error.strerror}") from None


def git(*words):
    """What git says about the repository that holds this package."""
    try:
        done = subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, text=True)
    except FileNotFoundError:
        raise WrongUse("git is not installed") from None  # mutants: no check takes git away
    if done.returncode:
        raise WrongUse(f"git: {done.stderr.strip().splitlines()[0]}")
    return done.stdout.strip()


def is_dirty():
    """Whether a tracked file differs from HEAD. What is not tracked, such as this run's own output, does not count."""
    return subprocess.run(["git", "-C", str(ROOT), "diff", "--quiet", "HEAD"]).returncode != 0


def write(out, data, params, metrics):
    """Writes OUT/manifest.json."""
    manifest = {
        "git_sha": git("rev-parse", "--verify", "HEAD"),
        "dirty": is_dirty(),
        "data_sha256": sha256(data),
        "lock_sha256": sha256(LOCK),
        "model_sha256": sha256(out / "model.json"),
        "params": params,
        "metrics": metrics,
        "python": platform.python_version(),
    }
    text = json.dumps(manifest, indent=2)  # mutants: the layout is free
    (out / "manifest.json").write_text(text + "\n", encoding="utf-8")


def read(run):
    """The manifest of a run."""
    path = run / "manifest.json"
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WrongUse(f"{path}: {error}") from None
    missing = [name for name in FIELDS if not isinstance(manifest, dict) or name not in manifest]
    if missing:
        raise WrongUse(f"{path}: {missing[0]} is missing")
    return manifest
