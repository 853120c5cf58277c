"""Freeze a draft, publish what is frozen; nothing moves back."""

from datetime import datetime

from usga_shared.auth.actors import Actor, Role
from usga_shared.clock import Clock
from usga_shared.database.engine import Database
from usga_shared.problems import Forbidden, NotFound
from usga_shared.wire.release import ReleaseView
from usga_shared.wire.vocabulary import ReleaseState

from usga_indicators.domain.disclosure import LEAST_DIFFERENCE, Basis, too_close
from usga_indicators.messages import NotValidated, ReleaseImmutable, ReleaseTooClose
from usga_indicators.operations.compute_release import Contexts, content_digest
from usga_indicators.storage.observations import Observations, Selection
from usga_indicators.storage.releases import Releases

_BEFORE = {
    ReleaseState.FROZEN: ReleaseState.DRAFT,
    ReleaseState.PUBLISHED: ReleaseState.FROZEN,
}
#: States of an assessment whose residents have validated the results (rule Q-05).
_VALIDATED = frozenset({"published", "monitoring", "archived"})


async def move_release(
    database: Database,
    release: str,
    to: ReleaseState,
    *,
    actor: Actor,
    contexts: Contexts,
    clock: Clock,
) -> ReleaseView:
    """Move a release; saying it again where it already is changes nothing.

    No transaction waits for the assessment service. Raises NotFound, Forbidden,
    ReleaseImmutable, NotValidated, ReleaseTooClose.
    """
    async with database.read() as session:
        view = await _movable(Releases(session), release, actor)
    if view.state is to:
        return view
    if _BEFORE.get(to) is not view.state:
        raise ReleaseImmutable(state=view.state.value)
    if to is ReleaseState.PUBLISHED:
        state = (await contexts.context(view.assessment)).state
        if state not in _VALIDATED:
            raise NotValidated(assessment_state=state)
    async with database.write() as session:
        return await _move(Releases(session), Observations(session), view, to, at=clock.now())


async def _movable(releases: Releases, release: str, actor: Actor) -> ReleaseView:
    found = await releases.get(release, actor)
    if found is None:
        raise NotFound
    if not actor.has(found.view.assessment, Role.COORDINATOR, Role.STATISTICIAN):
        raise Forbidden
    return found.view


async def _move(
    releases: Releases,
    observations: Observations,
    view: ReleaseView,
    to: ReleaseState,
    *,
    at: datetime,
) -> ReleaseView:
    await releases.hold(view.assessment)
    if to is ReleaseState.PUBLISHED:
        await _refuse_close(view, releases)
    stored = await observations.published(Selection(view.id))
    if content_digest(text for _, text in stored) != view.content_sha256:
        raise ReleaseImmutable(state="damaged")
    moved = await releases.move(view.id, before=view.state, after=to, at=at)
    now = await releases.any(view.id)
    assert now is not None  # releases are never deleted
    if not moved and now.view.state is not to:  # somebody else moved it elsewhere meanwhile
        raise ReleaseImmutable(state=now.view.state.value)
    return now.view


async def _refuse_close(view: ReleaseView, releases: Releases) -> None:
    """No two published releases let a few people be seen as their difference (rule D-04)."""
    for other in await releases.published(view.assessment):
        if other.id != view.id and too_close(_basis(view), _basis(other)):
            raise ReleaseTooClose(release=other.id, least=LEAST_DIFFERENCE)


def _basis(view: ReleaseView) -> Basis:
    return Basis(view.snapshot_sha256, view.definitions_sha256, view.interviews)
