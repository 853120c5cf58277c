"""What the sampling errors of the values do to the pattern that is seen.

Values of a survey are y = truth + error. Errors that are independent between places add nothing
to the products of neighbours and something to the squares: a pattern looks weaker than it is
(Fuller 1987, Measurement Error Models, section 1.1), and by chance it may look like one. Draws
y + se e around the values, e standard normal, show how much it hangs on the errors (Jung, Thill
and Issel 2019, IJGIS 33, 1155-1175). They bring the error in once more, so they lean towards no
pattern.
"""

from dataclasses import dataclass

import numpy as np

from usga_indicators.domain.spatial.overall import moran, morans
from usga_indicators.domain.spatial.weights import FloatArray, Weights

#: Two-sided, of the normal approximation under randomisation.
SIGNIFICANT = 0.05
_INTERVAL = (0.025, 0.975)
#: Values that are drawn at a time.
_AT_ONCE = 1_000_000


@dataclass(frozen=True, slots=True)
class SamplingError:
    """`noise` is the share of the differences between places that errors explain, 1 at most.

    `lower` and `upper` hold the middle 95 percent of I over the draws; `significant` is the share
    of draws with p below 0.05 on the side where I itself lies.
    """

    noise: float
    lower: float
    upper: float
    significant: float


def noise_share(y: FloatArray, se: FloatArray) -> float:
    """(1 - 1/n) sum se^2 / sum (y - mean)^2: E of the squares that independent errors make."""
    z = y - y.mean()
    made = (1.0 - 1.0 / len(y)) * float(se @ se)
    return min(1.0, made / float(z @ z))


def under_sampling_error(
    y: FloatArray, se: FloatArray, weights: Weights, *, draws: int, seed: int
) -> SamplingError:
    """Draw `draws` maps with numpy's PCG64 from `seed`, each place within its standard error."""
    standardised, expected = weights.row_standardised(), -1.0 / (len(y) - 1)
    side = np.sign(moran(y, standardised).I - expected)
    random = np.random.default_rng([seed, draws])
    found, significant = [], 0
    left, at_once = draws, max(1, _AT_ONCE // len(y))
    while left:
        drawn = y + se * random.standard_normal((min(left, at_once), len(y)))
        statistic, p = morans(drawn, standardised)
        same_side = np.sign(statistic - expected) == side
        significant += int(np.count_nonzero(same_side & (p < SIGNIFICANT)))
        found.append(statistic)
        left -= len(drawn)
    lower, upper = np.quantile(np.concatenate(found), _INTERVAL)
    return SamplingError(noise_share(y, se), float(lower), float(upper), significant / draws)
