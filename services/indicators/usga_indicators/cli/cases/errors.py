"""What can be said about a case that has no numbers."""


class Unsupported(Exception):
    """The case asks for something that this program does not do; it says so and goes on."""


class CaseError(ValueError):
    """The case itself is wrong: an unknown column, level or option.

    `place` says where: a file with its line, or a member of the case or design.
    """

    def __init__(self, message: str, *, place: str | None = None) -> None:
        super().__init__(message)
        self.place = place
