"""What can be wrong with an input."""


class Unreadable(Exception):
    """A file that cannot be read as a whole: the command ends with 2."""


class InputError(ValueError):
    """One wrong thing: `place` names it as a path into the file, `code` is stable."""

    def __init__(self, place: str, message: str, *, code: str = "input-invalid") -> None:
        super().__init__(message)
        self.place, self.code = place, code

    def within(self, outer: str) -> "InputError":
        """The same thing, seen from further out."""
        joint = "" if not self.place or self.place[0] == "[" or outer[-1:] == " " else "."
        place = f"{outer}{joint}{self.place}"
        return InputError(place, str(self), code=self.code)
