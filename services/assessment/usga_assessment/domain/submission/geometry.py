"""Lines and areas that are none (ODK XForms specification, geotrace and geoshape).

Whether each point is a point, with degrees in range, the instrument's own check says.
"""

from collections.abc import Mapping
from typing import Any

from usga_assessment.domain.submission.typed import Level, Typed, answers_of
from usga_assessment.domain.submission.unconsented import Place

GEOTRACE, GEOSHAPE = "geotrace", "geoshape"
TYPES = frozenset({GEOTRACE, GEOSHAPE})
TOO_FEW_POINTS, NOT_CLOSED = "too-few-points", "shape-not-closed"
_LEAST = {GEOTRACE: 2, GEOSHAPE: 4}
"""A line has two points; an area three corners, and the first of them once more at its end."""


def misshapen(answers: Mapping[str, Any], level: Level) -> list[tuple[Place, str]]:
    """The lines and areas that cannot be drawn, with the code of the reason."""
    judged = ((found.place, _judge(found)) for found in answers_of(answers, level))
    return [(place, code) for place, code in judged if code is not None]


def _judge(found: Typed) -> str | None:
    points = [part.split()[:2] for part in found.value.split(";") if part.strip()]
    try:
        corners = [(float(latitude), float(longitude)) for latitude, longitude in points]
    except ValueError:  # no point at all: a wrong type
        return None
    if found.type == GEOSHAPE and len(corners) > 1 and corners[0] != corners[-1]:
        return NOT_CLOSED
    return TOO_FEW_POINTS if len(corners) < _LEAST[found.type] else None
