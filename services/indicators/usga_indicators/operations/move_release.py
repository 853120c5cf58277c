"""Freeze a draft, publish what is frozen; nothing moves back."""

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from usga_shared.auth.actors import Actor
from usga_shared.clock import Clock
from usga_shared.database.engine import Database
from usga_shared.problems import Unavailable
from usga_shared.wire.release import ReleaseView
from usga_shared.wire.vocabulary import ReleaseState

from usga_indicators.domain.disclosure import LEAST_DIFFERENCE
from usga_indicators.messages import (
    AlreadyCorrected,
    HiddenCellsOpen,
    NotValidated,
    OtherReleaseValidated,
    ReleaseImmutable,
    ReleaseTooClose,
    ReleaseUnderEmbargo,
)
from usga_indicators.operations.authorise import permitted
from usga_indicators.operations.check_shown import shown_at_risk
from usga_indicators.operations.compute_release import Contexts, content_digest
from usga_indicators.operations.count_differing import close_to
from usga_indicators.operations.known_definitions import KnownDefinitions
from usga_indicators.operations.put_beside import attacked, published_beside, stored_beside
from usga_indicators.storage.extract_files import ExtractFiles
from usga_indicators.storage.observations import Observations, Selection
from usga_indicators.storage.releases import Releases

_log = logging.getLogger("usga.indicators.releases")
_BEFORE = {
    ReleaseState.FROZEN: ReleaseState.DRAFT,
    ReleaseState.PUBLISHED: ReleaseState.FROZEN,
}
#: States of an assessment whose residents have validated the results (rule Q-05).
_VALIDATED = frozenset({"published", "monitoring", "archived"})
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class _Attack:
    """Beside which published releases one was attacked, and what was found."""

    releases: frozenset[str]
    document: dict[str, Any]


async def move_release(
    database: Database,
    release: str,
    to: ReleaseState,
    *,
    actor: Actor,
    contexts: Contexts,
    known: KnownDefinitions,
    files: ExtractFiles,
    clock: Clock,
    embargo_until: datetime | None = None,
) -> ReleaseView:
    """Move a release; saying it again where it already is changes nothing.

    With `embargo_until` in the future a frozen release stays frozen until then: everything that
    publishing asks for is asked now, and again at that moment (`lift_embargoes`).

    No transaction waits for the assessment service or for the attack. Raises NotFound, Forbidden,
    ReleaseImmutable, NotValidated, OtherReleaseValidated, AlreadyCorrected, ReleaseTooClose,
    HiddenCellsOpen, ReleaseUnderEmbargo, Unavailable.
    """
    async with database.read() as session:
        view = (await permitted(Releases(session), release, actor, "release.move")).view
        if view.state is to:
            return view
        if _BEFORE.get(to) is not view.state:
            raise ReleaseImmutable(state=view.state.value)
        if to is ReleaseState.PUBLISHED:
            await _only_correction(Releases(session), view)
    if to is ReleaseState.PUBLISHED:
        context = await contexts.context(view.assessment)
        if context.state not in _VALIDATED:
            raise NotValidated(assessment_state=context.state)
        validated = context.records.get("release", {}).get("release", view.id)
        if validated != view.id and view.corrects is None:
            raise OtherReleaseValidated(validated=validated)
        if embargo_until is not None and embargo_until > clock.now():
            by = f"{actor.kind}:{actor.id}"
            return await _embargoed(database, view, known, files, until=embargo_until, by=by)
        standing = view.embargo_until
        if embargo_until is None and standing is not None and standing > clock.now():
            raise ReleaseUnderEmbargo(until=moment(standing))
    return await _moved(database, view, to, known, files, clock=clock)


async def _embargoed(
    database: Database,
    view: ReleaseView,
    known: KnownDefinitions,
    files: ExtractFiles,
    *,
    until: datetime,
    by: str,
) -> ReleaseView:
    """Decide now what is published then. Raises what publishing would raise."""
    await _attacked(database, view, known, files)
    async with database.write() as session:
        found = await Releases(session).embargo(view.id, until=until, by=by)
    if found is None:
        raise ReleaseImmutable(state=view.state.value)
    return found


async def lift_embargoes(
    database: Database, *, known: KnownDefinitions, files: ExtractFiles, clock: Clock
) -> list[str]:
    """Publish what is due; what cannot be published any more loses its embargo and stays frozen.

    Gives the ids of the published. Somebody else may have published in between, or a withdrawal
    may have brought two releases too close: the attack is made anew.
    """
    async with database.read() as session:
        due = await Releases(session).due(clock.now())
    published: list[str] = []
    for view in due:
        try:
            await _moved(database, view, ReleaseState.PUBLISHED, known, files, clock=clock)
        except (ReleaseTooClose, HiddenCellsOpen, ReleaseImmutable, AlreadyCorrected) as refusal:
            async with database.write() as session:
                await Releases(session).embargo(view.id, until=None, by=None)
            _log.warning("embargo_refused", extra={"release": view.id, "problem": refusal.slug})
        else:
            published.append(view.id)
            _log.info("embargo_lifted", extra={"release": view.id})
    return published


def moment(at: datetime) -> str:
    """A time as the API writes it."""
    return at.isoformat().replace("+00:00", "Z")


async def _moved(
    database: Database,
    view: ReleaseView,
    to: ReleaseState,
    known: KnownDefinitions,
    files: ExtractFiles,
    *,
    clock: Clock,
) -> ReleaseView:
    for _ in range(_ATTEMPTS):
        attack = None
        if to is ReleaseState.PUBLISHED:
            attack = await _attacked(database, view, known, files)
        async with database.write() as session:
            moved = await _move(
                Releases(session), Observations(session), view, to, attack, at=clock.now()
            )
        if moved is not None:
            return moved
    raise Unavailable


async def _attacked(
    database: Database, view: ReleaseView, known: KnownDefinitions, files: ExtractFiles
) -> _Attack:
    """Attack the release with all that is published. Raises ReleaseTooClose, HiddenCellsOpen."""
    async with database.read() as session:
        release = await Releases(session).any(view.id)
        standing = await Releases(session).standing(view.assessment)
    assert release is not None  # releases are never deleted
    others = [each for each in standing if each.id != view.id]
    frozen = {(each["code"], each["version"]) for each in release.indicators}
    definitions = await known.published(view.assessment)
    close = await asyncio.to_thread(close_to, release, others, files, definitions)
    if close is not None:  # no two releases let a few people be seen as their difference (D-04)
        raise ReleaseTooClose(release=close, least=LEAST_DIFFERENCE)
    published = await published_beside(
        database, view.assessment, only=[each.id for each in others]
    )
    document = await asyncio.to_thread(
        attacked,
        await stored_beside(database, view.id),
        published,
        [d for d in definitions if (d.code, d.version) in frozen],
    )
    document["shown_at_risk"] = await shown_at_risk(
        database, view.id, [d for d in definitions if (d.code, d.version) in frozen]
    )
    bare = document["open"] or (release.audit or {}).get("open", 0) or document["shown_at_risk"]
    if bare:
        raise HiddenCellsOpen(cells=bare, releases=[each.release for each in published])
    return _Attack(frozenset(document["releases"]), document)


async def check_disclosure(
    database: Database, view: ReleaseView, known: KnownDefinitions, files: ExtractFiles
) -> None:
    """Whether it may stand beside all that others were shown. Raises what `_attacked` raises."""
    await _attacked(database, view, known, files)


async def _only_correction(releases: Releases, view: ReleaseView) -> None:
    """Raise AlreadyCorrected where another correction of the same release was published."""
    if view.corrects is None:
        return
    newest = await releases.end_of_line(view.corrects)
    if newest not in {None, view.id}:
        raise AlreadyCorrected.by_another(newest)


async def _move(
    releases: Releases,
    observations: Observations,
    view: ReleaseView,
    to: ReleaseState,
    attack: _Attack | None,
    *,
    at: datetime,
) -> ReleaseView | None:
    """None when another release was published since the attack."""
    await releases.hold(view.assessment)
    if attack is not None:
        published = {each.id for each in await releases.published(view.assessment)}
        if published - {view.id} != attack.releases:
            return None
        await _only_correction(releases, view)
    stored = await observations.published(Selection(view.id))
    if content_digest(text for _, text in stored) != view.content_sha256:
        raise ReleaseImmutable(state="damaged")
    moved = await releases.move(view.id, before=view.state, after=to, at=at)
    if moved and attack is not None:
        await releases.keep_attack(view.id, attack.document)
    now = await releases.any(view.id)
    assert now is not None  # releases are never deleted
    if not moved and now.view.state is not to:  # somebody else moved it elsewhere meanwhile
        raise ReleaseImmutable(state=now.view.state.value)
    return now.view
