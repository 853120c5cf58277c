"""Without consent no answer of any shipped interview is kept (C-01), whatever its consent is called."""

from functools import cache
from typing import Any

import pytest
from usga_assessment.domain.catalogue.instruments import form_bytes
from usga_assessment.domain.submission.ethics import Ruling, Watch, rule, watch, without

from tests.support.forms import compiled

ANSWERS: dict[str, dict[str, Any]] = {
    "kii": {
        "ki_sector": "police", "ki_consent": "yes", "ki_record": "yes", "ki_sex": "female",
        "ki_top3": "theft", "ki_hot": [{"kh_problem": "theft"}], "ki_works": "patrols",
    },
    "fgd": {
        "fg_type": "women", "fg_n_f": 6, "fg_consent_all": "yes",
        "fg_rank": [{"fr_problem": "theft"}], "fg_when": "night", "fg_note": "they said",
    },
    "rap": {"rap_speak": "yes", "consent": "yes", "consent_sens": "yes", "em_food": "yes"},
    "hvs": {"stratum": "s01", "consent": "yes", "sex": "female", "inc": [{"inc_type": "rob"}]},
}  # fmt: skip
CONSENT = {"kii": "ki_consent", "fgd": "fg_consent_all", "rap": "consent", "hvs": "consent"}
BEFORE = {
    "kii": {"ki_sector"}, "fgd": {"fg_type", "fg_n_f"}, "rap": {"rap_speak", "consent_sens"},
    "hvs": {"stratum"},
}  # fmt: skip


@cache
def watching(name: str) -> Watch:
    document = compiled(form_bytes(name)).document
    assert document is not None
    return watch(document["nodes"])


def judged(name: str, **changes: Any) -> tuple[Ruling, dict[str, Any]]:
    answers = {k: v for k, v in {**ANSWERS[name], **changes}.items() if v is not ...}
    ruling = rule(answers, watching(name), age_floor=18)
    return ruling, without(answers, ruling.dropped)


@pytest.mark.parametrize("name", ANSWERS)
def test_with_consent_everything_stays(name: str) -> None:
    assert judged(name) == (Ruling((), ()), ANSWERS[name])


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("said", ["no", ..., "", "ref"])
def test_without_it_no_answer_stays_C01(name: str, said: Any) -> None:
    ruling, kept = judged(name, **{CONSENT[name]: said})
    assert ruling.code == "C-01"
    assert {k for k, v in kept.items() if v} - {CONSENT[name]} == BEFORE[name]


@pytest.mark.parametrize("name", ANSWERS)
def test_a_refusal_after_which_nothing_was_asked_breaks_nothing(name: str) -> None:
    answers = {n: ANSWERS[name][n] for n in BEFORE[name]} | {CONSENT[name]: "no"}
    assert rule(answers, watching(name), age_floor=18).codes == ()


@pytest.mark.parametrize("further", ["fg_consent_guard", "fg_assent"])
def test_a_group_of_the_young_needs_every_consent_that_was_asked(further: str) -> None:
    young = {"fg_age_min": 14, "fg_consent_guard": "yes", "fg_assent": "yes"}
    assert judged("fgd", **young)[0].codes == ()
    ruling, kept = judged("fgd", **{**young, further: "no"})
    assert ruling.code == "C-01"
    assert kept.keys().isdisjoint({"fg_rank", "fg_when", "fg_note"})
