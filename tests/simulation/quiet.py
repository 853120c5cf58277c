"""When the season is over and every link is good: everything has arrived, once, and shows."""

from typing import TYPE_CHECKING
from uuid import UUID

import httpx
from usga_assessment.domain.access.policy import Scope
from usga_assessment.domain.sealing.box import Unreadable
from usga_assessment.storage.submissions import Submissions

from tests.simulation.oracle import Row, Violation, require
from tests.simulation.words import part_of
from tests.support.collecting import HERE

if TYPE_CHECKING:
    from tests.simulation.tablets import Interviewer
    from tests.simulation.world import World

_ROUNDS = 6
_ENTERS = frozenset({"stored", "approved"})


async def settle(world: "World") -> None:
    """Let every tablet drain, then check what must be true in the quiet."""
    living = [tablet for tablet in world.tablets if not tablet.retired]
    for _ in range(_ROUNDS):
        for tablet in living:
            await _drain(world, tablet)
        world.look()
        if not any(tablet.counts().get("queued") for tablet in living):
            break
    for tablet in living:
        require(not tablet.counts().get("queued"), f"{tablet.name} never gets rid of its queue")
        _check_tablet(world, tablet)
    await _check_bytes(world)
    for tablet in living:
        await _check_picture(world, tablet)
    await _check_counts(world)
    await _check_keys(world)
    world.seen["interviews"] += len(world.oracle.rows)


async def _drain(world: "World", tablet: "Interviewer") -> None:
    if not await tablet.sync(patient=True):
        world.seen["enrolled again"] += 1
        await tablet.enrol(await world.office.invite())
        tablet.wiped = tablet.wiped or not tablet.outbox.pulled("settings")
        require(await tablet.sync(patient=True), f"{tablet.name} cannot sync on a good link")
    await tablet.prove(patient=True)


def _check_tablet(world: "World", tablet: "Interviewer") -> None:
    """All that it finalised is held; what was withdrawn has left it."""
    oracle = world.oracle
    ledger = [(id_, digest) for _, id_, digest in tablet.outbox.ledger(1, 2**31)]
    absent = set(oracle.missing(ledger)) - {id_ for id_, _ in oracle.lost}
    require(not absent, f"{tablet.name} finalised {absent}: not held")
    gone = {row.id for row in oracle.rows if row.state == "withdrawn"}
    for finalised in tablet.outbox.held():
        require(str(finalised.id) not in gone, f"{tablet.name} keeps withdrawn {finalised.id}")
    if tablet.cloned:
        return
    told = tablet.outbox.pulled("returned")
    for row in oracle.rows:
        if row.install != tablet.install:
            continue
        if row.state == "returned" and row.is_head:
            require(row.id in told, f"{tablet.name} was never told that {row.id} is returned")
        elif row.state != "returned" and not world.generation:  # a restore forgets what was asked
            require(row.id not in told, f"{tablet.name} still has to do {row.id} again")


async def _check_bytes(world: "World") -> None:
    """What is held opens to the bytes that were finalised."""
    assert world.server is not None
    state = world.server.app.state
    opener = state.sync.opener(HERE)
    rows = [row for row in world.oracle.rows if row.state != "withdrawn"]
    async with state.database.read() as session:
        contents = await Submissions(session, Scope(everywhere=True)).contents(
            UUID(row.pk) for row in rows
        )
    for row in rows:
        try:
            raw = opener.raw(contents[UUID(row.pk)], UUID(row.id).bytes)
        except Unreadable as error:
            raise Violation(f"{row.id} does not open") from error
        require(
            raw == world.oracle.made[row.id, row.digest].line, f"{row.id} opens to other bytes"
        )


async def _check_keys(world: "World") -> None:
    """Whatever was receipted can be verified for ever."""
    answer = await world.office.ask("GET", "/.well-known/jwks.json")
    published = {key["kid"] for key in answer.json()["keys"]}
    for head in world.oracle.heads_of_receipts:
        require(part_of(head)["kid"] in published, "the key of a receipt is not published")


async def _check_picture(world: "World", tablet: "Interviewer") -> None:
    """Contiguous, gaps and forks are those of what is held."""
    path = f"/v1/receipts?install={tablet.install}&assessment={HERE}"
    answer = await world.office.ask("GET", path)
    if answer.status_code != httpx.codes.OK:
        mine = (r for r in world.oracle.rows if r.install == tablet.install and not r.version)
        require(not any(mine), "no picture")
        return
    told = answer.json()["items"][0]["sequence"]
    held = [r for r in world.oracle.rows if r.install == tablet.install and r.version == 0]
    expected = picture(held)
    found = (told["contiguous"], told["max"], [tuple(g) for g in told["gaps"]], told["forks"])
    require(found == expected, f"the picture of {tablet.name} is {found}, held is {expected}")
    for name, value in zip(("gap shown", "fork shown"), expected[2:], strict=True):
        world.seen[name] += bool(value)


def picture(rows: list[Row]) -> tuple[int, int, list[tuple[int, int]], list[int]]:
    """Contiguous, max, gaps and forks by counting."""
    seqs = [row.seq for row in rows]
    missing = sorted(set(range(1, max(seqs, default=0) + 1)) - set(seqs))
    holes: list[tuple[int, int]] = []
    for seq in missing:
        if holes and holes[-1][1] == seq - 1:
            holes[-1] = (holes[-1][0], seq)
        else:
            holes.append((seq, seq))
    first = missing[0] - 1 if missing else max(seqs, default=0)
    return first, max(seqs, default=0), holes, sorted({s for s in seqs if seqs.count(s) > 1})


async def _check_counts(world: "World") -> None:
    """The feed's follower and the export count every interview that stands once."""
    await world.office.follow()
    world.look()
    standing = sorted(row.pk for row in world.oracle.rows if row.is_head and row.state in _ENTERS)
    fresh = await world.office.fresh_view()
    if sorted(fresh.values()) != standing:
        raise Violation(f"the feed counts {len(fresh)}, {len(standing)} stand")
    view = world.office.view
    stale = {unit for unit in view if unit not in fresh}
    other = {unit for unit in fresh if view.get(unit) != fresh[unit]}
    missed = [r for r in world.oracle.rows if r.pk in {fresh[unit] for unit in other}]
    world.say("missed", *missed, *(view.get(unit) for unit in other))
    require(not other, f"who follows the feed misses {len(other)} of {len(fresh)}")
    require(not stale or bool(world.oracle.lost), f"the follower still counts {len(stale)} gone")
    rows = await world.office.exported()
    require(rows == len(standing), f"the export has {rows} rows, {len(standing)} stand")
