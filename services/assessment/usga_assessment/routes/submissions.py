"""Interviews: list, read, review, check again, withdraw."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from usga_shared.auth.actors import Actor
from usga_shared.database.engine import Database
from usga_shared.http.render import language_of
from usga_shared.http.strict import StrictRoute
from usga_shared.ids import uuid7
from usga_shared.pagination import CursorText, Limit
from usga_shared.problems import (
    Forbidden,
    InvalidCredential,
    InvalidCursor,
    MissingCredential,
    NotFound,
    responses,
)
from usga_shared.wire.page import Page
from usga_shared.wire.vocabulary import SubmissionState

from usga_assessment.dependencies import (
    ClockDep,
    CursorDep,
    DeskDep,
    KnownActor,
    PolicyDep,
    ReadSessionDep,
    SessionDep,
)
from usga_assessment.domain.access.policy import Policy
from usga_assessment.domain.submission.held import Held
from usga_assessment.operations.read_evidence import read_evidence
from usga_assessment.operations.read_submission import read_submission
from usga_assessment.operations.review_submission import ReviewRefused, review_submission
from usga_assessment.operations.standing import chosen
from usga_assessment.operations.withdraw_submission import withdraw_submission
from usga_assessment.schemas.submission import (
    DifferenceView,
    FileView,
    Review,
    ReviewView,
    SubmissionDetail,
    SubmissionView,
    VerdictView,
    Withdrawal,
    Withdrawn,
    revision_views,
)
from usga_assessment.schemas.sync import ITEM_MESSAGES
from usga_assessment.storage.audit import AuditLog, Note, actor_name
from usga_assessment.storage.cases import Cases
from usga_assessment.storage.journal import Journal
from usga_assessment.storage.submissions import Submissions
from usga_assessment.storage.tombstones import Tombstones
from usga_assessment.storage.verdicts import Verdicts

router = APIRouter(prefix="/v1/submissions", tags=["submissions"], route_class=StrictRoute)
_KNOWN = (MissingCredential, InvalidCredential, Forbidden)


def _seen(session: ReadSessionDep, policy: Policy, actor: Actor, action: str) -> Submissions:
    return Submissions(session, policy.scope(actor, action))


def _view(held: Held, policy: Policy, actor: Actor, request: Request) -> SubmissionView:
    knows = policy.knows_cases(actor, held.assessment)
    return SubmissionView.of(held, ITEM_MESSAGES, language_of(request.scope), knows_case=knows)


@router.get("", summary="List interviews", responses=responses(*_KNOWN, InvalidCursor))
async def list_submissions(  # noqa: PLR0917 - what FastAPI is to bring
    request: Request,
    session: ReadSessionDep,
    actor: KnownActor,
    policy: PolicyDep,
    cursors: CursorDep,
    assessment: Annotated[str | None, Query(max_length=32, examples=["KE-MATHARE-2026"])] = None,
    state: SubmissionState | None = None,
    case: Annotated[str | None, Query(max_length=64)] = None,
    limit: Limit = 100,
    cursor: CursorText = None,
) -> Page[SubmissionView]:
    """Revisions of interviews in the order of their arrival, without answers.

    Where you may read S3 answers no interview tells its case, and none is found by it.
    """
    after = UUID(cursors.decode("submissions", cursor)[0]) if cursor else None
    caseless = [code for code in actor.assessments if not policy.knows_cases(actor, code)]
    found = await _seen(session, policy, actor, "submission.read").page(
        limit=limit + 1, after=after, assessment=assessment, state=state, case=case,
        without=() if case is None else caseless,
    )  # fmt: skip
    page = found[:limit]
    more = cursors.encode("submissions", [str(page[-1].pk)]) if len(found) > limit else None
    return Page(items=[_view(held, policy, actor, request) for held in page], next=more)


@router.get("/{id}", summary="Read one interview", responses=responses(*_KNOWN, NotFound))
async def get_submission(  # noqa: PLR0917 - what FastAPI is to bring
    request: Request,
    id: UUID,
    session: ReadSessionDep,
    actor: KnownActor,
    policy: PolicyDep,
    desk: DeskDep,
    clock: ClockDep,
    revision: Annotated[UUID | None, Query(description="Another than the standing one.")] = None,
) -> SubmissionDetail:
    """The parts of an interview that your roles may read, with its history.

    Reading sealed parts is written to the audit log before they are given out.
    """
    submissions = _seen(session, policy, actor, "submission.read")
    reading = await read_submission(
        submissions,
        id_=id,
        revision=revision,
        opener_for=desk.opener,
        classes_for=lambda code: policy.readable_classes(actor, code),
    )
    held = reading.held
    evidence = await read_evidence(
        Verdicts(session, policy.scope(actor, "submission.read")),
        submissions,
        held,
        opener=desk.opener(held.assessment),
        intake=desk.forms.intake,
        readable=policy.readable_classes(actor, held.assessment),
    )
    opened = sorted({*reading.opened, *evidence.opened})
    if opened:
        database: Database = request.app.state.database
        note = Note(
            actor_name(actor.kind.value, actor.id), "submission.read", str(held.pk),
            {"classes": opened},
        )  # fmt: skip
        async with database.write() as writing:
            await AuditLog(writing).note(held.assessment, clock.now(), note)
    language = language_of(request.scope)
    view = _view(held, policy, actor, request)
    return SubmissionDetail(
        **view.model_dump(),
        answers=reading.answers,
        opened=opened,
        withheld=list(reading.withheld),
        revisions=revision_views(reading.family),
        reviews=[ReviewView.of(step) for step in reading.reviews],
        verdicts=[VerdictView.of(each, ITEM_MESSAGES, language) for each in evidence.verdicts],
        differences=[
            DifferenceView(pointer=d.pointer, sent=d.sent, computed=d.computed)
            for d in evidence.differences
        ],
        files=[FileView.of(file) for file in evidence.files],
    )


@router.post(
    "/{id}/reviews",
    summary="Approve, return or reject an interview",
    responses=responses(*_KNOWN, NotFound, ReviewRefused),
)
async def review(  # noqa: PLR0917 - what FastAPI is to bring
    request: Request,
    id: UUID,
    body: Review,
    session: SessionDep,
    actor: KnownActor,
    policy: PolicyDep,
    clock: ClockDep,
) -> SubmissionView:
    """Decide about what stands under this id. The interviewer's tablet pulls what is returned."""
    submissions = _seen(session, policy, actor, "submission.review")
    held = chosen(await submissions.find(id), body.revision)
    changed = await review_submission(
        submissions,
        Cases(session),
        await Journal.open(session, held.assessment, clock.now()),
        id_=id,
        revision=held.pk,
        decision=body.decision,
        comment=body.comment,
        actor=actor_name(actor.kind.value, actor.id),
        new_id=uuid7,
    )
    return _view(changed, policy, actor, request)


@router.post(
    "/withdrawals", summary="Withdraw an interview", responses=responses(*_KNOWN, NotFound)
)
async def withdraw(  # noqa: PLR0917 - what FastAPI is to bring
    body: Withdrawal,
    session: SessionDep,
    actor: KnownActor,
    policy: PolicyDep,
    desk: DeskDep,
    clock: ClockDep,
) -> Withdrawn:
    """Destroy the key of the interview with this code; what stays is a tombstone.

    Published aggregates stay as they are; asking again answers the same.
    """
    scope = policy.scope(actor, "submission.withdraw")
    code_hash = desk.sealer(body.assessment).withdrawal_hash(body.code)
    if not scope.covers(body.assessment) or code_hash is None:
        raise NotFound
    interviews = await withdraw_submission(
        Submissions(session, scope),
        Cases(session),
        await Journal.open(session, body.assessment, clock.now()),
        Tombstones(desk.settings.key_dir),
        assessment=body.assessment,
        code_hash=code_hash,
        actor=actor_name(actor.kind.value, actor.id),
    )
    return Withdrawn(interviews=interviews)
