"""Composite of several means: normalise, turn, aggregate; SE by the delta method or jackknife."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from usga_indicators.domain.design.codes import FloatArray
from usga_indicators.domain.estimation.linear import Estimates


class Form(StrEnum):
    """How components are aggregated (OECD/JRC 2008, step 6)."""

    ARITHMETIC = "arithmetic"
    GEOMETRIC = "geometric"
    HARMONIC = "harmonic"


@dataclass(frozen=True, slots=True, eq=False)
class Composite:
    """Index on 0 to 100: z = (p - lo)/(hi - lo), 1 - z where `invert`, aggregated with weights."""

    form: Form
    weights: FloatArray
    lo: FloatArray
    hi: FloatArray
    invert: tuple[bool, ...]

    def value(self, components: FloatArray) -> float:
        """The index of these components."""
        z, a = self._normalised(components), self._shares()
        match self.form:
            case Form.ARITHMETIC:
                return 100 * float(a @ z)
            case Form.GEOMETRIC:
                return 100 * float(np.exp(a @ np.log(z)))
            case Form.HARMONIC:
                return 100 / float((a / z).sum())

    def gradient(self, components: FloatArray) -> FloatArray:
        """Derivative of the index with respect to the components."""
        z, a = self._normalised(components), self._shares()
        match self.form:
            case Form.ARITHMETIC:
                inner = a
            case Form.GEOMETRIC:
                inner = a * float(np.exp(a @ np.log(z))) / z
            case Form.HARMONIC:
                inner = a / z**2 / float((a / z).sum()) ** 2
        sign = np.where(self.invert, -1.0, 1.0)
        return np.asarray(100 * sign * inner / (self.hi - self.lo))

    def delta_error(self, components: Estimates) -> float:
        """Standard error of the index from the covariance of its components."""
        slope = self.gradient(components.values)
        return float(np.sqrt(slope @ components.covariance @ slope))

    def _normalised(self, components: FloatArray) -> FloatArray:
        z = (components - self.lo) / (self.hi - self.lo)
        return np.where(self.invert, 1 - z, z)

    def _shares(self) -> FloatArray:
        return np.asarray(self.weights / self.weights.sum())
