"""Stream interviews as CSV: one row each, or one row for each entry of a repeat."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from typing import Any, Protocol
from uuid import UUID

from usga_shared.wire.vocabulary import FieldClass

from usga_assessment.domain.export.coding import Coding
from usga_assessment.domain.export.csv_table import CsvWriter
from usga_assessment.domain.sealing.box import Unreadable
from usga_assessment.domain.sealing.classes import join
from usga_assessment.domain.sealing.content import Opener
from usga_assessment.storage.export import Standing

_META = ("unit", "state", "instrument", "version", "case", "day", "language", "disposition")


class Exports(Protocol):
    """What exporting needs of the storage."""

    def standing(self, classes: Iterable[FieldClass]) -> AsyncIterator[list[Standing]]:
        """The interviews that stand, some at a time."""
        ...


async def export_submissions(
    exports: Exports,
    opener: Opener,
    *,
    names: Sequence[str],
    classes: frozenset[FieldClass],
    repeat: str | None,
    pseudonym: Callable[[UUID], str],
    coding: Coding | None = None,
) -> AsyncIterator[bytes]:
    """The CSV, piece by piece; memory does not grow with the number of interviews.

    With a `coding` every missing value says why (ADR-0027); without one its cell is empty.
    """
    writer = CsvWriter()
    origins = coding.origins if coding is not None else ()
    writer.header(
        [*_META, *(["row"] if repeat else []), *names, *(f"{name}.origin" for name in origins)]
    )

    def write(portion: Sequence[Standing]) -> bytes:
        for interview in portion:
            answers = _answers(interview, opener, classes)
            meta = _meta(interview, pseudonym)
            if coding is not None:
                for cells in coding.rows(interview, answers, names, repeat):
                    writer.row([*meta, *cells])
                continue
            if repeat is None:
                writer.row([*meta, *(answers.get(name) for name in names)])
                continue
            rows = answers.get(repeat)
            for number, row in enumerate(rows if type(rows) is list else [], 1):
                writer.row([*meta, number, *(row.get(name) for name in names)])
        return writer.take()

    async for portion in exports.standing(classes):
        if coding is None:
            yield write(portion)
        else:  # relevance is evaluated anew: too long for the event loop
            yield await asyncio.to_thread(write, portion)
    rest = writer.take()
    if rest:
        yield rest


def _answers(
    interview: Standing, opener: Opener, classes: frozenset[FieldClass]
) -> dict[str, Any]:
    parts: dict[FieldClass, Any] = {}
    for kind in classes:
        try:
            parts.update(opener.parts(interview.content, interview.id.bytes, [kind]))
        except Unreadable:  # the class's retention has ended: its columns are empty
            continue
    return join(parts.values()) if len(parts) > 1 else next(iter(parts.values()), {})


def _meta(interview: Standing, pseudonym: Callable[[UUID], str]) -> list[Any]:
    day = interview.ended_at.date().isoformat() if interview.ended_at else None
    return [
        pseudonym(interview.root),
        interview.state,
        interview.instrument,
        interview.version,
        interview.case_id,
        day,
        interview.language,
        interview.disposition,
    ]
