"""Which variables an extract holds: those that definitions use, and no others."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

from usga_indicators.domain.codebook.codebook import Codebook, Variable

EDITION = 3
"""Raised when the tables get another shape: older extracts are then made anew."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The variables of an instrument's extract."""

    instrument: str
    variables: tuple[Variable, ...]

    @classmethod
    def of(cls, codebook: Codebook, names: Iterable[str]) -> "Layout":
        """The variables among `names` that the instrument has, sorted."""
        known = sorted({n for n in names if n in codebook})
        return cls(codebook.instrument, tuple(codebook[n] for n in known))

    def of_table(self, repeat: str | None, *, s3: bool) -> tuple[Variable, ...]:
        """The variables of one file of the extract."""
        return tuple(v for v in self.variables if v.repeat == repeat and v.is_s3 == s3)

    @property
    def repeats(self) -> tuple[str, ...]:
        return tuple(sorted({v.repeat for v in self.variables if v.repeat}))

    def asked(self, *, s3: bool) -> list[str]:
        """What to ask the assessment service for: variables, and repeats that hold them."""
        chosen = [v for v in self.variables if v.is_s3 == s3]
        return sorted({v.name for v in chosen} | {v.repeat for v in chosen if v.repeat})

    def digest(self) -> str:
        """Changes when the extract must be made anew."""
        shape = [[v.name, v.repeat, v.is_numeric, v.is_s3] for v in self.variables]
        content = json.dumps([self.instrument, shape, EDITION])
        return hashlib.sha256(content.encode()).hexdigest()
