"""Axes: round ticks and the mapping of values to positions."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


def round_step(span: float, parts: int) -> float:
    """The smallest round step that covers `span` in at most `parts` steps."""
    raw = span / parts
    power = 10.0 ** math.floor(math.log10(raw))
    return next(step * power for step in _STEPS if step * power >= raw * (1 - 1e-12))


@dataclass(frozen=True, slots=True)
class Scale:
    """A linear axis from `low` to `high`, drawn from `start` to `end`."""

    low: float
    high: float
    step: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Position of a value; values outside are drawn at the edge."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self) -> list[float]:
        """Ticks from the lower to the upper end."""
        count = round((self.high - self.low) / self.step)
        return [self.low + index * self.step for index in range(count + 1)]


def scale_for(
    values: Iterable[float], *, start: float, end: float, percent: bool, parts: int = 5
) -> Scale:
    """An axis that starts at zero and holds all values; percentages end at 100 at most."""
    known = [value for value in values if math.isfinite(value)]
    top = max([*known, 0.0]) or 1.0
    bottom = min([*known, 0.0])
    step = round_step(top - bottom, parts)
    low, high = math.floor(bottom / step) * step, math.ceil(top / step - 1e-9) * step
    if percent:
        low, high = max(low, -100.0), min(high, 100.0)
    return Scale(low=low, high=high, step=step, start=start, end=end)
