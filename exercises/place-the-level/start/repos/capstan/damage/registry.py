"""The models, and which of them serves."""
import datetime
import subprocess

from damage import settings


def add(fitted, rows, state):
    commit = subprocess.check_output(["git", "rev-parse", "HEAD"], text=True).strip()
    store = settings.store()
    store.insert(model=fitted, data_sha=settings.sha(rows), commit=commit, state=state, at=datetime.datetime.now())


def champion():
    return settings.store().last(state="champion")


def make_champion(version):
    store = settings.store()
    store.set(champion(), state="former")
    store.set(version, state="champion")


def back():
    """The champion before this one serves again."""
    make_champion(settings.store().last(state="former"))
    return 0
