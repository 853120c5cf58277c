"""Values as a reader sees them (number style, D-05, D-11, Q-02)."""

import pytest
from usga_reports.domain.locale import load_catalogue
from usga_reports.domain.presenter import Presenter
from usga_reports.domain.published import Dimension
from usga_shared.wire.vocabulary import ConfStatus, ObsStatus

from tests.unit.reports.specimen import specimen
from tests.unit.reports.test_published import cell

NBSP = "\N{NO-BREAK SPACE}"


@pytest.fixture(scope="module")
def presenter() -> Presenter:
    return Presenter.of(load_catalogue("en"), specimen().context)


class TestValues:
    @pytest.mark.parametrize(
        ("changed", "expected"),
        [
            ({"obs_value": 34.15, "bound": None}, "34.2%"),
            ({"obs_value": 34.15, "bound": None, "sample_size": 99}, "34%"),
            ({"obs_value": 0.0, "bound": None}, "0.0%"),
            ({"obs_value": 0.1, "bound": "<"}, "<0.1%"),
            ({"obs_value": 0.0, "bound": "<", "sample_size": 60}, "<1%"),
            ({"obs_value": 0.3, "bound": None, "sample_size": 60}, "<1%"),
            ({"obs_value": 99.99, "bound": None}, ">99.9%"),
            ({"obs_value": 99.9, "bound": ">"}, ">99.9%"),
            ({"obs_value": 36.5, "bound": None, "unit_measure": "percentage_points"}, "36.5 p.p."),
            ({"obs_value": 3500.4, "bound": None, "unit_measure": "currency"}, "KES 3,500"),
            ({"obs_value": 17400.0, "bound": None, "unit_measure": "per_100000"}, "17,400"),
            ({"obs_value": 57.35, "bound": None, "unit_measure": "score"}, "57.4"),
            ({"obs_status": ObsStatus.SUPPRESSED}, "hidden"),
            ({"conf_status": ConfStatus.SECONDARY}, "hidden"),
            ({"obs_status": ObsStatus.MISSING}, "no data"),
        ],
    )
    def test_a_value(
        self, presenter: Presenter, changed: dict[str, object], expected: str
    ) -> None:
        assert presenter.value(cell(**changed)) == expected

    def test_evidence_has_interval_base_and_period_Q02(self, presenter: Presenter) -> None:
        indicator = specimen().indicators[0]
        evidence = presenter.evidence(cell(), indicator)
        assert evidence == (
            f"95%{NBSP}CI{NBSP}38.0\N{EN DASH}44.0; n{NBSP}={NBSP}800; present situation"
        )

    def test_categories_have_names(self, presenter: Presenter) -> None:
        def name(dimension: Dimension, **where: str) -> str:
            return presenter.category(cell(**where), dimension)

        assert name(Dimension.STRATUM, stratum="s02") == "Baobab"
        assert name(Dimension.AREA, ref_area="A03") == "Cypress"
        assert name(Dimension.SEX, sex="F") == "Women"
        assert name(Dimension.SEX, sex="X9") == "X9"
        assert name(Dimension.AGE, age="Y18T24") == "18 to 24"
        assert name(Dimension.AGE, age="Y_GE65") == "65 and over"
        assert name(Dimension.CROSSED, stratum="s02", sex="F") == "Baobab, Women"

    def test_a_day_in_words_and_one_that_is_none(self, presenter: Presenter) -> None:
        assert presenter.day("2026-03-02") == "2 March 2026"
        assert presenter.day("spring") == "spring"
        assert presenter.day(None) == "no data"
