"""A domain of a sample: the rows that count, in the full design (never a subset)."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from usga_indicators.domain.design.codes import BoolArray, FloatArray
from usga_indicators.domain.design.replicates import ReplicateDesign
from usga_indicators.domain.design.survey_design import SurveyDesign
from usga_indicators.domain.design.variance import covariance_of_total

Design = SurveyDesign | ReplicateDesign

#: A statistic of weights: weights (rows,) -> values (statistics,).
OfWeights = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """A design and a domain of its rows."""

    design: Design
    rows: BoolArray

    @classmethod
    def of(cls, design: Design, rows: BoolArray | None = None) -> "Sample":
        """The domain `rows`, or the whole sample."""
        return cls(design, design.all_rows if rows is None else rows)

    def within(self, rows: BoolArray) -> "Sample":
        """The part of the domain for which `rows` holds too."""
        return replace(self, rows=self.rows & rows)

    @property
    def weights(self) -> FloatArray:
        """Weights, zero outside the domain."""
        return np.where(self.rows, self.design.weights, 0.0)

    @property
    def base(self) -> int:
        """Rows of the domain with a weight other than zero."""
        return int(np.count_nonzero(self.weights))

    @property
    def counted(self) -> int:
        """The n of a simple random sample beside it: `base`, with replicate weights all rows."""
        return int(self.rows.sum()) if isinstance(self.design, ReplicateDesign) else self.base

    @property
    def spoken_of(self) -> BoolArray:
        """Rows that the variance of the domain speaks of: all of a calibrated sample."""
        keeps_all = isinstance(self.design, SurveyDesign) and self.design.domain_keeps_all_rows
        return self.design.all_rows if keeps_all else self.rows

    @property
    def kept(self) -> int:
        """Number of `spoken_of`."""
        return int(self.spoken_of.sum())

    @property
    def df(self) -> int:
        """Design degrees of freedom of the domain."""
        return self.design.degrees_of_freedom(self.rows)

    def covariance(self, influence: FloatArray, of_weights: OfWeights) -> FloatArray:
        """Covariance of statistics, by whichever method the design carries.

        `influence` (rows x statistics) holds the linearised variable per unit of weight;
        `of_weights` computes the same statistics from any weights, for replicates.
        """
        if isinstance(self.design, ReplicateDesign):
            return self.design.covariance(of_weights, self.rows)
        z = np.where(self.rows[:, None], influence * self.design.weights[:, None], 0.0)
        return covariance_of_total(self.design, z, self.rows)
