"""Put areas, records and reference lists of an assessment in place."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Protocol

from usga_shared.problems import Problem

from usga_assessment.domain.assessment.areas import Area, read_areas
from usga_assessment.domain.assessment.assessment import Assessment, Record, ReferenceList
from usga_assessment.domain.assessment.states import State, reached
from usga_assessment.domain.assessment.wording import is_one_line
from usga_assessment.domain.sync.rows import digest_of
from usga_assessment.operations.findings import AreasRefused, Fault, ListRefused

MOST_LIST_ROWS = 50_000
_COLUMN = re.compile(r"^[A-Za-z_][A-Za-z0-9_.:-]{0,63}$")
_CHOICE = re.compile(r"^[^\s\x00-\x1f]{1,200}$")
_LONGEST_CELL = 1_000


class AssessmentArchived(Problem):
    """Nothing of an archived assessment changes."""

    slug: ClassVar[str] = "assessment-archived"
    title: ClassVar[str] = "The assessment is archived"
    status: ClassVar[int] = 409


class Areas(Protocol):
    """What replacing areas needs of the storage."""

    async def used(self, assessment: str) -> set[str]: ...

    async def replace(self, assessment: str, areas: Sequence[Area]) -> None: ...


class Records(Protocol):
    """What recording needs of the storage."""

    async def holding(self, assessment: str) -> dict[str, Record]: ...

    async def append(self, assessment: str, record: Record) -> None: ...


class Lists(Protocol):
    """What a reference list needs of the storage."""

    async def replace(self, assessment: str, made: ReferenceList) -> None: ...


def still_open(assessment: Assessment) -> None:
    """Raise AssessmentArchived when nothing may change any more."""
    if reached(assessment.state, State.ARCHIVED):
        raise AssessmentArchived


async def replace_areas(areas: Areas, assessment: Assessment, document: Any) -> list[Area]:
    """Check a FeatureCollection and put it in place. Raises AreasRefused with every fault."""
    still_open(assessment)
    read, found = await asyncio.to_thread(read_areas, document)  # up to half a second
    faults = [Fault(finding.pointer, finding.code) for finding in found]
    if not faults:
        lost = await areas.used(assessment.code) - {area.code for area in read}
        faults = [Fault("/features", "area-in-use") for _ in lost]
    if faults:
        raise AreasRefused(faults)
    await areas.replace(assessment.code, read)
    return read


async def put_record(
    records: Records,
    assessment: Assessment,
    kind: str,
    value: Mapping[str, Any],
    *,
    by: str,
    now: datetime,
) -> tuple[Record, bool]:
    """Keep a record as its next revision; says whether anything is new. Nothing is overwritten."""
    still_open(assessment)
    before = (await records.holding(assessment.code)).get(kind)
    if before is not None and before.value == value:
        return before, False
    record = Record(
        kind=kind,
        revision=before.revision + 1 if before else 1,
        value=dict(value),
        synthetic=bool(value["synthetic"]),
        at=now,
        actor=by,
    )
    await records.append(assessment.code, record)
    return record, True


async def put_list(
    lists: Lists, assessment: Assessment, name: str, rows: list[dict[str, Any]], *, now: datetime
) -> ReferenceList:
    """Check and keep a reference list. Raises ListRefused with every fault."""
    still_open(assessment)
    faults = list(_list_faults(rows))
    if faults:
        raise ListRefused(faults)
    digest = await asyncio.to_thread(digest_of, rows)
    made = ReferenceList(name=name, rows=rows, digest=digest, updated_at=now)
    await lists.replace(assessment.code, made)
    return made


def _list_faults(rows: Sequence[Mapping[str, Any]]) -> list[Fault]:
    if len(rows) > MOST_LIST_ROWS:
        return [Fault("/rows", "too-many-rows")]
    faults: list[Fault] = []
    seen: set[str] = set()
    for index, row in enumerate(rows):
        pointer = f"/rows/{index}"
        name = row.get("name")
        if not isinstance(name, str) or not _CHOICE.fullmatch(name):
            faults.append(Fault(f"{pointer}/name", "not-a-choice-name"))
        elif name in seen:
            faults.append(Fault(f"{pointer}/name", "duplicate-choice"))
        else:
            seen.add(name)
        for column, cell in row.items():
            if not _COLUMN.fullmatch(column):
                faults.append(Fault(pointer, "not-a-column-name"))
            elif not _is_cell(cell):
                faults.append(Fault(f"{pointer}/{column}", "not-a-cell"))
    return faults


def _is_cell(cell: Any) -> bool:
    """One line of bounded length or a number; a label may also be text by language."""
    if isinstance(cell, dict):
        return all(_is_line(text) for text in cell.values())
    return isinstance(cell, (int, float)) or _is_line(cell)


def _is_line(text: Any) -> bool:
    return isinstance(text, str) and len(text) <= _LONGEST_CELL and is_one_line(text)
