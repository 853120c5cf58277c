"""Combinations of several shares of the same people, from sums alone."""

from itertools import combinations_with_replacement

import numpy as np

from usga_indicators.domain.codebook.column import FloatArray
from usga_indicators.domain.design import SurveyDesign
from usga_indicators.domain.estimation import Estimate, ProportionInterval, Statistic
from usga_indicators.domain.estimation.cells import first_stage_variances, present_strata
from usga_indicators.domain.estimation.single import finished
from usga_indicators.domain.estimation.statistic import EMPTY, NAN
from usga_indicators.domain.tabulation.tasks import Task


def estimate_of_parts(
    task: Task, design: SurveyDesign, by_psu: FloatArray, by_cell: FloatArray
) -> Estimate:
    """What `combined` computes from interviews: sum of coefficient x share.

    `by_psu` holds w y and w x of each part and people, by PSU; `by_cell` the products w v v' of
    all of them, sum of weights, people, and for each part its base and its numerator.
    """
    parts = task.data.numerators.shape[1]
    pairs = list(combinations_with_replacement(range(2 * parts), 2))
    products, rest = by_cell[: len(pairs)], by_cell[len(pairs) :]
    weight, people = float(rest[0]), int(rest[1])
    bases, positive = rest[2 : 2 + parts], rest[2 + parts : 2 + 2 * parts]
    if not bases.all():
        return EMPTY
    coefficients = task.coefficients
    totals = by_psu[:, :-1].sum(axis=0)
    sizes = totals[parts:]
    shares = totals[:parts] / sizes
    # influence of one person: the scalar product of (y, x) with these
    slopes = np.concatenate([coefficients / sizes, -coefficients * shares / sizes])
    present = (by_psu[:, -1] > 0)[:, None, None]
    influence = (by_psu[:, :-1] @ slopes)[:, None, None]
    variance = float(first_stage_variances(design, influence, present)[0, 0])
    psus = int(present.sum())
    least = int(np.argmin(np.minimum(positive, bases - positive)))
    return finished(
        Statistic.PROPORTION if task.is_share else Statistic.MEAN,
        value=float(shares @ coefficients),
        se=float(np.sqrt(variance)),
        simple=_simple(_squares(products, pairs, slopes), float(totals @ slopes), weight, people),
        df=psus - int(present_strata(design, present)[0, 0]),
        n=int(bases.min()),
        n_numerator=int(min(positive[least], bases.min())),
        n_psu=psus,
        interval=ProportionInterval.LOGIT,
        scale=float(np.abs(shares) @ np.abs(coefficients)),
    )


def _squares(products: FloatArray, pairs: list[tuple[int, int]], slopes: FloatArray) -> float:
    """Sum of w z^2 from the products of the parts of z; each pair of two counts twice."""
    factors = np.array([slopes[a] * slopes[b] * (1.0 if a == b else 2.0) for a, b in pairs])
    return float(products @ factors)


def _simple(squares: float, total: float, weight: float, n: int) -> float:
    """Variance of the sum under simple random sampling with replacement: N^2 S^2/n."""
    if n < 2:  # noqa: PLR2004 -- no variance of one
        return NAN
    spread = squares - total**2 / weight
    return weight * spread * n / (n - 1) / n
