"""Hints and messages that follow from a question's type, in English and Swahili."""

import re

from usga_assessment.domain.catalogue.source import Both, SourceRow

ONE: Both = ("Mark one answer.", "Weka alama kwenye jibu moja.")
MANY: Both = ("Mark all that apply.", "Weka alama kwenye yote yanayohusika.")
NUMBER: Both = ("Enter a whole number.", "Andika nambari kamili.")
DATE: Both = ("Choose the date.", "Chagua tarehe.")
TEXT: Both = ("Write briefly.", "Andika kwa ufupi.")
READ: Both = ("Read aloud.", "Soma kwa sauti.")
SKIP: Both = (" The respondent may skip it.", " Mhojiwa anaweza kuliruka.")
DONT_KNOW: Both = (" -98: does not know.", " -98: hajui.")
REFUSED: Both = (" -99: prefers not to answer.", " -99: hapendi kujibu.")
ALONE: Both = (
    "An answer such as 'none' or 'does not know' cannot stand beside others.",
    "Jibu kama 'hakuna' au 'hajui' haliwezi kuwekwa pamoja na majibu mengine.",
)
FORMAT: Both = (
    "The code is not in its usual form.",
    "Msimbo hauko katika muundo wake wa kawaida.",
)
RANGE = re.compile(r"^\.>=(\d+) and \.<=(\d+)")
LEAST = re.compile(r"^\.>=(\d+)")
BASES = {
    "one": ONE, "one_file": ONE, "many": MANY, "integer": NUMBER, "date": DATE,
    "dateTime": DATE, "text": TEXT, "note": READ,
}  # fmt: skip


def hint(row: SourceRow) -> Both | None:
    """The hint of a question: its own, else what its type says; with the codes of refusal."""
    own = row.texts.get("hint")
    found = own or BASES.get(row.type.split()[0])
    if found is None or own is not None:
        return found
    if "-98" in row.constraint:
        found = _join(found, DONT_KNOW)
    if ".=-99" in row.constraint:
        found = _join(found, REFUSED)
    return _join(found, SKIP) if row.sensitivity in {"2", "3"} else found


def message(row: SourceRow, *, many: bool) -> Both | None:
    """What is shown when a constraint is broken: its own, else what the constraint says."""
    own = row.texts.get("message")
    if own is not None:
        return own
    if many:
        return ALONE
    if not row.constraint:
        return None
    codes = [code for code in ("-98", "-99") if f".={code}" in row.constraint]
    tail: Both = (
        "".join(f", or {code}" for code in codes),
        "".join(f", au {code}" for code in codes),
    )
    span, least = RANGE.match(row.constraint), LEAST.match(row.constraint)
    if span:
        low, high = span.groups()
        return _join((f"Enter {low} to {high}", f"Andika {low} hadi {high}"), tail, (".", "."))
    if least:
        words: Both = (f"Enter {least[1]} or more", f"Andika {least[1]} au zaidi")
        return _join(words, tail, (".", "."))
    return FORMAT


def _join(*parts: Both) -> Both:
    return "".join(p[0] for p in parts), "".join(p[1] for p in parts)
