"""Assign cases to tablets, note visits, close cases."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import ClassVar, Protocol
from uuid import UUID

from usga_shared.auth.actors import Actor, ActorKind
from usga_shared.problems import NotFound, Problem

from usga_assessment.domain.access.credential import Device
from usga_assessment.domain.assessment.assessment import Assessment
from usga_assessment.domain.assessment.states import State, reached
from usga_assessment.domain.sampling.assignment import in_own_psu
from usga_assessment.domain.sampling.case import Case, CaseDesign, Visit
from usga_assessment.domain.sampling.dispositions import INTERVIEWS


class OwnPsu(Problem):
    """An interviewer does not work in their own neighbourhood (E-08); `cases` lists those."""

    slug: ClassVar[str] = "own-psu"
    title: ClassVar[str] = "The interviewer lives there"
    status: ClassVar[int] = 409


class DeviceNotReady(Problem):
    """The tablet is revoked, or its interviewer is not certified."""

    slug: ClassVar[str] = "device-not-ready"
    title: ClassVar[str] = "The tablet cannot be given cases"
    status: ClassVar[int] = 409


class UnknownCases(Problem):
    """`cases` lists the ids that the sample does not have; nothing was assigned."""

    slug: ClassVar[str] = "unknown-cases"
    title: ClassVar[str] = "The sample has no such cases"
    status: ClassVar[int] = 409


class FieldworkClosed(Problem):
    """Cases change only until collecting is over."""

    slug: ClassVar[str] = "fieldwork-closed"
    title: ClassVar[str] = "Fieldwork is over"
    status: ClassVar[int] = 409


class CaseHasInterview(Problem):
    """An interview of this case is kept; reject or withdraw it first."""

    slug: ClassVar[str] = "case-has-interview"
    title: ClassVar[str] = "The case ended in an interview"
    status: ClassVar[int] = 409


class Cases(Protocol):
    """What working on cases needs of the storage."""

    async def get(self, assessment: str, case_id: str) -> Case | None: ...

    async def design_for(
        self, assessment: str, case_ids: Iterable[str]
    ) -> dict[str, CaseDesign]: ...

    async def assign(
        self, assessment: str, case_ids: Iterable[str], device: UUID | None
    ) -> None: ...

    async def add_visit(
        self, assessment: str, case_id: str, *, at: datetime, outcome: str, actor: str
    ) -> Visit | None: ...

    async def visits(self, assessment: str, case_id: str) -> list[Visit]: ...

    async def record_outcome(
        self, assessment: str, case_id: str, code: str, *, at: datetime
    ) -> bool: ...


async def assign_cases(
    cases: Cases, assessment: Assessment, case_ids: Sequence[str], device: Device | None
) -> None:
    """Give cases to a tablet (None takes them back): all of them or none.

    Raises UnknownCases, DeviceNotReady, OwnPsu, FieldworkClosed.
    """
    _in_fieldwork(assessment)
    designs = await cases.design_for(assessment.code, case_ids)
    unknown = [case_id for case_id in case_ids if case_id not in designs]
    if unknown:
        raise UnknownCases(cases=unknown)
    if device is not None:
        if device.revoked_at is not None or not device.certified:
            raise DeviceNotReady(device=str(device.id))
        own = in_own_psu(device, designs)
        if own:
            raise OwnPsu(cases=own)
    await cases.assign(assessment.code, case_ids, None if device is None else device.id)


async def note_visit(
    cases: Cases, assessment: Assessment, case_id: str, *, at: datetime, outcome: str, actor: Actor
) -> tuple[Visit, bool]:
    """Append a visit, and say whether it is new: the same one sent again stays one visit.

    A tablet reaches only its own cases: others read as absent.
    """
    _in_fieldwork(assessment)
    case = await cases.get(assessment.code, case_id)
    if case is None or not _reaches(actor, case):
        raise NotFound
    at, by = at.astimezone(UTC), f"{actor.kind}:{actor.id}"
    for known in await cases.visits(assessment.code, case_id):
        if (known.at, known.outcome, known.actor) == (at, outcome, by):
            return known, False
    visit = await cases.add_visit(assessment.code, case_id, at=at, outcome=outcome, actor=by)
    if visit is None:
        raise NotFound
    return visit, True


async def close_case(
    cases: Cases, assessment: Assessment, case_id: str, code: str, *, now: datetime
) -> Case:
    """Set the final disposition of a case. Raises NotFound, FieldworkClosed, CaseHasInterview."""
    if reached(assessment.state, State.ANALYSING):
        raise FieldworkClosed(state=assessment.state.value)
    before = await cases.get(assessment.code, case_id)
    if before is None:
        raise NotFound
    if before.disposition in INTERVIEWS:
        raise CaseHasInterview
    await cases.record_outcome(assessment.code, case_id, code, at=now)
    return replace(before, disposition=code, disposition_at=now)


def _in_fieldwork(assessment: Assessment) -> None:
    if reached(assessment.state, State.PROCESSING):
        raise FieldworkClosed(state=assessment.state.value)


def _reaches(actor: Actor, case: Case) -> bool:
    if actor.kind is not ActorKind.DEVICE:
        return True
    return case.device_id is not None and str(case.device_id) == actor.id
