"""Quantiles of people, or of rows of a repeat: those of an interview share its PSU and weight."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from usga_indicators.domain.design import SurveyDesign
from usga_indicators.domain.estimation import Estimate
from usga_indicators.domain.estimation.quantiles import quantile
from usga_indicators.domain.estimation.sample import Sample
from usga_indicators.domain.tabulation.contrasts import EMPTY, NAN
from usga_indicators.domain.tabulation.measures import Prepared


def median_like(
    data: Prepared, design: SurveyDesign, rows: NDArray[np.bool_], order: float
) -> Estimate:
    """Quantile `order` of the values, Woodruff's interval; n counts interviews, not rows.

    Interviews without values stay in the design as rows outside the domain.
    """
    assert data.values is not None
    assert data.person is not None
    inside = rows[data.person] & (design.weights[data.person] != 0)
    values, person = data.values[inside], data.person[inside]
    if len(values) == 0:
        return EMPTY
    interviews = np.unique(person)
    others = np.setdiff1d(np.arange(design.size), interviews)
    take = np.concatenate([person, others])
    domain = np.arange(len(take)) < len(values)
    x = np.concatenate([values, np.zeros(len(others))])
    sample = Sample.of(_repeated(design, take), domain)
    found = quantile(sample, x, order)
    return Estimate(
        value=found.value,
        se=found.se,
        ci_low=found.low,
        ci_high=found.high,
        deff=NAN,
        df=sample.df,
        n=len(interviews),
        n_numerator=len(interviews),
        n_psu=design.psus(domain_of(interviews, design.size)),
        cv=found.se / abs(found.value) if found.value else NAN,
    )


def domain_of(interviews: NDArray[np.int64], size: int) -> NDArray[np.bool_]:
    """The interviews as a domain."""
    domain = np.zeros(size, dtype=np.bool_)
    domain[interviews] = True
    return domain


def _repeated(design: SurveyDesign, take: NDArray[np.int64]) -> SurveyDesign:
    """The design with an interview's row once for each of its values."""
    stage = design.stages[0]
    repeated = replace(stage, cluster=stage.cluster[take])
    return replace(design, weights=design.weights[take], stages=(repeated,))
