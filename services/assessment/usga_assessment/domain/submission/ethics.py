"""Rules of ethics on a received interview: never a refusal, but less may be kept (design 5).

What was answered without consent is dropped before storage; the interview is quarantined under
the rule's code: C-01 (no consent), E-01 (S3 with the gate closed), C-04 (location without
`consent_geo`), E-09 (below the age floor). Labels of a household roster are dropped always (P-01)
and quarantine nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from usga_shared.wire.vocabulary import FieldClass

from usga_assessment.domain.privacy_gate import (
    PRIVACY_CHECK,
    ROLE,
    YES,
    asks_consent,
    asks_sensitive_consent,
    is_privacy_check,
)
from usga_assessment.domain.submission.unconsented import (
    Place,
    Stays,
    agreed,
    stays,
    unconsented,
)

SOMEWHERE_SENSITIVE = "/answers/-"
"""Stands for places of S3 answers: naming a question that few are asked would tell of them."""
CONSENT_GEO = "consent_geo"
AGE = "age"
NO_CONSENT = "C-01"
_ORDER = ("C-01", "E-01", "C-04", "E-09")


@dataclass(slots=True)
class Watched:
    """What is watched in one level of the answers: the form itself or one repeat."""

    s3: dict[str, str | None] = field(default_factory=dict)
    """Each S3 question with the privacy check that opens it (None: the form has none)."""
    located: set[str] = field(default_factory=set)
    labels: set[str] = field(default_factory=set)
    repeats: dict[str, "Watched"] = field(default_factory=dict)

    @property
    def is_idle(self) -> bool:
        return not (self.s3 or self.located or self.labels or self.repeats)


@dataclass(slots=True)
class Watch:
    """The rules as they apply to one instrument; made once, used for every interview."""

    root: Watched
    names: frozenset[str]
    repeats: frozenset[str]
    consents: frozenset[str]
    """The questions that ask for the sensitive consent."""
    agreements: tuple[str, ...]
    """The questions that ask for consent to the interview, outside repeats."""
    stays: Stays

    @property
    def asks_geo(self) -> bool:
        return CONSENT_GEO in self.names


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the rules say: the codes broken, and where answers must be dropped."""

    codes: tuple[str, ...]
    dropped: tuple[Place, ...]

    @property
    def code(self) -> str | None:
        """The rule that quarantines the interview."""
        return next((code for code in _ORDER if code in self.codes), None)


NOTHING = Ruling((), ())
"""What the rules say of most interviews."""


def watch(nodes: Iterable[Mapping[str, Any]]) -> Watch:
    """Prepare the rules for the nodes of an instrument document."""
    nodes = list(nodes)
    flat = list(_flatten(nodes, ()))
    names = frozenset(node["name"] for node, _ in flat)
    checks = _Checks([node for node, _ in flat])
    root = Watched()
    for node, repeats in flat:
        level = root
        for name in repeats:
            level = level.repeats.setdefault(name, Watched())
        name, kind = node["name"], FieldClass(node["field_class"])
        if kind is FieldClass.S3:
            level.s3[name] = checks.opening(node)
        if kind is FieldClass.LOCATION:
            level.located.add(name)
        if kind is FieldClass.IDENTIFIER and repeats:
            level.labels.add(name)
        checks.pass_by(node)
    _prune(root)
    return Watch(
        root,
        names,
        frozenset(name for _, repeats in flat for name in repeats),
        frozenset(n["name"] for n, _ in flat if asks_sensitive_consent(n["name"], _role(n))),
        tuple(
            n["name"]
            for n, repeats in flat
            if not repeats and n["type"] != "note" and asks_consent(n["name"], _role(n))
        ),
        stays(nodes),
    )


class _Checks:
    """Finds the privacy check that opens a question, in the order of the form."""

    def __init__(self, questions: list[Mapping[str, Any]]) -> None:
        asked = [q for q in questions if q["type"] != "note"]
        checks = [q for q in asked if is_privacy_check(q["name"], _role(q))]
        names = [q["name"] for q in checks]
        self._named = frozenset(names)
        self._any = PRIVACY_CHECK if PRIVACY_CHECK in names else next(iter(names), None)
        self._last: dict[str | None, str] = {}  # of each module: the last one passed by, or first
        for check in checks:
            self._last.setdefault(check.get("module"), check["name"])

    def pass_by(self, question: Mapping[str, Any]) -> None:
        """The questions that follow come after this one."""
        if question["name"] in self._named:
            self._last[question.get("module")] = question["name"]

    def opening(self, question: Mapping[str, Any]) -> str | None:
        """The check asked last before it in its module; failing that, one of the form."""
        return self._last.get(question.get("module"), self._any)


def rule(
    answers: Mapping[str, Any],
    watching: Watch,
    *,
    age_floor: int,
    irrelevant: Iterable[Place] = (),
) -> Ruling:
    """Judge the answers of one interview; `irrelevant` are places whose question was not asked.

    An S3 answer to a question that was not to be asked is an open gate like any other.
    """
    codes: set[str] = set()
    dropped: set[Place] = set()
    if not watching.root.is_idle:
        _Judge(answers, watching, codes, dropped).level(answers, watching.root, ())
    if watching.agreements and not agreed(answers, watching.agreements):
        places, ignored = unconsented(answers, watching.stays)
        dropped |= places
        if ignored:
            codes.add(NO_CONSENT)
    for place in irrelevant:
        if _is_s3(place, watching.root):
            codes.add("E-01")
            dropped.add(place)
    age = answers.get(AGE)
    if type(age) is int and 0 <= age < age_floor and AGE in watching.names:
        codes.add("E-09")
    if not (codes or dropped):
        return NOTHING
    outermost = (p for p in dropped if not any(p[:n] in dropped for n in range(1, len(p))))
    return Ruling(tuple(sorted(codes)), tuple(sorted(outermost, key=str)))


@dataclass(slots=True)
class _Judge:
    answers: Mapping[str, Any]
    watching: Watch
    codes: set[str]
    dropped: set[Place]

    def level(self, values: Mapping[str, Any], watched: Watched, place: Place) -> None:
        for name, check in watched.s3.items():
            if given(values.get(name)) and not self._gate_open(values, check):
                self._drop("E-01", (*place, name))
        if self.watching.asks_geo and self.answers.get(CONSENT_GEO) != YES:
            for name in _answered(values, watched.located):
                self._drop("C-04", (*place, name))
        self.dropped.update((*place, name) for name in _answered(values, watched.labels))
        for name, inner in watched.repeats.items():
            rows = values.get(name)
            if type(rows) is list:
                for index, row in enumerate(rows):
                    if type(row) is dict:
                        self.level(row, inner, (*place, name, index))

    def _gate_open(self, values: Mapping[str, Any], check: str | None) -> bool:
        return _opens(self.answers, values, self.watching, check)

    def _drop(self, code: str, place: Place) -> None:
        self.codes.add(code)
        self.dropped.add(place)


def _opens(
    answers: Mapping[str, Any], values: Mapping[str, Any], watching: Watch, check: str | None
) -> bool:
    asked = [answers.get(name) for name in watching.consents]
    said = [answer for answer in asked if given(answer)]
    if check is None or not said or any(answer != YES for answer in said):
        return False
    nearest = values.get(check)
    return (answers.get(check) if nearest is None else nearest) == YES


def gate_is_open(
    answers: Mapping[str, Any], values: Mapping[str, Any], watching: Watch, place: Place
) -> bool:
    """Whether the gate of the S3 question at a place (names alone) was opened.

    `values` are the answers of its level: `answers` themselves outside repeats.
    """
    level = watching.root
    for name in place[:-1]:
        level = level.repeats.get(str(name), level)
    return _opens(answers, values, watching, level.s3.get(str(place[-1])))


def _answered(values: Mapping[str, Any], names: Iterable[str]) -> Iterable[str]:
    return (name for name in names if given(values.get(name)))


def given(value: Any) -> bool:
    """Whether there is an answer: null and "" are none."""
    return value is not None and value != ""


def without(answers: dict[str, Any], places: Iterable[Place]) -> dict[str, Any]:
    """The answers without those at `places`; the given object stays as it is."""
    kept = dict(answers)
    for place in places:
        at: Any = kept
        for step in place[:-1]:
            copied = dict(at[step]) if type(at[step]) is dict else list(at[step])
            at[step] = copied
            at = copied
        at.pop(place[-1], None)
    return kept


def pointer(place: Iterable[str | int], watching: Watch) -> str:
    """The JSON pointer of a place in the answers, from the envelope.

    It ends before a name that the form does not have: such a name is text of the sender's.
    """
    shown, row = "/answers", False
    for step in place:
        if isinstance(step, int):
            if not row:
                break
        elif step not in watching.names and step not in watching.repeats:
            break
        shown, row = f"{shown}/{step}", step in watching.repeats
    return shown


def is_sensitive(place: Place, watching: Watch) -> bool:
    """Whether a place is an S3 question, or a repeat that asks any: that it is there tells."""
    level = watching.root
    for step in place:
        if isinstance(step, str):
            if step in level.s3:
                return True
            inner = level.repeats.get(step)
            if inner is None:
                return False
            level = inner
    return bool(place) and level is not watching.root and _asks_s3(level)


def _asks_s3(level: Watched) -> bool:
    return bool(level.s3) or any(_asks_s3(inner) for inner in level.repeats.values())


def _flatten(
    nodes: Iterable[Mapping[str, Any]], repeats: tuple[str, ...]
) -> Iterable[tuple[Mapping[str, Any], tuple[str, ...]]]:
    for node in nodes:
        children = node.get("children") or ()
        match node["kind"]:
            case "group":
                yield from _flatten(children, repeats)
            case "repeat":
                yield from _flatten(children, (*repeats, node["name"]))
            case _:
                yield node, repeats


def _role(node: Mapping[str, Any]) -> str | None:
    role: str | None = (node.get("attributes") or {}).get(ROLE)
    return role


def _prune(watched: Watched) -> None:
    for name, inner in list(watched.repeats.items()):
        _prune(inner)
        if inner.is_idle:
            del watched.repeats[name]


def _is_s3(place: Place, watched: Watched) -> bool:
    level = watched
    for step in place[:-1]:
        if isinstance(step, str):
            if step not in level.repeats:
                return False
            level = level.repeats[step]
    return place[-1] in level.s3
