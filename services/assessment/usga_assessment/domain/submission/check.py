"""What becomes of a received interview before it is stored: rules of the form, rules of ethics."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from usga_expressions.compact import Layout, NotCompact
from usga_expressions.environment import Environment, Table
from usga_expressions.findings import Severity
from usga_expressions.instrument import CheckResult, Instrument

from usga_assessment.domain.record import record
from usga_assessment.domain.sampling.dispositions import DISPOSITIONS
from usga_assessment.domain.sealing.classes import Section, sections
from usga_assessment.domain.submission import files, geometry
from usga_assessment.domain.submission.envelope import Envelope
from usga_assessment.domain.submission.ethics import (
    NO_CONSENT,
    NOTHING,
    SOMEWHERE_SENSITIVE,
    Watch,
    given,
    is_sensitive,
    pointer,
    rule,
    watch,
    without,
)
from usga_assessment.domain.submission.files import NamedFile
from usga_assessment.domain.submission.places import place_of
from usga_assessment.domain.submission.typed import Level, level_of
from usga_assessment.domain.submission.unconsented import DISPOSITION, Place, agreed

MOST_PROBLEMS = 50
"""Problems that are kept and told of one interview; one is enough to quarantine it."""
WITHDRAW_CODE = "withdraw_code"
ELIGIBLE = "n_elig"
_BESIDE = ("/paradata", "/attachments")
"""Members of the envelope that follow the answers when there was no consent."""
INVALID = "invalid-answers"
SENSITIVE = "s3-answers"
COMPLETE, REFUSED = "1.1", "2.112"
UNKNOWN_INSTRUMENT = "unknown-instrument"
NOT_PUBLISHED = "instrument-not-published"
NOT_COLLECTING = "E-11"
NOT_OF_THIS_FORM = "compact-answers"


@dataclass(frozen=True, slots=True)
class Form:
    """An instrument as the ingest needs it."""

    checker: Instrument
    section: Section
    watch: Watch
    names: frozenset[str]
    lists: Mapping[str, Table] = field(default_factory=dict)
    is_published: bool = True
    shapes: Level = field(default_factory=Level)
    files: Level = field(default_factory=Level)
    layout: Layout = field(default_factory=Layout)

    @classmethod
    def of(
        cls,
        document: Mapping[str, Any],
        checker: Instrument,
        *,
        lists: Mapping[str, Table],
        is_published: bool = True,
    ) -> "Form":
        """Prepare an instrument document for checking and splitting."""
        nodes = document["nodes"]
        watching = watch(nodes)
        return cls(
            checker, sections(nodes), watching, watching.names, lists, is_published,
            level_of(nodes, geometry.TYPES), level_of(nodes, files.TYPES), Layout.of(document),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ProblemNote:
    """One thing wrong with an interview: where and which rule; never the answer."""

    pointer: str
    code: str


@record
class Checked:
    """An interview after the checks: `code` quarantines it, `answers` are what may be kept.

    `warnings` say what is doubtful, such as a calculation that gives another value here; they
    quarantine nothing. `files` are those that answers name.
    """

    answers: dict[str, Any]
    code: str | None = None
    problems: tuple[ProblemNote, ...] = ()
    redacted: tuple[str, ...] = ()
    warnings: tuple[ProblemNote, ...] = ()
    files: tuple[NamedFile, ...] = ()


def open_and_check(
    envelope: Envelope, form: Form | None, *, age_floor: int, collecting: bool
) -> tuple[Envelope, Checked, Form | None]:
    """Judge one interview as it was sent: positions become names first (P-8).

    Answers whose positions the form does not have are like those of a form that is not known:
    kept sealed as a whole, nothing is read from them.
    """
    if form is not None and envelope.is_compact:
        try:
            envelope = envelope.expanded(form.layout)
        except NotCompact:
            note = ProblemNote("/answers", NOT_OF_THIS_FORM)
            return envelope, Checked({}, INVALID, (note,)), None
    checked = check(envelope, form, age_floor=age_floor, collecting=collecting)
    return envelope, checked, form


def check(envelope: Envelope, form: Form | None, *, age_floor: int, collecting: bool) -> Checked:
    """Judge one interview; without a form nothing but its receipt can be done now.

    `collecting` says that the assessment's state lets production interviews in (E-11).
    """
    if form is None:
        note = ProblemNote("/version", UNKNOWN_INSTRUMENT)
        return Checked(envelope.answers, UNKNOWN_INSTRUMENT, (note,))
    answers = envelope.answers
    findings = examine(envelope, form).findings
    errors = [f for f in findings if f.severity is Severity.ERROR] if findings else []
    ruling = rule(
        answers,
        form.watch,
        age_floor=age_floor,
        irrelevant=[place_of(f.pointer) for f in errors if f.code == "irrelevant-answer"],
    )
    is_awaited = form.is_published and (collecting or envelope.purpose != "production")
    if not findings and ruling is NOTHING and is_awaited and not _has_more(envelope, form):
        return Checked(answers)
    if ruling.dropped:
        answers = without(answers, ruling.dropped)
    members = _BESIDE if NO_CONSENT in ruling.codes else ()
    problems = [ProblemNote("", code) for code in ruling.codes]
    if envelope.purpose == "production" and not collecting:
        problems.append(ProblemNote("/purpose", NOT_COLLECTING))
    if not form.is_published:
        problems.append(ProblemNote("/version", NOT_PUBLISHED))
    found = [(place_of(f.pointer), f.code) for f in errors]
    if form.shapes:
        found += geometry.misshapen(answers, form.shapes)
    named, warnings = _files(envelope, answers, form) if not members else ([], [])
    found += [(file.place, files.OTHER_KIND) for file in named if file.is_of_other_kind]
    problems += _notes(found, form)
    doubtful = (f for f in findings if f.severity is not Severity.ERROR)
    warnings += _notes([(place_of(f.pointer), f.code) for f in doubtful], form)
    code = ruling.code or (_code_of(problems[0], found) if problems else None)
    return Checked(
        answers,
        code,
        tuple(problems[:MOST_PROBLEMS]),
        (*dict.fromkeys(_shown(place, form) for place in ruling.dropped), *members),
        tuple(warnings[:MOST_PROBLEMS]),
        tuple(named),
    )


def _has_more(envelope: Envelope, form: Form) -> bool:
    """Whether there are files or shapes, which are looked at by themselves."""
    return bool(form.files or form.shapes or envelope.document.get("attachments"))


def _notes(found: Iterable[tuple[Place, str]], form: Form) -> list[ProblemNote]:
    """Notes of findings; those on S3 answers are one that names neither question nor rule."""
    notes = [
        ProblemNote(SOMEWHERE_SENSITIVE, SENSITIVE)
        if is_sensitive(place, form.watch)
        else ProblemNote(pointer(place, form.watch), code)
        for place, code in found
    ]
    return list(dict.fromkeys(notes))


def _shown(place: Place, form: Form) -> str:
    if is_sensitive(place, form.watch):
        return SOMEWHERE_SENSITIVE
    return pointer(place, form.watch)


def examine(envelope: Envelope, form: Form) -> CheckResult:
    """What the instrument itself says of the answers."""
    surroundings = surroundings_of(envelope, form)
    return form.checker.check(envelope.answers, now=envelope.ended_at, environment=surroundings)


def surroundings_of(envelope: Envelope, form: Form) -> Environment:
    """Where the expressions are evaluated: today() and now() are the end of the interview."""
    return form.checker.environment(now=envelope.ended_at, lists=form.lists, draw=_draw)


def _files(
    envelope: Envelope, answers: Mapping[str, Any], form: Form
) -> tuple[list[NamedFile], list[ProblemNote]]:
    """The files that the answers name, and how the envelope's list differs from them."""
    listed: list[dict[str, Any]] = envelope.document.get("attachments") or []
    if not (listed or form.files):
        return [], []
    named = files.named_files(answers, form.files, listed)
    missing = [file for file in named if file.sha256 is None]
    return named, [
        *_notes(((file.place, files.NOT_LISTED) for file in missing), form),
        *(
            ProblemNote(f"/attachments/{index}", files.NOT_NAMED)
            for index in files.unnamed(named, listed)
        ),
        *(ProblemNote(f"/attachments/{index}", code) for index, code in files.not_taken(listed)),
    ]


def _draw() -> float:
    """Draws that the tablet did not send decide nothing here: a constant is as good as any."""
    return 0.5


def _code_of(first: ProblemNote, found: list[tuple[Place, str]]) -> str:
    """A note before the form's own findings names the rule; those together are one code."""
    is_finding = bool(found) and first.pointer.startswith("/answers")
    return INVALID if is_finding else first.code


def disposition_of(answers: Mapping[str, Any], form: Form) -> str | None:
    """The AAPOR code of an interview: `d1_2` is 1.2.

    A form that does not ask has completes, but for those who did not consent: 2.112 when they
    said so, none when nobody was asked.
    """
    if DISPOSITION not in form.names:
        consents = form.watch.agreements
        if not consents or agreed(answers, consents):
            return COMPLETE
        return REFUSED if any(given(answers.get(name)) for name in consents) else None
    value = answers.get(DISPOSITION)
    if type(value) is not str or not value.startswith("d"):
        return None
    code = value[1:].replace("_", ".")
    return code if code in DISPOSITIONS else None
