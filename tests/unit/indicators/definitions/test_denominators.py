"""The traps of denominators (domain dossier 5.1 and 9), one test each."""

from typing import Any

import numpy as np
import pytest
from usga_indicators.domain.codebook import (
    Frame,
    Kind,
    RawInterviews,
    RawRows,
    RawText,
    codebook_of,
    frame_of,
    skip_rules,
)
from usga_indicators.domain.definition import catalogue
from usga_indicators.domain.tabulation import prepare
from usga_indicators.domain.tabulation.measures import Prepared
from usga_indicators.operations.follow_feed import wanted_names

from tests.support.indicators import outline

BY_CODE = {d.code: d for d in catalogue()}
NUMERIC = {"age", "hh_size", "rooms_sleep", "toilet_share", "inc_n", "inc_loss", "incp_n"}
OPEN = {"consent_sens": "yes", "priv_ok": "yes", "priv_ok_i": "yes"}


def column(name: str, values: list[Any]) -> Any:
    if name in NUMERIC:
        return np.array([np.nan if v is None else v for v in values], dtype=np.float64)
    return RawText.of(values)


def frame(
    *people: dict[str, Any],
    documents: list[dict[str, Any]] | None = None,
    versions: list[str] | None = None,
) -> Frame:
    """People as columns; `inc` rows are theirs."""
    names = sorted({n for p in people for n in p if n != "inc"})
    rows = [(at, row) for at, p in enumerate(people) for row in p.get("inc", [])]
    inside = sorted({n for _, row in rows for n in row})
    size = len(people)
    raw = RawInterviews(
        size=size,
        version=RawText.of(versions or ["2026.1.0"] * size),
        stratum=RawText.of(["s"] * size),
        psu=RawText.of([f"p{n}" for n in range(size)]),
        w_person=np.ones(size),
        w_household=np.ones(size),
        columns={n: column(n, [p.get(n) for p in people]) for n in names},
        repeats={
            "inc": RawRows(
                np.array([at for at, _ in rows], dtype=np.int64),
                {n: column(n, [row.get(n) for _, row in rows]) for n in inside},
            )
        },
    )
    codebook = codebook_of(documents or [outline()])
    return frame_of(raw, codebook, wanted_names(catalogue()), skip_rules())


def counted(code: str, *people: dict[str, Any]) -> list[float | None]:
    """Each person's numerator; None when outside the base."""
    found = prepare(BY_CODE[code], frame(*people))
    return [None if np.isnan(v) else v for v in found.numerators[:, 0]]


def pair(found: Prepared, at: int) -> tuple[float, float] | None:
    """What one person adds to a ratio."""
    y, x = float(found.numerators[at, 0]), float(found.denominators[at, 0])
    return None if np.isnan(y) else (y, x)


def missing(code: str, *people: dict[str, Any]) -> list[int]:
    return [int(kind) for kind in prepare(BY_CODE[code], frame(*people)).missing]


class TestMissingAnswers:
    def test_silence_stays_in_the_base_of_16_1_4_and_never_goes_out_too(self) -> None:
        people = [{"safe_night": v} for v in ("safe", "unsafe", "never", "dk", "ref", "na")]
        assert counted("PER-01", *people) == [1, 0, 0, 0, 0, 0]
        assert missing("PER-01", *people)[3:] == [Kind.DK, Kind.REF, Kind.NA]

    def test_silence_leaves_the_base_of_16_7_2(self) -> None:
        people = [
            {"eff_say": v, "eff_infl": "1_not"} for v in ("3_some", "2_little", "dk", "ref", "na")
        ]
        assert counted("GOV-01", *people) == [1, 0, None, None, None]

    def test_a_worked_base_935_of_1000(self) -> None:
        people = [{"hs_use": "yes", "hs_sat": "dk" if n < 65 else "sat"} for n in range(1000)]
        assert sum(v is not None for v in counted("SVC-03", *people)) == 935

    def test_numbers_coded_as_silence_are_never_averaged(self) -> None:
        robbed = {"pv_rob_5y": "yes", "pv_rob_12m": "yes"}
        people = [robbed | {"inc": [{"inc_type": "rob", "inc_n": n}]} for n in (2, -98, -99)]
        assert counted("VIC-09", *people) == [2, None, None]
        assert missing("VIC-09", *people) == [-1, Kind.DK, Kind.REF]


class TestSkips:
    def test_a_screener_no_is_a_no_with_origin_implied(self) -> None:
        made = frame({"hv_burg_5y": "no"}, {"hv_burg_5y": "yes", "hv_burg_12m": "yes"})
        assert made.columns["hv_burg_12m"].kinds.tolist() == [Kind.IMPLIED, Kind.ASKED]
        found = prepare(BY_CODE["VIC-01"], made)
        assert found.numerators[:, 0].tolist() == [0, 1]
        assert found.implied.tolist() == [True, False]

    def test_a_refused_screener_makes_the_follow_up_refused(self) -> None:
        people = [{"hv_burg_5y": v} for v in ("ref", "dk")]
        assert counted("VIC-01", *people) == [None, None]
        assert missing("VIC-01", *people) == [Kind.REF, Kind.DK]

    def test_an_unasked_screener_is_no_answer(self) -> None:
        assert counted("VIC-01", {}) == [None]
        assert missing("VIC-01", {}) == [Kind.NOT_ASKED]

    def test_none_of_three_years_is_a_no_of_twelve_months(self) -> None:
        assert counted("VIO-04", OPEN | {"sh_3y": "none"}) == [0]

    def test_the_three_year_screener_is_not_the_twelve_month_answer(self) -> None:
        assert counted("VIO-04", OPEN | {"sh_3y": "comments", "sh_12m": "no"}) == [0]


class TestGates:
    @pytest.mark.parametrize(
        "gate",
        [
            {},
            {"consent_sens": "no"},
            {"consent_sens": "yes", "priv_ok": "no"},
            OPEN | {"dm_interrupt": "now"},
            OPEN | {"dm_interrupt": "over", "dm_priv_again": "no"},
        ],
    )
    def test_who_did_not_pass_is_missing_never_a_no(self, gate: dict[str, str]) -> None:
        documents = [_with_interruption()]
        found = prepare(BY_CODE["VIO-01"], frame(gate, documents=documents))
        assert np.isnan(found.numerators).all()
        assert found.missing.tolist() == [Kind.GATE_FAILED]

    def test_a_gate_passed_again_after_an_interruption_counts(self) -> None:
        person = OPEN | {
            "dm_interrupt": "over", "dm_priv_again": "yes", "pv_phys_5y": "no",
        }  # fmt: skip
        found = prepare(BY_CODE["VIO-01"], frame(person, documents=[_with_interruption()]))
        assert found.numerators[:, 0].tolist() == [0]

    def test_silence_behind_the_gate_stays_in_the_base(self) -> None:
        assert counted("VIO-01", OPEN | {"pv_phys_5y": "ref"}) == [0]


class TestUniverses:
    def test_bribery_is_over_people_with_contact(self) -> None:
        people = [
            {"br_contact": "none"},
            {"br_contact": "police", "br_gave": "none", "br_asked": "none"},
            {"br_contact": "police", "br_gave": "none", "br_asked": "police"},
            {"br_contact": "ref"},
        ]
        assert counted("INT-01", *people) == [None, 0, 1, None]
        assert counted("INT-04", *people) == [0, 1, 1, None]

    def test_voluntary_self_exclusion_leaves_16_3_3(self) -> None:
        dispute = {"dj_types": "work"}
        people = [
            dispute | {"dj_mech": "court"},
            dispute | {"dj_mech": "none", "dj_norsn": "cost"},
            dispute | {"dj_mech": "none", "dj_norsn": "not_important"},
            {"dj_types": "none"},
        ]
        assert counted("JUS-07", *people) == [1, 0, None, None]

    def test_owners_only(self) -> None:
        people = [
            {"hv_veh_own": "no"},
            {"hv_veh_own": "yes", "hv_veh_12m": "no"},
        ]
        assert counted("VIC-02", *people) == [None, 0]
        assert counted("VIC-07", people[0] | NO_CRIME) == [0]

    def test_women_only(self) -> None:
        people = [{"sex": s, "worry_sex": "very"} for s in ("female", "male")]
        assert counted("PER-08", *people) == [1, None]

    def test_households_count_their_members(self) -> None:
        home = {
            "hh_size": 6, "rooms_sleep": 1, "water_src": "kiosk", "toilet": "pit_slab",
            "toilet_share": 0, "durable": "durable", "tenure": "rent_contract",
        }  # fmt: skip
        found = prepare(BY_CODE["SVC-01"], frame(home, home | {"hh_size": 3}))
        assert found.numerators[:, 0].tolist() == [6, 0]
        assert found.denominators[:, 0].tolist() == [6, 3]


class TestScores:
    def test_two_of_three_answers_are_enough(self) -> None:
        people = [
            {"coh_kids": "vlikely", "coh_fight": "vunlikely", "coh_viol": "dk"},
            {"coh_kids": "vlikely", "coh_fight": "ref", "coh_viol": "dk"},
            {"coh_kids": "likely", "coh_fight": "unlikely", "coh_viol": "vunlikely"},
        ]
        found = counted("COH-01", *people)
        assert found[1] is None
        assert found[0] == 50
        assert found[2] == pytest.approx(100 / 3)

    def test_none_counts_no_activity(self) -> None:
        people = [{"avoid_12m": v} for v in ("none", "market park", "ref")]
        assert counted("PER-10", *people) == [0, 2, None]
        assert counted("PER-09", *people) == [0, 1, None]


NO_CRIME = {
    "hv_burg_5y": "no",
    "hv_veh_own": "no",
    "pv_rob_5y": "no",
    **dict.fromkeys(
        (
            "hv_vand_12m",
            "pv_theft_12m",
            "pv_fraud_12m",
            "pv_cyber_12m",
            "pv_ext_12m",
            "pv_thr_12m",
        ),
        "no",
    ),
}


def _with_interruption() -> dict[str, Any]:
    """The outline with the questions that an interruption adds to every violence item."""
    extra = [
        {"kind": "question", "name": n, "type": "select_one", "sensitivity": 0, "list": None}
        for n in ("dm_interrupt", "dm_priv_again")
    ]
    shut = (
        " and ${dm_interrupt} != 'now' and (${dm_interrupt} != 'over' or ${dm_priv_again} = 'yes')"
    )
    nodes = [
        n | {"relevant": f"({n['relevant']}){shut}"} if n["sensitivity"] == 3 else n
        for n in outline()["nodes"]
    ]
    return outline() | {"nodes": [*extra, *nodes]}
