"""When the season is over: every file arrives, opens to what was recorded, and is told no more."""

import io
import sqlite3
from typing import TYPE_CHECKING
from uuid import UUID

from PIL import Image, ImageChops, ImageStat
from usga_assessment.domain.access.policy import Scope
from usga_assessment.domain.attachments.attachment import Attachment
from usga_assessment.operations.read_attachment import open_attachment
from usga_assessment.operations.revalidate_submission import AnswersUnreadable
from usga_assessment.operations.sweep_attachments import Sweeper
from usga_assessment.storage.attachments.records import Attachments

from tests.simulation.courier_oracle import mail_in
from tests.simulation.file_oracle import Recorded
from tests.simulation.hub_quiet import known_at, meet_the_centre
from tests.simulation.oracle import Violation, require
from tests.simulation.recordings import SECRET
from tests.simulation.uploads import File

if TYPE_CHECKING:
    from tests.simulation.hubs import Hub
    from tests.simulation.server import Server
    from tests.simulation.tablets import Interviewer
    from tests.simulation.world import World

_ROUNDS = 4
_UNLIKE = 12.0
"""Mean difference of colours (of 255) between a picture and itself drawn anew, at most."""


async def settle_recordings(world: "World") -> None:
    """Every file arrives, and opens to the bytes that were recorded."""
    assert world.server is not None
    tablets = [t for t in world.tablets if not t.retired and t.recordings is not None]
    for _ in range(_ROUNDS):
        for tablet in tablets:
            await tablet.send_files(patient=True)
        await Sweeper(world.server.app.state.attachments).sweep()  # what waited for its interview
    world.look()
    for tablet in tablets:
        _check_box(world, tablet)
    await _check_bytes(world, world.server)
    await _check_mail(world)


def _check_box(world: "World", tablet: "Interviewer") -> None:
    """Nothing waits any more, and what is wrong is kept and shown."""
    assert tablet.recordings is not None
    held = {row.id for row in world.oracle.rows}
    waiting = [f for f in tablet.recordings.box.queued() if str(f.submission) in held]
    require(not waiting, f"{tablet.name} never gets rid of its files")
    for _, code in tablet.recordings.box.refused():
        world.seen["file refused"] += 1
        world.seen[f"file refused {code}"] += 1


async def _check_mail(world: "World") -> None:
    """What came is not told missing by mail (H-59); of what is spoilt that may be so for ever."""
    spoilt = {digest for digest, made in world.files.made.items() if made.fault == "unreadable"}
    come = world.files.come  # what a restore lost after its tablet freed it is missing for good
    for hub in world.hubs:
        if hub.is_stolen:
            continue
        await meet_the_centre(hub)
        for tablet in known_at(world, hub):
            lacking = {f for f in _told_by_mail(hub, tablet) if f in come and f[1] not in spoilt}
            require(
                not lacking, f"{tablet.name} is told by mail that files are missing: they came"
            )
            world.seen["files told by mail"] += 1


def _told_by_mail(hub: "Hub", tablet: "Interviewer") -> set[File]:
    """The files that the newest mail at a hub calls missing."""
    assert hub.process is not None
    key, device = (tablet.outbox.setting(name) or "" for name in ("courier_key", "device"))
    with sqlite3.connect(f"file:{hub.process.path}?mode=ro", uri=True) as db:
        rows = db.execute(
            "SELECT sealed FROM hub_mail WHERE device = ?", (UUID(device).hex,)
        ).fetchall()
    db.close()
    words = [mail_in(sealed, key, device) or {} for (sealed,) in rows]
    return {
        (item["submission"], file["sha256"])
        for said in words
        for item in said.get("files") or ()
        for file in item["files"]
        if file["state"] == "missing"
    }


async def _check_bytes(world: "World", server: "Server") -> None:
    desk = server.app.state.attachments
    kept = {UUID(of) for (of, _), state in world.files.come.items() if state == "kept"}
    async with server.app.state.database.read() as session:
        found = await Attachments(session, Scope(everywhere=True)).of_submissions(sorted(kept))
    for each in found:
        if each.state != "kept":
            continue
        try:
            pieces = await open_attachment(each, desk.objects, desk.keys(each.assessment))
            content = b"".join([piece async for piece in pieces])
        except AnswersUnreadable as error:
            raise Violation(f"a file of {each.submission} that is kept does not open") from error
        _compare(world, each, world.files.made[each.sha256 or ""], content)


def _compare(world: "World", kept: Attachment, recorded: Recorded, content: bytes) -> None:
    """The very bytes; of a picture what is to be seen on it, and nothing else."""
    if recorded.type == "image/jpeg":
        require(SECRET.encode() not in content, f"a picture of {kept.submission} tells its place")
        is_same = _look_alike(recorded.content, content)
        world.seen["picture kept"] += 1
    else:
        is_same = content == recorded.content
    require(is_same, f"a file of {kept.submission} opens to other bytes")
    world.seen["file kept"] += 1


def _look_alike(before: bytes, after: bytes) -> bool:
    with Image.open(io.BytesIO(before)) as one, Image.open(io.BytesIO(after)) as other:
        if one.size != other.size:
            return False
        difference = ImageChops.difference(one.convert("RGB"), other.convert("RGB"))
    return max(ImageStat.Stat(difference).mean) < _UNLIKE
