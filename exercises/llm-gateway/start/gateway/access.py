"""Who asks, and what they may ask for."""


def team_of(config, authorization):
    """The team that a request's Authorization header is of; None when it is nobody's."""
    return "everybody"


def may_ask(config, team, name):
    """Whether the team may ask for the model or alias of that name."""
    return True
