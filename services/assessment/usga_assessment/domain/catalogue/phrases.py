"""Hints and messages that follow from a question's type, as phrases that all instruments share."""

import re

from usga_assessment.domain.catalogue.source import SourceRow, Text


def _phrase(name: str, english: str) -> Text:
    return Text(f"phrase:{name}", english)


ONE = _phrase("one", "Mark one answer.")
MANY = _phrase("many", "Mark all that apply.")
NUMBER = _phrase("number", "Enter a whole number.")
DATE = _phrase("date", "Choose the date.")
TEXT = _phrase("text", "Write briefly.")
READ = _phrase("read", "Read aloud.")
SKIP = _phrase("skip", "The respondent may skip it.")
DONT_KNOW = _phrase("dont_know", "-98: does not know.")
REFUSED = _phrase("refused", "-99: prefers not to answer.")
ALONE = _phrase("alone", "An answer such as 'none' or 'does not know' cannot stand beside others.")
FORMAT = _phrase("format", "The code is not in its usual form.")
SPANS = (
    _phrase("span", "Enter {low} to {high}."),
    _phrase("span_or", "Enter {low} to {high}, or {code}."),
    _phrase("span_or_or", "Enter {low} to {high}, or {code}, or {other}."),
)
"""By the number of special codes that the constraint admits."""
LEASTS = (
    _phrase("least", "Enter {low} or more."),
    _phrase("least_or", "Enter {low} or more, or {code}."),
    _phrase("least_or_or", "Enter {low} or more, or {code}, or {other}."),
)
PHRASES = (
    ONE, MANY, NUMBER, DATE, TEXT, READ, SKIP, DONT_KNOW, REFUSED, ALONE, FORMAT, *SPANS, *LEASTS,
)  # fmt: skip
"""Every phrase, in the order of the template."""

RANGE = re.compile(r"^\.>=(\d+) and \.<=(\d+)")
LEAST = re.compile(r"^\.>=(\d+)")
BASES = {
    "one": ONE, "one_file": ONE, "many": MANY, "integer": NUMBER, "date": DATE,
    "dateTime": DATE, "text": TEXT, "note": READ,
}  # fmt: skip


def hint(row: SourceRow) -> list[Text]:
    """The sentences of a question's hint: its own, else what its type says."""
    own = row.texts.get("hint")
    if own is not None:
        return [own]
    base = BASES.get(row.type.split()[0])
    if base is None:
        return []
    sentences = [base]
    if "-98" in row.constraint:
        sentences.append(DONT_KNOW)
    if ".=-99" in row.constraint:
        sentences.append(REFUSED)
    if row.sensitivity in {"2", "3"}:
        sentences.append(SKIP)
    return sentences


def message(row: SourceRow, *, many: bool) -> list[Text]:
    """What is shown when a constraint is broken: its own, else what the constraint says."""
    own = row.texts.get("message")
    if own is not None:
        return [own]
    if many:
        return [ALONE]
    if not row.constraint:
        return []
    span, least = RANGE.match(row.constraint), LEAST.match(row.constraint)
    codes = [code for code in ("-98", "-99") if f".={code}" in row.constraint]
    values = list(zip(("code", "other"), codes, strict=False))
    if span:
        low, high = span.groups()
        return [_filled(SPANS[len(codes)], ("low", low), ("high", high), *values)]
    if least:
        return [_filled(LEASTS[len(codes)], ("low", least[1]), *values)]
    return [FORMAT]


def _filled(phrase: Text, *values: tuple[str, str]) -> Text:
    return Text(phrase.place, phrase.english, phrase.home, values)
