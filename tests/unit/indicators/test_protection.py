"""What of a whole release is hidden so that no hidden cell can be worked out (rule D-03)."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from usga_indicators.domain.definition import catalogue
from usga_indicators.domain.estimation import Estimate
from usga_indicators.domain.publication import protect
from usga_indicators.domain.tabulation import Cell, CellEstimate, MissingTally
from usga_shared.wire.release import Observation

from tests.support.people_values import spread_like

BY_CODE = {d.code: d for d in catalogue()}
AGES = ("Y18T24", "Y25T34", "Y35T44", "Y45T54", "Y55T64", "Y_GE65")
TOTAL, WOMEN, MEN = Cell(), Cell(sex="F"), Cell(sex="M")


def found(code: str, cell: Cell, yes: int, n: int = 400) -> CellEstimate:
    """A precise estimate of `yes` in `n`."""
    p = yes / n
    estimate = Estimate(
        value=p, se=0.01, ci_low=max(0.0, p - 0.02), ci_high=min(1.0, p + 0.02), deff=1.2, df=60,
        n=n, n_numerator=yes, n_psu=64, cv=0.1,
    )  # fmt: skip
    values = spread_like(BY_CODE[code], yes, n)
    return CellEstimate(
        BY_CODE[code], cell, estimate, MissingTally(), partial=False, values=values
    )


def published(*cells: CellEstimate) -> Mapping[tuple[str, Cell], Observation]:
    done = protect(cells, release="r", time_period="2026", probability_sample=True)
    return {(c.definition.code, c.cell): d.observation for c, d in zip(cells, done, strict=True)}


def hidden(cells: Mapping[tuple[str, Cell], Observation], code: str) -> set[Cell]:
    return {cell for (of, cell), o in cells.items() if of == code and o.obs_value is None}


def by_age(code: str, yes: list[int], n: int = 400) -> list[CellEstimate]:
    bands = [found(code, Cell(age=a), y, n) for a, y in zip(AGES, yes, strict=True)]
    return [found(code, TOTAL, sum(yes), n * len(yes)), *bands]


class TestHiddenCellsTogether:
    def test_two_small_cells_that_are_small_together_get_a_third(self) -> None:
        cells = published(*by_age("VIO-03", [1, 2, 40, 60, 80, 90]))
        assert len(hidden(cells, "VIO-03")) == 3
        assert cells["VIO-03", Cell(age="Y35T44")].reason == "D-03"
        assert cells["VIO-03", TOTAL].obs_value is not None

    def test_two_small_cells_that_are_large_together_suffice(self) -> None:
        cells = published(*by_age("VIO-03", [8, 9, 40, 60, 80, 90]))
        assert hidden(cells, "VIO-03") == {Cell(age="Y18T24"), Cell(age="Y25T34")}

    def test_small_complements_add_up_too(self) -> None:
        cells = published(*by_age("PER-02", [398, 397, 300, 310, 320, 330]))
        assert len(hidden(cells, "PER-02")) == 3

    def test_categories_that_are_small_together_get_a_third(self) -> None:
        counts = {"patrols": 150, "lights": 120, "jobs": 125, "roads": 1, "courts": 4}
        cells = published(*(found("GOV-07", Cell(item=i), y) for i, y in counts.items()))
        assert hidden(cells, "GOV-07") == {Cell(item=i) for i in ("roads", "courts", "lights")}

    def test_zeros_of_a_harmless_indicator_hide_no_total(self) -> None:
        cells = published(
            found("VIC-04", TOTAL, 0, 800),
            found("VIC-04", Cell(stratum="a"), 0, 20),
            found("VIC-04", Cell(stratum="b"), 0, 380),
            found("VIC-04", Cell(stratum="c"), 0, 400),
        )
        assert hidden(cells, "VIC-04") == {Cell(stratum="a"), Cell(stratum="b")}


class TestLinkedIndicators:
    def test_a_difference_hidden_with_its_share_does_not_stand_alone(self) -> None:
        # the gap of women would be that of all minus that of men, and with it the share by day
        cells = published(
            *(
                found(code, cell, yes, 400)
                for code in ("PER-01", "PER-02", "PER-03")
                for cell, yes in (
                    (TOTAL, 120),
                    (WOMEN, 4 if code == "PER-01" else 90),
                    (MEN, 110),
                )
            )
        )
        for code in ("PER-01", "PER-03"):
            assert hidden(cells, code) == {WOMEN, MEN}
        assert not hidden(cells, "PER-02")

    def test_the_base_of_one_is_not_the_hidden_numerator_of_another(self) -> None:
        cells = published(
            found("INT-04", TOTAL, 395),  # 5 without contact: hidden
            found("INT-01", TOTAL, 100, 395),
        )
        assert hidden(cells, "INT-04") == {TOTAL}
        assert cells["INT-01", TOTAL].sample_size is None

    def test_a_rate_does_not_show_how_many_were_victims(self) -> None:
        cells = published(found("VIC-09", TOTAL, 40), found("VIC-03", TOTAL, 40))
        assert cells["VIC-09", TOTAL].obs_value is not None
        assert cells["VIC-09", TOTAL].numerator_size is None
        assert cells["VIC-03", TOTAL].numerator_size == 40


@pytest.mark.parametrize("yes", [0, 400])
def test_nobody_and_everybody_look_like_few(yes: int) -> None:
    few, extreme = (
        published(found("VIO-01", TOTAL, count))["VIO-01", TOTAL] for count in (3, yes)
    )
    assert extreme == few


class TestWhatIsWritten:
    def test_few_missing_people_are_null_and_nobody_is_zero(self) -> None:
        tally = MissingTally(
            dk=1, ref=9, na=0, gate_failed=10, not_asked=12, implied=13, not_in_version=22
        )
        cells = published(replace(found("PER-01", TOTAL, 100), missing=tally))
        counts = cells["PER-01", TOTAL].missing
        assert counts is not None
        assert counts.model_dump() == {
            "dk": None, "ref": None, "na": 0, "gate_failed": 10, "not_asked": 10, "implied": 15, "not_in_version": 20, "no_answer": 0,
        }  # fmt: skip

    def test_the_median_loss_has_two_digits(self) -> None:
        loss = found("VIC-12", TOTAL, 100)
        numbers = replace(loss.estimate, value=18_437.0, ci_low=9_950.0, ci_high=25_100.0)
        shown = published(replace(loss, estimate=numbers))["VIC-12", TOTAL]
        assert (shown.obs_value, shown.lower_bound, shown.upper_bound) == (18_000, 10_000, 25_000)

    @pytest.mark.parametrize(("yes", "value"), [(0, 0.0), (400, 100.0)])
    def test_without_a_probability_sample_nobody_is_no_limit_Q03(
        self, yes: int, value: float
    ) -> None:
        cells = [found("VIC-04", TOTAL, yes)]
        (done,) = protect(cells, release="r", time_period="2026", probability_sample=False)
        shown = done.observation
        assert (shown.obs_value, shown.bound) == (value, None)
        assert shown.lower_bound is None
        assert shown.upper_bound is None
        assert shown.reason is None

    def test_without_a_probability_sample_no_interval_hides_a_cell_Q03(self) -> None:
        one = found("VIC-04", TOTAL, 100)
        wide = replace(one, estimate=replace(one.estimate, ci_low=0.0, ci_high=0.9))
        (done,) = protect([wide], release="r", time_period="2026", probability_sample=False)
        assert done.observation.obs_value == 25.0
        assert published(wide)["VIC-04", TOTAL].reason == "D-02"
