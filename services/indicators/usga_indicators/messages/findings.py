"""What checks of definitions and of weights say, in the languages of the API.

The code speaks English; `findings.toml` holds each text with {0}, {1} for what it names, and the
same in the other languages. A text that is not there stays English.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

_PLACE = re.compile(r"\{(\d)\}")
_REPLICATE = re.compile(r"in replicate (\d+): (.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Said:
    """A text of the code as a pattern, and its like in every language."""

    pattern: re.Pattern[str]
    words: Mapping[str, str]


@lru_cache(maxsize=1)
def _known() -> tuple[_Said, ...]:
    """Texts with the most letters of their own first: the closest one is taken."""
    text = files("usga_indicators.messages").joinpath("findings.toml").read_text("utf-8")
    entries: list[dict[str, str]] = tomllib.loads(text)["finding"]
    entries.sort(key=lambda e: len(_PLACE.sub("", e["en"])), reverse=True)
    return tuple(_Said(_pattern(entry["en"]), entry) for entry in entries)


def _pattern(english: str) -> re.Pattern[str]:
    parts = _PLACE.split(english)
    return re.compile(
        "".join(re.escape(p) if at % 2 == 0 else "(.+?)" for at, p in enumerate(parts)), re.DOTALL
    )


def said_in(language: str, text: str | None) -> str | None:
    """The text in a language, with the same names in it; as it is where no words are known."""
    if text is None or language == "en":
        return text
    for known in _known():
        found = known.pattern.fullmatch(text)
        if found is not None and language in known.words:
            return _named(known.words[language], found.groups())
    return text


def said_with_hint(language: str, text: str) -> str:
    """A finding whose way out stands behind it in brackets; what is of a replicate says so."""
    of_replicate = _REPLICATE.fullmatch(text)
    if of_replicate is not None:
        number, rest = of_replicate.groups()
        frame = said_in(language, f"in replicate {number}: _") or ""
        return frame.removesuffix("_") + said_with_hint(language, rest)
    message, bracket, hint = text.removesuffix(")").rpartition(" (")
    way_out = said_in(language, hint)
    if bracket and way_out != hint:  # else the bracket is the message's own
        return f"{said_in(language, message)} ({way_out})"
    return said_in(language, text) or ""


def _named(words: str, names: tuple[str, ...]) -> str:
    return _PLACE.sub(lambda place: names[int(place[1])], words)
