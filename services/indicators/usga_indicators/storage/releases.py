"""Releases: who may see them, and their one-way states."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar
from usga_shared.auth.actors import PLATFORM, Actor, Role
from usga_shared.database.engine import Database
from usga_shared.problems import ReleaseRetracted
from usga_shared.wire.release import ReleaseView, Retraction
from usga_shared.wire.vocabulary import ReleaseState

from usga_indicators.storage.tables.release import ReleaseRow, ReleaseShareRow

#: Who sees releases of their assessments before they are published.
DRAFT_READERS = frozenset({Role.COORDINATOR, Role.STATISTICIAN})
_PUBLISHED = ReleaseState.PUBLISHED.value
_ONCE_OUT = frozenset({_PUBLISHED, ReleaseState.RETRACTED.value})


@dataclass(frozen=True, slots=True)
class Release:
    """A release with what it was computed from."""

    view: ReleaseView
    context: dict[str, Any]
    indicators: list[dict[str, Any]]
    sources: list[dict[str, Any]]
    not_recomputable: str | None
    audit: dict[str, Any] | None = None
    """The attack on its hidden cells: internal. None of releases from before it was kept."""
    statistics_sha256: str | None = None
    """Of what it keeps of its interviews. None of releases from before it was kept."""

    @property
    def id(self) -> str:
        return self.view.id

    @property
    def is_published(self) -> bool:
        return self.view.state is ReleaseState.PUBLISHED

    @property
    def was_published(self) -> bool:
        """Published, or retracted since: its numbers are known to the world."""
        return self.view.state.value in _ONCE_OUT


async def is_out(database: Database, release: str) -> bool:
    """Whether it is published now: one look at one row, for each reader of what is kept.

    By the driver itself: a transaction would cost more than all else of the answer.
    """
    async with database.direct() as direct:
        given = "?" if direct.is_sqlite else "$1"
        query = f"SELECT state FROM release WHERE id = {given}"  # noqa: S608 - no value is written
        rows = await direct.fetch(query, [release])
    return [state for (state,) in rows] == [_PUBLISHED]


def visible_to(actor: Actor) -> SelectOfScalar[ReleaseRow]:
    """Every read of releases starts from this statement; not visible reads as not there."""
    releases = select(ReleaseRow)
    if actor.is_admin or _reads_drafts(actor, PLATFORM):
        return releases
    mine = [code for code in actor.assessments if _reads_drafts(actor, code)]
    partner_of = [code for code in actor.assessments if Role.PARTNER in actor.grants[code]]
    published = col(ReleaseRow.state).in_(_ONCE_OUT)
    shared = _shared().where(
        col(ReleaseShareRow.partner) == actor.id, col(ReleaseShareRow.ended_at).is_(None)
    )
    return releases.where(
        or_(
            published,
            col(ReleaseRow.assessment).in_(mine),
            and_(col(ReleaseRow.assessment).in_(partner_of), shared.exists()),
        )
    )


def _shared() -> SelectOfScalar[str]:
    """Shares of the release at hand, those that are over too."""
    of_this = col(ReleaseShareRow.release_id) == col(ReleaseRow.id)
    return select(ReleaseShareRow.release_id).where(of_this).correlate(ReleaseRow)


def _reads_drafts(actor: Actor, code: str) -> bool:
    return not DRAFT_READERS.isdisjoint(actor.grants.get(code, frozenset()))


class Releases:
    """Reading and moving releases."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(
        self, release: Release, *, created_by: str, order: tuple[str, str] | None = None
    ) -> bool:
        """Store a new draft; False when a release with this order's key is there already."""
        key, digest = order or (None, None)
        row = ReleaseRow(
            **release.view.model_dump(),
            created_by=created_by,
            order_key=key,
            order_sha256=digest,
            context=release.context,
            indicators=release.indicators,
            sources=release.sources,
            not_recomputable=release.not_recomputable,
            audit=release.audit,
            statistics_sha256=release.statistics_sha256,
        )
        try:
            async with self._session.begin_nested():
                self._session.add(row)
        except IntegrityError:
            if order is None:
                raise
            return False
        return True

    async def of_order(self, key: str) -> tuple[Release, str | None] | None:
        """The release that an order with this key made, and the digest of that order."""
        found = await self._session.exec(
            select(ReleaseRow).where(col(ReleaseRow.order_key) == key)
        )
        row = found.one_or_none()
        return None if row is None else (_release(row), row.order_sha256)

    async def get(self, release: str, actor: Actor) -> Release | None:
        """A release that the actor may see: every read of its numbers starts here.

        Raises ReleaseRetracted for one that was taken back.
        """
        found = await self.listed(release, actor)
        if found is not None:
            await self.refuse_retracted(found)
        return found

    async def listed(self, release: str, actor: Actor) -> Release | None:
        """A release that the actor may see, retracted or not: for what shows no numbers."""
        found = await self._session.exec(visible_to(actor).where(col(ReleaseRow.id) == release))
        row = found.one_or_none()
        return None if row is None else _release(row)

    async def refuse_retracted(self, found: Release) -> None:
        """Raise ReleaseRetracted, with what stands for it today, where it was taken back."""
        gone = found.view.retraction
        if gone is None:
            return
        raise ReleaseRetracted(
            release=found.id,
            since=gone.at.isoformat().replace("+00:00", "Z"),
            reason=gone.reason.value,
            because=gone.text,
            use_instead=await self.instead_of(found),
        )

    async def instead_of(self, found: Release) -> str | None:
        """The published release that stands for a retracted one, if any.

        The newest correction, else the one that was named, else what stands for that one.
        """
        gone, asked = found.view.retraction, {found.id}
        while gone is not None:
            corrections = await self.corrections(found.id)
            if corrections:
                return corrections[-1]
            named = await self.any(gone.instead) if gone.instead else None
            if named is None or named.id in asked:
                return None
            if named.is_published:
                return named.id
            asked.add(named.id)
            found, gone = named, named.view.retraction
        return None

    async def any(self, release: str) -> Release | None:
        """A release whatever its state: for other services only."""
        row = await self._session.get(ReleaseRow, release)
        return None if row is None else _release(row)

    async def newest(
        self,
        actor: Actor,
        *,
        assessment: str | None,
        state: ReleaseState | None = None,
        limit: int,
        before: str | None,
    ) -> list[Release]:
        """Newest first; ids are made in order of time."""
        query = visible_to(actor).order_by(col(ReleaseRow.id).desc()).limit(limit)
        if assessment is not None:
            query = query.where(col(ReleaseRow.assessment) == assessment)
        if state is not None:
            query = query.where(col(ReleaseRow.state) == state.value)
        if before is not None:
            query = query.where(col(ReleaseRow.id) < before)
        return [_release(row) for row in (await self._session.exec(query)).all()]

    async def published(self, assessment: str) -> list[ReleaseView]:
        """The views of `standing`."""
        return [release.view for release in await self.standing(assessment)]

    async def standing(self, assessment: str) -> list[Release]:
        """Every release that others were shown, oldest first: published, or shared once.

        Retracted ones too: what was read stays known, and new releases are held against it.
        """
        shown = or_(col(ReleaseRow.state).in_(_ONCE_OUT), _shared().exists())
        query = (
            select(ReleaseRow)
            .where(col(ReleaseRow.assessment) == assessment, shown)
            .order_by(col(ReleaseRow.id))
        )
        return [_release(row) for row in (await self._session.exec(query)).all()]

    async def latest_published(self, assessment: str | None) -> str | None:
        """The id of the release that was published last."""
        query = (
            select(ReleaseRow.id)
            .where(col(ReleaseRow.state) == _PUBLISHED)
            .order_by(col(ReleaseRow.published_at).desc(), col(ReleaseRow.id).desc())
            .limit(1)
        )
        if assessment is not None:
            query = query.where(col(ReleaseRow.assessment) == assessment)
        return (await self._session.exec(query)).first()

    async def hold(self, assessment: str) -> None:
        """Lock the assessment's releases: until this transaction ends, no other one moves them."""
        await self._session.exec(
            select(ReleaseRow.id)
            .where(col(ReleaseRow.assessment) == assessment)
            .order_by(col(ReleaseRow.id))
            .with_for_update()
        )

    async def move(
        self, release: str, *, before: ReleaseState, after: ReleaseState, at: datetime
    ) -> bool:
        """Move on; False when the release is no longer where it was thought to be."""
        stamp = "frozen_at" if after is ReleaseState.FROZEN else "published_at"
        moved = await self._session.exec(
            update(ReleaseRow)
            .where(col(ReleaseRow.id) == release, col(ReleaseRow.state) == before.value)
            .values({"state": after.value, stamp: at})
        )
        return bool(moved.rowcount == 1)

    async def retract(self, release: str, retraction: Retraction, *, by: str) -> bool:
        """Take back what is published, for ever; False when it is not published (any more)."""
        moved = await self._session.exec(
            update(ReleaseRow)
            .where(col(ReleaseRow.id) == release, col(ReleaseRow.state) == _PUBLISHED)
            .values(
                state=ReleaseState.RETRACTED.value,
                retraction=retraction.model_dump(mode="json"),
                retracted_by=by,
            )
        )
        return bool(moved.rowcount == 1)

    async def embargo(
        self, release: str, *, until: datetime | None, by: str | None
    ) -> ReleaseView | None:
        """Set or lift the embargo of a frozen release; None when it is not frozen any more."""
        moved = await self._session.exec(
            update(ReleaseRow)
            .where(
                col(ReleaseRow.id) == release,
                col(ReleaseRow.state) == ReleaseState.FROZEN.value,
            )
            .values(embargo_until=until, embargo_by=by)
        )
        if moved.rowcount != 1:
            return None
        row = await self._session.get(ReleaseRow, release, populate_existing=True)
        assert row is not None  # releases are never deleted
        return _release(row).view

    async def due(self, at: datetime) -> list[ReleaseView]:
        """Frozen releases whose embargo is over, the oldest embargo first."""
        found = await self._session.exec(
            select(ReleaseRow)
            .where(
                col(ReleaseRow.state) == ReleaseState.FROZEN.value,
                col(ReleaseRow.embargo_until).is_not(None),
                col(ReleaseRow.embargo_until) <= at,
            )
            .order_by(col(ReleaseRow.embargo_until), col(ReleaseRow.id))
        )
        return [_release(row).view for row in found.all()]

    async def corrections(self, release: str) -> list[str]:
        """Published releases that correct this one or a correction of it, oldest first."""
        return [name for name, state in await self._line(release) if state == _PUBLISHED]

    async def end_of_line(self, release: str) -> str | None:
        """The last correction that was ever published of it, retracted ones too; None before."""
        line = await self._line(release)
        return line[-1][0] if line else None

    async def _line(self, release: str) -> list[tuple[str, str]]:
        """Corrections of it and of its corrections that were ever out, with their states."""
        found: list[tuple[datetime, str, str]] = []
        asked = {release}
        while asked:
            rows = await self._session.exec(
                select(ReleaseRow.id, ReleaseRow.published_at, ReleaseRow.state).where(
                    col(ReleaseRow.corrects).in_(asked), col(ReleaseRow.state).in_(_ONCE_OUT)
                )
            )
            more = [(at, name, state) for name, at, state in rows.all() if at is not None]
            asked = {name for _, name, _ in more}
            found += more
        return [(name, state) for _, name, state in sorted(found)]

    async def keep_attack(self, release: str, document: dict[str, Any]) -> None:
        """Store the attack that publishing waited for, beside that on the draft."""
        row = await self._session.get(ReleaseRow, release)
        assert row is not None  # releases are never deleted
        row.audit = {**(row.audit or {}), "at_publication": document}
        await self._session.flush()

    async def generations(self, assessment: str, instrument: str) -> set[int]:
        """Generations of the extract that a release can still be recomputed from."""
        return {
            source["generation"]
            for row in await self._recomputable(assessment)
            for source in row.sources
            if source["instrument"] == instrument
        }

    async def lose_snapshots(
        self, assessment: str, instrument: str, generations: set[int], because: str
    ) -> None:
        """Say of the releases of these generations that their microdata are gone."""
        for row in await self._recomputable(assessment):
            if any(
                source["instrument"] == instrument and source["generation"] in generations
                for source in row.sources
            ):
                row.not_recomputable = because
        await self._session.flush()

    async def _recomputable(self, assessment: str) -> list[ReleaseRow]:
        found = await self._session.exec(
            select(ReleaseRow).where(
                col(ReleaseRow.assessment) == assessment,
                col(ReleaseRow.not_recomputable).is_(None),
            )
        )
        return list(found.all())


def _release(row: ReleaseRow) -> Release:
    fields = {name: getattr(row, name) for name in ReleaseView.model_fields}
    return Release(
        ReleaseView(**fields),
        row.context,
        row.indicators,
        row.sources,
        row.not_recomputable,
        row.audit,
        row.statistics_sha256,
    )
