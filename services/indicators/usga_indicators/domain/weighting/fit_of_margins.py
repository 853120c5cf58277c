"""A population margin beside the form: questions and categories that it names, and lacks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from usga_indicators.domain.weighting.refusals import WeightFinding

#: Answers that say why there is none: nobody of a population is counted under them.
RESERVED = frozenset({"dk", "ref", "na"})
_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Fit:
    """What stops a margin, and what may stop the weights that are made with it."""

    errors: tuple[WeightFinding, ...] = ()
    warnings: tuple[WeightFinding, ...] = ()


#: Categories of each variable that a margin may be made of; None where no list closes them.
Levels = Mapping[str, tuple[str, ...] | None]


def fit_of(variables: Sequence[str], keys: Sequence[tuple[str, ...]], levels: Levels) -> Fit:
    """Hold a margin of `keys` against the form; places are pointers into the margin.

    An unknown name or category is an error. A category that the margin does not count is a
    warning: interviews may have it, and then weights cannot be made.
    """
    errors = [
        WeightFinding(
            f"/variables/{at}",
            "unknown-variable",
            f"a margin cannot be made of {name}",
            f"one of {', '.join(sorted(levels))}",
        )
        for at, name in enumerate(variables)
        if name not in levels
    ]
    warnings: list[WeightFinding] = []
    for column, name in enumerate(variables):
        known = levels.get(name)
        if known is None:
            continue
        named = {key[column] for key in keys if len(key) > column}
        errors += _unknown(name, column, keys, known)
        lacking = [each for each in known if each not in named]
        if lacking:
            warnings.append(
                WeightFinding(
                    f"/variables/{column}",
                    "margin-lacks-category",
                    f"the margin does not count {_listed(lacking)} of {name}",
                    "interviews of a category that is not counted cannot be weighed: count it, "
                    "0 where there is nobody",
                )
            )
    return Fit(tuple(errors), tuple(warnings))


def _unknown(
    name: str, column: int, keys: Sequence[tuple[str, ...]], known: tuple[str, ...]
) -> list[WeightFinding]:
    """Each category that the form does not have, once, at the first cell that names it."""
    first: dict[str, int] = {}
    for at, key in enumerate(keys):
        if len(key) > column and key[column] not in known:
            first.setdefault(key[column], at)
    return [
        WeightFinding(
            f"/cells/{at}/categories/{column}",
            "unknown-category",
            f"{name} has no category {category}",
            f"one of {_listed(known)}",
        )
        for category, at in first.items()
    ]


def _listed(names: Sequence[str]) -> str:
    more = "" if len(names) <= _SHOWN else ", …"
    return ", ".join(names[:_SHOWN]) + more
