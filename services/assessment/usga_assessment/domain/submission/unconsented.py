"""What stays of an interview whose respondent did not agree (rule C-01).

The question that asks for it is named `consent` or has the role `consent`, as `ki_consent` of key
informants and `fg_consent_all` of groups. Only what was known before consent was asked, the
consents themselves, the result for the household and what the tablet says of itself stay;
whatever else was sent is dropped, also what no form knows.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from usga_shared.wire.vocabulary import FieldClass

from usga_assessment.domain.privacy_gate import (
    CONSENT,
    ROLE,
    YES,
    asks_consent,
    asks_sensitive_consent,
)

DISPOSITION = "disp_final"
Place = tuple[str | int, ...]

_OF_THE_TABLET = frozenset(
    {"start", "end", "today", "deviceid", "username", "phonenumber", "email", "audit"}
)
_GIVEN_BY_NOBODY = frozenset({"calculate", "hidden", "note"})
"""Dropped like all, but the tablet alone may have made them: no sign that consent was ignored."""


@dataclass(slots=True)
class Stays:
    """One level of the answers: names that stay, names whose dropping breaks no rule."""

    names: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)
    repeats: dict[str, "Stays"] = field(default_factory=dict)


def stays(nodes: Iterable[Mapping[str, Any]]) -> Stays:
    """What stays without consent of the answers to a form; nothing is asked before its place."""
    root = Stays()
    _sort(nodes, root, asked=False)
    return root


def agreed(answers: Mapping[str, Any], consents: Iterable[str]) -> bool:
    """Whether somebody who may agree said yes, and nobody anything else.

    A form may ask several (a group, then the guardians of the young): those who were not to be
    asked have said nothing.
    """
    said = [answer for name in consents if _is_there(answer := answers.get(name))]
    return bool(said) and all(answer == YES for answer in said)


def _is_there(answer: Any) -> bool:
    return answer is not None and answer not in ("", [])


def unconsented(answers: Mapping[str, Any], level: Stays) -> tuple[set[Place], bool]:
    """The places that must be dropped, and whether any of them shows that consent was ignored."""
    return _unconsented(answers, level, ())


def _sort(nodes: Iterable[Mapping[str, Any]], level: Stays, *, asked: bool) -> bool:
    """Fill a level in the order of the form; answers whether consent has been asked by now."""
    for node in nodes:
        name, kind = node["name"], node["kind"]
        if kind == "group":
            asked = _sort(node.get("children") or (), level, asked=asked)
            continue
        if kind == "repeat":
            if not asked:
                level.repeats[name] = Stays()
                asked = _sort(node.get("children") or (), level.repeats[name], asked=asked)
            continue
        asked = asked or asks_consent(name, _role(node))
        if not asked or _always(node):
            level.names.add(name)
        elif node["type"] in _GIVEN_BY_NOBODY:
            level.silent.add(name)
    return asked


def _role(node: Mapping[str, Any]) -> str | None:
    role: str | None = (node.get("attributes") or {}).get(ROLE)
    return role


def _always(node: Mapping[str, Any]) -> bool:
    """Consents, the result and what the tablet says of itself stay wherever they stand."""
    name = node["name"]
    role = _role(node)
    if node["type"] in _OF_THE_TABLET or name == DISPOSITION or asks_consent(name, role):
        return True
    is_consent = name.startswith(f"{CONSENT}_") or asks_sensitive_consent(name, role)
    return is_consent and node["field_class"] == FieldClass.OPEN


def _unconsented(answers: Mapping[str, Any], level: Stays, at: Place) -> tuple[set[Place], bool]:
    dropped: set[Place] = set()
    ignored = False
    for name, value in answers.items():
        inner = level.repeats.get(name)
        if not _is_there(value) or name in level.names:
            continue
        if inner is None or type(value) is not list:
            dropped.add((*at, name))
            ignored = ignored or name not in level.silent
            continue
        for index, row in enumerate(value):
            if type(row) is dict:
                below, broken = _unconsented(row, inner, (*at, name, index))
                dropped |= below
                ignored = ignored or broken
    return dropped, ignored
