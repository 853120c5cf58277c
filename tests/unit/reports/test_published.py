"""Hidden cells hold no number; look-ups keep the order of categories."""

import pytest
from usga_reports.domain.published import (
    CellState,
    Dimension,
    Published,
    age_band,
    dimension_of,
    protect,
    state_of,
)
from usga_shared.wire.release import MissingCounts, Observation, ReleaseBundle
from usga_shared.wire.vocabulary import ConfStatus, ObsStatus

from tests.unit.reports.specimen import specimen


def cell(**changed: object) -> Observation:
    values: dict[str, object] = {
        "indicator": "PER-01",
        "time_period": "2026",
        "obs_value": 41.0,
        "bound": "<",
        "standard_error": 1.2,
        "lower_bound": 38.0,
        "upper_bound": 44.0,
        "design_effect": 1.4,
        "df": 90,
        "sample_size": 800,
        "numerator_size": 330,
        "psus": 60,
        "missing": MissingCounts(dk=10),
        "unit_measure": "percent",
        "obs_status": ObsStatus.NORMAL,
        "conf_status": ConfStatus.FREE,
        "release": "r",
        "method_version": "1",
        **changed,
    }
    return Observation(**values)


def bundle_of(*cells: Observation, probability: bool = True) -> ReleaseBundle:
    return specimen(probability=probability).model_copy(update={"observations": list(cells)})


class TestProtection:
    @pytest.mark.parametrize(
        "statuses",
        [
            (ObsStatus.SUPPRESSED, ConfStatus.PRIMARY),
            (ObsStatus.SUPPRESSED, ConfStatus.SECONDARY),
            (ObsStatus.SUPPRESSED, ConfStatus.FREE),
            (ObsStatus.NORMAL, ConfStatus.PRIMARY),  # statuses disagree: the careful one counts
            (ObsStatus.LOW_RELIABILITY, ConfStatus.SECONDARY),
            (ObsStatus.MISSING, ConfStatus.FREE),
        ],
    )
    def test_no_number_survives_D11(self, statuses: tuple[ObsStatus, ConfStatus]) -> None:
        status, confidentiality = statuses
        sent = cell(obs_status=status, conf_status=confidentiality)
        kept = protect(bundle_of(sent)).observations[0]
        numbers = kept.model_dump(
            exclude={
                "indicator", "ref_area", "stratum", "time_period", "sex", "age", "item", "subgroup",
                "confidence_level", "unit_measure", "obs_status", "conf_status", "reason",
                "comparability", "release", "method_version",
            }
        )  # fmt: skip
        assert len(numbers) == 11
        assert set(numbers.values()) == {None}

    def test_shown_cells_are_left_alone(self) -> None:
        for status in (ObsStatus.NORMAL, ObsStatus.LOW_RELIABILITY):
            sent = cell(obs_status=status)
            assert protect(bundle_of(sent)).observations == [sent]

    def test_without_a_probability_sample_there_is_no_interval_Q03(self) -> None:
        kept = protect(bundle_of(cell(), probability=False)).observations[0]
        assert kept.obs_value == 41.0
        assert kept.sample_size == 800
        spread = (
            kept.standard_error,
            kept.lower_bound,
            kept.upper_bound,
            kept.design_effect,
            kept.df,
        )
        assert spread == (None,) * 5

    def test_states(self) -> None:
        assert state_of(cell(obs_value=0.0)) is CellState.SHOWN  # zero is a value
        assert state_of(cell(obs_status=ObsStatus.LOW_RELIABILITY)) is CellState.FLAGGED
        assert state_of(cell(obs_value=None)) is CellState.MISSING
        assert state_of(cell(obs_value=None, conf_status=ConfStatus.SECONDARY)) is CellState.HIDDEN


class TestLookUps:
    def test_a_stratum_with_its_area_is_one_breakdown(self) -> None:
        assert dimension_of(cell(stratum="s01", ref_area="A01")) is Dimension.STRATUM
        assert dimension_of(cell(ref_area="A01")) is Dimension.AREA
        assert dimension_of(cell(stratum="s01", sex="F")) is Dimension.CROSSED
        assert dimension_of(cell()) is Dimension.TOTAL

    def test_categories_are_ordered_never_values_Q04(self) -> None:
        cells = [cell(stratum=f"s{i:02d}", obs_value=float(100 - i)) for i in (3, 1, 2)]
        found = Published.of(bundle_of(*cells)).cells("PER-01", Dimension.STRATUM)
        assert [c.stratum for c in found] == ["s01", "s02", "s03"]

    def test_a_stratum_stands_for_its_area_on_the_map(self) -> None:
        areas = Published.of(bundle_of(cell(stratum="s02"), cell(stratum="s03", ref_area="A09")))
        assert set(areas.by_area("PER-01")) == {"A02", "A09"}

    def test_another_period_is_not_mixed_in(self) -> None:
        published = Published.of(bundle_of(cell(time_period="2020", obs_value=1.0), cell()))
        total = published.total("PER-01")
        assert total is not None
        assert total.obs_value == 41.0

    def test_key_figures_follow_the_catalogues_ranks(self) -> None:
        ranked = Published.of(specimen()).key_figures(3)
        assert [i.code for i in ranked] == ["PER-01", "PER-09", "VIC-07"]

    @pytest.mark.parametrize(
        ("code", "band"),
        [
            ("Y18T24", (18, 24)),
            ("18-24", (18, 24)),
            ("Y_GE65", (65, None)),
            ("65+", (65, None)),
            ("old", None),
        ],
    )
    def test_age_bands(self, code: str, band: tuple[int, int | None] | None) -> None:
        assert age_band(code) == band
