"""From a case to a draft interview, as the collecting app does before finalising."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from usga_expressions.instrument import Instrument

from usga_tablet.respondent import Respondent, Situation

WILLING: Mapping[str, Any] = {
    "disp_final": "d1_1",
    "consent_hh": "yes",
    "hh_size": 4,
    "n_elig": 2,
    "sel_avail": "now",
    "consent": "yes",
    "dm_interrupt": "none",
}
"""Answers of a household that takes part, where the form has such questions."""


def make_draft(
    *,
    assessment: str,
    document: Mapping[str, Any],
    instrument: Instrument,
    respondent: Respondent,
    situation: Situation,
    case: str | None,
    language: str,
    lists: Mapping[str, Any] | None = None,
    purpose: str = "production",
) -> dict[str, Any]:
    """A draft with answers; `Outbox.finalise` gives it install, seq and salt."""
    answers = respondent.interview(instrument, situation, lists=lists)
    ended = situation.started + timedelta(minutes=situation.minutes)
    draft: dict[str, Any] = {
        "assessment": assessment,
        "instrument": document["name"],
        "version": document["version"],
        "purpose": purpose,
        "started_at": situation.started.isoformat(timespec="seconds"),
        "ended_at": ended.isoformat(timespec="seconds"),
        "language": language,
        "answers": answers,
        "paradata": {"synthetic": True},
    }
    if case is not None:
        draft["case"] = case
    return draft
