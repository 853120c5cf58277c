"""Valid interviews of the real household instrument answer every shipped definition."""

from functools import cache
from typing import Any

import pytest
from usga_indicators.domain.codebook import codebook_of, frame_of, skip_rules
from usga_indicators.domain.codebook.layout import Layout
from usga_indicators.domain.definition import Definition, catalogue
from usga_indicators.domain.tabulation import Cell, CellEstimate, tabulate
from usga_indicators.operations.follow_feed import wanted_names
from usga_indicators.storage.extract_tables import empty_tables, interviews_of, merge
from usga_shared.wire.extract import ExtractItem

from tests.support.household import document, interviews

SURVEY = [d for d in catalogue() if d.is_of_survey]
#: Asked only where a protocol of its own is approved: nobody of these respondents was.
OF_PROTOCOLS = {"VIO-08", "VIO-08a", "VIO-09", "VIO-11", "VIO-12"}
COUNT = 320  # the synthetic respondents seldom tell of a firearm


@cache
def estimates() -> dict[tuple[str, Cell], CellEstimate]:
    codebook = codebook_of([document()])
    layout = Layout.of(codebook, wanted_names(catalogue()))
    s3 = {name for name, variable in codebook.variables.items() if variable.is_s3}
    items = [_item(number, answers, s3) for number, answers in enumerate(interviews(COUNT))]
    raw = interviews_of(merge(empty_tables(layout), layout, items), layout)
    frame = frame_of(raw, codebook, wanted_names(catalogue()), skip_rules())
    return {(c.definition.code, c.cell): c for c in tabulate(catalogue(), frame, {})}


def _item(number: int, answers: dict[str, Any], s3: set[str]) -> ExtractItem:
    return ExtractItem(
        unit=f"u{number:05d}",
        revision="r",
        status="included",
        instrument="hvs",
        version=str(document()["version"]),
        disposition="1.1",
        stratum=f"s{number % 2}",
        psu=f"s{number % 2}-{number // 2 % 8}",
        w_household=2.0,
        w_person=3.0,
        answers={k: v for k, v in answers.items() if k not in s3},
        s3={k: v for k, v in answers.items() if k in s3},
    )


@pytest.mark.parametrize(
    "definition", [d for d in SURVEY if d.code not in OF_PROTOCOLS], ids=lambda d: d.code
)
def test_somebody_is_in_the_base(definition: Definition) -> None:
    found = [estimates()[definition.code, Cell(item=item)] for item, _ in definition.by_item()]
    assert all(0 < one.estimate.n <= COUNT for one in found)
    seldom = definition.sensitivity == 3 or definition.code == "INT-03"
    assert any(one.estimate.n_numerator for one in found) or seldom
    assert not any(one.partial for one in found)


@pytest.mark.parametrize(
    "definition", [d for d in SURVEY if d.code not in OF_PROTOCOLS], ids=lambda d: d.code
)
def test_no_answer_is_missing_only_because_the_form_skipped_it(definition: Definition) -> None:
    skipped = {
        estimates()[definition.code, Cell(item=item)].missing.not_asked
        for item, _ in definition.by_item()
    }
    assert skipped == {0}


def test_main_problems_add_up_to_everybody_who_named_one() -> None:
    definition = next(d for d in catalogue() if d.code == "PER-11")
    shares = [
        estimates()["PER-11", Cell(item=item)].estimate.value for item, _ in definition.by_item()
    ]
    assert sum(shares) == pytest.approx(1)


def test_everybody_is_in_the_base_of_16_1_4() -> None:
    assert estimates()["PER-01", Cell()].estimate.n == COUNT


def test_people_without_privacy_are_counted_as_such() -> None:
    violence = estimates()["VIO-01", Cell()]
    assert violence.missing.gate_failed > 0
    assert violence.estimate.n + violence.missing.gate_failed == COUNT


def test_a_union_is_at_least_each_of_its_parts() -> None:
    def people(code: str) -> int:
        return estimates()[code, Cell()].estimate.n_numerator

    assert people("VIC-07") >= max(people(c) for c in ("VIC-03", "VIC-04", "VIC-05"))
    assert people("VIO-06") >= max(people("VIO-04"), people("VIO-05"))
