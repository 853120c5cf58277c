"""Tables of a report."""

from typing import TypeVar

from usga_shared.wire.extract import OutcomeRates
from usga_shared.wire.release import IndicatorView, MissingCounts, Observation

from usga_reports.domain.published import Dimension
from usga_reports.domain.template.blocks import Cell, Column, Table
from usga_reports.domain.template.material import Material

T = TypeVar("T")

_RATES = ("rr2", "rr3", "coop1", "ref1", "con1")


def results_table(
    material: Material, caption: str, indicators: list[IndicatorView]
) -> Table | None:
    """Totals of a chapter's indicators: value, interval, base, reference period (Q-02)."""
    words = material.words
    rows, shown = [], list[IndicatorView]()
    for indicator in indicators:
        cell = material.published.total(indicator.code)
        if cell is None:
            continue
        shown.append(indicator)
        row = [
            Cell(text=indicator.code, kind="label"),
            Cell(text=material.labelled(indicator)),
            material.value_cell(cell),
            material.interval_cell(cell),
            material.number_cell(cell.sample_size),
            Cell(text=material.presenter.reference(indicator)),
        ]
        rows.append(tuple(_without_interval(row, 3, probability=material.probability)))
    if not rows:
        return None
    columns = [
        Column(title=words("column.code"), width=1.3),
        Column(title=words("column.indicator"), width=5.2),
        Column(title=words("column.value"), align="right", width=1.6, role="value"),
        Column(title=_level_title(material), align="right", width=2.0, role="interval"),
        Column(title=words("column.n"), align="right", width=1.1, role="base"),
        Column(title=words("column.reference"), width=2.4, role="reference"),
    ]
    kept = _without_interval(columns, 3, probability=material.probability)
    return Table(
        caption=caption, columns=tuple(kept), rows=tuple(rows), source=material.source(*shown)
    )


def _without_interval(items: list[T], index: int, *, probability: bool) -> list[T]:
    """A sample that was not drawn by chance has no interval column at all (Q-03)."""
    return items if probability else items[:index] + items[index + 1 :]


def _level_title(material: Material) -> str:
    levels = {cell.confidence_level for cell in material.published.bundle.observations}
    level = material.presenter.numbers.percent(100 * (min(levels) if levels else 0.95), 0)
    return material.words("column.interval", level=level)


def area_table(material: Material, indicator: IndicatorView) -> Table | None:
    """The key to a map: number, settlement, value, interval, base; in the order of the map."""
    cells = material.published.by_area(indicator.code)
    shapes = material.shapes(cells)
    if not shapes or not cells:
        return None
    words = material.words
    rows = []
    for position, shape in enumerate(shapes, start=1):
        cell = cells.get(shape.code)
        row = [
            Cell(text=str(position), kind="label"),
            Cell(text=material.presenter.area(shape.code)),
            material.value_cell(cell),
            material.interval_cell(cell),
            material.number_cell(cell.sample_size if cell is not None else None),
        ]
        rows.append(tuple(_without_interval(row, 3, probability=material.probability)))
    columns = [
        Column(title=words("column.map_number"), width=1),
        Column(title=words("column.settlement"), width=4),
        Column(title=words("column.value"), align="right", width=2, role="value"),
        Column(title=_level_title(material), align="right", width=2.4, role="interval"),
        Column(title=words("column.n"), align="right", width=1.4, role="base"),
    ]
    return Table(
        caption=words("table.map_key", title=material.presenter.title(indicator)),
        columns=tuple(_without_interval(columns, 3, probability=material.probability)),
        rows=tuple(rows),
        source=material.source(),
        reference=material.presenter.reference(indicator),
    )


def outcome_table(material: Material) -> Table | None:
    """Table T1: sample and outcome by stratum, with AAPOR rates."""
    context, words = material.context, material.words
    if not context.strata:
        return None
    rows = [
        (
            Cell(text=material.presenter.stratum(s.stratum), kind="label"),
            material.number_cell(s.psus_sampled),
            material.number_cell(s.cases),
            material.number_cell(s.interviews),
            *_rates(material, s.rates),
        )
        for s in sorted(context.strata, key=lambda s: s.stratum)
    ]
    if context.rates is not None:
        strata = context.strata
        rows.append(
            (
                Cell(text=words("category.total"), kind="group"),
                material.number_cell(sum(s.psus_sampled for s in strata)),
                material.number_cell(sum(s.cases for s in strata)),
                material.number_cell(sum(s.interviews for s in strata)),
                *_rates(material, context.rates),
            )
        )
    columns = (
        Column(title=words("column.settlement"), width=2.6),
        Column(title=words("column.psus"), align="right", width=1.1),
        Column(title=words("column.cases"), align="right", width=1.2),
        Column(title=words("column.interviews"), align="right", width=1.7),
        *(Column(title=words(f"column.{name}"), align="right", width=1.3) for name in _RATES),
    )
    return Table(
        caption=words("table.outcome"),
        columns=columns,
        rows=tuple(rows),
        source=material.source(),
        note=words("note.outcome"),
    )


def _rates(material: Material, rates: OutcomeRates) -> tuple[Cell, ...]:
    return tuple(
        Cell(
            text=material.words("state.none")
            if rate is None
            else material.presenter.numbers.percent(rate * 100, 1),
            kind="number",
        )
        for rate in (getattr(rates, name) for name in _RATES)
    )


def annex_table(material: Material, indicator: IndicatorView) -> Table:
    """Every published cell of one indicator, grouped by breakdown."""
    words = material.words
    rows: list[tuple[Cell, ...]] = []
    previous: Dimension | None = None
    for dimension, cell in material.published.everything(indicator.code):
        if dimension is not previous and dimension is not Dimension.TOTAL:
            rows.append((Cell(text=words(f"dimension.{dimension}"), kind="group"),))
        previous = dimension
        rows.append(_annex_row(material, cell, dimension))
    columns = [
        Column(title=words("column.category"), width=3.2),
        Column(title=words("column.value"), align="right", width=1.3, role="value"),
    ]
    if material.probability:
        columns += [
            Column(title=_level_title(material), align="right", width=1.7, role="interval"),
            Column(title=words("column.deff"), align="right", width=0.8),
        ]
    columns += [
        Column(title=words("column.n"), align="right", width=0.9, role="base"),
        Column(title=words("column.missing"), align="right", width=3.7),
        Column(title=words("column.status"), width=1.4),
    ]
    return Table(
        caption=words(
            "table.annex",
            code=indicator.code,
            title=material.labelled(indicator),
            reference=material.presenter.reference(indicator),
        ),
        columns=tuple(columns),
        rows=tuple(rows),
        dense=True,
        listed=False,
        reference=material.presenter.reference(indicator),
    )


def _annex_row(material: Material, cell: Observation, dimension: Dimension) -> tuple[Cell, ...]:
    row = [
        Cell(text=material.presenter.category(cell, dimension), kind="label"),
        material.value_cell(cell),
    ]
    if material.probability:
        row += [material.interval_cell(cell), material.number_cell(cell.design_effect, 2)]
    row += [
        material.number_cell(cell.sample_size),
        Cell(text=_missing(material, cell.missing), kind="number"),
        Cell(text=status_words(material, cell)),
    ]
    return tuple(row)


def _missing(material: Material, counts: MissingCounts | None) -> str:
    if counts is None:
        return material.words("state.none")
    order = (
        counts.dk, counts.ref, counts.na, counts.gate_failed, counts.not_asked,
        counts.no_answer, counts.not_in_version,
    )  # fmt: skip
    few, number = material.words("count.under_ten"), material.presenter.numbers.number
    return " / ".join(few if count is None else number(count) for count in order)


def status_words(material: Material, cell: Observation) -> str:
    """The status code with the rule that set it, and how far all were asked the same."""
    status = f"{cell.obs_status} ({cell.reason})" if cell.reason else str(cell.obs_status)
    if cell.comparability in {None, "full"}:
        return status
    return material.words(f"status.{cell.comparability}", status=status)
