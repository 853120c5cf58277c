"""What becomes of a received interview before it is stored: rules of the form, rules of ethics."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from usga_expressions.environment import Environment, Table
from usga_expressions.findings import Severity
from usga_expressions.instrument import CheckResult

from usga_assessment.domain.sampling.dispositions import DISPOSITIONS
from usga_assessment.domain.sealing.classes import Section, sections
from usga_assessment.domain.submission.envelope import Envelope
from usga_assessment.domain.submission.ethics import (
    NO_CONSENT,
    Watch,
    pointer,
    rule,
    watch,
    without,
)
from usga_assessment.domain.submission.unconsented import DISPOSITION

MOST_PROBLEMS = 50
"""Problems that are kept and told of one interview; one is enough to quarantine it."""
WITHDRAW_CODE = "withdraw_code"
ELIGIBLE = "n_elig"
_BESIDE = ("/paradata", "/attachments")
"""Members of the envelope that follow the answers when there was no consent."""
INVALID = "invalid-answers"
UNKNOWN_INSTRUMENT = "unknown-instrument"
NOT_PUBLISHED = "instrument-not-published"
NOT_COLLECTING = "E-11"


class Checker(Protocol):
    """A compiled instrument, as `usga_expressions.instrument.Instrument` is one."""

    def environment(
        self,
        *,
        now: datetime,
        lists: Mapping[str, Table] | None = None,
        draw: Callable[[], float] | None = None,
    ) -> Environment:
        """The surroundings of one check."""
        ...

    def check(
        self, answers: Mapping[str, Any], *, now: datetime, environment: Environment | None = None
    ) -> CheckResult:
        """Every finding about the answers of one interview."""
        ...


@dataclass(frozen=True, slots=True)
class Form:
    """An instrument as the ingest needs it."""

    checker: Checker
    section: Section
    watch: Watch
    names: frozenset[str]
    lists: Mapping[str, Table] = field(default_factory=dict)
    is_published: bool = True

    @classmethod
    def of(
        cls,
        document: Mapping[str, Any],
        checker: Checker,
        *,
        lists: Mapping[str, Table],
        is_published: bool = True,
    ) -> "Form":
        """Prepare an instrument document for checking and splitting."""
        watching = watch(document["nodes"])
        return cls(
            checker, sections(document["nodes"]), watching, watching.names, lists, is_published
        )


@dataclass(frozen=True, slots=True)
class ProblemNote:
    """One thing wrong with an interview: where and which rule; never the answer."""

    pointer: str
    code: str


@dataclass(frozen=True, slots=True)
class Checked:
    """An interview after the checks: `code` quarantines it, `answers` are what may be kept."""

    answers: dict[str, Any]
    code: str | None = None
    problems: tuple[ProblemNote, ...] = ()
    redacted: tuple[str, ...] = ()


def check(envelope: Envelope, form: Form | None, *, age_floor: int, collecting: bool) -> Checked:
    """Judge one interview; without a form nothing but its receipt can be done now.

    `collecting` says that the assessment's state lets production interviews in (E-11).
    """
    if form is None:
        note = ProblemNote("/version", UNKNOWN_INSTRUMENT)
        return Checked(envelope.answers, UNKNOWN_INSTRUMENT, (note,))
    now = envelope.ended_at  # what today() and now() meant on the tablet
    surroundings = form.checker.environment(now=now, lists=form.lists, draw=_draw)
    result = form.checker.check(envelope.answers, now=now, environment=surroundings)
    errors = [f for f in result.findings if f.severity is Severity.ERROR]
    ruling = rule(
        envelope.answers,
        form.watch,
        age_floor=age_floor,
        irrelevant=[_place(f.pointer) for f in errors if f.code == "irrelevant-answer"],
    )
    answers = envelope.answers
    if ruling.dropped:
        answers = without(answers, ruling.dropped)
    members = _BESIDE if NO_CONSENT in ruling.codes else ()
    problems = [ProblemNote("", code) for code in ruling.codes]
    if envelope.purpose == "production" and not collecting:
        problems.append(ProblemNote("/purpose", NOT_COLLECTING))
    if not form.is_published:
        problems.append(ProblemNote("/version", NOT_PUBLISHED))
    problems += [ProblemNote(pointer(_place(f.pointer), form.watch), f.code) for f in errors]
    code = ruling.code or (_code_of(problems[0], errors) if problems else None)
    return Checked(
        answers,
        code,
        tuple(problems[:MOST_PROBLEMS]),
        (*dict.fromkeys(pointer(place, form.watch) for place in ruling.dropped), *members),
    )


def _draw() -> float:
    """Draws that the tablet did not send decide nothing here: a constant is as good as any."""
    return 0.5


def _code_of(first: ProblemNote, errors: list[Any]) -> str:
    """A note before the form's own findings names the rule; those together are one code."""
    is_finding = bool(errors) and first.pointer.startswith("/answers")
    return INVALID if is_finding else first.code


def _place(found: str) -> tuple[str | int, ...]:
    """The place of a JSON pointer into the answers."""
    steps = found.removeprefix("/").split("/")
    return tuple(
        int(step) if step.isdigit() else step.replace("~1", "/").replace("~0", "~")
        for step in steps
    )


def disposition_of(answers: Mapping[str, Any], form: Form) -> str | None:
    """The AAPOR code of an interview: `d1_2` is 1.2; a form that does not ask has completes."""
    if DISPOSITION not in form.names:
        return "1.1"
    value = answers.get(DISPOSITION)
    if type(value) is not str or not value.startswith("d"):
        return None
    code = value[1:].replace("_", ".")
    return code if code in DISPOSITIONS else None
