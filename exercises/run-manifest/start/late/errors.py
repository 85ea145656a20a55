"""What a person can do wrong."""


class WrongUse(Exception):
    """Wrong use, broken input, something that is missing. The text names it."""
