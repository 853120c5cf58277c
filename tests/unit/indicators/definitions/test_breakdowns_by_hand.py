"""Breakdowns by place, ground, child and month, on answers counted one by one in plain Python."""

import random
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from usga_indicators.domain.codebook import Frame, Kind, RawText
from usga_indicators.domain.tabulation import Cell, CellEstimate, prepare, tabulate
from usga_indicators.domain.tabulation.groups import people_of_places

from tests.unit.indicators.definitions.test_denominators import BY_CODE, OPEN, counted, frame

CHOSEN = "child_sex"
PLACES = ("street", "home", "online")


def told(people: list[dict[str, Any]], *codes: str) -> dict[tuple[str, Cell], CellEstimate]:
    """Estimates of people of six clusters of one stratum, all alike."""
    made = frame(*people)
    clusters = RawText.of([f"p{at % 6}" for at in range(len(people))])
    found = tabulate([BY_CODE[c] for c in codes], replace(made, psu=clusters), {})
    return {(c.definition.code, c.cell): c for c in found}


def test_priorities_and_problems_are_shown_by_every_group() -> None:
    rng = random.Random(11)
    people = [
        {
            "sex": rng.choice(["female", "male"]), "prob_top": rng.choice(["theft", "guns", "ref"]),
            "problems": "theft guns", "prio1": rng.choice(["lights", "jobs"]),
            "prio2": rng.choice(["roads", "ref"]), "settlement": rng.choice(["formal", "mixed"]),
        }
        for _ in range(120)
    ]  # fmt: skip
    found = told(people, "PER-11", "GOV-07")
    women = [p for p in people if p["sex"] == "female" and p["prob_top"] != "ref"]
    thieves = sum(p["prob_top"] == "theft" for p in women) / len(women)
    cell = found["PER-11", Cell(sex="F", item="theft")].estimate
    assert cell.value == pytest.approx(thieves)
    assert cell.n == len(women)
    mixed = [p for p in people if p["settlement"] == "mixed"]
    roads = sum(p["prio2"] == "roads" for p in mixed) / len(mixed)
    cell = found["GOV-07", Cell(subgroup="settlement:mixed", item="roads")].estimate
    assert cell.value == pytest.approx(roads)
    assert cell.n == len(mixed)


def test_children_are_told_apart_by_their_own_sex_and_counted_for_their_siblings() -> None:
    rng = random.Random(12)
    people: list[dict[str, Any]] = [
        dict[str, Any](OPEN)
        | {
            "sex": rng.choice(["female", "male"]), "priv_ok_j": "yes", "cg_child": "yes",
            "cd_sex": rng.choice(["female", "male", "male", None]),
            "cd_acts": rng.choice(["shout", "explain", "spank"]),
            "hh_size": rng.randint(3, 8), "n_elig": 2,
        }
        for _ in range(90)
    ]  # fmt: skip

    def share(children: list[dict[str, Any]]) -> float:
        hit = sum(p["hh_size"] - 2 for p in children if p["cd_acts"] in {"shout", "spank"})
        return float(hit / sum(p["hh_size"] - 2 for p in children))

    found = told(people, "VIO-12")
    for sex in ("female", "male"):
        boys_or_girls = [p for p in people if p["cd_sex"] == sex]
        cell = found["VIO-12", Cell(subgroup=f"{CHOSEN}:{sex}")].estimate
        assert cell.value == pytest.approx(share(boys_or_girls))
        assert cell.n == len(boys_or_girls)
    assert found["VIO-12", Cell()].estimate.n == 90  # with those of whom it is not known
    assert not [c for _, c in found if c.sex != "_T"]  # never by the sex of the caregiver


def test_twelve_months_are_asked_of_those_of_three_years_and_implied_of_the_rest() -> None:
    behind = OPEN | {"priv_ok": "yes"}
    never, long_ago = behind | {"tip_5": "no"}, behind | {"tip_5": "yes", "tip_12m": "no"}
    now, refused = behind | {"tip_5": "yes", "tip_12m": "yes"}, behind | {"tip_5": "ref"}
    people = (never, long_ago, now, refused, {"consent_sens": "no"})
    assert counted("FLO-11a", *people) == [0, 0, 1, None, None]
    assert counted("FLO-11", *people) == [0, 1, 1, None, None]
    found = prepare(BY_CODE["FLO-11a"], frame(*people))
    assert found.implied.tolist() == [True, False, False, False, False]
    assert found.missing.tolist()[3:] == [Kind.REF, Kind.GATE_FAILED]


def items(people: list[dict[str, Any]], code: str) -> dict[str, float]:
    found = told(people, code)
    return {cell.item: c.estimate.value for (_, cell), c in found.items() if c.estimate.value}


def test_any_harassment_by_place_joins_both_kinds_and_counts_a_person_once_a_place() -> None:
    both = {"sh_12m": "yes", "nh_12m": "yes"}
    people = [
        OPEN | both | {"sh_place": "street", "nh_place": "street"},
        OPEN | both | {"sh_place": "street", "nh_place": "online"},
        OPEN | {"sh_12m": "yes", "sh_place": "home", "nh_3y": "none"},
        OPEN | {"nh_12m": "yes", "nh_place": "online", "sh_3y": "none"},
        OPEN | {"sh_3y": "none", "nh_3y": "none"},
        OPEN | {"sh_12m": "yes", "sh_place": "ref", "nh_3y": "none"},
    ] * 2
    assert items(people, "VIO-06p") == pytest.approx(
        {"street": 2 / 4, "online": 2 / 4, "home": 1 / 4}
    )


def test_the_place_of_sexual_violence_is_of_women_and_non_partners() -> None:
    act = OPEN | {"sex": "female", "sv_5y": "forced_sex", "sv_12m": "forced_sex"}
    people = [
        act | {"sv_rel": "stranger", "sv_place": "street"},
        act | {"sv_rel": "neighbour", "sv_place": "home"},
        act | {"sv_rel": "stranger", "sv_place": "street"},
        act | {"sv_rel": "partner_now", "sv_place": "home"},
        act | {"sex": "male", "sv_rel": "stranger", "sv_place": "home"},
        OPEN | {"sex": "female", "sv_5y": "none"},
    ] * 2
    assert items(people, "VIO-10p") == pytest.approx({"street": 2 / 3, "home": 1 / 3})


def test_places_of_incidents_after_dark_add_up_to_the_share_after_dark() -> None:
    rng = random.Random(14)
    people = [
        {
            "inc": [
                {"inc_type": kind, "inc_dark": rng.choice(["day", "dark", "dk"]),
                 "inc_place": rng.choice(PLACES)}
                for kind in rng.sample(["rob", "theft", "burg"], rng.randint(1, 3))
            ]
        }
        for _ in range(60)
    ]  # fmt: skip
    rows = [row for p in people for row in p["inc"] if row["inc_dark"] != "dk"]
    dark = Counter(row["inc_place"] for row in rows if row["inc_dark"] == "dark")
    found = items(people, "VIC-14p")
    assert found == pytest.approx({place: dark[place] / len(rows) for place in PLACES})
    assert sum(found.values()) == pytest.approx(
        told(people, "VIC-14")["VIC-14", Cell()].estimate.value
    )


def test_grounds_are_counted_each_over_everybody_who_was_asked() -> None:
    people: list[dict[str, Any]] = [
        {"ds_5y": "sex age", "ds_12m": "sex age"},
        {"ds_5y": "sex", "ds_12m": "none"},
        {"ds_5y": "none"},
        {"ds_5y": "ref"},
    ] * 3
    assert items(people, "JUS-08g") == pytest.approx({"sex": 1 / 4, "age": 1 / 4})
    spoken = [p | {"ethnic_lang": "other" if at % 2 else "main"} for at, p in enumerate(people)]
    by_language = told(spoken, "JUS-08")
    values = [
        by_language["JUS-08", Cell(subgroup=f"language:{c}")].estimate.value
        for c in ("main", "other")
    ]
    assert values == pytest.approx([1 / 2, 0])


def test_households_have_a_kind_of_settlement() -> None:
    people = [
        {"flo_loan": "yes" if at % 3 else "no", "settlement": "formal" if at % 2 else "mixed"}
        for at in range(60)
    ]
    found = told(people, "FLO-10")
    formal = [p for p in people if p["settlement"] == "formal"]
    cell = found["FLO-10", Cell(subgroup="settlement:formal")].estimate
    assert cell.value == pytest.approx(sum(p["flo_loan"] == "yes" for p in formal) / len(formal))


def test_people_of_places_are_counted_as_one_by_one() -> None:
    rng = np.random.default_rng(15)
    kinds = rng.choice(["formal", "informal", "village"], 200).tolist()
    strata = rng.choice(["s1", "s2", "s3"], 200).tolist()
    made: Frame = frame(*({"settlement": kind} for kind in kinds))
    expected: dict[str, Counter[str]] = {}
    for stratum, kind in zip(strata, kinds, strict=True):
        code = "" if kind == "village" else f"settlement:{kind}"
        expected.setdefault(stratum, Counter())[code] += 1
    assert people_of_places([replace(made, stratum=RawText.of(strata))]) == expected
    twice = people_of_places([replace(made, stratum=RawText.of(strata))] * 2)
    assert twice["s1"] == expected["s1"] + expected["s1"]
