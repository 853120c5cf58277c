"""Traps of unions of questions and of incidents (domain dossier 5.1 and 9), one test each."""

from typing import Any

import numpy as np
import pytest
from usga_indicators.domain.codebook import (
    Kind,
)
from usga_indicators.domain.tabulation import NotComputable, prepare

from tests.support.indicators import extract_items, outline
from tests.unit.indicators.definitions.test_denominators import (
    BY_CODE,
    NO_CRIME,
    OPEN,
    counted,
    frame,
    missing,
    pair,
)


class TestUnions:
    def test_a_missing_component_is_a_no_beside_a_known_one(self) -> None:
        # a yes and a no treat it alike: otherwise the share of all would be too high
        assert counted("VIC-07", NO_CRIME | {"pv_rob_5y": "yes", "pv_rob_12m": "yes"}) == [1]
        assert counted("VIC-07", NO_CRIME) == [0]
        assert counted("VIC-07", NO_CRIME | {"pv_theft_12m": "dk"}) == [0]
        both = {"pv_theft_12m": "dk", "pv_fraud_12m": "yes"}
        assert counted("VIC-07", NO_CRIME | both) == [1]

    @pytest.mark.parametrize(
        ("code", "yes", "no", "around"),
        [
            ("VIC-05", {"pv_fraud_12m": "yes"}, {"pv_fraud_12m": "no"}, {"pv_cyber_12m": "ref"}),
            ("INT-01", {"br_gave": "police"}, {"br_gave": "none"}, {"br_asked": "ref"}),
            ("SVC-01", {"tenure": "squat"}, {"tenure": "rent_contract"}, {"toilet": "ref"}),
        ],
    )
    def test_only_all_missing_is_missing(
        self, code: str, yes: dict[str, Any], no: dict[str, Any], around: dict[str, Any]
    ) -> None:
        base = {"br_contact": "police", "hh_size": 1} | around
        (name,) = yes
        assert counted(code, base | yes, base | no, base | {name: "ref"}) == [1, 0, None]
        assert missing(code, base | yes, base | no, base | {name: "ref"}) == [-1, -1, Kind.REF]

    def test_of_two_wishes_one_is_enough(self) -> None:
        (_, lights), *_ = (x for x in BY_CODE["GOV-07"].by_item() if x[0] == "lights")
        people = [{"prio1": a, "prio2": b} for a, b in (("jobs", "dk"), ("dk", "dk"))]
        assert prepare(lights, frame(*people)).missing.tolist() == [-1, Kind.DK]

    def test_harassment_asked_about_once_is_a_no_and_a_closed_gate_is_missing(self) -> None:
        once = {"sh_3y": "none", "nh_3y": "touch", "nh_12m": "dk"}
        assert counted("VIO-06", OPEN | once) == [0]
        assert counted("VIO-06", OPEN | {"sh_3y": "dk", "nh_3y": "ref"}) == [0]
        # somebody came in between the two: the one that was asked is enough
        assert counted("VIO-06", OPEN | {"priv_ok_i": "no", "nh_3y": "dk"}) == [0]
        assert counted("VIO-06", {"consent_sens": "no"}) == [None]
        assert missing("VIO-06", {"consent_sens": "no"}) == [Kind.GATE_FAILED]

    def test_one_known_report_is_enough(self) -> None:
        def victim(*told: str) -> dict[str, Any]:
            rows = [{"inc_type": "rob", "inc_rep": t, "inc_rep_to": "13_police"} for t in told]
            return {
                "inc": [r | ({} if r["inc_rep"] == "yes" else {"inc_rep_to": None}) for r in rows]
            }

        assert counted("JUS-01", victim("yes", "dk"), victim("no", "dk")) == [1, 0]
        assert counted("JUS-01", victim("dk", "ref")) == [None]

    def test_who_was_asked_no_component_that_counts_is_missing(self) -> None:
        older = outline() | {
            "version": "2025.1.0",
            "nodes": [n for n in outline()["nodes"] if n["name"] != "pv_cyber_12m"],
        }
        made = frame(
            {"pv_fraud_12m": "dk"}, {"pv_cyber_12m": "yes"},
            documents=[outline(), older], versions=["2025.1.0", "2026.1.0"],
        )  # fmt: skip
        assert prepare(BY_CODE["VIC-05"], made).missing.tolist() == [Kind.DK, -1]

    def test_any_is_at_least_each_part_and_at_most_their_sum(self) -> None:
        people = [i["answers"] for i in extract_items(300, seed=5)]
        made = frame(*people)
        whole = prepare(BY_CODE["VIC-05"], made).numerators[:, 0]
        known = ~np.isnan(whole)
        parts = np.array(
            [[p[name] == "yes" for p in people] for name in ("pv_fraud_12m", "pv_cyber_12m")]
        )[:, known]
        assert (whole[known] >= parts.max(axis=0)).all()
        assert (whole[known] <= parts.sum(axis=0)).all()
        assert 0 < whole[known].sum() < parts.sum()

    def test_a_component_that_a_version_lacks_makes_it_partial(self) -> None:
        older = outline() | {
            "version": "2025.1.0",
            "nodes": [n for n in outline()["nodes"] if n["name"] != "pv_cyber_12m"],
        }
        person = {"pv_fraud_12m": "no"}
        made = frame(
            person, person | {"pv_cyber_12m": "yes"},
            documents=[outline(), older], versions=["2025.1.0", "2026.1.0"],
        )  # fmt: skip
        found = prepare(BY_CODE["VIC-05"], made)
        assert found.numerators[:, 0].tolist() == [0, 1]
        assert found.partial

    def test_a_plain_variable_that_a_version_lacks_is_missing(self) -> None:
        older = outline() | {
            "version": "2025.1.0",
            "nodes": [n for n in outline()["nodes"] if n["name"] != "tr_police"],
        }
        made = frame(
            {}, {"tr_police": "lot"},
            documents=[outline(), older], versions=["2025.1.0", "2026.1.0"],
        )  # fmt: skip
        found = prepare(BY_CODE["POL-01"], made)
        assert found.missing.tolist() == [Kind.NOT_IN_VERSION, -1]
        assert not found.partial

    def test_without_any_component_there_is_no_indicator(self) -> None:
        bare = outline() | {"nodes": [n for n in outline()["nodes"] if n["name"] == "sex"]}
        with pytest.raises(NotComputable):
            prepare(BY_CODE["VIC-05"], frame({"sex": "male"}, documents=[bare]))


class TestIncidents:
    def test_a_series_counts_ten_times_at_most(self) -> None:
        robbed = {"pv_rob_5y": "yes", "pv_rob_12m": "yes"}
        people: list[dict[str, Any]] = [
            robbed
            | {"inc": [{"inc_type": "rob", "inc_n": 60}, {"inc_type": "theft", "inc_n": 5}]},
            {"pv_rob_5y": "no"},
            {"pv_rob_5y": "ref"},
        ]
        assert counted("VIC-09", *people) == [10, 0, None]

    def test_incidents_are_counted_not_victims(self) -> None:
        rows = [
            {"inc_type": "rob", "inc_weap": "knife"},
            {"inc_type": "thr", "inc_weap": "none"},
            {"inc_type": "theft"},
            {"inc_type": "ext", "inc_weap": "dk"},
        ]
        attacked = OPEN | {"pv_phys_5y": "yes", "pv_phys_12m": "gun", "incp_type": "phys"}
        people = (
            {"inc": rows},
            {"consent_sens": "no"},
            attacked | {"inc": rows, "incp_weap": "gun"},
            attacked | {"incp_weap": "none"},
            attacked | {"incp_weap": "ref"},
            OPEN | {"pv_phys_5y": "no", "inc": rows[2:3]},
        )
        found = prepare(BY_CODE["VIC-10"], frame(*people))
        assert [pair(found, at) for at in range(6)] == [(1, 2), None, (2, 3), (0, 1), None, None]
        assert found.missing.tolist() == [-1, Kind.GATE_FAILED, -1, -1, Kind.REF, -1]
        guns = prepare(BY_CODE["VIC-11"], frame(*people))
        assert [pair(guns, at) for at in range(4)] == [(0, 2), None, (1, 3), (0, 1)]

    def test_an_attack_told_in_private_is_a_victimisation_that_can_be_reported(self) -> None:
        attacked = OPEN | {"sv_5y": "none", "pv_phys_5y": "yes", "pv_phys_12m": "hit_kick"}
        told = attacked | {"incp_rep": "yes", "incp_rep_to": "13_police"}
        friends = attacked | {"incp_rep": "yes", "incp_rep_to": "23_faith"}
        silent = attacked | {"incp_rep": "no"}
        robbed = {"inc": [{"inc_type": "rob", "inc_rep": "no"}]}
        people = (told, friends, silent, attacked | {"incp_rep": "ref"}, told | robbed)
        assert counted("JUS-01", *people) == [1, 0, 0, None, 1]
        assert counted("JUS-01a", *people) == [1, 0, 0, None, 1]
        calm = OPEN | {"pv_phys_5y": "no", "sv_5y": "none"}
        assert counted("JUS-01", calm, calm | robbed) == [None, 0]
        assert missing("JUS-01", calm) == [-1]

    def test_sexual_violence_alone_is_reported_or_not(self) -> None:
        victim = OPEN | {"sv_5y": "unwanted_touch", "sv_12m": "unwanted_touch"}
        people = [victim | {"sv_rep": said} for said in ("yes", "no", "dk")]
        assert counted("JUS-01b", *people, OPEN | {"sv_5y": "none"}) == [1, 0, None, None]

    def test_a_victim_who_told_only_friends_did_not_report_16_3_1(self) -> None:
        def told(*to: str) -> dict[str, Any]:
            row = {"inc_type": "rob", "inc_rep": "yes", "inc_rep_to": " ".join(to)}
            return OPEN | {"sv_5y": "none", "inc": [row]}

        assert counted("JUS-01", told("23_faith"), told("24_group", "13_police")) == [0, 1]

    @pytest.mark.parametrize("closed", [{"consent_sens": "no"}, OPEN | {"sv_5y": "ref"}])
    def test_unknown_sexual_violence_drops_no_victim_who_kept_silent(
        self, closed: dict[str, str]
    ) -> None:
        # were they missing, only those who reported would be left of these victims
        told = {"inc_rep": "yes", "inc_rep_to": "13_police"}
        people = [
            closed | {"inc": [{"inc_type": "rob"} | said]} for said in (told, {"inc_rep": "no"})
        ]
        assert counted("JUS-01", *people) == [1, 0]
        assert counted("JUS-01", closed) == [None]

    def test_a_robbery_beyond_the_three_kinds_asked_about_is_an_incident(self) -> None:
        robbed = {"pv_rob_5y": "yes", "pv_rob_12m": "yes"}
        others = [{"inc_type": kind, "inc_n": 4} for kind in ("burg", "veh", "vand")]
        assert counted("VIC-09", robbed | {"inc": others}) == [1]
