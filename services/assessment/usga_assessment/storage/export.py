"""Reading standing interviews for an export of any size, with flat memory."""

from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession
from usga_shared.database.engine import Database
from usga_shared.wire.vocabulary import FieldClass, Purpose, SubmissionState

from usga_assessment.domain.sealing.box import SealedClass
from usga_assessment.domain.sealing.content import Content
from usga_assessment.storage.tables.sync import SubmissionRevisionRow

_ROW = SubmissionRevisionRow
KEPT = (SubmissionState.STORED, SubmissionState.APPROVED)
PORTION = 500
AHEAD = 250
"""Portions whose keys are found at a time: each search looks at all of the assessment."""
_PARTS = (SealedClass.IDENTIFIER, SealedClass.LOCATION, SealedClass.TEXT, SealedClass.S3)
_STANDS = (
    f"is_head AND purpose = '{Purpose.PRODUCTION.value}' "
    f"AND state IN ({', '.join(repr(state.value) for state in KEPT)})"
)


class Standing(NamedTuple):
    """One interview as an export needs it, as the drivers give it: a hundred thousand are read."""

    id: str
    """Its UUID as 32 hexadecimal digits; so is the root."""
    root: str
    instrument: str
    version: str
    state: str
    case_id: str | None
    ended: str | None
    """UTC as ISO 8601 without a zone."""
    language: str | None
    disposition: str | None
    judged_by: str | None
    open: bytes | None
    wrapped_key: bytes = b""
    identifier: bytes | None = None
    location: bytes | None = None
    text: bytes | None = None
    s3: bytes | None = None

    @property
    def ended_at(self) -> datetime | None:
        """When it ended."""
        return datetime.fromisoformat(self.ended).replace(tzinfo=UTC) if self.ended else None

    @property
    def content(self) -> Content:
        """What is held of it, of the parts that were asked for."""
        parts = {part: getattr(self, part.value) for part in _PARTS}
        held = {part: sealed for part, sealed in parts.items() if sealed is not None}
        return Content(self.wrapped_key, None, self.open, held)


async def most_interviewed(session: AsyncSession, assessment: str) -> str | None:
    """The form with most interviews to export; None while there are none."""
    form = col(_ROW.instrument)
    found: str | None = await session.scalar(
        select(form)
        .where(col(_ROW.assessment) == assessment)
        .where(col(_ROW.is_head))
        .where(col(_ROW.purpose) == Purpose.PRODUCTION.value)
        .where(col(_ROW.state).in_([state.value for state in KEPT]))
        .group_by(form)
        .order_by(func.count().desc(), form)
        .limit(1)
    )
    return found


class Exports:
    """Interviews of one assessment for export; callers have checked who asks."""

    def __init__(
        self,
        database: Database,
        assessment: str,
        instrument: str,
        *,
        portion: int = PORTION,
        ahead: int = AHEAD,
    ) -> None:
        self._database, self._assessment, self._instrument = database, assessment, instrument
        self._portion, self._ahead = portion, ahead

    async def standing(self, classes: Iterable[FieldClass]) -> AsyncIterator[list[Standing]]:
        """The interviews that stand, some at a time, with the sealed parts of these classes.

        Each portion is a transaction of its own: a slow reader holds nothing open.
        """
        contents = _contents(frozenset(classes), is_sqlite=self._database.is_sqlite)
        after = ""
        while True:
            portions = [keys for (keys,) in await self._read(*self._keys_after(after))]
            for keys in portions:
                yield [*map(Standing._make, await self._read(contents, keys))]
            if len(portions) < self._ahead:
                return
            after = max(portions[-1].split(","))

    def _keys_after(self, after: str) -> tuple[str, ...]:
        """The statement that finds the next keys, and its parameters."""
        given = (self._assessment, self._instrument, *([after] if after else []))
        statement = _keys(
            self._portion, self._ahead, is_first=not after, is_sqlite=self._database.is_sqlite
        )
        return statement, *given

    async def _read(self, statement: str, *parameters: str) -> list[Any]:
        async with self._database.direct() as direct:
            return await direct.fetch(statement, parameters)


@cache
def _keys(portion: int, ahead: int, *, is_first: bool, is_sqlite: bool) -> str:
    """The keys of the next portions in their order, each portion as one text.

    A row for each key would be a Python object for each interview.
    """
    code, form, after = ("?", "?", "?") if is_sqlite else ("$1", "$2", "$3::uuid")
    joined = "group_concat(pk, ',')" if is_sqlite else "string_agg(pk::text, ',')"
    further = "" if is_first else f"AND pk > {after}"
    return f"""
        SELECT {joined} FROM (
            SELECT pk, (row_number() OVER (ORDER BY pk) - 1) / {portion} AS portion FROM (
                SELECT pk FROM submission_revision AS r
                WHERE assessment = {code} AND instrument = {form} {further} AND {_STANDS}
                ORDER BY pk LIMIT {portion * ahead}
            ) AS found
        ) AS numbered GROUP BY portion ORDER BY portion"""  # noqa: S608 - no value is written


@cache
def _contents(classes: frozenset[FieldClass], *, is_sqlite: bool) -> str:
    """The interviews of a portion, in the order of `Standing`.

    By primary key alone: with the assessment named again SQLite would rather sort all of it.
    """
    if is_sqlite:
        here = """IN (SELECT value FROM json_each('["' || replace(?, ',', '","') || '"]'))"""
        id_, root, ended = "r.id", "r.root", "r.ended_at"
    else:
        here = "= ANY(string_to_array($1, ',')::uuid[])"
        id_, root = "replace(r.id::text, '-', '')", "replace(r.root::text, '-', '')"
        ended = "to_char(r.ended_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')"
    named = (f"c.{part}" if FieldClass(part.value) in classes else "NULL" for part in _PARTS)
    parts = ", ".join(named)
    return f"""
        SELECT {id_}, {root}, r.instrument, r.instrument_version, r.state, r.case_id, {ended},
            r.language, r.disposition, r.judged_by, c.open, c.wrapped_key, {parts}
        FROM submission_revision AS r JOIN submission_content AS c ON c.pk = r.pk
        WHERE r.pk {here} AND {_STANDS} ORDER BY r.pk"""  # noqa: S608 - no value is written
