"""What a model's own validators say, so that a caller learns which fields and why."""


class FieldsRefused(ValueError):
    """Raised in a validator: a stable code, words without any value, and the members meant."""

    def __init__(self, code: str, message: str, *members: str) -> None:
        super().__init__(message)
        self.code, self.message, self.members = code, message, members
