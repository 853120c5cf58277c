"""Estimate what no sample gives: records, scorecards, audits, fieldwork and chosen people."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from usga_shared.wire.extract import AssessmentContext, OutcomeRates

from usga_indicators.domain.codebook import Codebook, Frame
from usga_indicators.domain.definition import Definition, Method, StatisticKind
from usga_indicators.domain.definition import Source as Kind
from usga_indicators.domain.design import DesignError
from usga_indicators.domain.sources import (
    Records,
    base_year,
    concentration,
    dark_figure,
    item_silence,
    of_incidents,
    of_points,
    of_year,
    rates,
    recorded_in,
    response_rates,
    source_of,
    unweighted,
)
from usga_indicators.domain.sources.fieldwork import Outcomes
from usga_indicators.domain.tabulation import Cell, CellEstimate, tabulate

_YEAR = 4


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """The answers to one form as columns."""

    codebook: Codebook
    frame: Frame

    @property
    def kind(self) -> Kind:
        return source_of(self.codebook.instrument)


@dataclass(frozen=True, slots=True)
class Others:
    """Estimates by the way in which they may be shown."""

    counted: list[CellEstimate] = field(default_factory=list)
    """Rates with exact intervals."""
    told: list[CellEstimate] = field(default_factory=list)
    """People, records or fieldwork, without an interval."""
    scores: list[CellEstimate] = field(default_factory=list)
    """Scores of institutions and places: nobody to protect."""
    drawn: list[CellEstimate] = field(default_factory=list)
    """Of the sample, with its interval."""
    recorded: Mapping[tuple[str, Cell], int] = field(default_factory=dict)
    """The recorded number that each ratio of `drawn` is over."""
    year: str = ""
    """The year that the rates are of."""

    @property
    def any(self) -> bool:
        """Whether there is anything but the rates of outcome, which need no interview."""
        return any(not c.definition.method.is_of_outcomes for c in self.all())

    def all(self) -> list[CellEstimate]:
        """Every estimate."""
        return [*self.drawn, *self.counted, *self.told, *self.scores]


def estimate_others(
    forms: Sequence[Form],
    definitions: Sequence[Definition],
    context: AssessmentContext,
    *,
    areas: Mapping[str, str],
    time_period: str,
    done: frozenset[str],
) -> Others:
    """Estimate every definition that a form of its kind can answer; `done` are the survey's.

    A survey's definition that no sample answered is counted among chosen people, where they were
    asked the same (rule Q-03: without an interval, and labelled).
    """
    by_name = {form.codebook.instrument: form for form in forms}
    by_expression = [d for d in definitions if d.method is Method.EXPRESSION]
    told: list[CellEstimate] = []
    scores: list[CellEstimate] = []
    for form in forms:
        chosen = [d for d in by_expression if _is_answered_by(d, form, done)]
        chosen = [d for d in chosen if d.code not in {c.definition.code for c in told}]
        into = scores if form.kind in {Kind.SCORECARD, Kind.AUDIT} else told
        if form.kind is not Kind.ADMINISTRATIVE:
            cells = None
            if form.kind is Kind.AUDIT:
                cells = of_points(form.frame, _areas_of(context, areas))
            into += unweighted(chosen, form.frame, areas, cells=cells)
    records = Records.of(*(by_name[n].frame if n in by_name else None for n in ("adm", "adm_agg")))
    told += _of_records(by_expression, definitions, by_name.get("adm"), records, time_period)
    counted, year = rates(
        [d for d in by_expression if d.source is Kind.ADMINISTRATIVE and _is_rate(d)],
        records,
        time_period,
    )
    surveys = [form for form in forms if form.kind is Kind.SURVEY]
    told += _of_fieldwork(definitions, surveys, context)
    drawn = _dark_figures(
        definitions, surveys, records, context=context, areas=areas, time_period=time_period
    )
    over = {
        (c.definition.code, c.cell): recorded_in(c.definition, c.cell, records, time_period)
        for c in drawn
    }
    return Others(counted, told, scores, drawn, over, year or "")


def _areas_of(context: AssessmentContext, of_stratum: Mapping[str, str]) -> set[str]:
    """Codes of the assessment's areas, on its map or in its sample."""
    features = context.areas.get("features", ())
    return {str(each["properties"]["code"]) for each in features} | set(of_stratum.values())


def _is_rate(definition: Definition) -> bool:
    return definition.statistic is StatisticKind.RATE


def _is_answered_by(definition: Definition, form: Form, done: frozenset[str]) -> bool:
    if definition.source is Kind.SURVEY:
        return form.kind is Kind.NON_PROBABILITY and definition.code not in done
    if definition.source is Kind.FIELDWORK:
        return form.kind is Kind.SURVEY and definition.instrument == form.codebook.instrument
    return definition.instrument == form.codebook.instrument


def _of_records(
    by_expression: Iterable[Definition],
    definitions: Iterable[Definition],
    form: Form | None,
    records: Records,
    time_period: str,
) -> list[CellEstimate]:
    """Shares of recorded incidents, each of the year that its definition asks for."""
    if form is None or "date_occ" not in form.frame.columns:
        return []
    base = int(base_year(records, time_period) or time_period[:_YEAR])
    dates, cells = form.frame.columns["date_occ"], of_incidents(form.frame)
    found: list[CellEstimate] = []
    for definition in by_expression:
        if definition.source is Kind.ADMINISTRATIVE and not _is_rate(definition):
            rows = of_year(dates, str(base - definition.lag_years))
            found += unweighted([definition], form.frame, {}, within=rows, cells=cells)
    for definition in definitions:
        if definition.method is Method.CONCENTRATION and "area_cell" in form.frame.columns:
            places, rows = form.frame.columns["area_cell"], of_year(dates, str(base))
            found += concentration(definition, places, rows, cells)
    return found


def _of_fieldwork(
    definitions: Iterable[Definition], surveys: Sequence[Form], context: AssessmentContext
) -> list[CellEstimate]:
    found: list[CellEstimate] = []
    for definition in definitions:
        if definition.method.is_of_outcomes:
            total = _outcomes(context.rates) if context.rates else None
            strata = {
                Cell(stratum=s.stratum, ref_area=s.area or "_T"): _outcomes(s.rates)
                for s in context.strata
            }
            found += response_rates(definition, total, strata) if surveys else []
        if definition.method is Method.ITEM_SILENCE:
            for form in surveys[:1]:
                found += item_silence(
                    definition, form.frame, form.codebook, sorted(form.frame.columns)
                )
    return found


def _outcomes(rates_: OutcomeRates) -> Outcomes:
    others = rates_.r + rates_.nc + rates_.o + rates_.uh + rates_.uo
    return Outcomes(rates_.i, rates_.p, others, rates_.rr2, rates_.rr3)


def _dark_figures(
    definitions: Iterable[Definition],
    surveys: Sequence[Form],
    records: Records,
    *,
    context: AssessmentContext,
    areas: Mapping[str, str],
    time_period: str,
) -> list[CellEstimate]:
    """Told incidents over recorded ones, of the first survey that can tell."""
    found: list[CellEstimate] = []
    drawn = {s.stratum: s.psus_sampled for s in context.strata}
    for definition in definitions:
        if definition.method is not Method.DARK_FIGURE:
            continue
        total = replace(
            definition, method=Method.EXPRESSION, statistic=StatisticKind.TOTAL, denominator=""
        )
        for form in surveys[:1]:
            try:
                cells = tabulate([total], form.frame, areas, drawn)
            except DesignError:
                continue  # said of the survey itself
            for cell in cells:
                made = dark_figure(definition, cell, records, time_period)
                found += [made] if made else []
    return found
