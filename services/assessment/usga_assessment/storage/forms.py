"""What the ingest must know of an assessment: its state, its forms compiled, its lists."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlmodel import col, select
from usga_expressions.environment import Table
from usga_expressions.instrument import Instrument
from usga_shared.clock import Clock
from usga_shared.database.engine import Database

from usga_assessment.domain.assessment.states import State, reached
from usga_assessment.domain.instrument import InstrumentState
from usga_assessment.domain.submission.check import Form
from usga_assessment.storage.tables.field import AssessmentRow, ReferenceListRow
from usga_assessment.storage.tables.instrument import InstrumentRow

FormName = tuple[str, str]
"""Name and version of an instrument."""

_BELIEVED = timedelta(seconds=2)
_Lists = dict[str, tuple[str, Table]]


@dataclass(frozen=True, slots=True)
class Intake:
    """What an assessment lets in: `forms` holds the known ones among those asked for."""

    age_floor: int
    collecting: bool
    forms: Mapping[FormName, Form]


class Forms:
    """Compiles instruments once per process; knows what each push must be checked with."""

    def __init__(self, database: Database, clock: Clock, *, size: int = 32) -> None:
        self._database, self._clock, self._size = database, clock, size
        self._known: OrderedDict[str, tuple[datetime, Intake]] = OrderedDict()
        self._forms: OrderedDict[tuple[str, ...], Form] = OrderedDict()
        self._lists: OrderedDict[str, Table] = OrderedDict()
        self._reading: dict[tuple[str, frozenset[FormName]], asyncio.Task[Intake]] = {}

    async def intake(
        self, assessment: str, wanted: Iterable[FormName], *, fresh: bool = False
    ) -> Intake:
        """The state of an assessment, and the forms among `wanted` that it has.

        Unless it must be `fresh`, what let interviews in a moment ago is believed again, and
        whoever asks while it is read anew waits for that one reading.
        """
        names = frozenset(wanted)
        if fresh:
            return await self._renew(assessment, names)
        known = self._known.get(assessment)
        if known is not None:
            until, intake = known
            is_believed = self._clock.now() < until and intake.collecting
            if is_believed and names <= intake.forms.keys():
                return intake
        key = (assessment, names)
        reading = self._reading.get(key)
        if reading is None:
            reading = self._reading[key] = asyncio.create_task(self._renew(assessment, names))
            reading.add_done_callback(lambda _: self._reading.pop(key))
        return await asyncio.shield(reading)

    async def close(self) -> None:
        """Wait for what is still being read: whoever asked may have gone away."""
        await asyncio.gather(*self._reading.values(), return_exceptions=True)

    async def _renew(self, assessment: str, names: Iterable[FormName]) -> Intake:
        now = self._clock.now()
        made = await self._read(assessment, names)
        self._known[assessment] = (now + _BELIEVED, made)
        while len(self._known) > self._size:
            self._known.popitem(last=False)
        return made

    async def _read(self, assessment: str, names: Iterable[FormName]) -> Intake:
        async with self._database.read() as session:
            age_floor, state = (
                await session.exec(
                    select(AssessmentRow.age_floor, AssessmentRow.state).where(
                        col(AssessmentRow.code) == assessment
                    )
                )
            ).one()
            forms: dict[FormName, Form] = {}
            lists: _Lists | None = None
            for name, version in names:
                found = (
                    await session.exec(
                        select(InstrumentRow.digest, InstrumentRow.state).where(
                            col(InstrumentRow.assessment) == assessment,
                            col(InstrumentRow.name) == name,
                            col(InstrumentRow.version) == version,
                        )
                    )
                ).one_or_none()
                if found is None:
                    continue
                if lists is None:
                    lists = await self._lists_of(session, assessment)
                forms[name, version] = await self._form(session, *found, lists)
            return Intake(age_floor, reached(State(state), State.COLLECTING), forms)

    async def _form(self, session: Any, digest: str, state: str, lists: _Lists) -> Form:
        contents = (f"{name}:{version}" for name, (version, _) in sorted(lists.items()))
        key = (digest, state, *contents)
        form = self._forms.pop(key, None)
        if form is None:
            statement = select(InstrumentRow.document).where(col(InstrumentRow.digest) == digest)
            document = orjson.loads((await session.exec(statement)).first())
            instrument = Instrument.load(document)
            form = Form.of(
                document,
                instrument,
                lists={n: t for n, (_, t) in lists.items() if n in instrument.external_lists},
                is_published=state != InstrumentState.DRAFT.value,
            )
        self._forms[key] = form
        while len(self._forms) > self._size:
            self._forms.popitem(last=False)
        return form

    async def _lists_of(self, session: Any, assessment: str) -> _Lists:
        digests = await session.exec(
            select(ReferenceListRow.name, ReferenceListRow.digest).where(
                col(ReferenceListRow.assessment) == assessment
            )
        )
        tables: _Lists = {}
        for name, digest in digests:
            table = self._lists.pop(digest, None)
            if table is None:
                rows = select(ReferenceListRow.rows).where(
                    col(ReferenceListRow.assessment) == assessment,
                    col(ReferenceListRow.name) == name,
                )
                table = Table((await session.exec(rows)).one())
            self._lists[digest] = table
            tables[name.removesuffix(".csv")] = (digest, table)
        while len(self._lists) > 4 * self._size:
            self._lists.popitem(last=False)
        return tables
