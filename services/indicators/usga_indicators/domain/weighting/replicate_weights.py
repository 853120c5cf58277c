"""Replicate weights of a sample: jackknife, balanced half samples, bootstrap, adjusted anew.

Factors belong to PSUs. With `readjust` each replicate goes through the recipe by itself, so that
the variance knows what non-response classes and margins do (Valliant, Dever and Kreuter 2018,
section 15.4); else the finished weights are multiplied.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import scipy

from usga_indicators.domain.design.codes import FloatArray, IntArray
from usga_indicators.domain.design.replicates import ReplicateDesign
from usga_indicators.domain.weighting.make import (
    Weights,
    base_weights,
    finite,
    frozen_step,
    solve,
)
from usga_indicators.domain.weighting.recipe import Of, Recipe
from usga_indicators.domain.weighting.refusals import WeightFinding, WeightingRefused, refused
from usga_indicators.domain.weighting.units import Surroundings, Units

MAX_REPLICATES = 2000
#: Interviews x replicates of one set: 240 MB, and there are two.
MAX_NUMBERS = 30_000_000


class Method(StrEnum):
    """How factors are made (Wolter 2007, chapters 3 to 5)."""

    JK1 = "JK1"
    JKN = "JKn"
    BRR = "BRR"
    FAY = "Fay"
    BOOTSTRAP = "bootstrap"


@dataclass(frozen=True, slots=True)
class Asked:
    """Which replicates: `replicates` and `seed` are the bootstrap's, `rho` is Fay's."""

    method: Method
    replicates: int = 500
    seed: int = 1
    rho: float = 0.3
    readjust: bool = True
    mse: bool = True


@dataclass(frozen=True, slots=True)
class Psus:
    """The PSUs that were drawn, (stratum, name) in order, those without interviews too.

    `population` is the number of PSUs in a stratum; a stratum that is not there has no finite
    population correction.
    """

    keys: tuple[tuple[str, str], ...]
    population: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        units: Units,
        around: Surroundings,
        drawn: Mapping[str, int],
        population: Mapping[str, float] | None = None,
    ) -> "Psus":
        """From interviews and cases; PSUs that nobody names are counted by `drawn`."""
        places = units.classes(("stratum", "psu"), "/design")
        found = {(k[0], k[1]) for k in places.keys} | {(c.stratum, c.psu) for c in around.cases}
        for stratum, count in drawn.items():
            named = sum(key[0] == stratum for key in found)
            found |= {(stratum, f"\uffff{i:05d}") for i in range(max(count - named, 0))}
        return cls(tuple(sorted(found)), population or {})

    @property
    def strata(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(stratum for stratum, _ in self.keys))

    def members(self) -> list[IntArray]:
        """The places of each stratum's PSUs."""
        return [
            np.array([i for i, key in enumerate(self.keys) if key[0] == stratum], dtype=np.int64)
            for stratum in self.strata
        ]

    def remaining(self) -> FloatArray:
        """1 - n/N per stratum; 1 where N is not known."""
        found = []
        for stratum, own in zip(self.strata, self.members(), strict=True):
            size = self.population.get(stratum)
            if size is not None and size < len(own):
                raise refused(
                    "/design/fpc",
                    "population-below-sample",
                    f"stratum {stratum} has {size:g} PSUs, and {len(own)} were drawn",
                )
            found.append(1.0 if size is None else 1 - len(own) / size)
        return np.array(found)


@dataclass(frozen=True, slots=True, eq=False)
class Factors:
    """Multipliers (PSU x replicate), and how replicates make a variance."""

    of_psu: FloatArray
    scale: float
    rscales: FloatArray

    @property
    def count(self) -> int:
        return int(self.of_psu.shape[1])


@dataclass(frozen=True, slots=True, eq=False)
class ReplicateSet:
    """Replicate weights of both sets, in the order of interviews."""

    weights: Weights
    replicates: Mapping[Of, FloatArray]
    factors: Factors
    asked: Asked

    def design(self, of: Of) -> ReplicateDesign:
        """As estimation takes them."""
        return ReplicateDesign(
            weights=self.weights[of],
            replicates=self.replicates[of],
            scale=self.factors.scale,
            rscales=self.factors.rscales,
            mse=self.asked.mse,
        )


def factors_of_psus(psus: Psus, asked: Asked) -> Factors:
    """The multipliers of each PSU in each replicate. Raises WeightingRefused."""
    members = psus.members()
    match asked.method:
        case Method.JK1:
            return _jk1(psus, members)
        case Method.JKN:
            return _jkn(psus, members)
        case Method.BRR | Method.FAY:
            return _balanced(psus, members, asked)
        case Method.BOOTSTRAP:
            return _bootstrap(psus, members, asked)


def _jk1(psus: Psus, members: Sequence[IntArray]) -> Factors:
    if len(members) > 1:
        raise refused(
            "/replicates/method",
            "method-not-for-strata",
            f"JK1 is for samples without strata; this one has {len(members)}",
            "JKn",
        )
    return _jkn(psus, members, one_scale=True)


def _jkn(psus: Psus, members: Sequence[IntArray], *, one_scale: bool = False) -> Factors:
    """Drop one PSU, n/(n - 1) for the others of its stratum; lonely PSUs are never dropped."""
    remaining = psus.remaining()
    columns, rscales = [], []
    for own, left in zip(members, remaining.tolist(), strict=True):
        n = len(own)
        for at in own if n > 1 else ():
            factor = np.ones(len(psus.keys))
            factor[own] = n / (n - 1)
            factor[at] = 0.0
            columns.append(factor)
            rscales.append(left * (n - 1) / n)
    _refuse_number(len(columns))
    if one_scale:
        return Factors(np.stack(columns, axis=1), rscales[0], np.ones(len(columns)))
    return Factors(np.stack(columns, axis=1), 1.0, np.array(rscales))


def _balanced(psus: Psus, members: Sequence[IntArray], asked: Asked) -> Factors:
    """Half samples by a Hadamard matrix (McCarthy 1969); Fay's keep rho of the other half.

    Where a stratum's population is known, its factors move by sqrt(1 - n/N) of the way: the
    variance of a total is then (1 - n/N) times that with replacement.
    """
    for stratum, own in zip(psus.strata, members, strict=True):
        if len(own) != 2:  # noqa: PLR2004 -- half samples are of pairs
            raise refused(
                "/replicates/method",
                "method-needs-pairs",
                f"{asked.method.value} takes two PSUs in each stratum; {stratum} has {len(own)}",
                "JKn or bootstrap",
            )
    rho = asked.rho if asked.method is Method.FAY else 0.0
    if not 0 <= rho < 1:
        raise refused("/replicates/rho", "out-of-range", "rho lies from 0 to below 1")
    count = 1 << max(len(members), 1).bit_length()
    _refuse_number(count)
    signs = scipy.linalg.hadamard(count)[:, 1 : len(members) + 1].T
    factors = np.ones((len(psus.keys), count))
    for own, sign, left in zip(members, signs, psus.remaining(), strict=True):
        factors[own[0]] = 1 + sign * (1 - rho) * np.sqrt(left)
        factors[own[1]] = 1 - sign * (1 - rho) * np.sqrt(left)
    return Factors(factors, 1 / (count * (1 - rho) ** 2), np.ones(count))


def _bootstrap(psus: Psus, members: Sequence[IntArray], asked: Asked) -> Factors:
    """Draw n - 1 of n PSUs with replacement; factor n/(n - 1) x times drawn (Rao and Wu 1988).

    Where a stratum's population is known, factors move by sqrt(1 - n/N) of the way from 1: their
    rescaling for sampling without replacement. The raw numbers of PCG64 are used: they are the
    same for a seed in every version of numpy.
    """
    count = asked.replicates
    if count < 2:  # noqa: PLR2004 -- a variance needs two
        raise refused("/replicates/replicates", "out-of-range", "at least 2 replicates")
    _refuse_number(count)
    source = np.random.PCG64(asked.seed)
    factors = np.ones((len(psus.keys), count))
    for own, left in zip(members, np.sqrt(psus.remaining()).tolist(), strict=True):
        n = len(own)
        if n < 2:  # noqa: PLR2004 -- a lonely PSU stays in every replicate
            continue
        raw = source.random_raw(count * (n - 1)).reshape(count, n - 1)
        drawn = ((raw >> np.uint64(11)) * 2.0**-53 * n).astype(np.int64)
        for r in range(count):
            times = np.bincount(drawn[r], minlength=n)
            factors[own, r] = 1 - left + left * times * (n / (n - 1))
    return Factors(factors, 1 / (count - 1), np.ones(count))


def _refuse_number(count: int) -> None:
    if count == 0:
        raise refused(
            "/replicates/method", "no-replicates", "no stratum has two PSUs to drop one of"
        )
    if count > MAX_REPLICATES:
        raise refused(
            "/replicates",
            "too-many-replicates",
            f"{count} replicates; at most {MAX_REPLICATES}",
            "bootstrap with fewer",
        )


def replicate_weights(
    recipe: Recipe,
    weights: Weights,
    units: Units,
    around: Surroundings,
    *,
    psus: Psus,
    asked: Asked,
) -> ReplicateSet:
    """Replicate weights beside the finished `weights`. Raises WeightingRefused.

    A replicate in which a class or a category loses everybody is refused by its number.
    """
    factors = factors_of_psus(psus, asked)
    if factors.count * len(units) > MAX_NUMBERS:
        raise refused(
            "/replicates",
            "too-many-replicates",
            f"{factors.count} replicates of {len(units)} interviews are more than "
            f"{MAX_NUMBERS} numbers",
            "bootstrap with fewer replicates",
        )
    place = units.classes(("stratum", "psu"), "/design").placed_in(psus.keys)
    if (place < 0).any():
        raise refused("/design", "interview-without-psu", "an interview has no stratum or PSU")
    if not (asked.readjust and recipe.steps):
        return ReplicateSet(
            weights,
            {of: weights[of][:, None] * factors.of_psu[place] for of in Of},
            factors,
            asked,
        )
    found = {of: np.empty((len(units), factors.count)) for of in Of}
    base = base_weights(units)
    for r in range(factors.count):
        factor = factors.of_psu[:, r]
        multiplier = dict(zip(psus.keys, factor.tolist(), strict=True))
        started = {of: base * factor[place] for of, base in base.items()}
        try:
            made = _readjusted(recipe, units, around, started, multiplier)
        except WeightingRefused as reason:
            raise _of_replicate(reason, r + 1) from reason
        for of in Of:
            found[of][:, r] = made[of]
    return ReplicateSet(weights, found, factors, asked)


def _readjusted(
    recipe: Recipe,
    units: Units,
    around: Surroundings,
    weights: Weights,
    multiplier: Mapping[tuple[str, str], float],
) -> Weights:
    """One replicate through every step of the recipe."""
    now = dict(weights)
    for at, step in enumerate(recipe.steps):
        place = f"/recipe/steps/{at}"
        solved = {
            of: solve(step, units, now[of], around, place=place, multiplier=multiplier)
            for of in step.of
        }
        done = frozen_step(step, solved)
        for of in step.of:
            now[of] = finite(done.apply(of, now[of], units, place), place)
    return now


def _of_replicate(reason: WeightingRefused, number: int) -> WeightingRefused:
    return WeightingRefused(
        [
            WeightFinding(f.place, f.code, f"in replicate {number}: {f.message}", f.hint)
            for f in reason.findings
        ]
    )
