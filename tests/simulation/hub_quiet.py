"""When the season is over: what hubs carry arrives, and tablets drain that meet nothing else."""

import sqlite3
from typing import TYPE_CHECKING
from uuid import UUID

from tests.simulation.oracle import require

if TYPE_CHECKING:
    from tests.simulation.hubs import Hub
    from tests.simulation.tablets import Interviewer
    from tests.simulation.world import World

_ROUNDS = 4
_UNTIL_REFUSED_ARE_TRIED = 7 * 3600.0


async def settle_hubs(world: "World") -> None:
    """Let tablets drain by hubs alone."""
    await world.centre.is_up()
    hubs = [hub for hub in world.hubs if not hub.is_stolen]
    for hub in hubs:
        await hub.is_up()
    for number in range(_ROUNDS):
        for hub in hubs:
            await meet_the_centre(hub)
        if number:
            await world.pause(_UNTIL_REFUSED_ARE_TRIED)
        for hub in hubs:
            for tablet in known_at(world, hub):
                await tablet.visit(hub, patient=True)
        for hub in hubs:
            await meet_the_centre(hub)
        if not any(_waits_at(world, hub) for hub in hubs):
            break
    world.look()
    active = _active_devices(world)
    for hub in hubs:
        _check(world, hub, active)


async def meet_the_centre(hub: "Hub") -> None:
    """A look for the centre; a hub that is not known there any more enrols anew."""
    await hub.round()
    if hub.is_unwelcome:
        await hub.enrol_anew()
        await hub.round()


def known_at(world: "World", hub: "Hub") -> "list[Interviewer]":
    """Tablets that the centre named to this hub."""
    assert hub.process is not None
    with sqlite3.connect(f"file:{hub.process.path}?mode=ro", uri=True) as db:
        named = {str(UUID(id_)) for (id_,) in db.execute("SELECT id FROM hub_device")}
    db.close()
    return [
        tablet
        for tablet in world.tablets
        if not (tablet.retired or tablet.is_old) and tablet.outbox.setting("device") in named
    ]


def _active_devices(world: "World") -> set[str]:
    assert world.server is not None
    with sqlite3.connect(f"file:{world.server.path}?mode=ro", uri=True) as db:
        rows = db.execute("SELECT id FROM device WHERE revoked_at IS NULL").fetchall()
    db.close()
    return {str(UUID(id_)) for (id_,) in rows}


def _waits_at(world: "World", hub: "Hub") -> bool:
    hub.look()
    waits = any(parcel.is_sealed and parcel.refusal is None for parcel in hub.books.rows)
    return waits or any(tablet.counts().get("queued") for tablet in known_at(world, hub))


def _check(world: "World", hub: "Hub", active: set[str]) -> None:
    """Nothing waits but what the centre cannot take, and has from elsewhere.

    Of tablets that it does not know any more, or bodies that were cut on their way to the hub.
    """
    if world.has_files and hub.process is not None:
        hub.cargo.check_tidy(hub.process.data.path)
    for parcel in hub.books.rows:
        if parcel.is_sealed and parcel.device in active:
            absent = world.oracle.missing((id_, digest) for _, id_, digest in parcel.lines)
            require(not absent, f"{hub.name} never gets rid of {parcel.id} ({parcel.refusal})")
    known = known_at(world, hub)
    for tablet in world.tablets:
        is_active = tablet.outbox.setting("device") in active and not tablet.retired
        if tablet.is_old:
            continue
        require(tablet in known or not is_active, f"{hub.name} does not know {tablet.name}")
    for tablet in known:
        require(not tablet.counts().get("queued"), f"{tablet.name} does not drain by hubs alone")
        world.seen["drained by hubs alone"] += 1
