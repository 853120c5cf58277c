"""Rates of what institutions recorded, over the residents of the same area and year (ADR-0033).

Two forms bring records: one incident each (`adm`), or counts by area, month and class together
with populations (`adm_agg`). Records of a year are taken before counts of it, never both.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from usga_indicators.domain.codebook.column import Column
from usga_indicators.domain.codebook.frame import Frame
from usga_indicators.domain.definition.columns import Scope, evaluate
from usga_indicators.domain.definition.model import Breakdown, Counted, Definition
from usga_indicators.domain.sources.poisson import rate
from usga_indicators.domain.tabulation import Cell, CellEstimate
from usga_indicators.domain.tabulation.breakdowns import TOTAL
from usga_indicators.domain.tabulation.estimates import MissingTally

#: What the two forms must bring besides what definitions name.
RECORD_NAMES = (
    "date_occ",
    "area_cell",
    "ag_inst",
    "ag_area",
    "ag_month",
    "ag_iccs",
    "ag_unit",
    "ag_n",
    "po_area",
    "po_year",
    "po_resident",
)
_YEAR = 4


@dataclass(frozen=True, slots=True)
class Count:
    """A count that an institution gave."""

    institution: str
    area: str
    month: str
    iccs: str
    unit: str
    number: int


@dataclass(frozen=True, slots=True, eq=False)
class Records:
    """What institutions recorded: incidents, counts, and populations by year and area."""

    incidents: Frame | None = None
    counts: tuple[Count, ...] = ()
    populations: Mapping[str, Mapping[str, frozenset[int]]] = field(default_factory=dict)
    """By year and area every number that was stated; two numbers make it unusable."""

    @classmethod
    def of(cls, incidents: Frame | None, aggregates: Frame | None) -> "Records":
        """Read the frames of the two forms; either may be absent."""
        if aggregates is None:
            return cls(incidents)
        return cls(incidents, tuple(_counts(aggregates)), _populations(aggregates))

    def population(self, year: str) -> dict[str, int] | None:
        """Residents by area in that year; None where two sources differ, or none is stated.

        Numbers of another year are never taken in their place.
        """
        stated = self.populations.get(year, {})
        if not stated or any(len(numbers) > 1 for numbers in stated.values()):
            return None
        return {area: next(iter(numbers)) for area, numbers in stated.items()}


def base_year(records: Records, period: str) -> str | None:
    """The newest year, not after the period, whose population is known without doubt."""
    years = [y for y in records.populations if y <= period[:_YEAR]]
    return max((y for y in years if records.population(y)), default=None)


def recorded(definition: Definition, records: Records, year: str) -> dict[str, int] | None:
    """Events of the definition's classes in that year by area; None where nothing tells."""
    found = _of_incidents(definition, records.incidents, year)
    return _of_counts(definition, records.counts, year) if found is None else found


def rates(
    definitions: Iterable[Definition], records: Records, period: str
) -> tuple[list[CellEstimate], str | None]:
    """Rates per 100,000 with exact Poisson intervals, and the year that they are of."""
    year = base_year(records, period)
    people = records.population(year) if year else None
    if year is None or people is None:
        return [], None
    found: list[CellEstimate] = []
    for definition in sorted(definitions, key=lambda d: d.code):
        events = recorded(definition, records, year)
        if events is None or not sum(people.values()):
            continue
        # what happened where nobody was counted has no base
        inside = {area: events.get(area, 0) for area in people}
        cells = {TOTAL: (sum(inside.values()), sum(people.values()))}
        if Breakdown.AREA in definition.disaggregations and len(people) > 1:
            cells |= {a: (inside[a], n) for a, n in sorted(people.items()) if n}
        found += [
            CellEstimate(
                definition, Cell(ref_area=area), rate(*pair), MissingTally(), partial=False
            )
            for area, pair in cells.items()
        ]
    return found, year


def dark_figure(
    definition: Definition, told: CellEstimate, records: Records, period: str
) -> CellEstimate | None:
    """Incidents that people tell of over recorded ones; what is recorded counts as exact.

    `told` is the estimated total of incidents. None without a record.
    """
    year = base_year(records, period)
    events = recorded(definition, records, year) if year else None
    number = sum(events.values()) if events else 0
    if number == 0:
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


def _of_incidents(definition: Definition, frame: Frame | None, year: str) -> dict[str, int] | None:
    if frame is None or "date_occ" not in frame.columns:
        return None
    in_year = of_year(frame.columns["date_occ"], year)
    if not in_year.any():
        return None
    chosen = in_year & np.array(
        [code.startswith(definition.iccs) for code in frame.columns["iccs"].texts()], dtype=bool
    )
    amount = np.ones(len(frame))
    if definition.counted is Counted.VICTIM:
        amount = np.nan_to_num(evaluate("${n_victims}", Scope.of_persons(frame)))
    found: dict[str, int] = defaultdict(int)
    areas = frame.columns["area_cell"].texts() if "area_cell" in frame.columns else []
    for place in np.flatnonzero(chosen):
        found[areas[place] if areas else ""] += int(amount[place])
    return dict(found)


def of_year(dates: Column, year: str) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Rows whose date lies in the year."""
    return np.array([text.startswith(year) for text in dates.texts()], dtype=np.bool_)


def _of_counts(
    definition: Definition, counts: Iterable[Count], year: str
) -> dict[str, int] | None:
    """Add up counts: a class itself before its parts, and one institution a place and month."""
    unit = definition.counted.value if definition.counted else ""
    of_year_ = [c for c in counts if c.month.startswith(year) and c.unit == unit]
    chosen = [c for c in of_year_ if c.iccs.startswith(definition.iccs)]
    by_place: dict[tuple[str, str], list[Count]] = defaultdict(list)
    for count in chosen:
        by_place[count.area, count.month].append(count)
    found: dict[str, int] = defaultdict(int)
    for (area, _), group in by_place.items():
        if len({c.institution for c in group}) > 1:  # the same events, perhaps, told twice
            return None
        whole = [c for c in group if c.iccs in definition.iccs]
        found[area] += sum(c.number for c in whole or group)
    return dict(found) if of_year_ else None


def _counts(frame: Frame) -> Iterable[Count]:
    rows = frame.repeats.get("cell")
    if rows is None:
        return
    text = _texts(rows.columns)
    institutions = frame.columns["ag_inst"].texts() if "ag_inst" in frame.columns else []
    numbers = rows.columns["ag_n"].numbers
    if numbers is None:
        return
    for place, person in enumerate(rows.person.tolist()):
        if not np.isnan(numbers[place]):
            yield Count(
                institutions[person] if institutions else "",
                text("ag_area", place),
                text("ag_month", place),
                text("ag_iccs", place),
                text("ag_unit", place),
                int(numbers[place]),
            )


def _texts(columns: Mapping[str, Column]) -> Callable[[str, int], str]:
    made = {name: column.texts() for name, column in columns.items()}
    return lambda name, place: made[name][place]


def _populations(frame: Frame) -> dict[str, dict[str, frozenset[int]]]:
    rows = frame.repeats.get("pop")
    if rows is None:
        return {}
    areas = rows.columns["po_area"].texts()
    years, people = rows.columns["po_year"].numbers, rows.columns["po_resident"].numbers
    found: dict[str, dict[str, frozenset[int]]] = defaultdict(dict)
    if years is None or people is None:
        return {}
    for area, year, number in zip(areas, years, people, strict=True):
        if not np.isnan(year) and not np.isnan(number):
            of_area = found[str(int(year))]
            of_area[area] = of_area.get(area, frozenset()) | {int(number)}
    return dict(found)
