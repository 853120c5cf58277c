"""Where a calculation gave one value on the tablet and another here: both, side by side.

Neither is wrong: engines on tablets lawfully differ where the specification is silent. What the
tablet sent is what is kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from usga_expressions.environment import Environment
from usga_expressions.instrument import Instrument, Interview

from usga_assessment.domain.submission.places import place_of
from usga_assessment.domain.submission.unconsented import Place

DIFFERS = "calculate-differs"


@dataclass(frozen=True, slots=True)
class Difference:
    """One calculation with the value that was sent and the value computed here."""

    place: Place
    sent: str
    computed: str


def differences(
    instrument: Instrument, answers: Mapping[str, Any], environment: Environment
) -> list[Difference]:
    """Recompute an interview; computed values as text, as expressions see them."""
    interview = Interview(instrument.plan, environment)
    interview.fill(answers)
    interview.settle()
    places = [place_of(f.pointer) for f in interview.findings if f.code == DIFFERS]
    return [
        Difference(place, str(_sent(answers, place)), _computed(interview, place))
        for place in places
    ]


def _sent(answers: Any, place: Place) -> Any:
    for step in place:
        answers = answers[step]
    return answers


def _computed(interview: Interview, place: Place) -> str:
    scope = interview.root
    for name, index in zip(place[:-1:2], place[1:-1:2], strict=True):
        repeat = next(d for d in scope.d.inside if d.name == name)
        scope = scope.c[repeat.slot][int(index)]
    question = next(d for d in scope.d.inside if d.name == place[-1])
    return str(scope.t[question.slot])
