"""Values, intervals, bases and categories of published cells in the words of a language."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from usga_shared.wire.extract import AssessmentContext
from usga_shared.wire.release import IndicatorView, Observation
from usga_shared.wire.vocabulary import TOTAL

from usga_reports.domain.locale import Catalogue, Numbers, number_style
from usga_reports.domain.published import CellState, Dimension, age_band, state_of

SMALL_BASE = 100
"""Percentages on fewer respondents have no decimals (house number style)."""

_DECIMALS = {"percent": 1, "percentage_points": 1, "per_100000": 0, "currency": 0, "number": 2}


@dataclass(frozen=True)
class Presenter:
    """One release in one language. Every text of a report passes through here."""

    words: Catalogue
    numbers: Numbers
    context: AssessmentContext
    area_titles: dict[str, str]
    stratum_titles: dict[str, str]

    @classmethod
    def of(cls, words: Catalogue, context: AssessmentContext) -> "Presenter":
        """A presenter for the assessment's country and areas."""
        style = number_style(words.language, context.country)
        areas = _area_titles(words, context)
        strata = _stratum_titles(words, context, areas)
        return cls(words, Numbers(words.language, style), context, areas, strata)

    # values -------------------------------------------------------------------------------

    def value(self, cell: Observation) -> str:
        """Value with its unit; a word where the cell is hidden or missing."""
        match state_of(cell):
            case CellState.HIDDEN:
                return self.words("state.hidden")
            case CellState.MISSING:
                return self.words("state.missing")
        assert cell.obs_value is not None  # else the state is missing
        return self._bounded(cell, cell.obs_value)

    def _bounded(self, cell: Observation, value: float) -> str:
        """Nobody in a sample is not zero of the population, nor is what rounds to it (D-05)."""
        if cell.unit_measure != "percent":
            return self._limit(cell.bound, value, cell)
        step = 10.0 ** -decimals_of(cell)
        if cell.bound == "<" or 0 < value < step / 2:
            return self._limit("<", max(value, step), cell)
        if cell.bound == ">" or 100 - step / 2 < value < 100:  # noqa: PLR2004 - per cent
            return self._limit(">", min(value, 100 - step), cell)
        return self.unit(value, cell)

    def _limit(self, bound: str | None, value: float, cell: Observation) -> str:
        text = self.unit(value, cell)
        match bound:
            case "<":
                return self.words("value.below", value=text)
            case ">":
                return self.words("value.above", value=text)
        return text

    def unit(self, value: float, cell: Observation) -> str:
        """A number in the cell's unit."""
        text = self.numbers.number(value, decimals_of(cell))
        match cell.unit_measure:
            case "percent":
                return text + self.numbers.style.percent
            case "percentage_points":
                return self.words("unit.points", value=text)
            case "currency":
                return self.words("unit.currency", value=text, currency=self.context.currency)
            case _:
                return text

    def interval(self, cell: Observation) -> str | None:
        """The interval's two ends, without a unit; None where there is none to show."""
        if cell.lower_bound is None or cell.upper_bound is None:
            return None
        return self.numbers.interval(cell.lower_bound, cell.upper_bound, decimals_of(cell))

    def interval_words(self, cell: Observation) -> str | None:
        """`95% CI 30.1–38.6`."""
        ends = self.interval(cell)
        if ends is None:
            return None
        level = self.numbers.percent(cell.confidence_level * 100, 0)
        return self.words("estimate.interval", level=level, interval=ends)

    def base(self, cell: Observation) -> str | None:
        """`n = 1,234`."""
        if cell.sample_size is None:
            return None
        return self.words("estimate.base", n=self.numbers.number(cell.sample_size))

    def reference(self, indicator: IndicatorView) -> str:
        """The reference period in words."""
        return self.words.optional(
            f"reference.{indicator.reference_period}", indicator.reference_period
        )

    def evidence(self, cell: Observation, indicator: IndicatorView) -> str:
        """What rule Q-02 asks beside every estimate: interval, base, reference period.

        Of what no sample tells also what it comes from, and its year.
        """
        parts = [
            self.interval_words(cell),
            self.base(cell),
            self.reference(indicator),
            self.kind(indicator),
            cell.time_period if indicator.source == "administrative" else "",
        ]
        return self.words("punctuation.semicolon").join(part for part in parts if part)

    def kind(self, indicator: IndicatorView) -> str:
        """What the numbers come from, unless it is the survey."""
        return "" if indicator.source == "survey" else self.words(f"kind.{indicator.source}")

    # categories ---------------------------------------------------------------------------

    def title(self, indicator: IndicatorView) -> str:
        return self.words.of(indicator.title, indicator.code)

    def assessment(self) -> str:
        return self.words.of(self.context.title, self.context.code)

    def stratum(self, code: str) -> str:
        return self.stratum_titles.get(code) or self.area(code)

    def area(self, code: str) -> str:
        return self.area_titles.get(code, code)

    def sex(self, code: str) -> str:
        return self.words.optional(f"sex.{code}", code)

    def age(self, code: str) -> str:
        band = age_band(code)
        if band is None:
            return code
        low, high = band
        if high is None:
            return self.words("age.from", low=low)
        return self.words("age.band", low=low, high=high)

    def category(self, cell: Observation, dimension: Dimension) -> str:
        """The name of a cell's category within its breakdown."""
        names = {
            Dimension.TOTAL: lambda: self.words("category.total"),
            Dimension.STRATUM: lambda: self.stratum(cell.stratum),
            Dimension.AREA: lambda: self.area(cell.ref_area),
            Dimension.SEX: lambda: self.sex(cell.sex),
            Dimension.AGE: lambda: self.age(cell.age),
            Dimension.SUBGROUP: lambda: self.subgroup(cell.subgroup),
            Dimension.ITEM: lambda: self.item(cell.item),
            Dimension.CROSSED: lambda: self._crossed(cell),
        }
        return names[dimension]()

    def item(self, code: str) -> str:
        return self.words.optional(f"item.{code}", code.replace("_", " "))

    def subgroup(self, code: str) -> str:
        return self.words.optional(f"subgroup.{code}", code.replace(":", ": "))

    def _crossed(self, cell: Observation) -> str:
        parts = [
            self.stratum(cell.stratum) if cell.stratum != TOTAL else "",
            self.area(cell.ref_area) if cell.ref_area != TOTAL else "",
            self.sex(cell.sex) if cell.sex != TOTAL else "",
            self.age(cell.age) if cell.age != TOTAL else "",
            self.subgroup(cell.subgroup) if cell.subgroup != TOTAL else "",
            self.item(cell.item) if cell.item != TOTAL else "",
        ]
        return self.words("punctuation.comma").join(part for part in parts if part)

    # dates --------------------------------------------------------------------------------

    def day(self, value: datetime | date | str | None) -> str:
        """A day in words; the text itself where it is no ISO date."""
        if value is None:
            return self.words("state.missing")
        if isinstance(value, date):
            return self.numbers.date(value)
        try:
            return self.numbers.date(date.fromisoformat(value[:10]))
        except ValueError:
            return value


def decimals_of(cell: Observation) -> int:
    """Decimals of a value and its interval; none for percentages on a small base."""
    if (
        cell.unit_measure in {"percent", "percentage_points"}
        and (cell.sample_size or 0) < SMALL_BASE
    ):
        return 0
    return _DECIMALS.get(cell.unit_measure, 1)


def _area_titles(words: Catalogue, context: AssessmentContext) -> dict[str, str]:
    titles: dict[str, str] = {}
    for feature in context.areas.get("features", []):
        properties: dict[str, Any] = feature.get("properties") or {}
        code = str(properties.get("code", feature.get("id", "")))
        title = properties.get("title", code)
        titles[code] = words.of(title, code) if isinstance(title, dict) else str(title)
    return distinct(titles)


def _stratum_titles(
    words: Catalogue, context: AssessmentContext, areas: dict[str, str]
) -> dict[str, str]:
    return distinct(
        {
            s.stratum: words.of(s.title) or areas.get(s.area or s.stratum, s.area or s.stratum)
            for s in context.strata
        }
    )


def distinct(titles: dict[str, str]) -> dict[str, str]:
    """Titles by code; places with one title get their codes, so that a reader tells them apart.

    Where a code in one title still makes it another's, all get their codes.
    """
    often = Counter(titles.values())
    named = {c: f"{t} ({c})" if often[t] > 1 else t for c, t in titles.items()}
    if len(set(named.values())) == len(named):
        return named
    return {code: f"{title} ({code})" for code, title in titles.items()}
