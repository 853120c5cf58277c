"""Rows of an export in which every missing value says why (ADR-0027)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from usga_shared.wire.vocabulary import Missing

from usga_assessment.domain.export.codes import MARK, code_of
from usga_assessment.domain.export.reasons import Cell, Reasons

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ASKED = "asked"


class Exported(Protocol):
    """What a coding needs to know of an interview."""

    @property
    def version(self) -> str:
        """The version of the form that it was made with."""
        ...

    @property
    def judged_by(self) -> str | None:
        """The version that it was accepted by, when that is another."""
        ...

    @property
    def ended_at(self) -> datetime | None:
        """What today() meant."""
        ...


@dataclass(frozen=True, slots=True)
class Coding:
    """The versions of a form; `origins` are the variables that can have implied values."""

    versions: Mapping[str, Reasons]
    origins: tuple[str, ...]

    def rows(
        self,
        interview: Exported,
        answers: Mapping[str, Any],
        names: Sequence[str],
        repeat: str | None,
    ) -> Iterator[list[Any]]:
        """The cells of an interview, or of each of its entries in a repeat after their number."""
        reasons = self.versions.get(interview.version) or self.versions.get(
            interview.judged_by or ""
        )
        at = interview.ended_at or _EPOCH
        if repeat is None:
            cells = self._explained(reasons, answers, names, at)
            yield [*self._written(cells, names)]
            return
        entries = answers.get(repeat)
        if reasons is None or type(entries) is not list:
            return
        for number, cells in enumerate(reasons.explain_rows(answers, repeat, names, at=at), 1):
            yield [number, *self._written(cells, names)]

    @staticmethod
    def _explained(
        reasons: Reasons | None, answers: Mapping[str, Any], names: Sequence[str], at: datetime
    ) -> Mapping[str, Cell]:
        if reasons is None:  # a version that is no longer there: all that is known are answers
            return {n: Cell(answers.get(n), _absent(answers.get(n))) for n in names}
        return reasons.explain(answers, names, at=at)

    def _written(self, cells: Mapping[str, Cell], names: Sequence[str]) -> Iterator[Any]:
        for name in names:
            yield written(cells[name])
        for name in self.origins:
            missing = cells[name].missing
            if missing is None:
                yield ASKED
            else:
                yield Missing.IMPLIED.value if missing is Missing.IMPLIED else None


def _absent(value: Any) -> Missing | None:
    return Missing.UNSPECIFIED if value is None or value == "" else None


_CODES = {reason: code_of(reason) for reason in Missing if reason is not Missing.IMPLIED}


def written(cell: Cell) -> Any:
    """A cell as it stands in the export: an implied value is written as a value."""
    value, missing = cell
    if missing is not None and missing in _CODES:
        return _CODES[missing]
    if type(value) is str and value.startswith(MARK):
        return f"'{value}"  # an answer never looks like a reason
    return value
