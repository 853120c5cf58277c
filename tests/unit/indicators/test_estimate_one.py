"""Estimates of one and of many cells, against sums written out in the open."""

import numpy as np
import pytest
from usga_indicators.domain.design import LonelyPrimaryUnit, SurveyDesign
from usga_indicators.domain.estimation import (
    Breakdown,
    Estimate,
    Measure,
    Statistic,
    estimate,
    estimate_cells,
)

N = 400


def sample(seed: int = 7) -> tuple[SurveyDesign, dict[str, np.ndarray]]:
    rng = np.random.default_rng(seed)
    psu = rng.integers(0, 40, N)
    columns = {
        "psu": psu,
        "stratum": psu % 5,
        "w": rng.uniform(1, 9, N),
        "sex": rng.integers(0, 2, N),
        "y": np.where(rng.random(N) < 0.1, np.nan, (rng.random(N) < 0.3) * 1.0),
        "x": rng.integers(0, 4, N) * 1.0,
        "v": rng.poisson(1.5, N) * 1.0,
    }
    design = SurveyDesign.of(weights=columns["w"], ids=[columns["psu"]], strata=columns["stratum"])
    return design, columns


def by_hand(
    c: dict[str, np.ndarray], y: np.ndarray, x: np.ndarray, rows: np.ndarray
) -> tuple[float, float]:
    """Ratio and its SE by loops over strata and PSUs."""
    w = c["w"] * rows
    y, x = np.where(rows, y, 0), np.where(rows, x, 0)
    r = (w * y).sum() / (w * x).sum()
    u = w * (y - r * x) / (w * x).sum()
    var = 0.0
    for h in np.unique(c["stratum"]):
        psus = np.unique(c["psu"][c["stratum"] == h])
        t = np.array([u[c["psu"] == i].sum() for i in psus])
        var += len(t) / (len(t) - 1) * ((t - t.mean()) ** 2).sum()
    return float(r), float(np.sqrt(var))


class TestEstimate:
    def test_proportion_in_a_domain_keeps_the_full_design(self) -> None:
        design, c = sample()
        rows = (c["sex"] == 1) & (c["psu"] != 3)
        got = estimate(design, Statistic.PROPORTION, numerator=c["y"], domain=rows)
        r, se = by_hand(c, c["y"], np.ones(N), rows & ~np.isnan(c["y"]))
        assert got.value == pytest.approx(r, rel=1e-12)
        assert got.se == pytest.approx(se, rel=1e-12)
        assert got.n == int((rows & ~np.isnan(c["y"])).sum())
        assert got.df == got.n_psu - 5
        assert got.ci_low < r < got.ci_high

    def test_rate_is_the_ratio_per_100000(self) -> None:
        design, c = sample()
        rows = np.ones(N, dtype=bool)
        rate = estimate(design, Statistic.RATE, numerator=c["v"], denominator=c["x"])
        r, se = by_hand(c, c["v"], c["x"], rows)
        assert rate.value == pytest.approx(r * 1e5, rel=1e-12)
        assert rate.se == pytest.approx(se * 1e5, rel=1e-12)

    def test_a_ratio_keeps_rows_whose_denominator_is_zero(self) -> None:
        design, c = sample()
        ratio = estimate(design, Statistic.RATIO, numerator=c["v"], denominator=c["x"])
        assert ratio.n == int(((c["x"] != 0) | (c["v"] != 0)).sum())

    def test_an_empty_domain_has_no_numbers(self) -> None:
        design, c = sample()
        nothing = np.zeros(N, dtype=bool)
        got = estimate(design, Statistic.MEAN, numerator=c["v"], domain=nothing)
        assert np.isnan([got.value, got.se, got.ci_low, got.deff]).all()
        assert (got.n, got.n_psu, got.df) == (0, 0, 0)

    def test_zero_percent_has_an_upper_bound(self) -> None:
        design, _ = sample()
        got = estimate(design, Statistic.PROPORTION, numerator=np.zeros(N))
        assert got.value == got.se == got.ci_low == 0
        assert 0 < got.ci_high < 0.05

    def test_simple_random_sample_has_design_effect_one(self) -> None:
        _, c = sample()
        design = SurveyDesign.of(rows=N)
        got = estimate(design, Statistic.MEAN, numerator=c["v"])
        assert got.deff == pytest.approx(1)
        assert got.se == pytest.approx(c["v"].std(ddof=1) / np.sqrt(N))

    def test_a_lonely_unit_is_refused(self) -> None:
        design = SurveyDesign.of(
            weights=np.ones(5), ids=[np.arange(5)], strata=np.array([1, 1, 2, 2, 3])
        )
        with pytest.raises(LonelyPrimaryUnit):
            estimate(design, Statistic.MEAN, numerator=np.arange(5.0))


def _same(a: Estimate, b: Estimate) -> None:
    noise = a.se < 1e-12 * abs(a.value) and b.se < 1e-12 * abs(b.value)  # one PSU: 0 by rounding
    for name in Estimate.__slots__:
        if noise and name in {"se", "deff", "cv"}:
            continue
        x, y = getattr(a, name), getattr(b, name)
        assert x == pytest.approx(y, rel=1e-9, abs=1e-12, nan_ok=True), name


class TestCells:
    @pytest.mark.parametrize("lonely", ["fail", "adjust", "average"])
    def test_many_cells_equal_one_by_one(self, lonely: str) -> None:
        _, c = sample()
        design = SurveyDesign.of(
            weights=c["w"],
            ids=[c["psu"]],
            strata=c["stratum"],
            fpc=[np.full(N, 60.0)],
            lonely_psu=lonely,
            adjust_domain_lonely=lonely != "fail",
        )
        measures = [
            Measure(Statistic.PROPORTION, c["y"]),
            Measure(Statistic.MEAN, c["v"], (c["x"] > 0).astype(np.float64)),
            Measure(Statistic.RATIO, c["v"], c["x"]),
            Measure(Statistic.TOTAL, c["v"]),
            Measure(Statistic.RATE, c["v"], c["x"]),
        ]
        cells = [
            Breakdown(np.zeros(N, dtype=np.int64), 1),
            Breakdown(c["sex"], 2),
            Breakdown(np.where(c["psu"] < 4, c["psu"], -1), 4),
        ]
        result = estimate_cells(design, measures, cells)
        for breakdown, found in zip(cells, result, strict=True):
            for cell, row in enumerate(found):
                for measure, got in zip(measures, row, strict=True):
                    _same(
                        got,
                        estimate(
                            design,
                            measure.statistic,
                            numerator=measure.numerator,
                            denominator=measure.denominator,
                            domain=breakdown.cell == cell,
                        ),
                    )

    def test_a_design_with_two_stages_is_refused(self) -> None:
        _, c = sample()
        design = SurveyDesign.of(
            weights=c["w"],
            ids=[c["psu"], np.arange(N)],
            fpc=[np.full(N, 60.0), np.full(N, 90.0)],
        )
        with pytest.raises(ValueError, match="one-stage"):
            estimate_cells(design, [Measure(Statistic.MEAN, c["v"])], [Breakdown(c["sex"], 2)])
