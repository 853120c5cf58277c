"""Where teams usually go wrong (domain dossier 5.1 and 9): one test a trap, named after it."""

from dataclasses import replace

import numpy as np
import pytest
from usga_indicators.domain.codebook import Kind, RawText, codebook_of
from usga_indicators.domain.definition import MissingPolicy, Weight, catalogue, lint
from usga_indicators.domain.tabulation import Cell, prepare, tabulate

from tests.support.indicators import outline
from tests.unit.indicators.definitions.test_denominators import (
    BY_CODE,
    OPEN,
    counted,
    frame,
    missing,
)

CODEBOOK = codebook_of([outline()])
PARTNER = OPEN | {"priv_ok_j": "yes"}


def codes(change: dict[str, object], code: str) -> set[str]:
    found = lint(replace(BY_CODE[code], **change), CODEBOOK)  # type: ignore[arg-type]
    return {f.finding.code for f in found}


def test_trap_01_shares_of_a_multiple_choice_are_joined_not_added() -> None:
    both = {"avoid_12m": "night_walk transport park"}
    assert counted("PER-09", both) == [1]
    assert counted("PER-10", both) == [3]
    added = "selected(${avoid_12m}, 'night_walk') + selected(${avoid_12m}, 'park')"
    assert "unbounded" in codes({"numerator": added}, "PER-09")


def test_trap_02_silence_stays_in_16_1_4_and_leaves_16_7_2() -> None:
    assert counted("PER-01", {"safe_night": "dk"}) == [0]
    assert counted("GOV-01", {"eff_say": "dk", "eff_infl": "3_some"}) == [None]
    assert "missing-policy" in codes({"missing_policy": MissingPolicy.INCLUDE}, "GOV-01")


def test_trap_02b_who_never_goes_out_counts_in_16_1_4_and_not_in_its_variant_a() -> None:
    never = {"safe_night": "never", "safe_night_wd": "safe"}
    assert counted("PER-01", never) == [0]
    assert counted("PER-01a", never) == [None]
    assert counted("PER-01b", never) == [1]


def test_trap_03_bribery_is_over_contacts_and_the_contact_share_stands_beside_it() -> None:
    assert counted("INT-01", {"br_contact": "none"}) == [None]
    assert counted("INT-03", {"br_contact": "judge", "br_gave": "judge"}) == [None]
    for code in ("INT-01", "INT-02", "INT-03", "POL-05", "SVC-02", "SVC-03", "SVC-04", "SVC-05"):
        beside = BY_CODE[BY_CODE[code].beside or ""]
        assert (beside.direction, beside.filter) == ("o", "")


def test_trap_04_persons_never_take_household_weights_nor_households_persons() -> None:
    assert "weight" in codes({"weight": Weight.HOUSEHOLD}, "VIC-03")
    assert "weight" in codes({"weight": Weight.PERSON}, "VIC-01")
    assert BY_CODE["FLO-10"].weight is BY_CODE["JUS-03"].weight is Weight.HOUSEHOLD


def test_trap_06_a_follow_up_about_one_of_k_counts_k_times() -> None:
    drawn = {
        "br_contact": "police judge land", "br_gave": "police judge land",
        "br_times": 2, "br_k": 3, "br_rep": "yes",
    }  # fmt: skip
    single = drawn | {"br_gave": "police", "br_times": 1, "br_k": 1, "br_rep": "no"}
    assert counted("INT-05", drawn, single) == [6, 1]
    found = prepare(BY_CODE["INT-06"], frame(drawn, single))
    assert found.numerators[:, 0].tolist() == [3, 0]
    assert found.denominators[:, 0].tolist() == [3, 1]


def test_trap_05_a_domain_keeps_the_whole_design() -> None:
    people = [{"sex": "female" if n < 8 else "male", "safe_home": "safe"} for n in range(24)]
    people[0]["safe_home"] = people[1]["safe_home"] = "unsafe"
    made = frame(*people)
    clusters = RawText.of([f"p{n // 4}" for n in range(24)])  # women live in two of six clusters
    whole = replace(made, psu=clusters)
    (women,) = [c for c in tabulate([BY_CODE["PER-04"]], whole, {}) if c.cell == Cell(sex="F")]
    # z of the clusters: -1/8, 1/8, 0, 0, 0, 0; n/(n - 1) of six clusters, not of two
    assert women.estimate.se == pytest.approx((6 / 5 * 2 * 0.125**2) ** 0.5)


@pytest.mark.parametrize(
    "definition",
    [d for d in catalogue() if d.is_of_survey and d.sensitivity == 3 and d.theme == "VIO"],
    ids=lambda d: d.code,
)
def test_trap_07_who_failed_the_gate_is_missing_never_a_no(definition: object) -> None:
    person = {
        "sex": "female", "age": 25, "ever_part": "yes", "cg_child": "yes", "consent_sens": "no",
    }  # fmt: skip
    found = prepare(definition, frame(person))  # type: ignore[arg-type]
    assert np.isnan(found.numerators).all()
    assert found.missing.tolist() == [Kind.GATE_FAILED]


def test_trap_08_a_series_of_incidents_is_capped() -> None:
    robbed = {"pv_rob_5y": "yes", "pv_rob_12m": "yes"}
    series = robbed | {"inc": [{"inc_type": "rob", "inc_n": 97}]}
    assert counted("VIC-09", series, robbed) == [10, 1]
    assert counted("VIC-08", series) == [1]


def test_trap_09_rates_of_adults_and_rates_of_all_ages_say_so() -> None:
    assert "adults" in BY_CODE["VIC-09"].title["en"]
    assert "all ages" in BY_CODE["ADM-02"].caveats["en"]


def test_trap_10_recorded_sexual_violence_has_no_better_direction() -> None:
    assert BY_CODE["ADM-03"].direction == BY_CODE["ADM-05"].direction == "o"


def test_trap_11_the_three_year_screener_is_not_the_twelve_month_answer() -> None:
    assert counted("VIO-04", OPEN | {"sh_3y": "comments", "sh_12m": "no"}) == [0]
    assert counted("VIO-04", OPEN | {"sh_3y": "none"}) == [0]


def test_trap_12_women_who_never_had_a_partner_are_not_in_5_2_1() -> None:
    woman = PARTNER | {"sex": "female", "age": 30}
    people = [
        woman | {"ever_part": "yes", "ipv_phys": "slap", "ipv_sex": "none"},
        woman | {"ever_part": "no", "ipv_phys": "none", "ipv_sex": "none"},
        PARTNER | {"sex": "male", "age": 30, "ever_part": "yes", "ipv_phys": "slap"},
    ]
    assert counted("VIO-08", *people) == [1, None, None]
    assert counted("VIO-08a", woman | {"age": 60, "ever_part": "yes"}) == [None]


def test_trap_12b_a_partner_is_no_offender_of_5_2_2() -> None:
    woman = OPEN | {"sex": "female", "sv_5y": "forced_sex", "sv_12m": "forced_sex"}
    relations = ("partner", "stranger", "partner friend", "unknown")
    assert counted("VIO-10", *(woman | {"sv_rel": r} for r in relations)) == [0, 1, 1, 0]


def test_trap_13_voluntary_self_exclusion_leaves_16_3_3() -> None:
    alone = {"dj_types": "work", "dj_mech": "none"}
    assert counted("JUS-07", alone | {"dj_norsn": "solved_self"}) == [None]
    assert counted("JUS-07", alone | {"dj_norsn": "fear"}) == [0]


def test_trap_16_a_changed_choice_code_is_found() -> None:
    changed = outline() | {
        "choice_lists": outline()["choice_lists"]
        | {"safe4n": [{"name": n} for n in ("very", "rather", "unsafe", "vunsafe", "never")]}
    }
    found = {f.finding.code for f in lint(BY_CODE["PER-01"], codebook_of([changed]))}
    assert found == {"unknown-choice"}


def test_trap_18_after_dark_is_never_a_clock_time() -> None:
    words = " ".join(d.title["en"] + d.caveats.get("en", "") for d in catalogue())
    assert not [w for w in ("p.m.", "pm ", "o'clock", "18:00", "22:00") if w in words]


def test_trap_universe_a_question_asked_of_some_needs_their_filter() -> None:
    assert "universe" in codes({"filter": ""}, "POL-05")
    assert codes({}, "POL-05") == set()


def test_trap_reporting_counts_the_last_incident_of_its_kind_alone() -> None:
    victim = {
        "inc": [
            {"inc_type": "burg", "inc_rep": "yes"},
            {"inc_type": "theft", "inc_rep": "no", "inc_norep": "no_trust"},
        ]
    }
    assert counted("JUS-03", victim) == [1]
    assert counted("JUS-06", victim) == [1]
    assert counted("JUS-02", victim) == [None]


def test_trap_help_is_over_victims_and_violent_discipline_over_carers() -> None:
    attacked = OPEN | {"pv_phys_5y": "yes", "pv_phys_12m": "hit_kick"}
    assert counted("VIO-13", attacked | {"vs_help": "none"}, OPEN | {"pv_phys_5y": "no"}) == [
        0,
        None,
    ]
    carer = OPEN | {"cg_child": "yes", "hh_size": 5, "n_elig": 4}
    assert counted("VIO-12", carer | {"cd_acts": "explain"}, carer | {"cd_acts": "shake"}) == [
        0,
        1,
    ]
    assert missing("VIO-12", OPEN | {"cg_child": "no"}) == [-1]
    three = carer | {"hh_size": 7, "cd_acts": "shake"}
    assert counted("VIO-12", three) == [3]  # the child told of stands for all of the household


def test_trap_early_violence_is_asked_of_18_to_29_alone() -> None:
    told = OPEN | {"sv_u18": "yes"}
    assert counted("VIO-11", told | {"age": 29}, told | {"age": 30}) == [1, None]
