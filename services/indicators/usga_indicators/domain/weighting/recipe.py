"""How weights are made: the steps in their order. A recipe is data, and has a digest."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Of(StrEnum):
    """Which weights a step changes."""

    PERSON = "person"
    HOUSEHOLD = "household"

    @classmethod
    def both(cls) -> tuple["Of", ...]:
        return (cls.PERSON, cls.HOUSEHOLD)


class Unknown(StrEnum):
    """How cases of unknown eligibility count."""

    PROPORTIONAL = "proportional"
    ELIGIBLE = "eligible"
    NOT_ELIGIBLE = "not_eligible"


@dataclass(frozen=True, slots=True)
class NonResponse:
    """Respondents of a class stand for its eligible non-respondents."""

    by: tuple[str, ...]
    unknown: Unknown = Unknown.PROPORTIONAL
    of: tuple[Of, ...] = (Of.PERSON, Of.HOUSEHOLD)


@dataclass(frozen=True, slots=True)
class Trim:
    """Cut weights, by class, to multiples of its median or to fixed bounds."""

    by: tuple[str, ...] = ()
    upper_median: float | None = None
    lower_median: float | None = None
    upper: float | None = None
    lower: float | None = None
    of: tuple[Of, ...] = (Of.PERSON, Of.HOUSEHOLD)

    @property
    def is_bounded(self) -> bool:
        """Whether there is anything to cut by."""
        bounds = (self.upper_median, self.lower_median, self.upper, self.lower)
        return any(bound is not None for bound in bounds)


@dataclass(frozen=True, slots=True)
class Rake:
    """Meet several population margins at once; one margin is post-stratification."""

    margins: tuple[str, ...]
    missing: str = "refuse"
    of: tuple[Of, ...] = (Of.PERSON,)


@dataclass(frozen=True, slots=True)
class Calibrate:
    """Meet margins by the generalised regression distances of Deville and Särndal (1992)."""

    margins: tuple[str, ...]
    distance: str = "linear"
    bounds: tuple[float, float] | None = None
    missing: str = "refuse"
    of: tuple[Of, ...] = (Of.PERSON,)


Step = NonResponse | Trim | Rake | Calibrate
KINDS: Mapping[type, str] = {
    NonResponse: "nonresponse", Trim: "trim", Rake: "rake", Calibrate: "calibrate"
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Recipe:
    """Base weights 1/(pi1 pi2 pi3), then each step on what the one before gave."""

    steps: tuple[Step, ...] = field(default=())

    def plain(self) -> list[dict[str, Any]]:
        """As JSON holds it."""
        return [plain_step(step) for step in self.steps]

    def digest(self) -> str:
        """SHA-256 of the recipe, whatever the order of its fields."""
        return digest_of(self.plain())

    @property
    def margins(self) -> tuple[str, ...]:
        """Names of all margins that a step meets, each once."""
        named = [m for s in self.steps if isinstance(s, Rake | Calibrate) for m in s.margins]
        return tuple(dict.fromkeys(named))

    @property
    def needs_cases(self) -> bool:
        """Whether outcomes of cases that gave no interview are needed."""
        return any(isinstance(step, NonResponse) for step in self.steps)


def plain_step(step: Step) -> dict[str, Any]:
    """A step as JSON holds it."""
    fields = {name: getattr(step, name) for name in step.__slots__}
    listed = {k: list(v) if isinstance(v, tuple) else v for k, v in fields.items()}
    return {"kind": KINDS[type(step)], **listed}


def digest_of(content: Any) -> str:
    """SHA-256 of JSON with sorted keys and no blanks."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def recipe_of(plain: Sequence[Mapping[str, Any]]) -> Recipe:
    """A recipe from what `Recipe.plain` gave."""
    return Recipe(tuple(_step(each) for each in plain))


def _step(plain: Mapping[str, Any]) -> Step:
    given: dict[str, Any] = {
        k: tuple(v) if isinstance(v, list) else v for k, v in plain.items() if k != "kind"
    }
    if "of" in given:
        given["of"] = tuple(Of(each) for each in given["of"])
    match plain["kind"]:
        case "nonresponse":
            given["unknown"] = Unknown(given.get("unknown", Unknown.PROPORTIONAL))
            return NonResponse(**given)
        case "trim":
            return Trim(**given)
        case "rake":
            return Rake(**given)
        case _:
            return Calibrate(**given)
