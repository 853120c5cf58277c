"""Text functions (XPath 1.0 section 4.2 and the ODK additions)."""

import base64
import binascii
import hashlib
import math
import re
import warnings
from functools import lru_cache

from usga_expressions.functions import linear

#: A longer text is never matched by backtracking, which may take more than linear time.
MAX_MATCHED = 1_000
#: Nor is a longer one where every character may double the time.
_SHORT = 16
#: Steps that matching may take in the worst case: length to the power of the repetitions.
_MOST_STEPS = 1e8
_UNBOUNDED = re.compile(r"[*+]|\{\d*,\}|\{(?:\d*,)?(?:[2-9]\d|\d{3,})\}")
_DIGESTS = {
    "MD5": hashlib.md5,
    "SHA-1": hashlib.sha1,
    "SHA-256": hashlib.sha256,
    "SHA-384": hashlib.sha384,
    "SHA-512": hashlib.sha512,
}


def _index(number: float) -> int:
    if number != number:  # noqa: PLR0124
        return 0
    return int(max(-1e9, min(1e9, number)))


def substr(text: str, start: float, end: float = math.inf) -> str:
    """Cut from `start` to before `end`, counted from 0; negative counts from the end."""
    first, last = _index(start), _index(end)
    if not _is_wide(text):
        return text[first:last]
    units = _units(text)
    return _text([units[at : at + 2] for at in range(0, len(units), 2)][first:last])


def substring(text: str, start: float, length: float = math.inf) -> str:
    """Cut a part as XPath 1.0 does: counted from 1, positions rounded."""
    first = math.floor(start + 0.5) if math.isfinite(start) else start
    last = first + (math.floor(length + 0.5) if math.isfinite(length) else length)
    units = _units(text)
    parts = [units[at : at + 2] for at in range(0, len(units), 2)]
    return _text([part for at, part in enumerate(parts, 1) if first <= at < last])


def _is_wide(text: str) -> bool:
    """Tell whether some character is two UTF-16 units, which is what every engine counts."""
    return not text.isascii() and max(text) > "\uffff"


def _units(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")


def _text(units: list[bytes]) -> str:
    return b"".join(units).decode("utf-16-le", "replace")


def before(text: str, part: str) -> str:
    """Return what stands before the first occurrence of a part."""
    head, found, _ = text.partition(part) if part else ("", "", "")
    return head if found else ""


def after(text: str, part: str) -> str:
    """Return what stands after the first occurrence of a part."""
    return text.partition(part)[2] if part else text


def length(text: str) -> float:
    """Count UTF-16 units, as every engine does."""
    if text.isascii():
        return float(len(text))
    return float(len(_units(text)) // 2)


def normalize(text: str) -> str:
    """Cut blanks at the ends and join inner ones."""
    return " ".join(part for part in re.split(r"[ \t\r\n]+", text) if part)


def translate(text: str, old: str, new: str) -> str:
    """Replace single characters by their partners, or drop them."""
    table: dict[int, str | None] = {}
    for at, char in enumerate(old):
        table.setdefault(ord(char), new[at] if at < len(new) else None)
    return text.translate(table)


@lru_cache(maxsize=512)
def pattern(source: str) -> re.Pattern[str] | None:
    """Compile a pattern of JavaScript's and Java's common part; None when it has an error."""
    if source.endswith("$") and not source.endswith(r"\$"):
        source = source[:-1] + r"\Z"
    try:
        with warnings.catch_warnings():  # of what a later Python may read in another way
            warnings.simplefilter("ignore", FutureWarning)
            return re.compile(source, re.ASCII)
    except (re.error, OverflowError, RecursionError):
        return None


def is_risky(source: str) -> bool:
    """Tell whether a repetition or a choice is repeated, as in `(a+)+` and `(a|b)*`.

    Such a pattern may take time that doubles with every character of an answer.
    """
    inside = [False]  # of each open group: whether it repeats something without a limit
    at, in_class = 0, False
    while at < len(source):
        char = source[at]
        if char == "\\":
            at += 1
        elif in_class:
            in_class = char != "]"
        elif char == "[":
            in_class = True
        elif char == "(":
            inside.append(False)
        elif char == ")" and len(inside) > 1:
            repeats = inside.pop()
            if repeats and _UNBOUNDED.match(source, at + 1):
                return True
            inside[-1] |= repeats
        elif char == "|" or _UNBOUNDED.match(source, at):
            inside[-1] = True
        at += 1
    return False


def is_linear(source: str) -> bool:
    """Tell whether a pattern takes no more time than its text is long."""
    return not is_risky(source) or linear.compiled(source) is not None


def matches(text: str, source: str) -> bool:
    """Tell whether the pattern is found anywhere in the text (ODK specification)."""
    if len(text) > longest(source):
        return pattern(source) is not None and linear.found(text, source)
    compiled = pattern(source)
    return compiled is not None and compiled.search(text) is not None


def matches_whole(text: str, source: str) -> bool:
    """Tell whether the pattern covers the whole text (JavaRosa)."""
    if len(text) > longest(source):
        return pattern(source) is not None and linear.found(text, source, whole=True)
    compiled = pattern(source)
    return compiled is not None and compiled.fullmatch(text) is not None


@lru_cache(maxsize=512)
def longest(source: str) -> int:
    """Return how long a text may be that is matched by backtracking; RE2 takes the others."""
    if is_risky(source):
        return 0 if len(source) > MAX_MATCHED else _SHORT
    repetitions = len(_UNBOUNDED.findall(source))
    return min(MAX_MATCHED, int(_MOST_STEPS ** (1 / max(1, repetitions))))


def boolean_from_string(text: str) -> bool:
    """Only `true` and `1` are true."""
    return text in ("true", "1")


def is_digest(algorithm: str, encoding: str = "base64") -> bool:
    """Tell whether digest() knows the algorithm and the encoding."""
    return algorithm.upper() in _DIGESTS and encoding.lower() in ("base64", "hex")


def digest(text: str, algorithm: str, encoding: str = "base64") -> str:
    """Return the digest of the UTF-8 bytes; empty for an unknown algorithm or encoding."""
    if not is_digest(algorithm, encoding):
        return ""
    maker = _DIGESTS[algorithm.upper()]
    made = maker(text.encode("utf-8", "surrogatepass"))
    if encoding.lower() == "hex":
        return made.hexdigest()
    return base64.b64encode(made.digest()).decode("ascii")


def base64_decode(text: str) -> str:
    """Decode base64 to UTF-8 text; empty when it is none."""
    try:
        return base64.b64decode(text, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return ""


def contains(text: str, part: str) -> bool:
    """Tell whether a part occurs in the text."""
    return part in text


def starts_with(text: str, part: str) -> bool:
    """Tell whether the text begins with a part."""
    return text.startswith(part)


def ends_with(text: str, part: str) -> bool:
    """Tell whether the text ends with a part."""
    return text.endswith(part)
