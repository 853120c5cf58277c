"""Sentences that claim no more than the intervals do (Q-04)."""

import pytest
from usga_reports.domain.locale import load_catalogue
from usga_reports.domain.narrative.statements import (
    Contrast,
    contrast,
    sex_contrast,
    statement,
    strata_contrast,
)
from usga_reports.domain.presenter import Presenter
from usga_reports.domain.published import Published
from usga_shared.wire.release import Observation
from usga_shared.wire.vocabulary import ConfStatus, ObsStatus

from tests.unit.reports.specimen import specimen
from tests.unit.reports.test_published import bundle_of, cell

PRESENTER = Presenter.of(load_catalogue("en"), specimen().context)
INDICATOR = specimen().indicators[0]


def around(value: float, half: float = 3.0, **changed: object) -> Observation:
    return cell(
        obs_value=value, bound=None, lower_bound=value - half, upper_bound=value + half, **changed
    )


class TestContrast:
    @pytest.mark.parametrize(
        ("first", "second", "verdict"),
        [
            (around(30), around(40), Contrast.LOWER),
            (around(40), around(30), Contrast.HIGHER),
            (around(30), around(36), Contrast.OVERLAP),  # the ends touch
            (around(30), around(35), Contrast.OVERLAP),
            (around(30), around(40, obs_status=ObsStatus.LOW_RELIABILITY), None),
            (around(30), around(40, conf_status=ConfStatus.PRIMARY), None),
            (around(30), cell(lower_bound=None, upper_bound=None), None),
        ],
    )
    def test_only_intervals_that_lie_apart_differ_Q04(
        self, first: Observation, second: Observation, verdict: Contrast | None
    ) -> None:
        assert contrast(first, second) is verdict

    def test_overlapping_sexes_are_not_ranked_Q04(self) -> None:
        published = Published.of(bundle_of(around(30, sex="F"), around(34, sex="M")))
        text = sex_contrast(PRESENTER, published, INDICATOR)
        assert text is not None
        assert "no difference is claimed" in text
        assert "lower" not in text
        assert "higher" not in text

    def test_a_hidden_sex_says_nothing(self) -> None:
        hidden = around(34, sex="M", conf_status=ConfStatus.PRIMARY)
        published = Published.of(bundle_of(around(30, sex="F"), hidden))
        assert sex_contrast(PRESENTER, published, INDICATOR) is None

    def test_settlements_are_counted_not_named_Q04(self) -> None:
        cells = [around(20, stratum="s01"), around(40, stratum="s02"), around(60, stratum="s03")]
        published = Published.of(bundle_of(around(40), *cells))
        text = strata_contrast(PRESENTER, published, INDICATOR)
        assert text is not None
        assert "Settlements with a reliable estimate: 3." in text
        assert "below that of the whole area: 1; entirely above: 1." in text
        for name in ("Acacia", "Baobab", "Cypress"):
            assert name not in text


class TestStatements:
    def test_a_hidden_value_is_said_to_be_hidden_D11(self) -> None:
        sent = cell(obs_status=ObsStatus.SUPPRESSED, reason="D-01")
        text = statement(PRESENTER, INDICATOR, sent)
        assert (
            text
            == "Feel safe walking alone after dark: hidden, to protect respondents or because it is too imprecise (D-01)."
        )

    def test_a_flagged_value_says_so(self) -> None:
        sent = cell(obs_status=ObsStatus.LOW_RELIABILITY, bound=None)
        assert statement(PRESENTER, INDICATOR, sent).endswith("; use with care.")

    def test_a_missing_value_is_no_data(self) -> None:
        sent = cell(obs_status=ObsStatus.MISSING)
        assert statement(PRESENTER, INDICATOR, sent).endswith(": no data.")
