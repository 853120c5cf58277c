"""How synthetic respondents tend to answer: weights of choices, by variable or by list."""

import math
import random
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

NON_SUBSTANTIVE = {"dk": 0.015, "ref": 0.01, "na": 0.003}
"""How often reserved answers are given where they are on offer."""

_EXCLUSIVE = "none"


@dataclass(frozen=True, slots=True)
class Habits:
    """Tendencies of a synthetic population; everything not named gets mild defaults.

    `choices` maps a variable (or `list:<name>`) to weights of its choices; `numbers` maps a
    variable to (low, high) of a triangular draw towards low; `none` maps a select_multiple to the
    probability that it is answered `none`. `spread` is the standard deviation of the effect that
    people of one cluster share, in log-odds: it gives the data a design effect.
    """

    choices: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    numbers: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    none: Mapping[str, float] = field(default_factory=dict)
    spread: float = 0.35

    @classmethod
    def read(cls, source: Path) -> "Habits":
        """Read habits from a TOML file with the tables `choices`, `numbers` and `none`."""
        given = tomllib.loads(source.read_text("utf-8"))
        return cls(
            choices=given.get("choices", {}),
            numbers={name: (low, high) for name, (low, high) in given.get("numbers", {}).items()},
            none=given.get("none", {}),
            spread=given.get("spread", 0.35),
        )

    def weights(
        self, variable: str, choice_list: str | None, names: Sequence[str], shift: float
    ) -> list[float]:
        """Weights of the choices on offer; `shift` moves them along the order of the list."""
        known = self.choices.get(variable) or self.choices.get(f"list:{choice_list}") or {}
        substantive = [n for n in names if n not in NON_SUBSTANTIVE]
        last = max(len(substantive) - 1, 1)
        found: list[float] = []
        for name in names:
            if name in NON_SUBSTANTIVE:
                found.append(known.get(name, NON_SUBSTANTIVE[name]))
                continue
            slope = 1 - 2 * substantive.index(name) / last
            found.append(known.get(name, 1.0 if not known else 0.02) * math.exp(shift * slope))
        return found

    def pick(
        self,
        variable: str,
        choice_list: str | None,
        names: Sequence[str],
        shift: float,
        rng: random.Random,
    ) -> str:
        """One choice."""
        return rng.choices(names, self.weights(variable, choice_list, names, shift))[0]

    def pick_several(
        self,
        variable: str,
        choice_list: str | None,
        names: Sequence[str],
        shift: float,
        rng: random.Random,
    ) -> str:
        """Some choices as blank-separated text, in the order of the list; exclusive ones alone."""
        if _EXCLUSIVE in names and rng.random() < self.none.get(variable, 0.5):
            return _EXCLUSIVE
        alone = [n for n in names if n in NON_SUBSTANTIVE]
        if alone and rng.random() < sum(NON_SUBSTANTIVE[n] for n in alone):
            return rng.choice(alone)
        open_to = [n for n in names if n not in NON_SUBSTANTIVE and n != _EXCLUSIVE]
        if not open_to:
            return names[0]
        weights = self.weights(variable, choice_list, open_to, shift)
        chosen = set(rng.choices(open_to, weights, k=rng.choice((1, 1, 2, 3))))
        return " ".join(name for name in open_to if name in chosen)


def cluster_shift(seed: int, cluster: str, variable: str, spread: float) -> float:
    """The effect that everybody of a cluster shares on one variable; the same in every run."""
    return random.Random(f"{seed}/{cluster}/{variable}").gauss(0, spread)  # noqa: S311
