"""Patterns in time that grows with the text alone: RE2, where backtracking may never end.

RE2 knows neither look-around nor back-references; such a pattern is none here. Its memory is
bounded too, so that a form full of patterns cannot fill a server.
"""

import re
from functools import lru_cache

import re2  # type: ignore[import-untyped]

#: A longer text is matched against no pattern.
MAX_TEXT = 10_000
#: Bytes that one pattern may take: programs of some ten thousand steps.
_MEMORY = 1 << 18
_PIECE = re.compile(
    r"\\u([0-9A-Fa-f]{4})|\\([sS])|(\\.)|(\[\^?\]?)|(\])|.", re.DOTALL
)  # in the order of what they mean: a code point, blanks, another escape, a class opens or ends


@lru_cache(maxsize=128)
def compiled(source: str, *, whole: bool = False) -> "re2._Regexp | None":
    """Compile a pattern for RE2; None for what RE2 does not know, or not as scripts do."""
    translated = _translated(source)
    if translated is None:
        return None
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY
    options.never_capture = True
    text = rf"\A(?:{translated})\z" if whole else translated
    try:
        return re2.compile(text.encode("utf-8", "replace"), options)
    except re2.error:
        return None


def found(text: str, source: str, *, whole: bool = False) -> bool:
    """Tell whether a pattern is found in a text; never for a pattern that RE2 does not know."""
    pattern = compiled(source, whole=whole)
    if pattern is None or len(text) > MAX_TEXT:
        return False
    return pattern.search(text.encode("utf-8", "replace")) is not None


def _translated(source: str) -> str | None:
    """Write a pattern of scripts for RE2: code points by their number, blanks by RE2's rule."""
    parts: list[str] = []
    inside = False
    for match in _PIECE.finditer(source):
        code, blanks, _, opens, closes = match.groups()
        piece = match[0]
        if code is not None:
            piece = rf"\x{{{code}}}"
        elif blanks == "s":
            piece = r"\s\v" if inside else r"[\s\v]"
        elif blanks == "S" and not inside:
            piece = r"[^\s\v]"
        elif opens is not None and inside:
            if source.startswith("[:", match.start()):
                return None  # a class of POSIX to RE2, and characters to everybody else
            piece = "\\[" + piece[1:]
            inside = not piece.endswith("]")
        elif opens is not None:
            inside = True
        elif closes is not None:
            inside = False
        parts.append(piece)
    return "".join(parts)
