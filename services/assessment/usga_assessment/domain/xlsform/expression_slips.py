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
        (r"\^", "^", "pow(x, y)"),
        ("\u2265", "\u2265", ">="),
        ("\u2264", "\u2264", "<="),
        ("\u2260", "\u2260", "!="),
        ("[\u2013\u2014\u2212]", "\u2013", "-"),
        ("\u00d7", "\u00d7", "*"),
        ("\u00f7", "\u00f7", "div"),
        (r"!(?!=)", "!", "not(...)"),
        (r"(?<=[\w)}])\s*/\s*(?=[\d(])", "/", "div"),
    )
)
WORDS = re.compile(r"\b(AND|OR|DIV|MOD|And|Or|Div|Mod)\b")
BRACES = re.compile(r"(?<!\$)\{\s*([\w.\-]+)\s*\}")
COMMA = re.compile(r"(?<![\w.,])(\d+),(\d+)(?![\w,])")
PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s?%(?!\s*[\w$(])")
DOUBLED = re.compile(r"'([^']*)''([^']*)'")
"""A quotation mark inside a text, doubled as in other languages."""

ELSEWHERE = {
    **dict.fromkeys(("ifelse", "if_else", "iff", "iif", "ifs", "cond"), "if(condition, a, b)"),
    **dict.fromkeys(("len", "length", "strlen", "char_length"), "string-length(...)"),
    **dict.fromkeys(("left", "right", "mid", "slice"), "substr(text, from, to)"),
    **dict.fromkeys(("isblank", "isnull", "isempty", "is_empty", "isna"), "${x} = ''"),
    **dict.fromkeys(("average", "avg", "mean"), "sum(...) div count(...)"),
    **dict.fromkeys(("year", "month", "day"), "format-date(${x}, '%Y-%m-%d')"),
    **dict.fromkeys(("datediff", "datedif", "days"), "int(${to} - ${from})"),
    **dict.fromkeys(("sumif", "countif"), "sum(${repeat}[condition]/x)"),
    **dict.fromkeys(("vlookup", "xlookup", "lookup"), "pulldata(file, column, key column, key)"),
    **dict.fromkeys(("substitute", "replace"), "translate(text, from, to)"),
    **dict.fromkeys(("isselected", "is_selected", "has"), "selected(${x}, 'name')"),
    "concatenate": "concat(...)", "trim": "normalize-space(...)", "find": "contains(text, part)",
    "power": "pow(x, y)", "value": "number(...)", "trunc": "int(...)", "rand": "random()",
    "ceil": "int(x + 0.999999)", "roundup": "int(x + 0.999999)", "rounddown": "int(x)",
    "and": "a and b", "or": "a or b", "mod": "a mod b", "div": "a div b",
}  # fmt: skip
"""Functions of spreadsheets and of other languages, and what says the same here."""

YES = frozenset({"y", "x", "oui", "si", "s\u00ed", "\u0434\u0430", "ndiyo", "ha", "mandatory"})
"""What authors write in the column required, and every client takes for the path of a question."""

NAMED = re.compile(r"[^\W\d][\w-]*")
NEAR = 0.75
CALLED = re.compile(r"\s*([\w:.\-]+)\s*\(")


def written_otherwise(text: str, at: int) -> dict[str, str]:
    """Values of the hint for what stands around this place; none when it is no known slip."""
    if sign := _percent(text, at) or _doubled(text, at) or _sign(text, at):
        return sign
    if (word := _covers(WORDS, text, at)) is not None:
        return _instead(word[0], word[0].lower())
    if (braces := _covers(BRACES, text, at)) is not None:
        return _instead(braces[0], f"${{{braces[1]}}}")
    if (comma := _covers(COMMA, text, at)) is not None:
        return _instead(comma[0], f"{comma[1]}.{comma[2]}")
    if text[at : at + 1] in {"'", '"'}:
        return {"hints": "close-the-quote", "quote": text[at]}
    return {}


def _percent(text: str, at: int) -> dict[str, str]:
    share = _covers(PERCENT, text, at)
    return _instead(share[0], f"{float(share[1]) / 100:.10g}") if share is not None else {}


def _doubled(text: str, at: int) -> dict[str, str]:
    found = _covers(DOUBLED, text, at)
    return _instead(found[0], f'"{found[1]}\'{found[2]}"') if found is not None else {}


def _sign(text: str, at: int) -> dict[str, str]:
    for pattern, written, meant in SIGNS:
        if _covers(pattern, text, at) is not None:
            return _instead(written, meant)
    return {}


def name_meant(text: str, at: int, column: str) -> dict[str, str]:
    """Values of the hint for a name that stands alone and leads nowhere."""
    word = NAMED.match(text, at)
    if column == "required" and text.strip().lower() in YES:
        return _instead(text.strip(), "yes")
    if word is not None and word[0].lower() in FUNCTIONS:
        return {"hints": "did-you-mean", "meant": f"{word[0].lower()}()"}
    return {}


def function_meant(text: str, at: int) -> dict[str, str]:
    """Values of the hint for a function of this name."""
    called = CALLED.match(text, at)
    if called is None:
        return {}
    lowered = called[1].lower()
    if lowered in ELSEWHERE:
        return _instead(f"{called[1]}(...)", ELSEWHERE[lowered])
    meant = lowered if lowered in FUNCTIONS else did_you_mean(lowered, FUNCTIONS, least=NEAR)
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
