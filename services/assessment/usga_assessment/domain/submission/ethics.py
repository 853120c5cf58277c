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

CONSENT, CONSENT_SENSITIVE, CONSENT_GEO = "consent", "consent_sens", "consent_geo"
PRIVACY_CHECK = "priv_ok"
AGE = "age"
YES = "yes"
_NO_ANSWER = frozenset(
    {"calculate", "hidden", "start", "end", "today", "deviceid", "username", "phonenumber",
     "email", "audit", "note"}
)  # fmt: skip
_WITHOUT_CONSENT = frozenset(
    {FieldClass.S3, FieldClass.LOCATION, FieldClass.IDENTIFIER, FieldClass.TEXT}
)
_ORDER = ("C-01", "E-01", "C-04", "E-09")


@dataclass(slots=True)
class Watched:
    """What is watched in one level of the answers: the form itself or one repeat."""

    s3: dict[str, str | None] = field(default_factory=dict)
    """Each S3 question with the privacy check that opens it (None: the form has none)."""
    located: set[str] = field(default_factory=set)
    labels: set[str] = field(default_factory=set)
    after_consent: dict[str, FieldClass] = field(default_factory=dict)
    repeats: dict[str, "Watched"] = field(default_factory=dict)

    @property
    def is_idle(self) -> bool:
        return not (self.s3 or self.located or self.labels or self.after_consent or self.repeats)


@dataclass(slots=True)
class Watch:
    """The rules as they apply to one instrument; made once, used for every interview."""

    root: Watched
    names: frozenset[str]

    @property
    def asks_consent(self) -> bool:
        return CONSENT in self.names

    @property
    def asks_geo(self) -> bool:
        return CONSENT_GEO in self.names


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the rules say: the codes broken, and where answers must be dropped."""

    codes: tuple[str, ...]
    dropped: tuple[tuple[str | int, ...], ...]

    @property
    def code(self) -> str | None:
        """The rule that quarantines the interview."""
        return next((code for code in _ORDER if code in self.codes), None)


def watch(nodes: Iterable[Mapping[str, Any]]) -> Watch:
    """Prepare the rules for the nodes of an instrument document."""
    flat = list(_flatten(nodes, ()))
    names = frozenset(node["name"] for node, _ in flat)
    checks = {
        node.get("module"): node["name"]
        for node, _ in flat
        if node["name"].startswith(PRIVACY_CHECK)
    }
    consent_module = next((n.get("module") for n, _ in flat if n["name"] == CONSENT), None)
    root, asked = Watched(), False
    for node, repeats in flat:
        if node["name"] == CONSENT:
            asked = True
        level = root
        for name in repeats:
            level = level.repeats.setdefault(name, Watched())
        name, kind = node["name"], FieldClass(node["field_class"])
        if kind is FieldClass.S3:
            fallback = PRIVACY_CHECK if PRIVACY_CHECK in names else None
            level.s3[name] = checks.get(node.get("module"), fallback)
        if kind is FieldClass.LOCATION:
            level.located.add(name)
        if kind is FieldClass.IDENTIFIER and repeats:
            level.labels.add(name)
        if asked and node["type"] not in _NO_ANSWER and node.get("module") != consent_module:
            level.after_consent[name] = kind
    _prune(root)
    return Watch(root, names)


def rule(
    answers: Mapping[str, Any],
    watching: Watch,
    *,
    age_floor: int,
    irrelevant: Iterable[tuple[str | int, ...]] = (),
) -> Ruling:
    """Judge the answers of one interview; `irrelevant` are places whose question was not asked.

    An S3 answer to a question that was not to be asked is an open gate like any other.
    """
    codes: set[str] = set()
    dropped: set[tuple[str | int, ...]] = set()
    agreed = not watching.asks_consent or answers.get(CONSENT) == YES
    _Judge(answers, watching, agreed, codes, dropped).level(answers, watching.root, ())
    for place in irrelevant:
        if _is_s3(place, watching.root):
            codes.add("E-01")
            dropped.add(place)
    age = answers.get(AGE)
    if type(age) is int and 0 <= age < age_floor and AGE in watching.names:
        codes.add("E-09")
    return Ruling(tuple(sorted(codes)), tuple(sorted(dropped, key=str)))


@dataclass(slots=True)
class _Judge:
    answers: Mapping[str, Any]
    watching: Watch
    agreed: bool
    codes: set[str]
    dropped: set[tuple[str | int, ...]]

    def level(
        self, values: Mapping[str, Any], watched: Watched, place: tuple[str | int, ...]
    ) -> None:
        for name, check in watched.s3.items():
            if given(values.get(name)) and not self._gate_open(values, check):
                self._drop("E-01", (*place, name))
        if self.watching.asks_geo and self.answers.get(CONSENT_GEO) != YES:
            for name in _answered(values, watched.located):
                self._drop("C-04", (*place, name))
        self.dropped.update((*place, name) for name in _answered(values, watched.labels))
        if not self.agreed:
            self._without_consent(values, watched, place)
        for name, inner in watched.repeats.items():
            rows = values.get(name)
            if type(rows) is list:
                for index, row in enumerate(rows):
                    if type(row) is dict:
                        self.level(row, inner, (*place, name, index))

    def _gate_open(self, values: Mapping[str, Any], check: str | None) -> bool:
        if check is None or self.answers.get(CONSENT_SENSITIVE) != YES:
            return False
        nearest = values.get(check)
        return (self.answers.get(check) if nearest is None else nearest) == YES

    def _without_consent(
        self, values: Mapping[str, Any], watched: Watched, place: tuple[str | int, ...]
    ) -> None:
        for name, kind in watched.after_consent.items():
            if given(values.get(name)):
                self.codes.add("C-01")
                if kind in _WITHOUT_CONSENT:
                    self.dropped.add((*place, name))

    def _drop(self, code: str, place: tuple[str | int, ...]) -> None:
        self.codes.add(code)
        self.dropped.add(place)


def _answered(values: Mapping[str, Any], names: Iterable[str]) -> Iterable[str]:
    return (name for name in names if given(values.get(name)))


def given(value: Any) -> bool:
    """Whether there is an answer: null and "" are none."""
    return value is not None and value != ""


def without(answers: dict[str, Any], places: Iterable[tuple[str | int, ...]]) -> dict[str, Any]:
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


def pointer(place: tuple[str | int, ...]) -> str:
    """The JSON pointer of a place in the answers, from the envelope."""
    return "/answers/" + "/".join(str(step) for step in place)


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


def _prune(watched: Watched) -> None:
    for name, inner in list(watched.repeats.items()):
        _prune(inner)
        if inner.is_idle:
            del watched.repeats[name]


def _is_s3(place: tuple[str | int, ...], watched: Watched) -> bool:
    level = watched
    for step in place[:-1]:
        if isinstance(step, str):
            if step not in level.repeats:
                return False
            level = level.repeats[step]
    return place[-1] in level.s3
