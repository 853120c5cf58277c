"""One stage of selection: clusters within strata, sampled out of a population."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from usga_indicators.domain.design.codes import AnyArray, FloatArray, IntArray, first_rows
from usga_indicators.domain.design.errors import InvalidPopulationSize, MissingDesignValue


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """Clusters of one stage; arrays are indexed by row, by cluster or by stratum."""

    cluster: IntArray  # row -> cluster
    cluster_stratum: IntArray  # cluster -> stratum
    sampled: IntArray  # stratum -> number of clusters sampled in it
    population: FloatArray | None  # cluster -> clusters of the population in its stratum
    stratum_parent: IntArray  # stratum -> cluster of the stage above (0 at the first stage)

    @property
    def clusters(self) -> int:
        """Number of clusters that were sampled."""
        return len(self.cluster_stratum)

    @property
    def strata(self) -> int:
        """Number of strata."""
        return len(self.sampled)

    def remaining_fraction(self) -> FloatArray:
        """1 - n/N for each cluster: 1 with replacement, 0 when all were taken."""
        if self.population is None:
            return np.ones(self.clusters)
        n = self.sampled[self.cluster_stratum]
        finite = np.isfinite(self.population)
        population = np.where(finite, self.population, 1.0)
        return np.where(finite, (population - n) / population, 1.0)

    def sampling_fraction(self) -> FloatArray:
        """n/N for each cluster (0 for an infinite population)."""
        if self.population is None:
            return np.zeros(self.clusters)
        return np.asarray(self.sampled[self.cluster_stratum] / self.population)

    def inverse_fraction(self) -> FloatArray:
        """N/n for each row: this stage's part of the weight."""
        if self.population is None:
            return np.ones(len(self.cluster))
        ratio = self.population / self.sampled[self.cluster_stratum]
        return np.asarray(ratio[self.cluster])


def stage_of(
    clusters: Sequence[IntArray],
    strata: Sequence[IntArray],
    sizes: Sequence[FloatArray] | None,
    *,
    depth: int,
) -> Stage:
    """Gather the arrays of the stage at `depth` (0 is the first)."""
    cluster, stratum = clusters[depth], strata[depth]
    rows_of_cluster = first_rows(cluster, int(cluster.max()) + 1)
    cluster_stratum = stratum[rows_of_cluster]
    count = int(stratum.max()) + 1
    rows_of_stratum = first_rows(stratum, count)
    parent = clusters[depth - 1][rows_of_stratum] if depth else np.zeros(count, dtype=np.int64)
    return Stage(
        cluster=cluster,
        cluster_stratum=cluster_stratum,
        sampled=np.bincount(cluster_stratum, minlength=count).astype(np.int64),
        population=None if sizes is None else sizes[depth][rows_of_cluster],
        stratum_parent=parent,
    )


def population_sizes(
    fpc: Sequence[AnyArray] | None,
    clusters: Sequence[IntArray],
    strata: Sequence[IntArray],
    *,
    unequal: bool,
    rows: int,
) -> list[FloatArray] | None:
    """Population sizes per row and stage; stages without one are taken as complete."""
    if not fpc:
        return None
    given = [_numbers(column, rows) for column in fpc]
    fractions = all((g <= 1).all() for g in given)
    if not fractions and any((g < 1).any() for g in given):
        raise InvalidPopulationSize("population sizes and sampling fractions are mixed")
    if unequal and not fractions:
        raise InvalidPopulationSize("unequal probabilities need sampling fractions")
    sizes: list[FloatArray] = []
    for depth, (cluster, stratum) in enumerate(zip(clusters, strata, strict=True)):
        sampled = _sampled(cluster, stratum)
        if depth >= len(given):
            sizes.append(sampled)
            continue
        size = sampled / given[depth] if fractions else given[depth]
        if (size < sampled * (1 - 1e-12)).any():
            raise InvalidPopulationSize(f"stage {depth + 1} samples more units than there are")
        if not unequal and _varies(size, stratum):
            raise InvalidPopulationSize(
                f"population sizes vary inside a stratum (stage {depth + 1})"
            )
        sizes.append(size)
    return sizes


def _sampled(cluster: IntArray, stratum: IntArray) -> FloatArray:
    rows_of_cluster = first_rows(cluster, int(cluster.max()) + 1)
    counts = np.bincount(stratum[rows_of_cluster], minlength=int(stratum.max()) + 1)
    return counts[stratum].astype(np.float64)


def _varies(values: FloatArray, stratum: IntArray) -> bool:
    first = values[first_rows(stratum, int(stratum.max()) + 1)]
    return bool((values != first[stratum]).any())


def _numbers(column: AnyArray, rows: int) -> FloatArray:
    if len(column) != rows:
        raise MissingDesignValue("the population sizes differ in length from the other columns")
    if column.dtype.kind not in "fiub":
        raise InvalidPopulationSize("population sizes are not numbers")
    result = column.astype(np.float64)
    if np.isnan(result).any():
        raise MissingDesignValue("a population size is missing")
    if (result <= 0).any():
        raise InvalidPopulationSize("population sizes are positive")
    return result
