"""Stream interviews as CSV: one row each, or one row for each entry of a repeat."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

import orjson
from usga_shared.wire.vocabulary import FieldClass

from usga_assessment.domain.export.coding import Coding
from usga_assessment.domain.export.csv_table import CsvWriter
from usga_assessment.domain.sealing.classes import join
from usga_assessment.domain.sealing.content import Opener
from usga_assessment.storage.export import Standing

_META = ("unit", "state", "instrument", "version", "case", "day", "language", "disposition")
_META_WITHOUT_CASE = tuple(name for name in _META if name != "case")
_OPEN = frozenset({FieldClass.OPEN})
_DAY = len("2026-11-26")


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
    pseudonym: Callable[[bytes], str],
    coding: Coding | None = None,
    with_case: bool = True,
) -> AsyncIterator[bytes]:
    """The CSV, piece by piece; memory does not grow with the number of interviews.

    `with_case` is for readers who never read S3 answers here (ADR-0052).
    With a `coding` every missing value says why (ADR-0027); without one its cell is empty.
    """
    writer = CsvWriter()
    origins = coding.origins if coding is not None else ()
    writer.header(
        [
            *(_META if with_case else _META_WITHOUT_CASE),
            *(["row"] if repeat else []),
            *names,
            *(f"{name}.origin" for name in origins),
        ]
    )

    def write(portion: Sequence[Standing]) -> bytes:
        for interview in portion:
            answers = _answers(interview, opener, classes)
            meta = _meta(interview, pseudonym, with_case=with_case)
            if coding is not None:
                for cells in coding.rows(interview, answers, names, repeat):
                    writer.row([*meta, *cells])
            elif repeat is None:
                writer.row([*meta, *map(answers.get, names)])
            else:
                for number, row in enumerate(_entries(answers, repeat), 1):
                    writer.row([*meta, number, *map(row.get, names)])
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
    if classes == _OPEN:
        return orjson.loads(interview.open) if interview.open else {}
    parts = opener.readable(interview.content, bytes.fromhex(interview.id), classes)
    return join(parts.values()) if len(parts) > 1 else next(iter(parts.values()), {})


def _entries(answers: Mapping[str, Any], repeat: str) -> Iterable[dict[str, Any]]:
    rows = answers.get(repeat)
    return rows if type(rows) is list else ()


def _meta(
    interview: Standing, pseudonym: Callable[[bytes], str], *, with_case: bool
) -> tuple[str | None, ...]:
    return (
        pseudonym(bytes.fromhex(interview.root)),
        interview.state,
        interview.instrument,
        interview.version,
        *((interview.case_id,) if with_case else ()),
        interview.ended[:_DAY] if interview.ended else None,
        interview.language,
        interview.disposition,
    )
