"""What a composite index is made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


class Aggregation(StrEnum):
    """How pillars become one score; components inside a pillar are always averaged."""

    GEOMETRIC = "geometric"
    ARITHMETIC = "arithmetic"
    AMPI = "ampi"  # punishes imbalance between pillars


class Side(StrEnum):
    """What a component does to its pillar; pillars with both sides are balances."""

    ADDS = "resilience"
    TAKES = "risk"


@dataclass(frozen=True, slots=True)
class Component:
    """An indicator, or one category of it, with fixed goalposts.

    `reversed_`: less of it counts as more. `side` is `TAKES` for what a balance takes off.
    """

    indicator: str
    item: str
    low: float
    high: float
    reversed_: bool
    side: Side = Side.ADDS

    @property
    def name(self) -> str:
        return self.indicator if self.item == "_T" else f"{self.indicator}.{self.item}"


@dataclass(frozen=True, slots=True)
class Pillar:
    """Components that compensate one another partly; of a balance, one level."""

    code: str
    title: Mapping[str, str]
    components: tuple[Component, ...]


@dataclass(frozen=True, slots=True)
class Index:
    """Pillars, and how much of them must be known: no value is imputed across areas.

    `direction` is "-" where a high score is bad. A `balance` is what its components of one side
    are more than those of the other, -100 to 100, level by level. `alpha_of` is the indicator
    whose parts must agree (Cronbach's alpha of at least `alpha_needs`) for the score to be read.
    """

    code: str
    version: str
    title: Mapping[str, str]
    pillars: tuple[Pillar, ...]
    floor: float
    pillar_needs: float
    index_needs: int
    aggregation: Aggregation = Aggregation.GEOMETRIC
    direction: str = "+"
    balance: bool = False
    description: Mapping[str, str] = field(default_factory=dict)
    alpha_of: str | None = None
    alpha_needs: float = 0.0

    @property
    def sides(self) -> NDArray[np.bool_]:
        """Which components are taken off."""
        return np.array([c.side is Side.TAKES for c in self.components], dtype=np.bool_)

    @property
    def components(self) -> tuple[Component, ...]:
        """All components in the order of pillars."""
        return tuple(c for pillar in self.pillars for c in pillar.components)

    def pillar_of(self) -> NDArray[np.int64]:
        """The place of the pillar of each component."""
        return np.array(
            [place for place, pillar in enumerate(self.pillars) for _ in pillar.components],
            dtype=np.int64,
        )


def read_index(text: str) -> Index:
    """Read a YAML document. Raises KeyError or ValueError for what is no index."""
    data = yaml.safe_load(text)
    return Index(
        code=str(data["code"]),
        version=str(data["version"]),
        title=dict(data["title"]),
        pillars=tuple(
            Pillar(str(p["code"]), dict(p["title"]), tuple(_component(c) for c in p["indicators"]))
            for p in data["pillars"]
        ),
        floor=float(data["floor"]),
        pillar_needs=float(data["pillar_needs"]),
        index_needs=int(data["index_needs"]),
        aggregation=Aggregation(data.get("aggregation", "geometric")),
        direction=_direction(data.get("direction", "+"), str(data["code"])),
        balance=bool(data.get("balance", False)),
        description=dict(data.get("description", {})),
        alpha_of=data.get("alpha", {}).get("indicator"),
        alpha_needs=float(data.get("alpha", {}).get("needs", 0.0)),
    )


def _component(data: Mapping[str, Any]) -> Component:
    low, high = float(data["low"]), float(data["high"])
    if not low < high:
        raise ValueError(f"{data['indicator']}: goalposts rise, and a direction is + or -")
    return Component(
        str(data["indicator"]),
        str(data.get("item", "_T")),
        low,
        high,
        reversed_=_direction(data["direction"], str(data["indicator"])) == "-",
        side=Side(data.get("side", Side.ADDS)),
    )


def _direction(text: str, of: str) -> str:
    if text not in {"+", "-"}:
        raise ValueError(f"{of}: goalposts rise, and a direction is + or -")
    return text


@lru_cache(maxsize=1)
def shipped() -> tuple[Index, ...]:
    """The indices that ship with the service, by code."""
    folder = files("usga_indicators.indices")
    found = [
        read_index(source.read_text("utf-8"))
        for source in folder.iterdir()
        if source.name.endswith(".yaml")
    ]
    return tuple(sorted(found, key=lambda index: index.code))
