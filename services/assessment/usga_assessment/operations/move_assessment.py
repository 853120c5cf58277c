"""Move an assessment from state to state, when everything is in place."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, Protocol

from usga_shared.i18n import Messages
from usga_shared.ids import uuid7
from usga_shared.problems import NotFound, Problem

from usga_assessment.domain.assessment.assessment import Assessment, Move
from usga_assessment.domain.assessment.gates import Facts, missing_for
from usga_assessment.domain.assessment.states import State, following, reached


class PreconditionsMissing(Problem):
    """The state machine refuses the move; `missing` lists what is still to do."""

    slug: ClassVar[str] = "preconditions-missing"
    title: ClassVar[str] = "The assessment is not ready for this state"
    status: ClassVar[int] = 409

    def __init__(self, codes: Sequence[str], *, state: State, to: State) -> None:
        super().__init__(state=state.value, to=to.value)
        self._codes = codes

    def document(self, messages: Messages, language: str, instance: str) -> dict[str, Any]:
        body = super().document(messages, language, instance)
        body["missing"] = [
            {
                "code": code,
                "message": messages.text(f"precondition.{code}", language, **self.members) or code,
            }
            for code in self._codes
        ]
        return body


class NoWayBack(Problem):
    """An assessment never returns to a state that it has left."""

    slug: ClassVar[str] = "no-way-back"
    title: ClassVar[str] = "The assessment has reached or passed this state"
    status: ClassVar[int] = 409


class Assessments(Protocol):
    """What a move needs of the storage."""

    async def get(self, code: str) -> Assessment | None: ...

    async def change(self, code: str, version: int, at: datetime, **values: Any) -> bool: ...

    async def log(self, move: Move) -> None: ...


async def move_assessment(
    assessments: Assessments,
    assessment: Assessment,
    to: State,
    *,
    facts: Facts,
    by: str,
    note: str,
    now: datetime,
) -> Assessment:
    """Move to the next state and log it.

    Raises NoWayBack, and PreconditionsMissing with everything that is missing on the way to `to`;
    a state cannot be skipped.
    """
    if reached(assessment.state, to):
        raise NoWayBack(state=assessment.state.value, to=to.value)
    missing = missing_for(assessment, to, facts)
    if following(assessment.state) is not to:
        missing = ["order", *missing]
    if missing:
        raise PreconditionsMissing(missing, state=assessment.state, to=to)
    if not await assessments.change(assessment.code, assessment.version, now, state=to.value):
        raise NoWayBack(state=assessment.state.value, to=to.value)
    await assessments.log(
        Move(
            id=uuid7(now),
            assessment=assessment.code,
            version=assessment.version,
            from_state=assessment.state,
            to_state=to,
            at=now,
            actor=by,
            note=note,
        )
    )
    moved = await assessments.get(assessment.code)
    if moved is None:
        raise NotFound
    return moved
