"""Composite indices of a release: scored from what it shows, with the errors of its sample."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from math import isclose
from typing import Any

from usga_shared.wire.release import Observation
from usga_shared.wire.vocabulary import TOTAL

from usga_indicators.domain.codebook import Frame
from usga_indicators.domain.composites import (
    AreaResult,
    Index,
    IndexResult,
    Reliability,
    Replicates,
    Value,
    Wanted,
    alpha_of,
    bootstrap,
    evaluate,
    shipped,
)
from usga_indicators.domain.definition import Definition


@dataclass(frozen=True, slots=True)
class Scored:
    """The whole of the assessment, and its strata against one another."""

    whole: IndexResult
    strata: IndexResult
    reliability: Reliability | None = None

    def document(self) -> dict[str, Any]:
        """As it is stored with the release."""
        return {
            "seed": self.whole.seed,
            "draws": self.whole.draws,
            "bootstrap": self.whole.bootstrap,
            "whole": [asdict(area) for area in self.whole.areas],
            "strata": [asdict(area) for area in self.strata.areas],
            "reliability": asdict(self.reliability) if self.reliability else None,
        }

    def without_areas(self) -> "Scored":
        """Only how it was made."""
        whole, strata = (replace(part, areas=()) for part in (self.whole, self.strata))
        return Scored(whole, strata)

    @classmethod
    def read(cls, index: Index, stored: Mapping[str, Any]) -> "Scored":
        """From what was stored."""
        whole, strata = (
            IndexResult(
                index,
                stored["seed"],
                stored["draws"],
                tuple(_area(area) for area in stored[part]),
                bootstrap=stored["bootstrap"],
            )
            for part in ("whole", "strata")
        )
        reliability = stored["reliability"]
        return cls(whole, strata, Reliability(**reliability) if reliability else None)


def score_indices(
    observations: Sequence[Observation],
    answered: Mapping[str, tuple[Definition, Frame]],
    drawn: Mapping[str, int],
    *,
    seed: int,
) -> dict[tuple[str, str], dict[str, Any]]:
    """Every shipped index by code and version, ready to be stored.

    `answered` tells of each indicator of the sample its definition and the form that answered it.
    A hidden cell is missing from the score and from every replicate of it.
    """
    replicates = bootstrap(_wanted(answered), drawn, seed=seed) if answered else None
    found = {}
    for index in shipped():
        reliability = None
        if index.alpha_of is not None and index.alpha_of in answered:
            definition, frame = answered[index.alpha_of]
            reliability = alpha_of(definition, frame, index.alpha_needs)
        result = scored(index, observations, seed=seed, replicates=replicates)
        found[index.code, index.version] = Scored(
            result.whole, result.strata, reliability
        ).document()
    return found


def alike(one: Any, other: Any) -> bool:
    """Whether two documents say the same; numbers to what sums in another order leave."""
    match one, other:
        case bool() | str() | None, _:
            return bool(one == other)
        case int() | float(), int() | float():
            return isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
        case Mapping(), Mapping():
            return one.keys() == other.keys() and all(alike(one[k], other[k]) for k in one)
        case list() | tuple(), list() | tuple():
            return len(one) == len(other) and all(map(alike, one, other))
    return False


def scored(
    index: Index,
    cells: Iterable[Observation],
    *,
    seed: int,
    replicates: Replicates | None = None,
) -> Scored:
    """One index from published cells; without `replicates` errors are taken as independent."""
    names = {(c.indicator, c.item): c.name for c in index.components}
    whole: dict[str, dict[str, Value]] = {TOTAL: {}}
    strata: dict[str, dict[str, Value]] = {}
    for cell in cells:
        name = names.get((cell.indicator, cell.item))
        if name is None or {cell.sex, cell.age, cell.subgroup} != {TOTAL}:
            continue
        if cell.stratum != TOTAL:  # there, also where all that is asked for is hidden
            known = strata.setdefault(cell.stratum, {})
        elif cell.ref_area == TOTAL:
            known = whole[TOTAL]
        else:
            continue
        if cell.obs_value is not None and cell.bound is None:  # shown, and no limit
            known[name] = Value(cell.obs_value, cell.standard_error)
    return Scored(
        evaluate(index, whole, seed=seed, replicates=replicates),
        evaluate(index, dict(sorted(strata.items())), seed=seed, replicates=replicates),
    )


def _wanted(answered: Mapping[str, tuple[Definition, Frame]]) -> list[Wanted]:
    components = {c.name: c for index in shipped() for c in index.components}
    found = []
    for name, component in sorted(components.items()):
        if component.indicator in answered:
            definition, frame = answered[component.indicator]
            of_item = dict(definition.by_item()).get(component.item)
            if of_item is not None:
                found.append(Wanted(name, of_item, frame))
    return found


def _area(stored: Mapping[str, Any]) -> AreaResult:
    def pairs(name: str) -> dict[str, tuple[Any, Any]] | None:
        found = stored[name]
        return None if found is None else {k: (a, b) for k, (a, b) in found.items()}

    return AreaResult(
        **{
            **stored,
            "sides": pairs("sides") or {},
            "ties": tuple(stored["ties"]),
            "missing": tuple(stored["missing"]),
            "lacking": tuple(stored["lacking"]),
            "possible": tuple(stored["possible"]) if stored["possible"] else None,
            "sensitivity": pairs("sensitivity"),
            "spread": pairs("spread"),
        }
    )
