"""Take a published release back (ADR-0061): its numbers end, its name and the reason stay."""

import logging
from dataclasses import dataclass

from usga_shared.auth.actors import Actor
from usga_shared.clock import Clock
from usga_shared.database.engine import Database
from usga_shared.wire.release import Retraction
from usga_shared.wire.vocabulary import ReleaseState, RetractionReason

from usga_indicators.messages import NotAReplacement, ReleaseImmutable
from usga_indicators.operations.authorise import permitted
from usga_indicators.storage.releases import Release, Releases

_log = logging.getLogger("usga.indicators.releases")


@dataclass(frozen=True, slots=True)
class Retracted:
    """A release as it stands after its retraction."""

    release: Release
    corrected_by: list[str]
    use_instead: str | None


async def retract_release(
    database: Database,
    release: str,
    *,
    reason: RetractionReason,
    text: dict[str, str],
    instead: str | None,
    actor: Actor,
    clock: Clock,
) -> Retracted:
    """Retract; saying the same again changes nothing, and nothing undoes it.

    It waits for no attack and no other service: whoever reads after the commit reads no number.
    Raises NotFound, Forbidden, ReleaseImmutable, NotAReplacement.
    """
    by = f"{actor.kind}:{actor.id}"
    async with database.write() as session:
        releases = Releases(session)
        found = await permitted(releases, release, actor, "release.retract")
        await releases.hold(found.view.assessment)
        if instead is not None:
            await _replacement(releases, instead, of=found)
        gone = Retraction(at=clock.now(), reason=reason, text=text, instead=instead)
        retracted = await releases.retract(release, gone, by=by)
        now = await releases.any(release)
        assert now is not None  # releases are never deleted
        if not retracted and not _is_said(now, gone):
            raise ReleaseImmutable(state=now.view.state.value)
        corrected_by = await releases.corrections(release)
        outcome = Retracted(now, corrected_by, await releases.instead_of(now))
    if retracted:
        _log.warning(
            "release_retracted",
            extra={"release": release, "assessment": now.view.assessment, "reason": reason.value,
                   "instead": instead, "actor": by},
        )  # fmt: skip
    return outcome


async def _replacement(releases: Releases, instead: str, *, of: Release) -> None:
    named = await releases.any(instead)
    is_other = named is not None and named.id != of.id
    if named is None or not (is_other and named.view.assessment == of.view.assessment):
        raise NotAReplacement(release=instead)
    if not named.is_published and of.view.state is ReleaseState.PUBLISHED:
        raise NotAReplacement(release=instead)


def _is_said(now: Release, gone: Retraction) -> bool:
    """Whether it was retracted in just these words before."""
    before = now.view.retraction
    return before is not None and before.model_copy(update={"at": gone.at}) == gone
