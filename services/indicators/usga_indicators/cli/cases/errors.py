"""What can be said about a case that has no numbers."""


class Unsupported(Exception):
    """The case asks for something that this program does not do; it says so and goes on."""


class CaseError(ValueError):
    """The case itself is wrong: an unknown column, level or option."""
