"""Show a frozen release to a partner of the assessment before it is published (ADR-0055)."""

from usga_shared.auth.actors import Actor
from usga_shared.clock import Clock
from usga_shared.database.engine import Database
from usga_shared.problems import NotFound
from usga_shared.wire.release import ReleaseView
from usga_shared.wire.vocabulary import ReleaseState

from usga_indicators.messages import NotShareable
from usga_indicators.operations.authorise import require_action
from usga_indicators.operations.known_definitions import KnownDefinitions
from usga_indicators.operations.move_release import check_disclosure
from usga_indicators.storage.extract_files import ExtractFiles
from usga_indicators.storage.releases import Releases
from usga_indicators.storage.shares import Share, Shares


async def share_release(
    database: Database,
    release: str,
    partner: str,
    *,
    actor: Actor,
    known: KnownDefinitions,
    files: ExtractFiles,
    clock: Clock,
) -> Share:
    """Let a partner read it; again changes nothing.

    The partner could compare it with what is out, as everybody could once it is published: it is
    held to the same. Raises NotFound, Forbidden, NotShareable, ReleaseTooClose, HiddenCellsOpen.
    """
    view = await _mine(database, release, actor)
    if view.state is not ReleaseState.FROZEN:
        raise NotShareable(state=view.state.value)
    await check_disclosure(database, view, known, files)
    async with database.write() as session:
        by = f"{actor.kind}:{actor.id}"
        return await Shares(session).add(release, partner, by=by, at=clock.now())


async def end_share(
    database: Database, release: str, partner: str, *, actor: Actor, clock: Clock
) -> None:
    """The partner reads it no longer; what was seen counts on. Raises NotFound, Forbidden."""
    await _mine(database, release, actor)
    async with database.write() as session:
        await Shares(session).end(release, partner, at=clock.now())


async def list_shares(database: Database, release: str, *, actor: Actor) -> list[Share]:
    """Partners who were shown it, those who read it no longer too. Raises NotFound, Forbidden."""
    await _mine(database, release, actor)
    async with database.read() as session:
        return await Shares(session).all(release)


async def _mine(database: Database, release: str, actor: Actor) -> ReleaseView:
    async with database.read() as session:
        found = await Releases(session).get(release, actor)
    if found is None:
        raise NotFound
    require_action(actor, found.view.assessment, "release.share")
    return found.view
