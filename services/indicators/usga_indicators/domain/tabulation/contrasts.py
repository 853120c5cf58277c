"""Linear combinations of shares of the same sample, with the covariance of the shares."""

import numpy as np
from numpy.typing import NDArray

from usga_indicators.domain.design import SurveyDesign
from usga_indicators.domain.estimation import Estimate, ProportionInterval, Statistic
from usga_indicators.domain.estimation.sample import Sample
from usga_indicators.domain.estimation.single import finished
from usga_indicators.domain.estimation.statistic import EMPTY, NAN
from usga_indicators.domain.tabulation.measures import Prepared


def combined(
    data: Prepared,
    design: SurveyDesign,
    rows: NDArray[np.bool_],
    coefficients: NDArray[np.float64],
    *,
    share: bool,
) -> Estimate:
    """Sum of coefficient x share, each share on its own base; `share`: the sum is one too.

    Influence of the sum: the sum of coefficient x (y - p x)/X over its shares (Woodruff 1971).
    Its n and n of the numerator are those of the part that has fewest: what protects it.
    """
    known = ~np.isnan(data.numerators)
    used = known & rows[:, None] & (design.weights != 0)[:, None]
    bases = used.sum(axis=0)
    if not bases.all():
        return EMPTY
    sample = Sample.of(design, used.any(axis=1))
    y = np.where(used, data.numerators, 0.0)
    x = np.where(used, data.denominators, 0.0)
    sizes = sample.weights @ x
    shares = (sample.weights @ y) / sizes
    influence = ((y - shares * x) / sizes) @ coefficients
    covariance = sample.covariance(
        influence[:, None], lambda w: np.asarray(w @ influence[:, None])
    )
    positive = (y != 0).sum(axis=0)
    least = int(np.argmin(np.minimum(positive, bases - positive)))
    return finished(
        Statistic.PROPORTION if share else Statistic.MEAN,
        value=float(shares @ coefficients),
        se=float(np.sqrt(covariance[0, 0])),
        simple=_simple(influence, sample),
        df=sample.df,
        n=int(bases.min()),
        n_numerator=int(min(positive[least], bases.min())),
        n_psu=design.psus(sample.rows),
        interval=ProportionInterval.LOGIT,
        scale=float(np.abs(shares) @ np.abs(coefficients)),
    )


def _simple(influence: NDArray[np.float64], sample: Sample) -> float:
    """Variance of the sum under simple random sampling with replacement: N^2 S^2/n."""
    inside = sample.weights != 0
    w, z, n = sample.weights[inside], influence[inside], sample.base
    if n < 2:  # noqa: PLR2004 -- no variance of one
        return NAN
    total = float(w.sum())
    centred = z - float(w @ z) / total
    return total**2 * float(w @ centred**2) / total * n / (n - 1) / n
