"""One page of a device's pull: asked for by itself, or along with a push."""

from uuid import UUID

from fastapi import Request
from usga_shared.auth.actors import Actor, ActorKind
from usga_shared.clock import Clock
from usga_shared.pagination import CursorCodec
from usga_shared.problems import Forbidden
from usga_shared.wire.sync import ChangesPage

from usga_assessment.dependencies import ReadSessionDep
from usga_assessment.domain.access.policy import Scope as PolicyScope
from usga_assessment.domain.access.report import DeviceReport
from usga_assessment.operations.pull_changes import Place, Scope, pull_changes
from usga_assessment.storage.cases import Cases
from usga_assessment.storage.devices import Devices, keep_report
from usga_assessment.storage.dictionaries import Dictionaries
from usga_assessment.storage.feed import Feed
from usga_assessment.storage.instruments import Instruments
from usga_assessment.storage.lists import Lists
from usga_assessment.storage.submissions import Submissions


def device_assessment(actor: Actor) -> str:
    """The one assessment of a device; raises Forbidden for anybody else."""
    if actor.kind is not ActorKind.DEVICE or len(actor.assessments) != 1:
        raise Forbidden
    return next(iter(actor.assessments))


def place_of(actor: Actor, cursors: CursorCodec, cursor: str | None) -> Place:
    """Where a device's cursor stands; raises InvalidCursor for one that is not its own."""
    return Place.of(cursors.decode(_scope(actor), cursor)) if cursor else Place()


async def page_for(
    actor: Actor,
    session: ReadSessionDep,
    cursors: CursorCodec,
    cursor: str | None,
    *,
    limit: int,
) -> ChangesPage:
    """The changes of a device after a cursor; raises InvalidCursor, Forbidden."""
    assessment = device_assessment(actor)
    place = place_of(actor, cursors, cursor)
    device = await Devices(session).get(UUID(actor.id))
    if device is None:
        raise Forbidden
    mine = Scope(
        device,
        await Instruments(session).for_assessment(assessment),
        await Lists(session).of(assessment),
        await Cases(session).assigned_to(device.id),
        await Dictionaries(session).of(assessment),
    )
    seen = Submissions(session, PolicyScope(everywhere=False, codes=frozenset({assessment})))
    page, after = await pull_changes(Feed(session, assessment), seen, mine, place, limit=limit)
    return page.model_copy(update={"next": cursors.encode(_scope(actor), after.encoded())})


def _scope(actor: Actor) -> str:
    return f"changes {actor.id}"


async def note_report(request: Request, actor: Actor) -> None:
    """Keep what the tablet tells of itself, if it does (P-67); never fails a sync."""
    clock: Clock = request.app.state.clock
    report = DeviceReport.of(request.headers, clock.now())
    if report is None:
        return
    await keep_report(request.app.state.database, UUID(actor.id), report)
