"""Freeze a draft, publish what is frozen; nothing moves back."""

from usga_shared.auth.actors import Actor, Role
from usga_shared.clock import Clock
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
    releases: Releases,
    observations: Observations,
    release: str,
    to: ReleaseState,
    *,
    actor: Actor,
    contexts: Contexts,
    clock: Clock,
) -> ReleaseView:
    """Move a release; saying it again where it already is changes nothing.

    Raises NotFound, Forbidden, ReleaseImmutable, NotValidated, ReleaseTooClose.
    """
    found = await releases.get(release, actor)
    if found is None:
        raise NotFound
    view = found.view
    if not actor.has(view.assessment, Role.COORDINATOR, Role.STATISTICIAN):
        raise Forbidden
    if view.state is to:
        return view
    before = _BEFORE.get(to)
    if before is None or view.state is not before:
        raise ReleaseImmutable(state=view.state.value)
    if to is ReleaseState.PUBLISHED:
        state = (await contexts.context(view.assessment)).state
        if state not in _VALIDATED:
            raise NotValidated(assessment_state=state)
        await _refuse_close(view, releases)
    stored = await observations.published(Selection(release))
    if content_digest(text for _, text in stored) != view.content_sha256:
        raise ReleaseImmutable(state="damaged")
    if not await releases.move(release, before=before, after=to, at=clock.now()):
        raise ReleaseImmutable(state=view.state.value)
    stamp = "frozen_at" if to is ReleaseState.FROZEN else "published_at"
    return view.model_copy(update={"state": to, stamp: clock.now()})


async def _refuse_close(view: ReleaseView, releases: Releases) -> None:
    """No two published releases let a few people be seen as their difference (rule D-04)."""
    for other in await releases.published(view.assessment):
        if too_close(_basis(view), _basis(other)):
            raise ReleaseTooClose(release=other.id, least=LEAST_DIFFERENCE)


def _basis(view: ReleaseView) -> Basis:
    return Basis(view.snapshot_sha256, view.definitions_sha256, view.interviews)
