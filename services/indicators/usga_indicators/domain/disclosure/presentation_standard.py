"""The rule set `nchs`: which survey proportions are reliable enough to be presented.

NCHS data presentation standards for proportions (Parker et al. 2017): an alternative to D-01 and
D-02 that an assessment may choose. It judges the Korn-Graubard interval with the effective sample
size capped at n.
"""

from dataclasses import dataclass
from enum import StrEnum

from usga_indicators.domain.estimation.intervals import (
    ProportionInterval,
    effective_size,
    proportion_interval,
)

LEAST_SIZE = 30
WIDEST = 0.30
#: Intervals no wider than this are narrow enough for any proportion.
NARROW = 0.05
WIDEST_RELATIVE = 1.30
LEAST_DF = 8


class Unreliable(StrEnum):
    """Why a proportion is not presented."""

    N = "n"
    N_EFF = "n_eff"
    WIDTH = "width"
    RELATIVE_WIDTH = "relative_width"


@dataclass(frozen=True, slots=True)
class Presentation:
    """The judgement, with what it rests on."""

    n_eff: float
    ci: tuple[float, float]
    why: tuple[Unreliable, ...]
    complement_unreliable: bool
    review: bool

    @property
    def publish(self) -> bool:
        """Whether the proportion may be presented."""
        return not self.why


def judge_proportion(p: float, *, se: float, df: int, n: int) -> Presentation:
    """Judge a proportion `p` on 0 to 1 from `n` rows; width is judged only where sizes suffice."""
    size = effective_size(p, se, df, n)
    ci = proportion_interval(p, se, df=df, n=n, method=ProportionInterval.BETA_NCHS)
    why: list[Unreliable] = []
    if n < LEAST_SIZE:
        why.append(Unreliable.N)
    if not size >= LEAST_SIZE:
        why.append(Unreliable.N_EFF)
    width = ci[1] - ci[0]
    if not why and not width < WIDEST:
        why.append(Unreliable.WIDTH)
    if not why and _relatively_wide(width, p):
        why.append(Unreliable.RELATIVE_WIDTH)
    return Presentation(
        n_eff=size,
        ci=ci,
        why=tuple(why),
        complement_unreliable=not why and _relatively_wide(width, 1 - p),
        review=not why and (p <= 0 or p >= 1 or df < LEAST_DF),
    )


def _relatively_wide(width: float, share: float) -> bool:
    """Wider than 1.3 times the share, unless narrow or nobody has it (a case for review)."""
    return share > 0 and width > NARROW and width > WIDEST_RELATIVE * share
