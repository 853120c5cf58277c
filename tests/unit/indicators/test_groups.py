"""Groups of respondents: disability, settlement, education, migration, work, income (rules 5.1-7, D-03)."""

from dataclasses import replace
from typing import Any

import pytest
from usga_indicators.domain.codebook import Frame
from usga_indicators.domain.codebook.raw import RawText
from usga_indicators.domain.definition import lint
from usga_indicators.domain.definition.model import Breakdown
from usga_indicators.domain.publication import protect
from usga_indicators.domain.tabulation import Cell, partitions, tabulate
from usga_indicators.domain.tabulation.groups import (
    GROUPS,
    QUESTIONS,
    WASHINGTON,
    group_of,
    groups_of_strata,
    is_of_nowhere,
    people_of_places,
    questions_of_group,
)
from usga_shared.wire.vocabulary import ObsStatus

from tests.support.attack import broken
from tests.unit.indicators.definitions.test_denominators import BY_CODE, frame
from tests.unit.indicators.definitions.test_traps import CODEBOOK

WELL = dict.fromkeys(WASHINGTON, "none")


def grouped(breakdown: str, *people: dict[str, Any]) -> list[str]:
    """The category of each person, "" for none."""
    made = partitions(frame(*people), {})
    (found,) = [p for p in made if p.breakdown == breakdown]
    names = [*(c.subgroup.partition(":")[2] for c in found.cells), ""]
    return [names[at] for at in found.cell]


@pytest.mark.parametrize(
    ("answers", "category"),
    [
        (WELL, "no"),
        (WELL | {"wg_walk": "some", "wg_see": "some"}, "no"),
        (WELL | {"wg_walk": "lot"}, "yes"),
        (WELL | {"wg_comm": "cannot"}, "yes"),
        (WELL | {"wg_cog": "ref"}, ""),
        (WELL | {"wg_cog": "ref", "wg_hear": "lot"}, "yes"),
        ({"wg_hear": "none"}, ""),
    ],
)
def test_disability_is_much_difficulty_in_one_of_six_domains(
    answers: dict[str, str], category: str
) -> None:
    """Washington Group short set; a refusal is no difficulty's absence."""
    assert grouped("disability", WELL, answers)[1] == category


def test_categories_join_answers_and_leave_silence_out() -> None:
    education = [{"edu": a} for a in ("none", "lower_sec", "upper_sec", "vocational", "ref")]
    assert grouped("education", *education) == ["none", "secondary", "secondary", "higher", ""]
    origin = [{"birthplace": a} for a in ("here", "elsewhere_country", "abroad", "dk")]
    assert grouped("migration", *origin) == ["here", "elsewhere", "abroad", ""]
    work = [{"work_status": a} for a in ("casual", "unemp", "retired")]
    assert grouped("work", *work) == ["working", "seeking", "other"]
    bands = [{"income_band": a} for a in ("b1", "b5", "b6", "ref")]
    assert grouped("income", *bands) == ["b1", "b5", "", ""]


def test_a_group_is_there_where_its_question_is_asked() -> None:
    made = {p.breakdown for p in partitions(frame({"edu": "none"}), {})}
    assert Breakdown.EDUCATION in made
    assert Breakdown.SETTLEMENT not in made
    silent = {p.breakdown for p in partitions(frame({"edu": "ref"}), {})}
    assert Breakdown.EDUCATION not in silent  # of nobody there is nothing to hide


def test_languages_of_an_area_are_one_category_whatever_its_list_calls_them() -> None:
    spoken = ("main", "swahili", "other_country", "neighbour_country", "other", "ref")
    assert grouped("language", *({"ethnic_lang": a} for a in spoken)) == [
        "main", "main", "other_country", "neighbour_country", "other", "",
    ]  # fmt: skip


def test_the_sex_of_the_child_is_not_the_caregiver_s() -> None:
    people = [{"sex": "female", "cd_sex": "male"}, {"sex": "male", "cd_sex": "female"}]
    assert grouped("child_sex", *people, {"sex": "female"}) == ["male", "female", ""]


def test_the_kind_of_settlement_is_the_clusters() -> None:
    clusters = [{"settlement": kind} for kind in ("formal", "informal", "mixed", "village", None)]
    assert grouped("settlement", *clusters) == ["formal", "informal", "mixed", "", ""]


def test_strata_make_up_a_kind_of_settlement_where_they_are_whole_and_alone() -> None:
    def asked(*people: tuple[str, str | None]) -> dict[str, str]:
        made = frame(*({"settlement": kind, "edu": "none"} for _, kind in people))
        placed = replace(made, stratum=RawText.of([s for s, _ in people]))
        return groups_of_strata(people_of_places([placed]))

    kinds = [("s1", "informal"), ("s2", "informal"), ("s3", "mixed")]
    whole = {"s1": "settlement:informal", "s2": "settlement:informal", "s3": "settlement:mixed"}
    assert asked(*kinds, *kinds) == whole
    # a stratum of two kinds: neither is a sum of strata
    assert asked(*kinds, ("s4", "formal"), ("s4", "mixed")) == {
        "s1": "settlement:informal",
        "s2": "settlement:informal",
    }
    assert asked(*kinds, ("s2", None)) == {"s3": "settlement:mixed"}  # of somebody it is not told
    assert asked() == {}


def test_a_kind_of_settlement_that_the_sample_lacks_is_no_cell() -> None:
    """One in which nobody answered is: that is a small number of people."""
    people = {"s1": {"settlement:informal": 40}, "s2": {"settlement:mixed": 9, "": 3}}
    kinds = [f"settlement:{kind}" for kind in ("formal", "informal", "mixed")]
    assert [is_of_nowhere(code, people) for code in kinds] == [True, False, False]
    assert not is_of_nowhere("work:student", people)
    assert not is_of_nowhere("_T", people)


def test_every_code_leads_back_to_its_questions() -> None:
    for group in GROUPS:
        for code in group.codes():
            assert group_of(code) == group.breakdown.value
            assert questions_of_group(code) == group.columns
            assert set(group.columns) <= set(QUESTIONS)
        told = frame(dict.fromkeys(group.columns, group.example))
        assert group.place(told)[0] == 0
    assert questions_of_group("_T") == ()


@pytest.mark.parametrize("origin", [Breakdown.MIGRATION, Breakdown.LANGUAGE])
def test_s3_is_never_shown_by_origin_D07(origin: Breakdown) -> None:
    asked = replace(BY_CODE["VIO-01"], disaggregations=(origin,))
    found = [f for f in lint(asked, CODEBOOK) if f.finding.code == "disaggregation"]
    assert [f.field for f in found] == ["disaggregations"]


def crowd() -> Frame:
    """600 people, of whom 30 have a disability, and 5 of those feel unsafe."""
    people = [
        WELL
        | {"edu": "none" if at % 2 else "primary", "safe_night": "safe" if at % 3 else "unsafe"}
        | ({"wg_see": "lot", "safe_night": "unsafe" if at < 5 else "safe"} if at < 30 else {})
        for at in range(600)
    ]
    return frame(*people)


def test_a_hidden_group_takes_company_so_that_the_total_does_not_give_it_away_D03() -> None:
    estimates = tabulate([BY_CODE["PER-01"]], crowd(), {})
    groups = {e.cell.subgroup for e in estimates} - {"_T"}
    assert {"disability:yes", "disability:no", "education:none"} <= groups
    cells = protect(estimates, release="r", time_period="2026", probability_sample=True)
    shown = [c.observation for c in cells]
    hidden = {o.subgroup for o in shown if o.obs_status is ObsStatus.SUPPRESSED}
    assert {"disability:yes", "disability:no"} <= hidden
    by_group = {o.subgroup: o for o in shown if o.subgroup != "_T"}
    assert by_group["education:primary"].obs_value is not None
    assert broken(estimates, shown, {}) == []
    alone = [
        o.model_copy(update={"obs_status": ObsStatus.NORMAL})
        if o.subgroup == "disability:no"
        else o
        for o in shown
    ]
    assert broken(estimates, alone, {})  # planted: the small group without company


def test_a_group_is_an_estimate_of_a_domain_of_the_whole_design() -> None:
    estimates = tabulate([BY_CODE["PER-01"]], crowd(), {})
    found = {e.cell: e.estimate for e in estimates}
    parts = [found[Cell(subgroup=f"education:{c}")] for c in ("none", "primary")]
    total = found[Cell()]
    assert sum(p.n for p in parts) == total.n == 600
    assert sum(p.n * p.value for p in parts) / 600 == pytest.approx(total.value)
