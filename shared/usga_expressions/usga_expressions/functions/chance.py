"""Functions with randomness, drawn from the environment or from a seed of the form."""

import hashlib
import math
from collections.abc import Sequence
from typing import TypeVar

from usga_expressions.environment import Environment

_LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz"
_LONGEST = 200
_MODULUS = 2**31 - 1
_FACTOR = 16_807
_Item = TypeVar("_Item")


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


def seed_of(number: float, text: str) -> int:
    """Return the seed that a number means, or a text that is none, as devices take it."""
    if not math.isnan(number):
        return int(max(-(2.0**63), min(2.0**63 - 1, number)))
    if not text:
        return 0
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def shuffled(items: Sequence[_Item], seed: int) -> list[_Item]:
    """Shuffle as randomize() does on every device (Park and Miller 1988, as in JavaRosa)."""
    state = abs(seed) % _MODULUS * (-1 if seed < 0 else 1)
    if state <= 0:
        state += _MODULUS - 1
    found: list[_Item] = []
    for place, item in enumerate(items):
        state = state * _FACTOR % _MODULUS
        other = int((state - 1) / (_MODULUS - 1) * (place + 1))
        found.append(item)
        if other != place:
            found[place] = found[other]
            found[other] = item
    return found
