"""Where numbers come from, what is to be read with them, and groups of people."""

from typing import Any

import pytest
from usga_reports.domain.locale import load_catalogue
from usga_reports.domain.narrative.statements import beside_statement
from usga_reports.domain.presenter import Presenter
from usga_reports.domain.published import Dimension, Published
from usga_reports.domain.render.report import freeze, render_report
from usga_reports.domain.report import ReportFormat
from usga_reports.domain.template.annexes import annexes
from usga_reports.domain.template.blocks import Table
from usga_reports.domain.template.city_report import NAME, VERSION
from usga_reports.domain.template.material import Material
from usga_reports.domain.template.tables import annex_table, results_table
from usga_shared.wire.release import IndicatorView, Observation, ReleaseBundle
from usga_shared.wire.vocabulary import ConfStatus, ObsStatus

from tests.unit.reports.specimen import RELEASE, specimen

WORDS = load_catalogue("en")


def indicator(code: str, title: str, **given: Any) -> IndicatorView:
    (like,) = [i for i in specimen().indicators if i.code == "VIC-03"]
    return like.model_copy(
        update={"code": code, "title": {"en": title}, "key_figure": None, **given}
    )


def cell(code: str, **given: Any) -> Observation:
    values: dict[str, Any] = {
        "indicator": code, "time_period": "2026", "unit_measure": "per_100000", "release": RELEASE,
        "method_version": "1.0.0", "obs_value": 118.0, "sample_size": 900,
        "obs_status": ObsStatus.NORMAL, "conf_status": ConfStatus.FREE, **given,
    }  # fmt: skip
    return Observation(**values)


def bundle(*, hidden: bool = False) -> ReleaseBundle:
    """Robbery as the survey and as the police tell it; a score of institutions; a chosen crowd."""
    recorded = cell(
        "ADM-02",
        time_period="2025",
        lower_bound=99.0,
        upper_bound=140.0,
        **(
            {"obs_value": None, "obs_status": "Q", "conf_status": "C", "reason": "D-01"}
            if hidden
            else {}
        ),
    )
    made = specimen()
    return made.model_copy(
        update={
            "indicators": [
                *made.indicators,
                indicator("VIC-09", "Robberies per 100,000 adults", beside="ADM-02"),
                indicator("ADM-02", "Recorded robbery rate", source="administrative", theme="ADM"),
                indicator("GOV-06", "Governance scorecard", source="scorecard", theme="GOV"),
                indicator("POL-09", "Order kept by others", source="non_probability", theme="POL"),
            ],
            "observations": [
                *made.observations,
                cell("VIC-09", obs_value=4120.0, lower_bound=3100.0, upper_bound=5200.0),
                recorded,
                cell("GOV-06", unit_measure="score", obs_value=41.0, sample_size=1),
                cell("POL-09", unit_measure="percent", obs_value=12.0),
                cell("PER-01", unit_measure="percent", obs_value=31.0, subgroup="disability:yes"),
                cell("PER-01", unit_measure="percent", obs_value=52.0, subgroup="disability:no"),
            ],
        }
    )


def material(given: ReleaseBundle) -> Material:
    return Material.of(given, WORDS)


def test_police_figures_stand_beside_those_of_the_survey_with_their_year() -> None:
    here = material(bundle())
    vic = here.published.indicators["VIC-09"]
    told = beside_statement(here.presenter, here.published, vic)
    assert told is not None
    assert told.replace("\u00a0", " ").replace("\u202f", " ") == (
        "Beside it, of other people and events: Recorded robbery rate: 118 (95% CI 99–140; "
        "n = 900; past 12 months; records of institutions, all ages; 2025). The two are not to be "
        "subtracted or divided."
    )


def test_a_hidden_companion_is_not_spoken_of() -> None:
    here = material(bundle(hidden=True))
    vic = here.published.indicators["VIC-09"]
    assert beside_statement(here.presenter, here.published, vic) is None


@pytest.mark.parametrize(
    ("code", "label"),
    [
        ("ADM-02", "Recorded robbery rate [records of institutions, all ages]"),
        ("GOV-06", "Governance scorecard [scorecard of institutions, no sampling error]"),
        ("POL-09", "Order kept by others [chosen respondents, no interval]"),
        ("VIC-09", "Robberies per 100,000 adults"),
    ],
)
def test_every_table_says_what_is_not_of_the_survey(code: str, label: str) -> None:
    here = material(bundle())
    known = here.published.indicators[code]
    table = results_table(here, "Results", [known])
    assert table is not None
    assert [c.text for c in table.rows[0]][1] == label
    assert label in annex_table(here, known).caption


def test_the_source_line_tells_all_that_a_table_comes_from() -> None:
    here = material(bundle())
    known = here.published.indicators
    both = results_table(here, "Results", [known["VIC-09"], known["ADM-02"]])
    alone = results_table(here, "Results", [known["VIC-09"]])
    assert both is not None
    assert alone is not None
    assert both.source.endswith("2026: household survey; records of institutions, all ages.")
    assert "synthetic" in both.source
    assert alone.source == here.source()


def test_what_is_not_drawn_shows_no_interval() -> None:
    here = material(bundle())
    for code in ("GOV-06", "POL-09"):
        total = here.published.total(code)
        assert total is not None
        assert here.interval_cell(total).text == WORDS("state.none")


def test_sheets_name_the_source_and_the_companion() -> None:
    sections = annexes(material(bundle()), template=NAME, version=VERSION)
    sheets = {
        block.caption: {row[0].text: row[1].text for row in block.rows}
        for section in sections
        for block in section.blocks
        if isinstance(block, Table)
        and block.caption.startswith("VIC-09")
        and WORDS("sheet.source") in {row[0].text for row in block.rows}
    }
    (sheet,) = sheets.values()
    assert sheet[WORDS("sheet.source")] == "household survey"
    assert sheet[WORDS("sheet.beside")] == "ADM-02 Recorded robbery rate"


def test_groups_are_a_breakdown_of_their_own_and_never_the_total() -> None:
    published = Published.of(bundle())
    presenter = Presenter.of(WORDS, published.bundle.context)
    groups = published.cells("PER-01", Dimension.SUBGROUP)
    assert [presenter.category(c, Dimension.SUBGROUP) for c in groups] == [
        "Without a disability",
        "With a disability",
    ]
    total = published.total("PER-01")
    assert total is not None
    assert total.subgroup == "_T"


def test_the_whole_report_shows_both() -> None:
    html = render_report(
        freeze(bundle()), template=NAME, language="en", kind=ReportFormat.HTML
    ).decode()
    assert "Recorded robbery rate" in html
    assert "chosen respondents, no interval" in html
    assert "With a disability" in html
