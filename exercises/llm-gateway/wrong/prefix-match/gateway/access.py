"""Who asks, and what they may ask for."""

import hashlib


def team_of(config, authorization):
    """The team that a request's Authorization header is of; None when it is nobody's."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    key = config.keys.get(hashlib.sha256(token.strip().encode()).hexdigest())
    return None if key is None or key.revoked else key.team


def may_ask(config, team, name):
    """Whether the team may ask for the model or alias of that name."""
    return name.startswith(tuple(config.teams.get(team, ())))
