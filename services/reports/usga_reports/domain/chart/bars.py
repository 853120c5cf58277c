"""Horizontal bars with whiskers: shares of several indicators side by side."""

from collections.abc import Callable

from usga_reports.domain.chart import palette
from usga_reports.domain.chart.marks import (
    WIDTH,
    Mark,
    draw_absent,
    draw_axis,
    draw_whisker,
    label_space,
    values_of,
    wrapped,
)
from usga_reports.domain.chart.scale import scale_for
from usga_reports.domain.chart.svg import FONT_SIZE, Canvas, text_width

_ROW, _TALL_ROW = 26.0, 31.0
_LABEL = 38


def interval_bars(
    marks: tuple[Mark, ...], *, name: str, tick: Callable[[float], str], percent: bool
) -> str:
    """One bar a mark, in the order given; flagged bars are pale with a firm outline."""
    left = label_space(marks, limit=_LABEL)
    right = max((text_width(m.text, 10) for m in marks if m.drawable), default=0) + 8
    tall = any(len(wrapped(mark.label, _LABEL)) > 1 for mark in marks)
    row = _TALL_ROW if tall else _ROW
    top, bottom = 6.0, 6.0 + row * len(marks)
    canvas = Canvas(WIDTH, bottom + 22, name=name)
    scale = scale_for(values_of(marks), start=left, end=WIDTH - right, percent=percent)
    draw_axis(canvas, scale, [tick(v) for v in scale.ticks()], top=top, bottom=bottom)
    for index, mark in enumerate(marks):
        y = top + row * (index + 0.5)
        canvas.lines(left - 8, y, wrapped(mark.label, _LABEL))
        if mark.drawable and mark.value is not None:
            flagged = mark.state == "flagged"
            zero, end = scale.at(0), scale.at(mark.value)
            canvas.add(
                "rect",
                x=min(zero, end),
                y=y - 6.5,
                width=max(abs(end - zero), 1.0),
                height=13,
                fill=palette.PAPER if flagged else palette.BLUE_SOFT,
                stroke=palette.BLUE,
                stroke_width=1.0,
            )
            draw_whisker(canvas, scale, mark, y, palette.INK)
            canvas.text(WIDTH - right + 8, y + FONT_SIZE * 0.33, mark.text, size=10)
        else:
            draw_absent(canvas, mark, scale.at(0), y)
    return canvas.render()
