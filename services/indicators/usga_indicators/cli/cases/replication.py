"""Replicate weights made from a design: jackknife, balanced half samples, Fay, bootstrap.

The sample's own weights are replicated, and every adjustment is made anew in each replicate: a
variance that forgot the calibration would be that of other weights (Wolter 2007, section 1.4).
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from usga_indicators.cli.cases.errors import CaseError
from usga_indicators.domain.design import LonelyPrimaryUnit, SurveyDesign
from usga_indicators.domain.design.hadamard import hadamard_for
from usga_indicators.domain.design.replicates import ReplicateDesign, jackknife
from usga_indicators.domain.design.stages import Stage
from usga_indicators.domain.weighting.refusals import WeightingRefused
from usga_indicators.domain.weighting.replicate_weights import (
    Asked,
    Factors,
    Method,
    Psus,
    factors_of_psus,
)

Json = dict[str, Any]
_JACKKNIVES = frozenset({Method.JK1, Method.JKN})
_BALANCED = frozenset({Method.BRR, Method.FAY})
#: Members of `as_replicate`, and the one type that reads each.
_MEMBERS = {"rho": Method.FAY, "replicates": Method.BOOTSTRAP, "seed": Method.BOOTSTRAP}


def replicated(design: SurveyDesign, made: Json, strata: Sequence[str] | None) -> ReplicateDesign:
    """Replicates as `as_replicate` asks for; `strata` names that of each row, None without any."""
    method, mse = _method(made), bool(made.get("mse", False))
    if method in _JACKKNIVES:
        return jackknife(design, method.value, mse=mse)
    stage = design.stages[0]
    if method in _BALANCED:
        if strata is None:
            raise CaseError(f"{method.value} is for samples with strata; use JK1 or bootstrap")
        factors = _balanced(_pairs(stage, strata, method), float(made.get("rho") or 0.0))
    else:
        factors = _bootstrap(stage, made)
    return ReplicateDesign(
        weights=design.weights,
        replicates=factors.of_psu[stage.cluster] * design.weights[:, None],
        scale=factors.scale,
        rscales=factors.rscales,
        mse=mse,
    )


def _balanced(pairs: Sequence[tuple[int, int]], rho: float) -> Factors:
    """Half samples (McCarthy 1969) by R's matrix; Fay's keep rho of the other half.

    There is no finite population correction, as in R.
    """
    if not 0 <= rho < 1:
        raise CaseError("rho lies from 0 to below 1", place="as_replicate")
    signs = hadamard_for(len(pairs))[1 : len(pairs) + 1] * (1 - rho)
    count = signs.shape[1]
    factors = np.ones((2 * len(pairs), count))
    for (first, second), sign in zip(pairs, signs, strict=True):
        factors[first], factors[second] = 1 + sign, 1 - sign
    return Factors(factors, 1 / (count * (1 - rho) ** 2), np.ones(count))


def _bootstrap(stage: Stage, made: Json) -> Factors:
    asked = Asked(
        Method.BOOTSTRAP,
        replicates=_whole(made, "replicates", 500),
        seed=_whole(made, "seed", 1),
    )
    keys = [(f"{s:09d}", f"{c:09d}") for c, s in enumerate(stage.cluster_stratum.tolist())]
    try:
        found = factors_of_psus(Psus(tuple(sorted(keys)), _population(stage, keys)), asked)
    except WeightingRefused as reason:
        raise CaseError(reason.findings[0].message, place="as_replicate") from reason
    place = np.empty(stage.clusters, dtype=np.int64)
    place[sorted(range(stage.clusters), key=keys.__getitem__)] = np.arange(stage.clusters)
    return Factors(found.of_psu[place], found.scale, found.rscales)


def _method(made: Json) -> Method:
    kind = str(made.get("type"))
    if kind not in set(Method):
        known = ", ".join(Method)
        message = f"replicate weights of type {kind} are not made; {known} are"
        raise CaseError(message, place="as_replicate")
    method = Method(kind)
    for name, reader in _MEMBERS.items():
        if made.get(name) is not None and method is not reader:
            raise CaseError(f"{name} is for {reader.value}, not for {kind}", place="as_replicate")
    if method is Method.FAY and made.get("rho") is None:
        raise CaseError("Fay's method needs rho", place="as_replicate")
    return method


def _whole(made: Json, name: str, default: int) -> int:
    value = made.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise CaseError(f"{name} is a whole number from 0 on", place="as_replicate")
    return value


def _population(stage: Stage, keys: Sequence[tuple[str, str]]) -> dict[str, float]:
    """PSUs in the population by stratum, where they are known."""
    if stage.population is None:
        return {}
    sizes = zip(keys, stage.population.tolist(), strict=True)
    return {stratum: size for (stratum, _), size in sizes if np.isfinite(size)}


def _pairs(stage: Stage, strata: Sequence[str], method: Method) -> list[tuple[int, int]]:
    """The two clusters of each half-sample stratum: large strata are split, in their order.

    As R does it: split strata come first, by name, then those that are pairs already. A stratum
    with one PSU or an odd number is refused by its name.
    """
    names = _names(stage, strata)
    sizes = Counter(names.values())
    for name, size in sorted(sizes.items()):
        if size == 1:
            raise LonelyPrimaryUnit(
                f"{method.value} needs two units in each stratum; {name} has one"
            )
        if size % 2:
            raise CaseError(
                f"{method.value} splits large strata into pairs; {name} has {size} units, "
                "an odd number",
                place="as_replicate",
            )
    return list(_in_pairs(names, sizes))


def _names(stage: Stage, strata: Sequence[str]) -> dict[int, str]:
    """The stratum of each cluster as the data name it, in the order of their rows."""
    found: dict[int, str] = {}
    for row, cluster in enumerate(stage.cluster.tolist()):
        found.setdefault(cluster, strata[row])
    return found


def _in_pairs(names: dict[int, str], sizes: Counter[str]) -> Iterator[tuple[int, int]]:
    members: dict[str, list[int]] = {}
    for cluster, name in names.items():
        members.setdefault(name, []).append(cluster)
    pair = 2
    for name in sorted(members, key=lambda each: (sizes[each] == pair, each)):
        own = members[name]
        yield from zip(own[::pair], own[1::pair], strict=True)
