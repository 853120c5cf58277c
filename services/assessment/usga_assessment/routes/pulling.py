"""One page of a device's pull: asked for by itself, or along with a push."""

import asyncio
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from fastapi import Query, Request
from usga_shared.auth.actors import Actor, ActorKind, Role
from usga_shared.clock import Clock
from usga_shared.database.engine import Database
from usga_shared.pagination import CursorCodec
from usga_shared.problems import Forbidden, Problem
from usga_shared.wire.sync import ChangesPage

from usga_assessment.dependencies import ReadSessionDep
from usga_assessment.domain.access.clients import MinimumClients
from usga_assessment.domain.access.credential import Device
from usga_assessment.domain.access.policy import Scope as PolicyScope
from usga_assessment.domain.access.report import DeviceReport
from usga_assessment.domain.sync.told import Place, Told
from usga_assessment.operations.pull_changes import pull_changes
from usga_assessment.operations.tablet_scope import Scope, entries_of
from usga_assessment.storage.cases import Cases
from usga_assessment.storage.clients import ClientVersions
from usga_assessment.storage.devices import Devices
from usga_assessment.storage.dictionaries import Dictionaries
from usga_assessment.storage.feed import Feed
from usga_assessment.storage.instruments import Instruments
from usga_assessment.storage.lists import Lists
from usga_assessment.storage.submissions import Submissions
from usga_assessment.storage.tablet_heads import TabletHeads
from usga_assessment.storage.told import ToldStates, note_pull

ListsBy = Annotated[
    Literal["whole", "rows"],
    Query(description="`rows`: of lists that this tablet has, only the rows that differ (P-68)."),
]


def device_assessment(actor: Actor) -> str:
    """The one assessment of a device; raises Forbidden for anybody else."""
    if actor.kind is not ActorKind.DEVICE or len(actor.assessments) != 1:
        raise Forbidden.except_for([Role.ENUMERATOR])
    return next(iter(actor.assessments))


def place_of(actor: Actor, cursors: CursorCodec, cursor: str | None) -> Place:
    """Where a device's cursor stands; raises InvalidCursor for one that is not its own."""
    return Place.of(cursors.decode(_scope(actor.id), cursor)) if cursor else Place()


class ClientOutdated(Problem):
    """This version of the app gets nothing new; interviews that it finished are still taken."""

    slug: ClassVar[str] = "client-outdated"
    title: ClassVar[str] = "This version of the app is too old"
    status: ClassVar[int] = 403


async def outdated(request: Request, actor: Actor) -> ClientOutdated | None:
    """The refusal of a client that says that it is too old for new work (P-71).

    The stricter of what the installation and its assessment ask for counts. What it tells of
    itself is noted nevertheless: the fleet shows who is to be updated.
    """
    clients: MinimumClients = request.app.state.minimum_clients
    told = request.headers.get("usga-client", "")
    if not told:
        return None
    database: Database = request.app.state.database
    async with database.read() as session:
        own = await ClientVersions(session).of(device_assessment(actor))
    minimum = clients.stricter(own).missed_by(told)
    if minimum is None:
        return None
    await note(request, UUID(actor.id), None, came_with="")
    return ClientOutdated(client=told, minimum=minimum)


async def refuse_outdated(request: Request, actor: Actor) -> None:
    """Raise ClientOutdated for a client that is to be updated first."""
    refusal = await outdated(request, actor)
    if refusal is not None:
        raise refusal


@dataclass(frozen=True, slots=True)
class Pull:
    """How a tablet asks: from which cursor, and whether it takes lists as rows that differ."""

    cursor: str | None
    by_rows: bool = False


async def page_for(
    request: Request, actor: Actor, session: ReadSessionDep, pull: Pull, *, limit: int
) -> ChangesPage:
    """The changes of a device after a cursor; raises InvalidCursor, Forbidden.

    What it tells is remembered before it is answered, and so is what the tablet tells of itself.
    """
    cursors: CursorCodec = request.app.state.cursors
    place = place_of(actor, cursors, pull.cursor)
    mine = await _brief_scope(actor, session)
    entries = await asyncio.to_thread(entries_of, mine)
    if Told.of(entries).name() != place.told:  # there is news: now with all values
        mine = await scope_of(actor, session)
    device, assessment = mine.device, mine.device.assessment
    seen = submissions_of(session, assessment)
    pulled = await pull_changes(
        Feed(session, assessment),
        seen,
        Lists(session),
        mine,
        place,
        await ToldStates(session).find(device.id, place.told) if place.told else None,
        limit=limit,
        by_rows=pull.by_rows,
    )
    await note(request, device.id, pulled.told, came_with=place.told)
    after = cursor_of(actor.id, cursors, pulled.after)
    return pulled.page.model_copy(update={"next": after})


async def scope_of(actor: Actor, session: ReadSessionDep) -> Scope:
    """What belongs to a device now; raises Forbidden for anybody else."""
    device = await _device(actor, session)
    assessment = device.assessment
    return Scope(
        device,
        await Instruments(session).for_assessment(assessment),
        await Lists(session).of(assessment),
        await Cases(session).assigned_to(device.id),
        await Dictionaries(session).of(assessment),
    )


async def _brief_scope(actor: Actor, session: ReadSessionDep) -> Scope:
    """The same without documents, rows and contents."""
    device = await _device(actor, session)
    heads = TabletHeads(session, device.assessment)
    return Scope(
        device,
        await heads.instruments(),
        await heads.lists(),
        await Cases(session).assigned_to(device.id),
        await heads.dictionaries(),
    )


async def _device(actor: Actor, session: ReadSessionDep) -> Device:
    device_assessment(actor)
    device = await Devices(session).get(UUID(actor.id))
    if device is None:
        raise Forbidden.except_for([Role.ENUMERATOR])
    return device


def submissions_of(session: ReadSessionDep, assessment: str) -> Submissions:
    """The interviews of one assessment, as its tablets hear of them."""
    return Submissions(session, PolicyScope(everywhere=False, codes=frozenset({assessment})))


async def note(request: Request, device: UUID, told: Told | None, *, came_with: str) -> None:
    """Remember what a tablet is told and what it tells of itself, before it is answered."""
    clock: Clock = request.app.state.clock
    now = clock.now()
    report = DeviceReport.of(request.headers, now)
    database: Database = request.app.state.database
    await note_pull(database, device, told=told, came_with=came_with, report=report, at=now)


def cursor_of(device: str, cursors: CursorCodec, place: Place) -> str:
    """The cursor of a device's place."""
    return cursors.encode(_scope(device), place.encoded())


def _scope(device: str) -> str:
    return f"changes {device}"
