"""Reading config.yaml, whose form contract.md describes. This file is right as it is."""

from dataclasses import dataclass

import yaml


class ConfigError(Exception):
    """The configuration cannot be used; the text names the file and what is wrong in it."""


@dataclass(frozen=True)
class Key:
    team: str
    revoked: bool


@dataclass(frozen=True)
class Config:
    deadline: float  # seconds
    attempts: int  # of each model, the first one included
    backoff: float  # seconds before the second attempt
    failures: int  # in a row, that open a breaker
    open_seconds: float
    keys: dict  # SHA-256 of a virtual key, in lower-case hexadecimal -> Key
    teams: dict  # name -> the names that the team may ask for, as a list
    routes: dict  # name -> the models behind it, in order, as a list


def load(path):
    try:
        with open(path, encoding="utf-8") as file:
            data = yaml.safe_load(file)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"{path}: {' '.join(str(error).split())}") from None
    try:
        config = read(data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ConfigError(f"{path}: not as contract.md says: {error}") from None
    for name, number in (("deadline", config.deadline), ("attempts", config.attempts), ("failures", config.failures)):
        if number <= 0:
            raise ConfigError(f"{path}: {name} must be above 0, and is {number}")
    return config


def read(data):
    return Config(
        deadline=float(data["deadline"]),
        attempts=int(data["retries"]["attempts"]),
        backoff=float(data["retries"]["backoff"]),
        failures=int(data["breaker"]["failures"]),
        open_seconds=float(data["breaker"]["open_seconds"]),
        keys={key["sha256"]: Key(key["team"], bool(key.get("revoked", False))) for key in data["keys"]},
        teams={name: [str(model) for model in team["models"]] for name, team in data["teams"].items()},
        routes={name: [str(model) for model in models] for name, models in data["routes"].items()},
    )
