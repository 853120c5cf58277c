"""Figures of a report: each built from cells, with text alternative, source, base and notes."""

from functools import partial
from itertools import pairwise

from usga_shared.wire.release import IndicatorView, Observation

from usga_reports.domain.chart.bars import interval_bars
from usga_reports.domain.chart.choropleth import (
    AreaValue,
    MapWords,
    choropleth,
    classes_for,
)
from usga_reports.domain.chart.dots import Pair, dot_whiskers, dumbbell
from usga_reports.domain.chart.marks import Group, Mark
from usga_reports.domain.published import CellState, Dimension, state_of
from usga_reports.domain.template.blocks import Figure
from usga_reports.domain.template.material import Material


def described(material: Material, marks: tuple[Mark, ...]) -> str:
    """The values of a chart in words, for its text alternative."""
    words = material.words
    return words("punctuation.semicolon").join(
        words("alt.item", label=mark.label, value=mark.text) for mark in marks
    )


def notes_for(material: Material, cells: list[Observation]) -> str:
    """What a reader must know of hidden, missing and flagged cells in this figure."""
    states = {state_of(cell) for cell in cells}
    keys = [
        key
        for state, key in (
            (CellState.FLAGGED, "note.flagged"),
            (CellState.HIDDEN, "note.hidden"),
            (CellState.MISSING, "note.missing"),
        )
        if state in states
    ]
    if material.probability:
        keys.insert(0, "note.whiskers")
    return " ".join(material.words(key) for key in keys)


def bars_figure(
    material: Material, name: str, caption: str, indicators: list[IndicatorView]
) -> Figure | None:
    """Totals of several percentages as bars; None when there are fewer than two."""
    totals = [
        (indicator, material.published.total(indicator.code))
        for indicator in indicators
        if not material.has(indicator, Dimension.ITEM)  # their categories have a figure
    ]
    cells = [(i, c) for i, c in totals if c is not None and c.unit_measure == "percent"]
    if len(cells) < 2:  # noqa: PLR2004 - one bar compares nothing
        return None
    marks = tuple(material.mark(material.presenter.title(i), cell) for i, cell in cells)
    svg = interval_bars(marks, name=name, tick=partial(material.tick, "percent"), percent=True)
    shown = [cell for _, cell in cells]
    return Figure(
        caption=caption,
        svg=svg,
        alt=material.words("alt.bars", caption=caption, values=described(material, marks)),
        categories=tuple(mark.label for mark in marks),
        source=material.source(*(i for i, _ in cells)),
        base=material.base_line(shown),
        note=notes_for(material, shown),
    )


def items_figure(material: Material, indicator: IndicatorView) -> Figure | None:
    """Categories of one indicator as bars, largest share first."""
    cells = material.published.cells(indicator.code, Dimension.ITEM)
    if not cells:
        return None
    ordered = sorted(cells, key=lambda c: (c.obs_value is None, -(c.obs_value or 0), c.item))
    marks = tuple(material.mark(material.presenter.item(c.item), c) for c in ordered)
    percent = cells[0].unit_measure == "percent"
    tick = partial(material.tick, cells[0].unit_measure)
    title = material.presenter.title(indicator)
    caption = material.words("figure.items", title=title)
    return Figure(
        caption=caption,
        svg=interval_bars(marks, name=f"items-{indicator.code}", tick=tick, percent=percent),
        alt=material.words("alt.bars", caption=caption, values=described(material, marks)),
        categories=tuple(mark.label for mark in marks),
        source=material.source(indicator),
        base=material.base_line(cells),
        note=notes_for(material, cells),
    )


def people_figure(material: Material, indicator: IndicatorView) -> Figure | None:
    """One indicator by sex and by age."""
    groups, cells = [], []
    for dimension, title in ((Dimension.SEX, "dimension.sex"), (Dimension.AGE, "dimension.age")):
        found = material.published.cells(indicator.code, dimension)
        marks = tuple(
            material.mark(material.presenter.category(cell, dimension), cell) for cell in found
        )
        if marks:
            groups.append(Group(title=material.words(title), marks=marks))
            cells += found
    return _dots(
        material, indicator, tuple(groups), cells, caption_key="figure.people", name="people"
    )


def strata_figure(material: Material, indicator: IndicatorView) -> Figure | None:
    """One indicator by settlement, in the order of the sample, not of the values (Q-04)."""
    cells = material.published.cells(indicator.code, Dimension.STRATUM)
    marks = tuple(
        material.mark(material.presenter.category(cell, Dimension.STRATUM), cell) for cell in cells
    )
    groups = (Group(title="", marks=marks),) if marks else ()
    return _dots(material, indicator, groups, cells, caption_key="figure.strata", name="strata")


def _dots(
    material: Material,
    indicator: IndicatorView,
    groups: tuple[Group, ...],
    cells: list[Observation],
    *,
    caption_key: str,
    name: str,
) -> Figure | None:
    if not cells:
        return None
    total = material.published.total(indicator.code)
    unit = cells[0].unit_measure
    caption = material.words(caption_key, title=material.presenter.title(indicator))
    marks = tuple(mark for group in groups for mark in group.marks)
    reference = material.mark("", total) if total is not None else None
    notes = notes_for(material, cells)
    if total is not None and total.obs_value is not None:
        line = material.words("note.reference_line", value=material.presenter.value(total))
        notes = f"{line} {notes}"
    return Figure(
        caption=caption,
        svg=dot_whiskers(
            groups,
            name=f"{name}-{indicator.code}",
            tick=partial(material.tick, unit),
            percent=unit == "percent",
            reference=reference,
        ),
        alt=material.words("alt.dots", caption=caption, values=described(material, marks)),
        categories=tuple(mark.label for mark in marks),
        source=material.source(indicator),
        base=material.base_line(cells, rows=True),
        note=notes.strip(),
    )


def dumbbell_figure(material: Material, day: IndicatorView, night: IndicatorView) -> Figure | None:
    """Day and night for the same groups of people (figure F1)."""
    rows: list[tuple[str, Observation, Observation]] = []
    breaks: set[int] = set()
    for dimension in (Dimension.TOTAL, Dimension.SEX, Dimension.AGE, Dimension.STRATUM):
        nights = {
            material.presenter.category(c, dimension): c
            for c in material.published.cells(night.code, dimension)
        }
        breaks.add(len(rows))
        for cell in material.published.cells(day.code, dimension):
            label = material.presenter.category(cell, dimension)
            if label in nights:
                rows.append((label, cell, nights[label]))
    if not rows:
        return None
    pairs = tuple(
        Pair(label=label, first=material.mark(label, d), second=material.mark(label, n))
        for label, d, n in rows
    )
    caption = material.words("figure.day_night")
    cells = [cell for _, d, n in rows for cell in (d, n)]
    values = material.words("punctuation.semicolon").join(
        material.words("alt.pair", label=pair.label, day=pair.first.text, night=pair.second.text)
        for pair in pairs
    )
    return Figure(
        caption=caption,
        svg=dumbbell(
            pairs,
            name="day-night",
            titles=(material.words("legend.day"), material.words("legend.night")),
            tick=partial(material.tick, "percent"),
            breaks=frozenset(breaks - {0}),
        ),
        alt=material.words("alt.dumbbell", caption=caption, values=values),
        categories=tuple(pair.label for pair in pairs),
        source=material.source(),
        base=material.base_line(cells),
        note=notes_for(material, cells),
    )


def map_figure(
    material: Material, indicator: IndicatorView, *, name: str = "map", alone: bool = False
) -> Figure | None:
    """The settlements in classes of one indicator; None without polygons or cells.

    A map that stands `alone`, without the table that has the intervals, names the settlements.
    """
    cells = material.published.by_area(indicator.code)
    shapes = material.shapes(cells)
    if not shapes or not any(shape.code in cells for shape in shapes):
        return None
    values = {
        shape.code: _area_value(str(position), cells.get(shape.code))
        for position, shape in enumerate(shapes, start=1)
    }
    unit = next(iter(cells.values())).unit_measure
    edges = classes_for(
        (v.value for v in values.values() if v.value is not None), percent=unit == "percent"
    )
    caption = material.words("figure.map", title=material.presenter.title(indicator))
    marks = tuple(
        material.mark(material.presenter.area(shape.code), cells.get(shape.code))
        for shape in shapes
    )
    drawn = [cells[shape.code] for shape in shapes if shape.code in cells]
    tick = partial(material.tick, unit)
    classes = tuple(
        material.words("legend.class", low=tick(low), high=tick(high))
        for low, high in pairwise(edges)
    )
    words = MapWords(
        title=material.presenter.title(indicator),
        classes=classes,
        hidden=material.words("legend.hidden"),
        missing=material.words("legend.missing"),
        kilometres=material.words("legend.kilometres"),
        north=material.words("legend.north"),
    )
    return Figure(
        caption=caption,
        svg=choropleth(shapes, values, name=f"{name}-{indicator.code}", edges=edges, words=words),
        alt=material.words("alt.map", caption=caption, values=described(material, marks)),
        categories=tuple(mark.label for mark in marks),
        source=material.source(indicator),
        base=material.base_line(drawn, rows=True),
        note=" ".join(
            note
            for note in (
                material.words("note.map"),
                _map_notes(material, drawn),
                _map_names(material, [shape.code for shape in shapes])
                if alone
                else material.words("note.map_table"),
            )
            if note
        ),
    )


def _area_value(number: str, cell: Observation | None) -> AreaValue:
    if cell is None:
        return AreaValue(state=CellState.MISSING, number=number)
    return AreaValue(state=state_of(cell), number=number, value=cell.obs_value)


def _map_names(material: Material, codes: list[str]) -> str:
    pairs = (
        material.words("note.map_name", number=number, name=material.presenter.area(code))
        for number, code in enumerate(codes, start=1)
    )
    return material.words("note.map_names", names=material.words("punctuation.comma").join(pairs))


def _map_notes(material: Material, cells: list[Observation]) -> str:
    flagged = any(state_of(cell) is CellState.FLAGGED for cell in cells)
    return material.words("note.map_flagged") if flagged else ""
