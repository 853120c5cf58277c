"""How missing values are written, and which a variable can have (ADR-0027)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from usga_shared.wire.implied import implied_by
from usga_shared.wire.vocabulary import Missing, Sensitivity

MARK = "."
"""What begins with a dot is missing: no choice, number or date does."""
NUMBERS = frozenset({"integer", "int", "decimal", "range"})
RESERVED = {"dk": Missing.DK, "ref": Missing.REF, "na": Missing.NA}
RESERVED_NUMBERS = {-98: Missing.DK, -99: Missing.REF}
_SELECTS = ("select_one", "select_multiple", "rank")
_MADE_BY_THE_FORM = frozenset({"calculate", "hidden"})


def code_of(reason: Missing) -> str:
    """The code of a reason in an export."""
    return MARK + reason.value


@dataclass(frozen=True, slots=True)
class MissingCode:
    """A reason that a variable can have: its code in exports, and what tablets send for it."""

    code: str
    reason: Missing
    sent: str | None = None


def missing_codes(
    node: Mapping[str, Any], *, codes: frozenset[str], has_universe: bool
) -> list[MissingCode]:
    """Every reason that a question of an instrument document can have for no value of its own."""
    found: list[MissingCode] = []
    if str(node["type"]).startswith(_SELECTS):
        known = [(sent, reason) for sent, reason in RESERVED.items() if sent in codes]
        found += [MissingCode(code_of(reason), reason, sent) for sent, reason in known]
    elif node["type"] in NUMBERS:
        found += [MissingCode(code_of(r), r, str(sent)) for sent, r in RESERVED_NUMBERS.items()]
    reasons = [Missing.IMPLIED] if implied_by(node) else []
    if has_universe:
        reasons.append(Missing.NOT_ASKED)
    if node["sensitivity"] == Sensitivity.S3:
        reasons.append(Missing.GATE_FAILED)
    if node["type"] not in _MADE_BY_THE_FORM:
        reasons.append(Missing.NO_ANSWER)
    reasons.append(Missing.NOT_IN_VERSION)
    return found + [MissingCode(code_of(reason), reason) for reason in reasons]


def said(value: Any, *, number: bool, many: bool) -> Missing | None:
    """The reason that an answer is itself: dk, ref or na; None for an answer with substance."""
    if number:
        return RESERVED_NUMBERS.get(value) if type(value) in (int, float) else None
    if type(value) is not str:
        return None
    if many and value not in RESERVED:
        return next((RESERVED[mark] for mark in value.split() if mark in RESERVED), None)
    return RESERVED.get(value)
