"""Frames made of nothing: expressions run on them to show that they can run, and how far."""

from functools import lru_cache

import numpy as np

from usga_indicators.domain.codebook.codebook import Codebook, Variable
from usga_indicators.domain.codebook.column import FloatArray
from usga_indicators.domain.codebook.frame import Frame, frame_of
from usga_indicators.domain.codebook.raw import RawInterviews, RawRows, RawText
from usga_indicators.domain.codebook.skips import SkipRules

_NO_TEXT = RawText.of(())
_NOBODY = RawInterviews(0, _NO_TEXT, _NO_TEXT, _NO_TEXT, np.zeros(0), np.zeros(0), {})
_NO_RULES = SkipRules({}, frozenset())
_ROWS = 400
_SEED = 5110  # of the rule that it serves
_MOST = 9.0


def trial_frame(codebook: Codebook) -> Frame:
    """Every variable, no rows."""
    return frame_of(_NOBODY, codebook, tuple(codebook.variables), _NO_RULES)


class _Kept:
    """A codebook that stands for itself in a cache."""

    def __init__(self, codebook: Codebook) -> None:
        self.codebook = codebook
        self._key = tuple(
            (v.name, v.type, v.choices, v.repeat, v.sensitivity)
            for v in codebook.variables.values()
        )

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Kept) and self._key == other._key


def random_frame(codebook: Codebook) -> Frame:
    """Every variable with random answers of its own list, one row of each repeat a person."""
    return _random(_Kept(codebook))


@lru_cache(maxsize=16)
def _random(kept: _Kept) -> Frame:
    codebook, rng = kept.codebook, np.random.default_rng(_SEED)
    columns = {
        v.name: _answers(v, rng) for v in codebook.variables.values() if v.type != "calculate"
    }
    repeats = {
        repeat: RawRows(
            np.arange(_ROWS),
            {n: c for n, c in columns.items() if codebook[n].repeat == repeat},
        )
        for repeat in codebook.repeats()
    }
    one = RawText.of(["1"] * _ROWS)
    raw = RawInterviews(
        _ROWS, one, one, one, np.ones(_ROWS), np.ones(_ROWS),
        {n: c for n, c in columns.items() if codebook[n].repeat is None}, repeats,
    )  # fmt: skip
    return frame_of(raw, codebook, tuple(codebook.variables), _NO_RULES)


def _answers(variable: Variable, rng: np.random.Generator) -> RawText | FloatArray:
    if variable.is_numeric:
        return np.asarray(rng.integers(0, int(_MOST), _ROWS), dtype=np.float64)
    choices = variable.choices or ("a", "b")
    if not variable.is_multiple:
        return RawText.of([str(rng.choice(choices)) for _ in range(_ROWS)])
    most = min(3, len(choices))
    return RawText.of(
        [
            " ".join(rng.choice(choices, int(rng.integers(1, most + 1)), replace=False))
            for _ in range(_ROWS)
        ]
    )
