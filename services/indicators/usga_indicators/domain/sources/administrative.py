"""Rates of what institutions recorded, over the residents of the same area and year (ADR-0033).

Records of a year are taken before counts of it, never both. By sex and age it is the victims of
that part over the residents of that part (ADR-0056).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from usga_indicators.domain.codebook.column import Column
from usga_indicators.domain.codebook.frame import Frame
from usga_indicators.domain.definition.columns import Scope, evaluate
from usga_indicators.domain.definition.model import Breakdown, Counted, Definition
from usga_indicators.domain.sources.poisson import rate
from usga_indicators.domain.sources.records import EVERYBODY, KINDS, Count, Part, Records
from usga_indicators.domain.tabulation import Cell, CellEstimate
from usga_indicators.domain.tabulation.breakdowns import TOTAL
from usga_indicators.domain.tabulation.estimates import MissingTally

_YEAR = 4
#: Sexes and age bands of victims and residents as cells name them.
SEXES = {"female": "F", "male": "M"}
AGES = {
    "a00_14": "Y0T14",
    "a15_17": "Y15T17",
    "a18_24": "Y18T24",
    "a25_34": "Y25T34",
    "a35_44": "Y35T44",
    "a45_54": "Y45T54",
    "a55_64": "Y55T64",
    "a65": "Y_GE65",
}
_UNTOLD = ("", "unknown")
_BROKEN_DOWN = ((Breakdown.SEX, SEXES), (Breakdown.AGE, AGES))


def base_year(records: Records, period: str) -> str | None:
    """The newest year, not after the period, whose population is known without doubt."""
    years = [y for y in records.years if y <= period[:_YEAR]]
    return max((y for y in years if records.population(y)), default=None)


def recorded(
    definition: Definition, records: Records, year: str, part: Part = EVERYBODY
) -> dict[str, int] | None:
    """Events of the definition's classes in that year by area; None where nothing tells.

    Of a part it is the victims of that part; of a definition that counts offences the offences
    that have such a victim.
    """
    found = _of_incidents(definition, records.incidents, year, part)
    return _of_counts(definition, records.counts, year, part) if found is None else found


def rates(
    definitions: Iterable[Definition], records: Records, period: str
) -> tuple[list[CellEstimate], str | None]:
    """Rates per 100,000 with exact Poisson intervals, and the year that they are of."""
    year = base_year(records, period)
    people = records.population(year) if year else None
    if year is None or people is None or not sum(people.values()):
        return [], None
    found: list[CellEstimate] = []
    for definition in sorted(definitions, key=lambda d: d.code):
        events = recorded(definition, records, year)
        if events is not None:
            told = _Told(definition, records, year, people)
            found += told.by_item(events) if definition.items else told.by_cell(events)
    return found, year


class _Told:
    """The cells of one rate; what happened where nobody was counted has no base."""

    def __init__(
        self, definition: Definition, records: Records, year: str, people: Mapping[str, int]
    ) -> None:
        self._definition, self._records, self._year = definition, records, year
        self._people = people

    def by_cell(self, events: Mapping[str, int]) -> Iterator[CellEstimate]:
        """The total, then areas, sexes, ages."""
        people, approved = self._people, self._definition.disaggregations
        whole = self._inside(events)
        yield self._cell(Cell(), whole, sum(people.values()))
        if Breakdown.AREA in approved and len(people) > 1:
            for area, number in sorted(people.items()):
                if number:
                    yield self._cell(Cell(ref_area=area), events.get(area, 0), number)
        for breakdown, codes in _BROKEN_DOWN:
            if breakdown in approved:
                kind = breakdown.value
                living = self._records.people(kind, self._year)
                parts = self._parts(kind, [answer for answer in codes if living.get(answer)])
                # of whom it is not known is missing, in each of the cells
                unknown = max(0, whole - sum(self._parts(kind, codes).values()))
                for answer, number in parts.items():
                    cell = Cell(**{kind: codes[answer]})
                    yield self._cell(cell, number, living[answer], unknown)

    def by_item(self, events: Mapping[str, int]) -> Iterator[CellEstimate]:
        """Each form of exploitation, over everybody."""
        parts = self._parts("form", self._definition.items)
        unknown = max(0, self._inside(events) - sum(parts.values()))
        for item, number in parts.items():
            yield self._cell(Cell(item=item), number, sum(self._people.values()), unknown)

    def _parts(self, kind: str, answers: Iterable[str]) -> dict[str, int]:
        """Victims of each part where some are told apart, else nothing."""
        told = {
            answer: recorded(self._definition, self._records, self._year, Part(kind, answer))
            for answer in answers
        }
        return {answer: self._inside(of) for answer, of in told.items() if of is not None}

    def _inside(self, events: Mapping[str, int]) -> int:
        return sum(events.get(area, 0) for area in self._people)

    def _cell(self, cell: Cell, number: int, people: int, unknown: int = 0) -> CellEstimate:
        missing = MissingTally(no_answer=unknown)
        return CellEstimate(self._definition, cell, rate(number, people), missing, partial=False)


def dark_figure(
    definition: Definition, told: CellEstimate, records: Records, period: str
) -> CellEstimate | None:
    """Incidents that people tell of over recorded ones; what is recorded counts as exact.

    `told` is the estimated total of incidents of a cell: of everybody, of an area or a stratum
    that is one, or of one sex, over recorded ones that have a victim of it. None without a record.
    """
    number = recorded_in(definition, told.cell, records, period)
    if not number:
        return None
    e = told.estimate
    scaled = replace(
        e,
        value=e.value / number,
        se=e.se / number,
        ci_low=e.ci_low / number,
        ci_high=e.ci_high / number,
    )
    return replace(told, definition=definition, estimate=scaled)


def recorded_in(definition: Definition, cell: Cell, records: Records, period: str) -> int:
    """Recorded events of the cell of a survey; zero where records do not tell it apart."""
    year = base_year(records, period)
    if year is None:
        return 0
    sexes = {code: answer for answer, code in SEXES.items()}
    if cell == Cell(sex=cell.sex) and cell.sex in sexes:
        events = recorded(definition, records, year, Part("sex", sexes[cell.sex]))
        return sum((events or {}).values())
    events = recorded(definition, records, year) or {}
    if cell == Cell():
        return sum(events.values())
    return events.get(cell.ref_area, 0) if cell.ref_area != TOTAL else 0


def _of_incidents(
    definition: Definition, frame: Frame | None, year: str, part: Part
) -> dict[str, int] | None:
    if frame is None or "date_occ" not in frame.columns:
        return None
    in_year = of_year(frame.columns["date_occ"], year)
    if not in_year.any():
        return None
    chosen = in_year & np.array(
        [code.startswith(definition.iccs) for code in frame.columns["iccs"].texts()], dtype=bool
    )
    amount = _amounts(definition, frame, chosen, part)
    if amount is None:
        return None
    found: dict[str, int] = defaultdict(int)
    areas = frame.columns["area_cell"].texts() if "area_cell" in frame.columns else []
    for place in np.flatnonzero(chosen):
        found[areas[place] if areas else ""] += int(amount[place])
    return dict(found)


def _amounts(
    definition: Definition, frame: Frame, chosen: NDArray[np.bool_], part: Part
) -> NDArray[np.float64] | None:
    """What each record counts; None where of no chosen one the parts are known."""
    victims = definition.counted is Counted.VICTIM
    if part == EVERYBODY:
        if not victims:
            return np.ones(len(frame))
        return np.nan_to_num(evaluate("${n_victims}", Scope.of_persons(frame)))
    rows = frame.repeats.get("victim")
    column = None if rows is None else rows.columns.get(f"vi_{part.kind}")
    if rows is None or column is None:
        return None
    answers = np.array(column.texts(), dtype=str)
    if not (chosen[rows.person] & ~np.isin(answers, _UNTOLD)).any():
        return None
    is_part = answers == part.answer
    number = np.bincount(rows.person[is_part], minlength=len(frame)).astype(np.float64)
    return number if victims else np.minimum(number, 1.0)


def of_year(dates: Column, year: str) -> NDArray[np.bool_]:
    """Rows whose date lies in the year."""
    return np.array([text.startswith(year) for text in dates.texts()], dtype=np.bool_)


def _of_counts(
    definition: Definition, counts: Iterable[Count], year: str, part: Part
) -> dict[str, int] | None:
    """Add up counts: a class itself before its parts, and one institution a place and month.

    Everybody is whom a count tells as such, else all parts of one kind together.
    """
    unit = definition.counted.value if definition.counted else ""
    told = [c for c in counts if c.month.startswith(year) and c.unit == unit]
    if part != EVERYBODY:
        told = [c for c in told if c.part.kind == part.kind]
    by_place: dict[tuple[str, str], list[Count]] = defaultdict(list)
    for count in told:
        if count.iccs.startswith(definition.iccs):
            by_place[count.area, count.month].append(count)
    found: dict[str, int] = defaultdict(int)
    for (area, _), group in by_place.items():
        if len({c.institution for c in group}) > 1:  # the same events, perhaps, told twice
            return None
        own = _undivided(group) if part == EVERYBODY else group
        whole = [c for c in own if c.iccs in definition.iccs]
        of_part = [c for c in whole or own if part in {EVERYBODY, c.part}]
        found[area] += sum(c.number for c in of_part)
    return dict(found) if told else None


def _undivided(counts: list[Count]) -> list[Count]:
    for kind in (EVERYBODY.kind, *KINDS):
        if found := [c for c in counts if c.part.kind == kind]:
            return found
    return []
