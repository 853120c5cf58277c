"""What charts draw: labelled values with intervals, each in a state that must be visible."""

import textwrap
from dataclasses import dataclass

from usga_reports.domain.chart import palette
from usga_reports.domain.chart.scale import Scale
from usga_reports.domain.chart.svg import FONT_SIZE, Canvas, text_width
from usga_reports.domain.published import CellState

WIDTH = 640.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One category. `text` is what is written at the right: value, or why there is none."""

    label: str
    state: CellState
    text: str
    value: float | None = None
    lower: float | None = None
    upper: float | None = None

    @property
    def drawable(self) -> bool:
        return self.value is not None and self.state in {CellState.SHOWN, CellState.FLAGGED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Marks under a common heading, e.g. sex."""

    title: str
    marks: tuple[Mark, ...]


def wrapped(label: str, width: int) -> list[str]:
    """At most two lines; an ellipsis ends what does not fit (the table has the whole title)."""
    return textwrap.wrap(label, width, max_lines=2, placeholder="…", break_long_words=True) or [""]


def values_of(marks: tuple[Mark, ...]) -> list[float]:
    """All numbers that an axis must hold."""
    return [
        number
        for mark in marks
        if mark.drawable
        for number in (mark.value, mark.lower, mark.upper)
        if number is not None
    ]


def label_space(marks: tuple[Mark, ...], *, limit: int) -> float:
    """Width of the label column."""
    lines = [line for mark in marks for line in wrapped(mark.label, limit)]
    return max((text_width(line) for line in lines), default=0.0) + 10


def draw_axis(
    canvas: Canvas, scale: Scale, ticks: list[str], *, top: float, bottom: float
) -> None:
    """Grid lines with their numbers below, and a firm line at zero."""
    for value, text in zip(scale.ticks(), ticks, strict=True):
        x = scale.at(value)
        firm = value == 0
        canvas.line(x, top, x, bottom, palette.AXIS if firm else palette.GRID)
        canvas.text(x, bottom + 14, text, anchor="middle", size=9.5, fill=palette.MUTED)


def draw_whisker(canvas: Canvas, scale: Scale, mark: Mark, y: float, color: str) -> None:
    """The interval as a line with end caps."""
    if mark.lower is None or mark.upper is None:
        return
    low, high = scale.at(mark.lower), scale.at(mark.upper)
    canvas.line(low, y, high, y, color, 1.5)
    for x in (low, high):
        canvas.line(x, y - 3.5, x, y + 3.5, color, 1.5)


def draw_absent(canvas: Canvas, mark: Mark, x: float, y: float) -> None:
    """A hatched box for a hidden cell, a dotted one for a cell without data, with its word."""
    paint = canvas.hatch if mark.state is CellState.HIDDEN else canvas.dots
    canvas.add(
        "rect", x=x + 2, y=y - 5, width=26, height=10, fill=paint, stroke=palette.HATCH,
        stroke_width=0.7,
    )  # fmt: skip
    canvas.text(x + 34, y + FONT_SIZE * 0.36, mark.text, size=9.5, fill=palette.MUTED)
