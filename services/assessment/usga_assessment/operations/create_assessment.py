"""Make an assessment, or change what it says of itself."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any, ClassVar, Protocol

from usga_shared.auth.actors import Actor
from usga_shared.http.etag import names
from usga_shared.problems import (
    ErrorItem,
    Forbidden,
    InvalidRequest,
    NotFound,
    PreconditionFailed,
    Problem,
)

from usga_assessment.domain.access.policy import Policy
from usga_assessment.domain.assessment.assessment import Assessment
from usga_assessment.domain.assessment.states import State, reached


class AssessmentExists(Problem):
    """An assessment with this code was made before."""

    slug: ClassVar[str] = "assessment-exists"
    title: ClassVar[str] = "There is an assessment with this code"
    status: ClassVar[int] = 409


class FrozenByState(Problem):
    """`fields` can no longer change in this state."""

    slug: ClassVar[str] = "frozen-by-state"
    title: ClassVar[str] = "This can no longer be changed"
    status: ClassVar[int] = 409


class PreconditionRequired(Problem):
    """A change must say, by If-Match, which version it changes."""

    slug: ClassVar[str] = "precondition-required"
    title: ClassVar[str] = "Say which version you are changing"
    status: ClassVar[int] = 428


class Assessments(Protocol):
    """What making and changing need of the storage."""

    async def exists(self, code: str) -> bool: ...

    async def add(self, assessment: Assessment) -> bool: ...

    async def get(self, code: str) -> Assessment | None: ...

    async def change(self, code: str, version: int, at: datetime, **values: Any) -> bool: ...


_BEFORE_COLLECTING = ("age_floor", "probability_sample", "require_approved")
"""What the collected data depend on."""


async def create_assessment(
    assessments: Assessments,
    policy: Policy,
    actor: Actor,
    *,
    values: Mapping[str, Any],
    now: datetime,
) -> Assessment:
    """Make a draft. Raises Forbidden outside the actor's grants, AssessmentExists."""
    code = values["code"]
    if not policy.allows(actor, "assessment.create", code):
        raise Forbidden.except_for(policy.actions["assessment.create"])
    if await assessments.exists(code):
        raise AssessmentExists
    made = Assessment(
        **{**values, "languages": tuple(values["languages"])},
        state=State.DRAFT,
        version=1,
        created_at=now,
        created_by=f"{actor.kind}:{actor.id}",
        updated_at=now,
    )
    if not await assessments.add(made):
        raise AssessmentExists
    return made


async def edit_assessment(
    assessments: Assessments,
    assessment: Assessment,
    *,
    if_match: str | None,
    values: Mapping[str, Any],
    now: datetime,
) -> Assessment:
    """Change an assessment if it is still at the version that the caller read.

    Raises PreconditionRequired, PreconditionFailed, FrozenByState, InvalidRequest.
    """
    if if_match is None:
        raise PreconditionRequired
    if not names(if_match, entity_tag(assessment)):
        raise PreconditionFailed
    known = {field.name for field in fields(Assessment)}
    changed = {name: value for name, value in values.items() if name in known}
    frozen = [name for name in _BEFORE_COLLECTING if name in changed]
    if frozen and reached(assessment.state, State.COLLECTING):
        raise FrozenByState(fields=frozen, state=assessment.state.value)
    begins = changed.get("fieldwork_from", assessment.fieldwork_from)
    ends = changed.get("fieldwork_to", assessment.fieldwork_to)
    if begins and ends and ends < begins:
        raise InvalidRequest(
            errors=[ErrorItem("/fieldwork_to", "order", "fieldwork ends before it begins")]
        )
    if not await assessments.change(assessment.code, assessment.version, now, **changed):
        raise PreconditionFailed
    after = await assessments.get(assessment.code)
    if after is None:
        raise NotFound
    return after


def entity_tag(assessment: Assessment) -> str:
    """The strong ETag of an assessment: its code and version."""
    return f'"{assessment.code}.{assessment.version}"'
