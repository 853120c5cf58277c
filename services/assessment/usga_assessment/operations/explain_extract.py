"""Tell the extract which variables were left open: all others that are absent were not asked."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from usga_expressions.environment import Table
from usga_shared.wire.vocabulary import FieldClass, Missing

from usga_assessment.domain.export.reasons import Cell, Reasons
from usga_assessment.domain.instrument import InstrumentVersion
from usga_assessment.domain.sealing.classes import Answers
from usga_assessment.domain.submission.held import Held
from usga_assessment.storage.instruments import compiled

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OPEN = frozenset({FieldClass.OPEN})
_WITH_S3 = frozenset({FieldClass.OPEN, FieldClass.S3})


class ExtractExplainer:
    """The versions of one form; each is prepared when the first interview needs it."""

    def __init__(self, versions: Sequence[InstrumentVersion], lists: Mapping[str, Table]) -> None:
        self._versions = {version.version: version for version in versions}
        self._lists = lists
        self._made: dict[tuple[str, bool], Reasons] = {}

    def version_of(self, held: Held) -> str:
        """The version that an interview was made with, or the one that it was accepted by."""
        own = held.instrument_version or ""
        return own if own in self._versions else held.judged_by or own

    def unanswered(
        self, held: Held, answers: Answers, names: Sequence[str], *, s3: bool
    ) -> list[str]:
        """Those of these variables that were to be asked and were left open.

        One of a repeat stands with the repeat and the number of its row from 0: `inc/0/inc_rep`.
        Open variables are judged by open answers alone: a reason tells of no S3 answer.
        """
        name = self.version_of(held)
        if name not in self._versions:
            return []
        reasons, at = self._reasons(name, s3=s3), held.ended_at or _EPOCH
        absent = [n for n in names if answers.get(n) in (None, "")]
        found = _left_open(reasons.explain(answers, absent, at=at))
        for repeat, inside in reasons.in_repeats(names).items():
            rows = answers.get(repeat)
            if type(rows) is not list or all(_holds(row, inside) for row in rows):
                continue
            for number, cells in enumerate(reasons.explain_rows(answers, repeat, inside, at=at)):
                found += [f"{repeat}/{number}/{n}" for n in _left_open(cells)]
        return found

    def _reasons(self, name: str, *, s3: bool) -> Reasons:
        made = self._made.get((name, s3))
        if made is None:
            version = self._versions[name]
            instrument = compiled(version)
            lists = {n: t for n, t in self._lists.items() if n in instrument.external_lists}
            made = Reasons.of(
                version.document, instrument, classes=_WITH_S3 if s3 else _OPEN, lists=lists
            )
            self._made[name, s3] = made
        return made


def _left_open(cells: Mapping[str, Cell]) -> list[str]:
    return [name for name, cell in cells.items() if cell.missing is Missing.NO_ANSWER]


def _holds(row: object, names: Sequence[str]) -> bool:
    return type(row) is dict and all(row.get(name) not in (None, "") for name in names)
