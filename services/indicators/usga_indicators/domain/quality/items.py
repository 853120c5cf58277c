"""Which questions of a form tell how it was asked: one rating grid, categories, the age."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from usga_indicators.domain.codebook import Codebook
from usga_indicators.domain.codebook.codebook import Variable
from usga_indicators.domain.quality.records import FloatArray, IntArray

_NO_ANSWER = frozenset({"dk", "ref", "na"})
#: A rating scale has at least so many steps, a grid so many questions (domain dossier 3.9).
_STEPS = 4
_GRID = 6
_MOST = 200
_AGE = "age"


@dataclass(frozen=True, slots=True)
class Items:
    """Open questions outside repeats. `scale` share the choices `steps`, in their order."""

    scale: tuple[str, ...]
    steps: tuple[str, ...]
    categories: tuple[str, ...]
    age: str | None

    @classmethod
    def of(cls, codebook: Codebook) -> "Items":
        """The largest grid of a form; every other single choice is a category."""
        single = [v for v in codebook.variables.values() if _is_open(v) and v.choices]
        grids: dict[tuple[str, ...], list[str]] = {}
        for variable in single:
            grids.setdefault(_real(variable), []).append(variable.name)
        fit = [(len(n), s) for s, n in grids.items() if len(s) >= _STEPS and len(n) >= _GRID]
        steps = max(fit)[1] if fit else ()
        scale = tuple(grids.get(steps, ())) if steps else ()
        others = tuple(v.name for v in single if v.name not in scale)[:_MOST]
        age = codebook.variables.get(_AGE)
        numeric = age is not None and age.is_numeric and age.field_class == "open"
        return cls(scale, steps, others, _AGE if numeric else None)

    @property
    def variables(self) -> list[str]:
        """What is to be asked for."""
        return [*self.scale, *self.categories, *((self.age,) if self.age else ())]

    def ratings(self, answers: Sequence[Mapping[str, object]]) -> FloatArray:
        """Interviews by scale items, 0 for the first step; NaN where nothing was chosen.

        Without a grid two empty columns.
        """
        place = {step: float(at) for at, step in enumerate(self.steps)}
        names = self.scale or ("", "")
        rows = [[place.get(str(a.get(n, "")), np.nan) for n in names] for a in answers]
        return np.array(rows, dtype=np.float64).reshape(len(answers), len(names))

    def choices(self, answers: Sequence[Mapping[str, object]]) -> IntArray:
        """Interviews by categories, as codes; -1 where nothing was chosen."""
        found = np.full((len(answers), len(self.categories)), -1, dtype=np.int64)
        for at, name in enumerate(self.categories):
            codes: dict[str, int] = {}
            for row, answer in enumerate(answers):
                value = answer.get(name)
                if isinstance(value, str) and value and value not in _NO_ANSWER:
                    found[row, at] = codes.setdefault(value, len(codes))
        return found

    def ages(self, answers: Sequence[Mapping[str, object]]) -> FloatArray:
        """Years; NaN where missing, refused or not known."""
        found = [_years(a.get(self.age or "")) for a in answers]
        return np.array(found, dtype=np.float64)


def _is_open(variable: Variable) -> bool:
    return (
        variable.type == "select_one"
        and variable.repeat is None
        and variable.field_class == "open"
        and not variable.is_s3
    )


def _real(variable: Variable) -> tuple[str, ...]:
    return tuple(choice for choice in variable.choices if choice not in _NO_ANSWER)


def _years(value: object) -> float:
    try:
        years = float(value) if isinstance(value, int | float | str) else float("nan")
    except ValueError:
        return float("nan")
    return years if 0 <= years <= 130 else float("nan")  # noqa: PLR2004 - -98 and -99 are no age
