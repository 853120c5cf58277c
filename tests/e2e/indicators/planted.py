"""What is planted into the first part of fieldwork: one hasty interviewer, one long series."""

from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any

from tests.e2e.indicators.city import FIRST, City

HASTY = 4
"""The tablet whose interviewer makes most of it up."""
GRID = (
    "hs_access", "hs_afford", "hs_facil", "hs_equal", "hs_court",
    "gs_access", "gs_afford", "gs_simple", "gs_equal", "gs_time",
)  # fmt: skip
_OWN = ("psu_code", "stratum", "psu", "structure_no", "hh_serial", "withdraw_code", "settlement")


class Hasty:
    """Six minutes an interview, ages in fives, one answer to a whole grid, from the cafe."""

    def __init__(self, cafe: tuple[float, float]) -> None:
        self._cafe = cafe
        self._made: dict[int, dict[str, Any]] = {}
        self._number = 0

    def __call__(self, draft: dict[str, Any]) -> None:
        """Change a draft as this interviewer would have made it."""
        self._number += 1
        answers = draft["answers"]
        copied = self._made.get(answers["n_elig"])
        if copied is not None and self._number % 3 == 0:
            own = {name: answers[name] for name in _OWN if name in answers}
            answers = draft["answers"] = {**deepcopy(copied), **own}
        self._made.setdefault(answers["n_elig"], answers)
        started = datetime.fromisoformat(draft["started_at"])
        draft["ended_at"] = (started + timedelta(minutes=6)).isoformat()
        answers["start"], answers["end"] = draft["started_at"], draft["ended_at"]
        answers["age"] += -answers["age"] % 5  # upwards: nobody lives there longer than at all
        for name in GRID:
            if answers.get(name):
                answers[name] = "a"
        if answers.get("loc"):
            answers["loc"] = f"{self._cafe[0]:.6f} {self._cafe[1] + 1e-5 * self._number:.6f} 0 5"


def interview_first_part(city: City) -> None:
    """Everybody of the first part; all are kept."""
    everybody = city.answering(0, FIRST)
    mine = [h for h in everybody if city.tablet_of(h) == HASTY]
    cafe = Hasty(city.scene.villages[0].centre)
    assert city.interview(mine, cafe) == {"stored": len(mine)}
    others = [h for h in everybody if h not in mine]
    assert city.interview(others, robbed_often) == {"stored": len(others)}


def robbed_often(draft: dict[str, Any]) -> None:
    """Who was robbed was robbed every other week."""
    for row in draft["answers"].get("inc", []):
        if row["inc_type"] == "rob":
            row["inc_n"] = 26
