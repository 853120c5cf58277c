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

Answers = dict[str, Any]
Pair = tuple[float, float] | None  # numerator and denominator of one interview, None: missing
MISSING = {None, "", "dk", "ref", "na", -98, -99}
VIOLENT = {"rob", "phys", "thr", "ext"}
FORMAL = {
    "13_police", "14_prosecutor", "15_court", "16_local_gov", "17_ombudsman", "18_women_desk",
    "19_other_formal", "21_chief_mahalla",
}  # fmt: skip


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


# what each respondent says ---------------------------------------------------------------


def is_in(name: str, *values: str, universe: Callable[[Answers], bool] = lambda _: True) -> Any:
    def pair(a: Answers) -> Pair:
        if not universe(a) or a.get(name) in MISSING:
            return None
        return float(a[name] in values), 1.0

    return pair


def of_everybody(name: str, *values: str) -> Callable[[Answers], Pair]:
    """dk, ref and na stay in the base (metadata of 16.1.4)."""
    return lambda a: (float(a.get(name) in values), 1.0)


def some(value: str | None) -> bool | None:
    """Whether a multiple answer names anything but `none`."""
    if value in MISSING:
        return None
    return value != "none"


def after(a: Answers, screener: str, no: str, question: str) -> Any:
    """The 12-month answer, which a screener's no makes a no and its silence silence."""
    if a.get(screener) == no:
        return "no"
    if a.get(screener) in MISSING:
        return a.get(screener)
    return a.get(question)


def any_of(values: list[Any]) -> bool | None:
    """Whether one of the known answers is yes; unknown without any."""
    known = [v for v in values if v not in MISSING]
    return "yes" in known if known else None


def pair_of(truth: bool | None) -> Pair:
    return None if truth is None else (float(truth), 1.0)


def any_crime(a: Answers) -> Pair:
    plain = (
        "hv_vand_12m",
        "pv_theft_12m",
        "pv_fraud_12m",
        "pv_cyber_12m",
        "pv_ext_12m",
        "pv_thr_12m",
    )
    return pair_of(
        any_of(
            [
                after(a, "hv_burg_5y", "no", "hv_burg_12m"),
                after(a, "hv_veh_own", "no", "hv_veh_12m"),
                after(a, "pv_rob_5y", "no", "pv_rob_12m"),
                *(a.get(name) for name in plain),
            ]
        )
    )


def physical_violence(a: Answers) -> Pair:
    if a.get("consent_sens") != "yes" or a.get("priv_ok") != "yes":
        return None  # the gate: missing, never a no
    said = after(a, "pv_phys_5y", "no", "pv_phys_12m")
    return (float(said not in MISSING and said not in {"no", "none"}), 1.0)


def harassment(a: Answers) -> Pair:
    if a.get("consent_sens") != "yes" or a.get("priv_ok_i") != "yes":
        return None
    said = [after(a, f"{kind}_3y", "none", f"{kind}_12m") for kind in ("sh", "nh")]
    return (float("yes" in said), 1.0)


def robberies(a: Answers) -> Pair:
    robbed = after(a, "pv_rob_5y", "no", "pv_rob_12m")
    if robbed in MISSING:
        return None
    counts = [row["inc_n"] for row in a["inc"] if row["inc_type"] == "rob"]
    if robbed == "yes" and not counts:
        return (1.0, 1.0)  # robbed, and not among the kinds asked about in detail
    if any(n in MISSING for n in counts):
        return None
    return (float(sum(min(n, 10) for n in counts)), 1.0)


def weapons(a: Answers) -> Pair:
    rows = [r for r in a["inc"] if r["inc_type"] in VIOLENT and r["inc_weap"] not in MISSING]
    if not rows:
        return None
    return (float(sum(r["inc_weap"] in {"knife", "gun"} for r in rows)), float(len(rows)))


def sexual_violence(a: Answers) -> bool | None:
    said = after(a, "sv_5y", "none", "sv_12m")
    return None if said in MISSING else said not in {"no", "none"}


def reported(a: Answers) -> Pair:
    rows = [r for r in a["inc"] if r["inc_type"] in {"rob", "phys", "thr"}]
    sexual = sexual_violence(a)
    if not rows and sexual is not True:
        return None
    told: list[bool | None] = []
    for row in rows:
        if row["inc_rep"] in MISSING:
            told.append(None)
        elif row["inc_rep"] == "no":
            told.append(False)
        elif row["inc_rep_to"] in MISSING:
            told.append(None)
        else:
            told.append(not FORMAL.isdisjoint(row["inc_rep_to"].split()))
    if sexual:
        told.append(None if a.get("sv_rep") in MISSING else a["sv_rep"] == "yes")
    known = [t for t in told if t is not None]
    return (float(True in known), 1.0) if known else None


def bribery(a: Answers) -> Pair:
    if some(a.get("br_contact")) is not True:
        return None
    gave, asked = some(a.get("br_gave")), some(a.get("br_asked"))
    if gave is None and asked is None:
        return None
    return (float(gave is True or asked is True), 1.0)


def efficacy(a: Answers) -> Pair:
    scale = {"vlikely": 100.0, "likely": 200 / 3, "unlikely": 100 / 3, "vunlikely": 0.0}
    said = [a[n] for n in ("coh_kids", "coh_fight", "coh_viol") if a[n] not in MISSING]
    return (sum(scale[s] for s in said) / len(said), 1.0) if len(said) >= 2 else None


def disputes(a: Answers) -> Pair:
    if some(a.get("dj_types")) is not True:
        return None
    used = some(a.get("dj_mech"))
    if used is None:
        return None
    if not used:
        if a["dj_norsn"] in MISSING or a["dj_norsn"] in {
            "solved_self", "not_important", "caused_self",
        }:  # fmt: skip
            return None
        return (0.0, 1.0)
    return (1.0, 1.0)


def housing(a: Answers) -> Pair:
    lacks: list[bool | None] = []
    for name, bad in (
        ("water_src", {"surface", "well_unprot"}),
        ("toilet", {"pit_open", "hanging", "open"}),
        ("durable", {"non_durable"}),
        ("tenure", {"owner_nodoc", "rent_verbal", "squat"}),
    ):
        lacks.append(None if a[name] in MISSING else a[name] in bad)
    shared = a.get("toilet_share", -98)
    lacks.append(None if shared in MISSING else shared > 2)
    lacks.append(a["hh_size"] / a["rooms_sleep"] > 3)
    assert any(lack is not None for lack in lacks)  # the sleeping rooms always are
    size = float(a["hh_size"])
    return (size * float(True in lacks), size)


SAFE = ("vsafe", "safe")
CASES: dict[str, tuple[Callable[[Answers], Pair], str, float]] = {
    "PER-01": (of_everybody("safe_night", *SAFE), "w_person", 1),
    "PER-04": (is_in("safe_home", *SAFE), "w_person", 1),
    "PER-05": (
        is_in("safe_trans", *SAFE, universe=lambda a: a["safe_trans"] != "never"), "w_person", 1,
    ),
    "PER-06": (
        is_in("crime_trend", "much_more", "more", universe=lambda a: a["resid_12m"] == "yes"),
        "w_person", 1,
    ),
    "VIC-01": (
        lambda a: pair_of(any_of([after(a, "hv_burg_5y", "no", "hv_burg_12m")])), "w_household", 1,
    ),
    "VIC-07": (any_crime, "w_person", 1),
    "VIC-09": (robberies, "w_person", 100_000),
    "VIC-10": (weapons, "w_person", 1),
    "VIO-01": (physical_violence, "w_person", 1),
    "VIO-06": (harassment, "w_person", 1),
    "JUS-01": (reported, "w_person", 1),
    "JUS-07": (disputes, "w_person", 1),
    "INT-01": (bribery, "w_person", 1),
    "COH-01": (efficacy, "w_person", 1),
    "ENV-01": (is_in("street_light", "good", "partial"), "w_household", 1),
    "SVC-01": (housing, "w_household", 1),
    "SVC-03": (
        is_in("hs_sat", "vsat", "sat", universe=lambda a: a["hs_use"] == "yes"), "w_person", 1,
    ),
}  # fmt: skip
DOMAINS: dict[str, tuple[Cell, Callable[[dict[str, Any]], bool]]] = {
    "total": (Cell(), lambda _: True),
    "stratum": (
        Cell(stratum="s02", ref_area="area-s02"),
        lambda i: i["stratum"] == "s02",
    ),
    "women": (Cell(sex="F"), lambda i: i["answers"]["sex"] == "female"),
    "young": (Cell(age="Y18T24"), lambda i: 18 <= i["answers"]["age"] <= 24),
}


# the formulas ----------------------------------------------------------------------------


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


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("code", CASES)
def test_estimates_equal_the_formulas(code: str, domain: str) -> None:
    pair, weight, factor = CASES[code]
    cell, inside = DOMAINS[domain]
    if (code, cell) not in estimates():
        assert weight == "w_household"  # households have no age, people of a household no sex
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
