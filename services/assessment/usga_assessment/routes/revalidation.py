"""Checking quarantined interviews again: one, or all that a form, a version or a rule holds."""

from uuid import UUID

from fastapi import APIRouter, Request
from usga_shared.auth.actors import Actor
from usga_shared.http.render import language_of
from usga_shared.http.strict import StrictRoute
from usga_shared.problems import (
    Forbidden,
    InvalidCredential,
    InvalidCursor,
    MissingCredential,
    NotFound,
    responses,
)

from usga_assessment.dependencies import (
    ClockDep,
    CursorDep,
    DeskDep,
    KnownActor,
    PolicyDep,
    SessionDep,
)
from usga_assessment.domain.access.policy import Scope
from usga_assessment.operations.revalidate_many import revalidate_many
from usga_assessment.operations.revalidate_submission import (
    AnswersUnreadable,
    Bench,
    NotQuarantined,
    UnknownVersion,
    revalidate_submission,
)
from usga_assessment.operations.standing import chosen
from usga_assessment.operations.sync_desk import SyncDesk
from usga_assessment.schemas.submission import (
    Revalidated,
    Revalidation,
    Revalidations,
    SubmissionView,
)
from usga_assessment.schemas.sync import ITEM_MESSAGES
from usga_assessment.storage.audit import actor_name
from usga_assessment.storage.cases import Cases
from usga_assessment.storage.journal import Journal
from usga_assessment.storage.rows import notes_json
from usga_assessment.storage.submissions import Submissions
from usga_assessment.storage.verdicts import Verdicts, pointers_json

router = APIRouter(prefix="/v1/submissions", tags=["submissions"], route_class=StrictRoute)
_KNOWN = (MissingCredential, InvalidCredential, Forbidden)
_REVIEW = "submission.review"


def _bench(
    session: SessionDep,
    scope: Scope,
    journal: Journal,
    desk: SyncDesk,
    *,
    assessment: str,
    actor: Actor,
) -> Bench:
    return Bench(
        submissions=Submissions(session, scope),
        verdicts=Verdicts(session, scope),
        cases=Cases(session),
        journal=journal,
        opener=desk.opener(assessment),
        sealer=desk.sealer(assessment),
        intake=lambda code, names: desk.forms.intake(code, names, fresh=True),
        store_notes=notes_json,
        store_pointers=pointers_json,
        actor=actor_name(actor.kind.value, actor.id),
    )


@router.post(
    "/{id}/revalidation",
    summary="Check a quarantined interview again",
    responses=responses(*_KNOWN, NotFound, NotQuarantined, AnswersUnreadable, UnknownVersion),
)
async def revalidate(  # noqa: PLR0917 - what FastAPI is to bring
    request: Request,
    id: UUID,
    body: Revalidation,
    session: SessionDep,
    actor: KnownActor,
    policy: PolicyDep,
    desk: DeskDep,
    clock: ClockDep,
) -> SubmissionView:
    """Judge it by the form and the state of today: after a form arrived or was mended.

    One that was returned from quarantine is checked too; when it is right now, it is stored.
    The verdict joins those before in the interview's history.
    """
    scope = policy.scope(actor, _REVIEW)
    held = chosen(await Submissions(session, scope).find(id), body.revision)
    journal = await Journal.open(session, held.assessment, clock.now())
    bench = _bench(session, scope, journal, desk, assessment=held.assessment, actor=actor)
    changed = await revalidate_submission(bench, id_=id, revision=held.pk, version=body.against)
    knows = policy.knows_cases(actor, changed.assessment)
    return SubmissionView.of(changed, ITEM_MESSAGES, language_of(request.scope), knows_case=knows)


@router.post(
    "/revalidations",
    summary="Check quarantined interviews again",
    responses=responses(*_KNOWN, NotFound, InvalidCursor, UnknownVersion),
)
async def revalidate_all(  # noqa: PLR0917 - what FastAPI is to bring
    body: Revalidations,
    session: SessionDep,
    actor: KnownActor,
    policy: PolicyDep,
    desk: DeskDep,
    clock: ClockDep,
    cursors: CursorDep,
) -> Revalidated:
    """Judge all that an assessment, a form, a version or a rule holds, some at a time.

    Each page is one transaction; a page that was answered stays done. Repeat with `next`.
    """
    scope = policy.scope(actor, _REVIEW)
    if not scope.covers(body.assessment):
        raise NotFound
    place = f"revalidations {body.assessment}"
    after = UUID(cursors.decode(place, body.cursor)[0]) if body.cursor else None
    journal = await Journal.open(session, body.assessment, clock.now())
    bench = _bench(session, scope, journal, desk, assessment=body.assessment, actor=actor)
    found = await Verdicts(session, scope).waiting(
        body.assessment,
        limit=body.limit + 1,
        after=after,
        instrument=body.instrument,
        version=body.version,
        code=body.code,
    )
    page = found[: body.limit]
    counted = await revalidate_many(bench, page, assessment=body.assessment, version=body.against)
    more = cursors.encode(place, [str(page[-1].pk)]) if len(found) > body.limit else None
    return Revalidated(
        checked=counted.checked,
        accepted=counted.accepted,
        quarantined=counted.quarantined,
        unreadable=counted.unreadable,
        next=more,
    )
