"""What institutions recorded: incidents, counts of them, and how many people live where.

Two forms bring it: one incident each (`adm`), or counts by area, month and class together with
populations (`adm_agg`). Victims and people may be told by sex or by age, and victims of
trafficking by the form of exploitation: such rows stand beside those of everybody (ADR-0056).
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from usga_indicators.domain.codebook.column import Column
from usga_indicators.domain.codebook.frame import Frame

#: What the two forms must bring besides what definitions name.
RECORD_NAMES = (
    "iccs",
    "n_victims",
    "date_occ",
    "area_cell",
    "vi_sex",
    "vi_age",
    "vi_form",
    "ag_inst",
    "ag_area",
    "ag_month",
    "ag_iccs",
    "ag_unit",
    "ag_sex",
    "ag_age",
    "ag_form",
    "ag_n",
    "po_area",
    "po_year",
    "po_sex",
    "po_age",
    "po_resident",
)


@dataclass(frozen=True, slots=True)
class Part:
    """Some of the victims, or of the people: by `sex`, `age` or `form`, and the answer."""

    kind: str = ""
    answer: str = ""


EVERYBODY = Part()
#: In this order counts of everybody are added up from parts, where nobody counted everybody.
KINDS = ("sex", "age", "form")

Stated = Mapping[str, Mapping[str, frozenset[int]]]


@dataclass(frozen=True, slots=True)
class Count:
    """A count that an institution gave, of everybody or of a part."""

    institution: str
    area: str
    month: str
    iccs: str
    unit: str
    number: int
    part: Part = EVERYBODY


@dataclass(frozen=True, slots=True, eq=False)
class Records:
    """Incidents, counts, and populations by part, year and area."""

    incidents: Frame | None = None
    counts: tuple[Count, ...] = ()
    populations: Mapping[Part, Stated] = field(default_factory=dict)
    """By year and area every number that was stated; two numbers make it unusable."""

    @classmethod
    def of(cls, incidents: Frame | None, aggregates: Frame | None) -> "Records":
        """Read the frames of the two forms; either may be absent."""
        if aggregates is None:
            return cls(incidents)
        return cls(incidents, tuple(_counts(aggregates)), _populations(aggregates))

    @property
    def years(self) -> set[str]:
        """The years for which somebody stated how many people there are."""
        return set(self.populations.get(EVERYBODY, {}))

    def population(self, year: str) -> dict[str, int] | None:
        """Residents by area in that year; None where two sources differ, or none is stated.

        Numbers of another year are never taken in their place.
        """
        return self._stated(EVERYBODY, year)

    def people(self, kind: str, year: str) -> dict[str, int]:
        """Residents of each part of a kind, all areas together.

        Only parts of whom every area tells that tells of everybody; none at all where they are
        more than everybody.
        """
        whole = self.population(year) or {}
        found = {}
        for part in self.populations:
            own = self._stated(part, year) if part.kind == kind else None
            if own is not None and own.keys() == whole.keys():
                found[part.answer] = sum(own.values())
        return found if sum(found.values()) <= sum(whole.values()) else {}

    def _stated(self, part: Part, year: str) -> dict[str, int] | None:
        stated = self.populations.get(part, {}).get(year, {})
        if not stated or any(len(numbers) > 1 for numbers in stated.values()):
            return None
        return {area: next(iter(numbers)) for area, numbers in stated.items()}


def _counts(frame: Frame) -> Iterator[Count]:
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
                _part(text, "ag", place),
            )


def _part(text: Callable[[str, int], str], prefix: str, place: int) -> Part:
    """The first of the kinds that a row tells; the form asks for one alone."""
    told = ((kind, text(f"{prefix}_{kind}", place)) for kind in KINDS)
    return next((Part(kind, answer) for kind, answer in told if answer), EVERYBODY)


def _texts(columns: Mapping[str, Column]) -> Callable[[str, int], str]:
    made = {name: column.texts() for name, column in columns.items()}
    return lambda name, place: made[name][place] if name in made else ""


def _populations(frame: Frame) -> dict[Part, dict[str, dict[str, frozenset[int]]]]:
    rows = frame.repeats.get("pop")
    if rows is None:
        return {}
    text = _texts(rows.columns)
    years, people = rows.columns["po_year"].numbers, rows.columns["po_resident"].numbers
    if years is None or people is None:
        return {}
    found: dict[Part, dict[str, dict[str, frozenset[int]]]] = {}
    for place, (year, number) in enumerate(zip(years, people, strict=True)):
        if not np.isnan(year) and not np.isnan(number):
            of_year = found.setdefault(_part(text, "po", place), defaultdict(dict))
            of_area, area = of_year[str(int(year))], text("po_area", place)
            of_area[area] = of_area.get(area, frozenset()) | {int(number)}
    return found
