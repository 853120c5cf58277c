"""What is wrong with weights, each finding with its place: nobody has to guess which class."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WeightFinding:
    """One thing that a statistician can mend; `place` is a JSON pointer into the recipe."""

    place: str
    code: str
    message: str
    hint: str | None = None


class WeightingRefused(ValueError):
    """A recipe that does not fit the sample; all that was found at this step."""

    def __init__(self, findings: Sequence[WeightFinding]) -> None:
        super().__init__("; ".join(f"{f.place}: {f.message}" for f in findings))
        self.findings = tuple(findings)


def refused(place: str, code: str, message: str, hint: str | None = None) -> WeightingRefused:
    """A refusal with one finding."""
    return WeightingRefused([WeightFinding(place, code, message, hint)])
