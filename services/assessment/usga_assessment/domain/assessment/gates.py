"""What must be in place before an assessment moves on (domain dossier 1.2; E-05, E-11, Q-05).

Each condition has a code; its words are in the message catalogue under `precondition.<code>`.
docs/states.md says the same for readers.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from usga_assessment.domain.assessment.assessment import Assessment
from usga_assessment.domain.assessment.states import ORDER, State

LEAST_LANGUAGES = 2
MOST_REFERRALS_MISSING = 0.02  # E-05: `refer_given` missing in at most 2 % of interviews


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Interviews, and how many of them lack something."""

    interviews: int
    missing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the service knows of an assessment at the moment of the question."""

    today: date
    records: Mapping[str, Mapping[str, Any]]
    """The holding revision of each record, by kind."""
    areas: int = 0
    instruments: int = 0
    """Instrument versions that are not retired."""
    complete_languages: int = 0
    """Languages in which a published instrument is complete; the most of any."""
    cases: int = 0
    devices: int = 0
    """Enrolled devices of certified interviewers, not revoked."""
    interviews: int = 0
    """Kept production interviews, or cases that ended in one."""
    referrals: Coverage | None = None
    """Complete interviews without `refer_given`, counted; None where no form asks for it."""


Condition = Callable[[Assessment, Facts], bool]


def _recorded(kind: str) -> Condition:
    return lambda _assessment, facts: kind in facts.records


def _in_force(kind: str) -> Condition:
    """Recorded, and not expired where the record names a last day."""

    def holds(_assessment: Assessment, facts: Facts) -> bool:
        record = facts.records.get(kind)
        if record is None:
            return False
        expires = record.get("expires_on")
        return expires is None or date.fromisoformat(expires) >= facts.today

    return holds


def _referrals_given(_assessment: Assessment, facts: Facts) -> bool:
    """What was counted decides; the record speaks only where nothing can be counted."""
    coverage, record = facts.referrals, facts.records.get("referral_coverage")
    if coverage is None and record is not None:
        coverage = Coverage(interviews=record["interviews"], missing=record["missing"])
    if coverage is None:
        return False
    return coverage.missing <= MOST_REFERRALS_MISSING * coverage.interviews


GATES: dict[State, dict[str, Condition]] = {
    State.SCOPED: {
        "mandate": _recorded("mandate"),
        "areas": lambda _a, facts: facts.areas > 0,
    },
    State.APPROVED: {
        "controller": _recorded("controller"),
        "themes": _recorded("themes"),
    },
    State.PILOTING: {
        "ethics": _in_force("ethics"),
        "dpia": _recorded("dpia"),
        "instrument": lambda _a, facts: facts.instruments > 0,
    },
    State.COLLECTING: {
        "ethics": _in_force("ethics"),
        "dpia": _recorded("dpia"),
        "referral_directory": _recorded("referral_directory"),
        "controller": _recorded("controller"),
        "pilot": lambda a, facts: a.variant == "rapid" or "pilot" in facts.records,
        "sample": lambda a, facts: facts.cases > 0 or not a.probability_sample,
        "languages": lambda _a, facts: facts.complete_languages >= LEAST_LANGUAGES,
        "devices": lambda _a, facts: facts.devices > 0,
    },
    State.PROCESSING: {
        "fieldwork_dates": lambda a, _f: None not in (a.fieldwork_from, a.fieldwork_to),
        "interviews": lambda _a, facts: facts.interviews > 0,
    },
    State.ANALYSING: {"processing": _recorded("processing")},
    State.VALIDATING: {"release": _recorded("release")},
    State.PUBLISHED: {
        "validation": _recorded("validation"),
        "referral_coverage": _referrals_given,
    },
    State.MONITORING: {"action_plan": _recorded("action_plan")},
    State.ARCHIVED: {"retention": _recorded("retention")},
}


def missing_for(assessment: Assessment, to: State, facts: Facts) -> list[str]:
    """The codes of all that is missing on the way to a later state, each once, in order.

    The next state needs its own gate; a state further on needs every gate before it too.
    """
    way = ORDER[ORDER.index(assessment.state) + 1 : ORDER.index(to) + 1]
    codes: dict[str, None] = {}
    for state in way:
        for code, holds in GATES[state].items():
            if not holds(assessment, facts):
                codes[code] = None
    return list(codes)
