"""Stale edits beside what stands: compare them question by question, and resolve them."""

import secrets
from uuid import UUID

from fastapi import APIRouter, Request
from usga_shared.auth.actors import Actor
from usga_shared.database.engine import Database
from usga_shared.http.render import language_of
from usga_shared.http.strict import StrictRoute
from usga_shared.ids import uuid7
from usga_shared.problems import (
    Forbidden,
    InvalidCredential,
    MissingCredential,
    NotFound,
    TooManyRequests,
    responses,
)

from usga_assessment.dependencies import ClockDep, DeskDep, KnownActor, PolicyDep, ReadSessionDep
from usga_assessment.domain.access.policy import Policy
from usga_assessment.operations.compare_branches import compare_branches
from usga_assessment.operations.resolve_branch import (
    Choice,
    Means,
    ResolutionRefused,
    settle_resolution,
    write_resolution,
)
from usga_assessment.operations.revalidate_submission import AnswersUnreadable
from usga_assessment.operations.standing import chosen
from usga_assessment.schemas.branches import BranchesView, Resolution
from usga_assessment.schemas.submission import SubmissionView
from usga_assessment.schemas.sync import ITEM_MESSAGES
from usga_assessment.storage.audit import AuditLog, Note, actor_name
from usga_assessment.storage.cases import Cases
from usga_assessment.storage.journal import Journal
from usga_assessment.storage.submissions import Submissions

router = APIRouter(prefix="/v1/submissions/{id}", tags=["submissions"], route_class=StrictRoute)
_OFFICE = "office"
"""Whose revision it is; who made it stands in its history and in the audit log."""
_KNOWN = (MissingCredential, InvalidCredential, Forbidden, NotFound)


@router.get(
    "/branches", summary="Compare stale edits with what stands", responses=responses(*_KNOWN)
)
async def branches(  # noqa: PLR0917 - what FastAPI is to bring
    request: Request,
    id: UUID,
    session: ReadSessionDep,
    actor: KnownActor,
    policy: PolicyDep,
    desk: DeskDep,
    clock: ClockDep,
) -> BranchesView:
    """Each branch of the interview with the questions in which it differs from the head.

    `id` is that of any of its revisions. Reading sealed classes is written to the audit log first;
    classes that your roles do not read are neither opened nor compared.
    """
    found = await compare_branches(
        Submissions(session, policy.scope(actor, "submission.read")),
        id_=id,
        opener_for=desk.opener,
        classes_for=lambda code: policy.readable_classes(actor, code),
    )
    if found.opened:
        details = {"classes": sorted(found.opened), "branches": len(found.branches)}
        note = Note(_name(actor), "branches.read", str(found.head.pk), details)
        database: Database = request.app.state.database
        async with database.write() as writing:
            await AuditLog(writing).note(found.head.assessment, clock.now(), note)
    return BranchesView.of(found)


@router.post(
    "/resolutions",
    summary="Resolve a branch by a revision of its own",
    responses=responses(*_KNOWN, TooManyRequests, ResolutionRefused, AnswersUnreadable),
)
async def resolve(  # noqa: PLR0917 - what FastAPI is to bring
    request: Request,
    id: UUID,
    body: Resolution,
    actor: KnownActor,
    policy: PolicyDep,
    desk: DeskDep,
    clock: ClockDep,
) -> SubmissionView:
    """Keep the head's answers, those of `take` as the branch has them, as a new revision.

    It goes through every check of a push, edits the head, and stands approved; head and branch
    stay readable. With nothing in `take` the head's answers are confirmed.
    """
    scope = policy.scope(actor, "submission.review")
    choice = Choice(branch=body.branch, head=body.head, take=body.take)
    database: Database = request.app.state.database
    async with database.read() as session:
        submissions = Submissions(session, scope)
        assessment = chosen(await submissions.find(id), None).assessment
        means = _means(policy, actor, desk, clock, assessment)
        made = await write_resolution(submissions, id_=id, choice=choice, means=means)
    await desk.receive([made], assessment=assessment, device=_OFFICE)
    async with database.write() as session:
        settled = await settle_resolution(
            Submissions(session, scope),
            Cases(session),
            await Journal.open(session, assessment, clock.now()),
            made.id,
            choice,
            body.comment,
            actor=_name(actor),
            new_id=uuid7,
        )
    if settled is None:
        raise ResolutionRefused(reason="head-moved")
    knows = policy.knows_cases(actor, settled.assessment)
    return SubmissionView.of(settled, ITEM_MESSAGES, language_of(request.scope), knows_case=knows)


def _means(policy: Policy, actor: Actor, desk: DeskDep, clock: ClockDep, assessment: str) -> Means:
    return Means(
        opener=desk.opener(assessment),
        intake=desk.forms.intake,
        readable=policy.readable_classes(actor, assessment),
        new_id=lambda: uuid7(clock.now()),
        salt=lambda: secrets.token_hex(16),
    )


def _name(actor: Actor) -> str:
    return actor_name(actor.kind.value, actor.id)
