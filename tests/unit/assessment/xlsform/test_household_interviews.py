"""Interviews of the household instrument: valid by construction, gated, computed rightly."""

from typing import Any, ClassVar

import pytest
from usga_assessment.domain.catalogue.shorthand import ALPHABET, SCREENERS, is_withdrawal_code

from tests.unit.assessment.xlsform.household import (
    BY_NAME,
    GATES,
    INSTRUMENT,
    LISTS,
    NODES,
    NOW,
    REACHES_THE_GATE,
    S3,
    SEALED_BLOCK,
    Respondent,
)


class TestInterviews:
    def test_random_interviews_are_valid_and_reach_every_question(self) -> None:
        asked: set[str] = set()
        for seed in range(60):
            told = {**REACHES_THE_GATE, **(GATES if seed % 3 else {})}
            if seed % 10 == 0:
                told = {"consent_hh": "no", "assess_code": "KE-TEST-2026", "today": "2026-11-20"}
            if seed % 3 == 1:
                told |= {"pv_phys_5y": "yes", "pv_phys_12m": "gun"}
                told |= {"pv_rob_5y": "yes", "pv_rob_12m": "yes"}
            if seed % 7 == 1:  # rare by chance
                told |= {"dj_types": "work", "dj_mech": "none"}
            respondent = Respondent(seed, told)
            answers = respondent.interview()
            result = INSTRUMENT.check(answers, now=NOW, lists=LISTS)
            assert result.findings == ()
            asked |= set(respondent.asked)
        questions = {n["name"] for n in NODES if n["kind"] == "question" and not n["calculation"]}
        shown = {name for name in questions if "_about_" in name}  # one of many, by chance
        assert questions - shown - asked == set()
        assert {name.partition("_about_")[0] for name in shown & asked} == {"inc", "incp", "br"}

    @pytest.mark.parametrize(
        "closed",
        [
            {"consent_sens": "no"},
            {"priv_ok": "no", "priv_ok_i": "no", "priv_ok_j": "no"},
            {"dm_interrupt": "now"},
            {"dm_interrupt": "over", "dm_priv_again": "no"},
        ],
        ids=["no consent", "no privacy", "interrupted", "not private again"],
    )
    def test_s3_is_never_asked_with_the_gate_closed_E01_E04(self, closed: dict[str, str]) -> None:
        for seed in range(12):
            respondent = Respondent(seed, {**REACHES_THE_GATE, **GATES, **closed})
            answers = respondent.interview()
            assert S3.isdisjoint(respondent.asked)
            assert S3.isdisjoint(answers)

    def test_after_an_interruption_a_new_check_opens_the_gate_again_E04(self) -> None:
        told = {**REACHES_THE_GATE, **GATES, "dm_interrupt": "over", "dm_priv_again": "yes"}
        respondent = Respondent(1, told)
        respondent.interview()
        assert "pv_phys_5y" in respondent.asked

    def test_during_an_interruption_neutral_questions_are_shown_E04(self) -> None:
        respondent = Respondent(1, {**REACHES_THE_GATE, **GATES, "dm_interrupt": "now"})
        respondent.interview()
        assert {
            "dm_travel",
            "dm_stop_min",
            "dm_trips",
            "dm_shop",
            "dm_shop_min",
            "dm_shop_days",
        } <= set(respondent.asked)

    @pytest.mark.parametrize("protocol", ["prot_partner", "prot_child"])
    def test_protocols_are_off_until_approved_E09(self, protocol: str) -> None:
        respondent = Respondent(1, {**REACHES_THE_GATE, **GATES, protocol: "no"})
        respondent.interview()
        off = {
            "prot_partner": {"ipv_phys", "ipv_sex", "ipv_psy"},
            "prot_child": {"cd_acts", "sv_u18"},
        }
        assert off[protocol].isdisjoint(respondent.asked)
        assert BY_NAME[protocol]["default"] == "no"

    def test_nothing_sensitive_is_required_E02(self) -> None:
        assert [n["name"] for n in NODES if n["required"]] == []


class TestGeneratedExpressions:
    def answers(self, **told: Any) -> dict[str, Any]:
        return Respondent(7, {**REACHES_THE_GATE, **GATES, **told}).interview()

    @pytest.mark.parametrize(
        ("age", "band"),
        [
            (18, "18-24"),
            (24, "18-24"),
            (25, "25-34"),
            (34, "25-34"),
            (44, "35-44"),
            (54, "45-54"),
            (64, "55-64"),
            (65, "65+"),
            (110, "65+"),
            (-99, None),
        ],
    )
    def test_age_bands(self, age: int, band: str | None) -> None:
        assert self.answers(age=age).get("age_grp") == band

    def test_a_refused_age_does_not_open_the_question_for_the_young(self) -> None:
        assert "sv_u18" not in self.answers(age=-99)

    @pytest.mark.parametrize(
        ("worst", "expected"), [("some", "no"), ("lot", "yes"), ("cannot", "yes")]
    )
    def test_the_washington_group_cut_off(self, worst: str, expected: str) -> None:
        told = dict.fromkeys(("wg_see", "wg_hear", "wg_walk", "wg_cog", "wg_comm"), "none")
        assert self.answers(**told, wg_self=worst)["disab"] == expected

    ROBBED_AND_THREATENED: ClassVar[dict[str, str]] = dict.fromkeys(SCREENERS.values(), "no") | {
        "hv_burg_5y": "yes", "hv_burg_12m": "no", "hv_veh_own": "yes", "hv_veh_12m": "yes",
        "pv_rob_5y": "yes", "pv_rob_12m": "yes", "pv_theft_12m": "yes", "pv_thr_12m": "yes",
    }  # fmt: skip

    def test_the_loop_takes_three_kinds_violence_first(self) -> None:
        told = self.ROBBED_AND_THREATENED
        answers = self.answers(**told)
        assert answers["inc_list"] == "rob thr veh theft"
        assert [incident["inc_type"] for incident in answers["inc"]] == ["rob", "thr", "veh"]
        without = self.answers(**told | {"pv_rob_12m": "no"})
        assert [incident["inc_type"] for incident in without["inc"]] == ["thr", "veh", "theft"]
        assert "inc_inj" in answers["inc"][0]

    def test_no_act_in_the_period_is_no_incident(self) -> None:
        told = dict.fromkeys(SCREENERS.values(), "no") | {
            "hv_burg_5y": "no", "hv_veh_own": "no", "pv_rob_5y": "no", "pv_phys_5y": "yes", "pv_phys_12m": "none",
        }  # fmt: skip
        answers = self.answers(**told)
        assert "inc" not in answers
        assert not {"pv_phys_rel", *SEALED_BLOCK} & answers.keys()

    def test_the_drawn_official_is_one_that_was_named(self) -> None:
        answers = self.answers(br_contact="police land tax", br_gave="police tax")
        assert answers["br_sel"] in {"police", "tax"}
        assert str(answers["br_k"]) == "2"

    def test_exclusive_answers_stand_alone(self) -> None:
        answers = self.answers(avoid_12m="none")
        result = INSTRUMENT.check({**answers, "avoid_12m": "none market"}, now=NOW, lists=LISTS)
        assert [(f.code, f.pointer) for f in result.findings] == [("constraint", "/avoid_12m")]

    def test_the_month_of_an_event_lies_in_the_past_twelve(self) -> None:
        answers = self.answers(pv_theft_12m="yes")
        for month, valid in (
            ("2025-11-01", True),
            ("2025-10-31", False),
            ("2026-11-20", True),
            ("2026-11-21", False),
        ):
            answers["inc"][0]["inc_month"] = month
            assert INSTRUMENT.check(answers, now=NOW, lists=LISTS).valid is valid

    def test_follow_ups_offer_what_was_named_before(self) -> None:
        answers = self.answers(br_contact="police", br_gave="police", br_asked="none")
        result = INSTRUMENT.check({**answers, "br_asked": "judge"}, now=NOW, lists=LISTS)
        assert "/br_asked" in {f.pointer for f in result.findings}

    def test_the_reference_periods_follow_the_day_of_the_interview(self) -> None:
        answers = self.answers()
        assert [answers[f"ref_{p}"] for p in ("12m", "24m", "3y", "5y")] == [
            "11/2025",
            "11/2024",
            "11/2023",
            "11/2021",
        ]


class TestWithdrawalCode:
    def test_the_form_makes_codes_that_the_service_accepts(self) -> None:
        codes = {
            Respondent(seed, REACHES_THE_GATE).interview()["withdraw_code"] for seed in range(25)
        }
        assert len(codes) == 25
        assert all(is_withdrawal_code(code) for code in codes)

    def test_one_wrong_character_is_noticed(self) -> None:
        code = str(Respondent(3, REACHES_THE_GATE).interview()["withdraw_code"])
        wrong = [code[:i] + c + code[i + 1 :] for i in range(8) for c in ALPHABET if c != code[i]]
        assert not any(is_withdrawal_code(each) for each in wrong)

    @pytest.mark.parametrize("text", ["", "ABC", "ABCDEFGHJ", "abcdefgh", "OOOOOOOO"])
    def test_what_is_no_code_is_none(self, text: str) -> None:
        assert not is_withdrawal_code(text)
