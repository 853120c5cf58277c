"""A root of a function between two points by Brent's method (Brent 1973, chapter 4: `zero`).

Written out because where it stops matters: the score interval of a quantile searches a step
function, and another order of steps ends on another side of a step.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

MAX_STEPS = 1000
EPSILON = float(np.finfo(np.float64).eps)


@dataclass(slots=True)
class _Bracket:
    """`b` is the best point, `a` the one before, and the root lies between `b` and `c`."""

    a: float
    fa: float
    b: float
    fb: float
    c: float
    fc: float

    def best_first(self) -> None:
        """Let `b` be the point whose value is nearer to zero."""
        if abs(self.fc) < abs(self.fb):
            self.a, self.b, self.c = self.b, self.c, self.b
            self.fa, self.fb, self.fc = self.fb, self.fc, self.fb

    def interpolated(self) -> tuple[float, float]:
        """The step of the secant or of inverse quadratic interpolation, as p/q with p >= 0."""
        width = self.c - self.b
        if self.a == self.c:
            s = self.fb / self.fa
            p, q = width * s, 1 - s
        else:
            r, s, t = self.fa / self.fc, self.fb / self.fc, self.fb / self.fa
            p = t * (width * r * (r - s) - (self.b - self.a) * (s - 1))
            q = (r - 1) * (s - 1) * (t - 1)
        return (p, -q) if p > 0 else (-p, q)


def root(f: Callable[[float], float], low: float, high: float, tolerance: float) -> float:
    """Where `f` changes its sign. Raises ValueError when it has the same sign at both ends."""
    fa, fb = f(low), f(high)
    if not (fa * fb <= 0):
        raise ValueError("the function has one sign at both ends: it has no root between them")
    if 0 in {fa, fb}:
        return low if fa == 0 else high
    at = _Bracket(low, fa, high, fb, low, fa)
    for _ in range(MAX_STEPS):
        previous = at.b - at.a
        at.best_first()
        least = 2 * EPSILON * abs(at.b) + tolerance / 2
        step = (at.c - at.b) / 2
        if abs(step) <= least or at.fb == 0:
            return at.b
        if abs(previous) >= least and abs(at.fa) > abs(at.fb):
            p, q = at.interpolated()
            if p < 0.75 * (at.c - at.b) * q - abs(least * q) / 2 and p < abs(previous * q / 2):
                step = p / q
        if abs(step) < least:
            step = least if step > 0 else -least
        at.a, at.fa = at.b, at.fb
        at.b += step
        at.fb = f(at.b)
        if at.fb * at.fc > 0:
            at.c, at.fc = at.a, at.fa
    raise ValueError(f"no root found in {MAX_STEPS} steps")
