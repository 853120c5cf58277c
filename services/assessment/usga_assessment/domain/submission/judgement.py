"""What was said of an interview, each time it was judged by the rules of a form."""

from dataclasses import dataclass
from datetime import datetime

from usga_assessment.domain.submission.check import ProblemNote
from usga_assessment.domain.submission.held import Held


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """One verdict: by which version, when, at whose request; `code` is the rule against it."""

    at: datetime
    actor: str
    instrument: str | None
    version: str | None
    code: str | None
    problems: tuple[ProblemNote, ...]
    warnings: tuple[ProblemNote, ...]

    @property
    def accepted(self) -> bool:
        """Whether nothing keeps the interview in quarantine."""
        return self.code is None


def first_judgement(held: Held) -> Judgement:
    """The verdict at its arrival; it stands in the revision until a second one is given."""
    return Judgement(
        at=held.received_at,
        actor=f"device:{held.device}",
        instrument=held.instrument,
        version=held.instrument_version,
        code=held.code,
        problems=held.problems,
        warnings=held.warnings,
    )


def history(held: Held, given: tuple[Judgement, ...]) -> tuple[Judgement, ...]:
    """Every verdict about a revision, oldest first; a tombstone has none."""
    if given:
        return given
    return () if held.instrument is None else (first_judgement(held),)
