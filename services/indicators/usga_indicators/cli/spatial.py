"""`usga-indicators spatial`: spatial autocorrelation of values on areas.

Exit codes: 0 every case is computed (where there is no case standard error says so), 1 at least
one was refused (it says where it is wrong), 2 a file could not be read or written.
"""

import argparse
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from usga_indicators.cli.inputs import (
    InputError,
    Unreadable,
    integer,
    integers,
    listed,
    member,
    number,
    numbers,
    optional,
    reject_unless,
    run_cases,
    word,
    write_outcomes,
)
from usga_indicators.domain.spatial import (
    LEAST_PLACES,
    MAX_LINKS,
    Because,
    TooManyNeighbours,
    Undefined,
    Weights,
    describe,
    distance_band,
    grid,
    nearest,
    permuted,
    unitless,
)

#: Places of one case, neighbours of one place, permutations, values times permutations.
MAX_PLACES, MAX_NEIGHBOURS = 50_000, 10_000
MAX_PERMUTATIONS, MAX_DRAWS = 99_999, 200_000_000
_SEEDS = 2**63 - 1
_UNDEFINED = {
    Because.TOO_FEW: ("y", "has too few values", "input-invalid"),
    Because.CONSTANT: ("y", "has no spread", "constant"),
    Because.ALONE: ("neighbours", "nobody has a neighbour", "islands"),
}


def add(subparsers: Any) -> None:
    """Add the sub-command."""
    parser = subparsers.add_parser(
        "spatial", help="Moran's I, Geary's C, G, local Moran, Gi and Gi* by case"
    )
    parser.add_argument("cases", type=Path, help="cases.json: an object with `cases`, or a list")
    parser.add_argument("-o", "--output", type=Path, required=True, help="results, JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Compute every case; one that is wrong says so and does not stop the others."""
    try:
        outcome = run_cases(arguments.cases, statistics)
        write_outcomes("spatial", arguments.output, outcome.results, outcome.findings)
    except Unreadable as error:
        sys.stderr.write(f"usga-indicators spatial: {error}\n")
        return 2
    sys.stdout.write(f"{len(outcome.results)} cases, {len(outcome.findings)} refused\n")
    return outcome.exit_code


def statistics(case: Mapping[str, Any]) -> dict[str, Any]:
    """All statistics of one case. Raises InputError."""
    y = np.array(numbers(member(case, "y"), "y", most_entries=MAX_PLACES))
    reject_unless(len(y) >= LEAST_PLACES, "y", f"has {len(y)} values, not {LEAST_PLACES} or more")
    weights = _weights(case, len(y))
    islands = weights.islands
    try:
        found = describe(y, weights)
    except Undefined as error:
        place, message, code = _UNDEFINED[error.because]
        raise InputError(place, message, code=code) from None
    _check_islands(case, islands)
    g = found.general_g
    return {
        "moran": asdict(found.moran),
        "geary": asdict(found.geary),
        "local_moran": found.local.values.tolist(),
        "quadrant": found.local.quadrant.tolist(),
        "gi_star_z": found.gi_star.tolist(),
        "gi_z": None if found.gi is None else found.gi.tolist(),
        "general_G": None if g is None else asdict(g),
        "islands": islands,
        **_permuted(case, unitless(y), weights),
    }


def _permuted(case: Mapping[str, Any], y: Any, weights: Weights) -> dict[str, Any]:
    asked = integer(
        optional(case, "permutations", 0), "permutations", least=0, most=MAX_PERMUTATIONS
    )
    if not asked:
        return {}
    draws = asked * len(y) * int(weights.degree.max())
    reject_unless(draws <= MAX_DRAWS, "permutations", f"would draw more than {MAX_DRAWS} values")
    seed = integer(member(case, "seed"), "seed", least=0, most=_SEEDS)
    found = permuted(y, weights, permutations=asked, seed=seed)
    return {"moran_p_sim": found.overall, "local_p_sim": found.local.tolist()}


def _weights(case: Mapping[str, Any], size: int) -> Weights:
    if case.get("neighbours") is not None:
        return Weights.of(_neighbours(case["neighbours"], size), size)
    asked = member(case, "weights")
    kind = word(member(asked, "kind", place="weights"), "weights.kind", {"grid", "knn", "band"})
    xy = _coordinates(member(case, "xy"), size)
    try:
        return _of_kind(kind, asked, xy)
    except TooManyNeighbours as error:
        raise InputError("weights", str(error), code="too-many") from None


def _of_kind(kind: str, asked: Mapping[str, Any], xy: Any) -> Weights:
    if kind == "grid":
        return grid(xy)
    if kind == "knn":
        k, most = member(asked, "k", place="weights"), min(len(xy) - 1, MAX_NEIGHBOURS)
        return nearest(xy, integer(k, "weights.k", least=1, most=most))
    threshold = member(asked, "threshold", place="weights")
    return distance_band(xy, number(threshold, "weights.threshold", least=0))


def _neighbours(value: Any, size: int) -> dict[int, list[int]]:
    reject_unless(isinstance(value, Mapping), "neighbours", "must be an object")
    found: dict[int, list[int]] = {}
    links = 0
    for key, entries in value.items():
        here = f"neighbours.{key}"
        known = key.isascii() and key.isdigit() and len(key) < 10 and int(key) < size  # noqa: PLR2004
        reject_unless(known, here, f"is no place from 0 to {size - 1}", code="unknown")
        place = int(key)
        reject_unless(place not in found, here, "is there twice", code="duplicate")
        ids = integers(entries, here, least=0, most=size - 1, most_entries=MAX_NEIGHBOURS)
        reject_unless(place not in ids, here, "names the place itself")
        reject_unless(len(set(ids)) == len(ids), here, "names a neighbour twice", code="duplicate")
        found[place] = ids
        links += len(ids)
        reject_unless(links <= MAX_LINKS, "neighbours", f"has more than {MAX_LINKS} links")
    return found


def _coordinates(value: Any, size: int) -> Any:
    rows = listed(value, "xy", least=size, most=size)
    return np.array(
        [
            [number(v, f"xy[{at}][{axis}]") for axis, v in enumerate(_pair(row, at))]
            for at, row in enumerate(rows)
        ]
    )


def _pair(row: Any, at: int) -> list[Any]:
    return listed(row, f"xy[{at}]", least=2, most=2)


def _check_islands(case: Mapping[str, Any], found: list[int]) -> None:
    said = case.get("islands")
    if said is None:
        return
    places = integers(said, "islands", least=0, most=MAX_PLACES, most_entries=MAX_PLACES)
    if sorted(places) != found:
        raise InputError("islands", "are not the places without neighbours")
