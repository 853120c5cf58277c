"""The service's estimates against formulas written out anew, from answers alone.

Nothing of the estimator is used here: answers are read one interview at a time in plain Python,
and the variance is the textbook one (Cochran 1977, sections 5A.1 and 11.5; Woodruff 1952).
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from scipy import stats
from usga_indicators.domain.codebook import codebook_of, frame_of, skip_rules
from usga_indicators.domain.codebook.layout import Layout
from usga_indicators.domain.definition import catalogue
from usga_indicators.domain.estimation import Estimate
from usga_indicators.domain.tabulation import Cell, tabulate
from usga_indicators.operations.follow_feed import wanted_names
from usga_indicators.storage.extract_tables import empty_tables, interviews_of, merge
from usga_shared.wire.extract import ExtractItem

from tests.support.indicators import extract_items, outline
from tests.unit.indicators.answers_in_plain_python import (
    CASES,
    MISSING,
    SAFE,
    Answers,
    Pair,
    is_in,
    of_everybody,
)


@lru_cache(maxsize=1)
def items() -> list[dict[str, Any]]:
    return extract_items(900, seed=7)


@lru_cache(maxsize=1)
def estimates() -> dict[tuple[str, Cell], Estimate]:
    codebook = codebook_of([outline()])
    layout = Layout.of(codebook, wanted_names(catalogue()))
    tables = empty_tables(layout)
    parsed = [ExtractItem.model_validate(item) for item in items()]
    for start in range(0, len(parsed), 200):
        tables = merge(tables, layout, parsed[start : start + 200])
    raw = interviews_of(tables, layout)
    frame = frame_of(raw, codebook, wanted_names(catalogue()), skip_rules())
    areas = {f"s{n:02d}": f"area-s{n:02d}" for n in range(1, 5)}
    return {(c.definition.code, c.cell): c.estimate for c in tabulate(catalogue(), frame, areas)}


DOMAINS: dict[str, tuple[Cell, Callable[[dict[str, Any]], bool]]] = {
    "total": (Cell(), lambda _: True),
    "stratum": (
        Cell(stratum="s02", ref_area="area-s02"),
        lambda i: i["stratum"] == "s02",
    ),
    "women": (Cell(sex="F"), lambda i: i["answers"]["sex"] == "female"),
    "young": (Cell(age="Y18T24"), lambda i: 18 <= i["answers"]["age"] <= 24),
}


def psu_variance(z: dict[tuple[str, str], Any]) -> Any:
    """Sum over strata of n/(n - 1) times the squares of PSU totals around their mean."""
    total = 0.0
    for stratum in {key[0] for key in z}:
        parts = np.array([value for key, value in z.items() if key[0] == stratum])
        centred = parts - parts.mean(axis=0)
        total = total + len(parts) / (len(parts) - 1) * (centred.T @ centred)
    return total


def every_psu() -> dict[tuple[str, str], float]:
    return {(i["stratum"], i["psu"]): 0.0 for i in items()}


def ratio(
    pair: Callable[[Answers], Pair], weight: str, inside: Callable[[dict[str, Any]], bool]
) -> dict[str, float]:
    rows = [
        (i, p, i[weight])
        for i in items()
        if inside(i) and (p := pair({**i["answers"], **i["s3"]})) is not None
    ]
    y_total = sum(w * p[0] for _, p, w in rows)
    x_total = sum(w * p[1] for _, p, w in rows)
    value = y_total / x_total
    z = every_psu()
    for item, (y, x), w in rows:
        z[item["stratum"], item["psu"]] += w * (y - value * x) / x_total
    psus = {(i["stratum"], i["psu"]) for i, _, _ in rows}
    df = len(psus) - len({s for s, _ in psus})
    weights = np.array([w for *_, w in rows])
    u = np.array([(y - value * x) / x_total for _, (y, x), _ in rows])
    n, size = len(rows), weights.sum()
    centre = (weights * u).sum() / size
    srs = size**2 * ((weights * (u - centre) ** 2).sum() / size * n / (n - 1)) / n
    variance = float(psu_variance(z))
    return {
        "value": value,
        "se": variance**0.5,
        "deff": variance / srs,
        "df": df,
        "n": n,
        "n_numerator": sum(p[0] != 0 for _, p, _ in rows),
        "n_psu": len(psus),
    }


def logit_interval(value: float, se: float, df: float) -> tuple[float, float]:
    spread = stats.t.ppf(0.975, df) * se / (value * (1 - value))
    centre = np.log(value / (1 - value))
    low, high = (float(1 / (1 + np.exp(-(centre + s * spread)))) for s in (-1, 1))
    return low, high


NO_AGE = {"VIC-09", "VIC-10", "VIC-11", "JUS-01a", "JUS-01b"}


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("code", CASES)
def test_estimates_equal_the_formulas(code: str, domain: str) -> None:
    pair, weight, factor = CASES[code]
    cell, inside = DOMAINS[domain]
    if (code, cell) not in estimates():
        # households have no age, people of a household no sex; incidents are not split by age
        assert weight == "w_household" or (domain == "young" and code in NO_AGE)
        return
    found, expected = estimates()[code, cell], ratio(pair, weight, inside)
    for name in ("value", "se"):
        assert getattr(found, name) == pytest.approx(expected[name] * factor, rel=1e-9)
    for name in ("deff", "df", "n", "n_numerator", "n_psu"):
        assert getattr(found, name) == pytest.approx(expected[name], rel=1e-9), name


@pytest.mark.parametrize("code", ["PER-01", "VIC-07", "VIC-10", "VIO-01", "SVC-01"])
def test_intervals_of_shares_are_symmetric_on_the_logit_scale(code: str) -> None:
    pair, weight, _ = CASES[code]
    expected = ratio(pair, weight, lambda _: True)
    low, high = logit_interval(expected["value"], expected["se"], expected["df"])
    found = estimates()[code, Cell()]
    assert (found.ci_low, found.ci_high) == pytest.approx((low, high), rel=1e-9)


@pytest.mark.parametrize(
    ("code", "parts", "coefficients"),
    [
        (
            "PER-03",
            [of_everybody("safe_day", *SAFE), of_everybody("safe_night", *SAFE)],
            [1.0, -1.0],
        ),
        (
            "GOV-01",
            [is_in(n, "3_some", "4_lot", "5_great") for n in ("eff_say", "eff_infl")],
            [0.5, 0.5],
        ),
        (
            "SVC-02",
            [
                is_in(f"hs_{n}", "sa", "a", universe=lambda a: a["hs_use"] == "yes")
                for n in ("access", "afford", "facil", "equal", "court")
            ],
            [0.2] * 5,
        ),
    ],
)
def test_combinations_carry_the_covariance_of_their_shares(
    code: str, parts: list[Callable[[Answers], Pair]], coefficients: list[float]
) -> None:
    z = {key: np.zeros(len(parts)) for key in every_psu()}
    values = []
    for place, pair in enumerate(parts):
        pairs = [(i, pair({**i["answers"], **i["s3"]})) for i in items()]
        rows = [(i, p, i["w_person"]) for i, p in pairs if p is not None]
        size = sum(w * p[1] for _, p, w in rows)
        value = sum(w * p[0] for _, p, w in rows) / size
        values.append(value)
        for item, (y, x), w in rows:
            z[item["stratum"], item["psu"]][place] += w * (y - value * x) / size
    covariance = psu_variance(z)
    a = np.array(coefficients)
    found = estimates()[code, Cell()]
    assert found.value == pytest.approx(float(a @ values), rel=1e-9)
    assert found.se == pytest.approx(float(a @ covariance @ a) ** 0.5, rel=1e-9)
    if code == "PER-03":  # without the covariance the error would be another
        independent = float(a**2 @ np.diag(covariance)) ** 0.5
        assert abs(independent - found.se) > 1e-6


def test_median_loss_is_read_off_the_weighted_distribution_with_woodruff() -> None:
    property_crimes = {"burg", "veh", "vand", "rob", "theft", "fraud", "cyber", "ext"}
    rows = [
        (row["inc_loss"], i["w_person"], (i["stratum"], i["psu"]))
        for i in items()
        for row in i["answers"]["inc"]
        if row["inc_type"] in property_crimes and row["inc_loss"] not in MISSING
    ]
    total = sum(w for _, w, _ in rows)

    def read(p: float) -> float:
        cumulated = 0.0
        for value, w, _ in sorted(rows, key=lambda r: r[0]):
            cumulated += w
            if cumulated > p * total:
                return float(value)
        return float("nan")

    median = read(0.5)
    share = sum(w for v, w, _ in rows if v <= median) / total
    z = every_psu()
    for value, w, psu in rows:
        z[psu] += w * (float(value <= median) - share) / total
    df = len({p for *_, p in rows}) - len({p[0] for *_, p in rows})
    spread = stats.t.ppf(0.975, df) * float(psu_variance(z)) ** 0.5
    found = estimates()["VIC-12", Cell()]
    assert found.value == median
    assert (found.ci_low, found.ci_high) == (read(share - spread), read(share + spread))
    assert found.n == len({i["unit"] for i in items() if _has_loss(i, property_crimes)})


def _has_loss(item: dict[str, Any], kinds: set[str]) -> bool:
    return any(
        row["inc_type"] in kinds and row["inc_loss"] not in MISSING
        for row in item["answers"]["inc"]
    )
