"""What was probably meant where an expression cannot be read: signs of other languages."""

import re
from collections.abc import Iterator

from usga_expressions.compiler.library import PLAIN
from usga_expressions.compiler.special import SPECIAL
from usga_expressions.parser import parse

from usga_assessment.domain.xlsform.finding import Finding
from usga_assessment.domain.xlsform.spelling import did_you_mean
from usga_assessment.domain.xlsform.wording import error

FUNCTIONS = tuple(sorted({*PLAIN, *SPECIAL}))
SHOWN = 60
BEFORE = 24
"""Characters before the place of a finding in which its cause may stand."""

SIGNS: tuple[tuple[re.Pattern[str], str, str], ...] = tuple(
    (re.compile(pattern), written, meant)
    for pattern, written, meant in (
        (r"==", "==", "="),
        (r"<>", "<>", "!="),
        (r"=>", "=>", ">="),
        (r"=<", "=<", "<="),
        (r"&&?", "&", "and"),
        (r"\|\|?", "|", "or"),
        (r"%", "%", "mod"),
        (r"!(?!=)", "!", "not(...)"),
        (r"(?<=[\w)}])\s*/\s*(?=[\d(])", "/", "div"),
    )
)
WORDS = re.compile(r"\b(AND|OR|DIV|MOD|And|Or|Div|Mod)\b")
BRACES = re.compile(r"(?<!\$)\{\s*([\w.\-]+)\s*\}")
COMMA = re.compile(r"(?<![\w.,])(\d+),(\d+)(?![\w,])")
CALLED = re.compile(r"\s*([\w:.\-]+)\s*\(")


def written_otherwise(text: str, at: int) -> dict[str, str]:
    """Values of the hint for what stands around this place; none when it is no known slip."""
    for pattern, written, meant in SIGNS:
        if _covers(pattern, text, at) is not None:
            return _instead(written, meant)
    if (word := _covers(WORDS, text, at)) is not None:
        return _instead(word[0], word[0].lower())
    if (braces := _covers(BRACES, text, at)) is not None:
        return _instead(braces[0], f"${{{braces[1]}}}")
    if (comma := _covers(COMMA, text, at)) is not None:
        return _instead(comma[0], f"{comma[1]}.{comma[2]}")
    if text[at : at + 1] in {"'", '"'}:
        return {"hints": "close-the-quote", "quote": text[at]}
    return {}


def function_meant(text: str, at: int) -> dict[str, str]:
    """Values of the hint for a function of this name."""
    called = CALLED.match(text, at)
    if called is None:
        return {}
    lowered = called[1].lower()
    meant = lowered if lowered in FUNCTIONS else did_you_mean(lowered, FUNCTIONS)
    return {"hints": "did-you-mean", "meant": f"{meant}()"} if meant else {}


def unreadable(text: str | None, cell: str, name: str | None = None) -> Iterator[Finding]:
    """A condition that only tablets evaluate, where it cannot be read."""
    for said in parse(text).findings if text else ():
        at = said.position.start if said.position is not None else 0
        yield error(
            "expression-syntax", cell, name=name, at=at + 1,
            excerpt=(text or "")[at : at + SHOWN] or (text or "")[-SHOWN:],
            **written_otherwise(text or "", at),
        )  # fmt: skip


def _covers(pattern: re.Pattern[str], text: str, at: int) -> re.Match[str] | None:
    """A match that holds the place or ends at it, outside of texts and references."""
    start = max(0, at - BEFORE)
    for match in pattern.finditer(text, start, at + BEFORE):
        if match.start() <= at <= match.end():
            return match
    return None


def _instead(written: str, meant: str) -> dict[str, str]:
    return {"hints": "write-instead", "written": written, "meant": meant}
