"""Functions with randomness, all drawn from the environment."""

from usga_expressions.environment import Environment

_LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz"
_LONGEST = 200


def random_number(environment: Environment) -> float:
    """Draw a number in [0, 1)."""
    return environment.draw()


def uuid(environment: Environment) -> str:
    """Return a version 4 UUID."""
    digits = [int(environment.draw() * 16) for _ in range(32)]
    digits[12] = 4
    digits[16] = 8 + digits[16] % 4
    text = "".join(f"{digit:x}" for digit in digits)
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def token(environment: Environment, length: float) -> str:
    """Return a random text of letters and digits."""
    count = int(max(0.0, min(_LONGEST, length))) if length == length else 0  # noqa: PLR0124
    return "".join(_LETTERS[int(environment.draw() * 36)] for _ in range(count))
