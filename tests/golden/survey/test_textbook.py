"""The same numbers once more, by loops written from the textbook and nothing of the program."""

import csv
import json
import math
from collections import defaultdict
from pathlib import Path

import pytest

HERE = Path(__file__).parent
EXPECTED = {c["id"]: c for c in json.loads((HERE / "cases.json").read_text())["cases"]}
Row = dict[str, str]


def rows_of(name: str) -> list[Row]:
    with (HERE / "data" / name).open(newline="") as file:
        return list(csv.DictReader(file))


def expected(case: str, design: str, op: str) -> dict[str, float]:
    found = EXPECTED[case]
    assert (found["design"], found["op"]) == (design, op)
    row: dict[str, float] = found["expected"]["rows"][0] if op == "mean" else found["expected"]
    return row


def first(design: str, op: str, var: str) -> str:
    """The first undomained case of a design that estimates `var`."""
    return next(
        str(i)
        for i, c in EXPECTED.items()
        if c["design"] == design and c["op"] == op and c["vars"] == [var] and "domain" not in c
    )


def sample_variance(values: list[float]) -> float:
    centre = sum(values) / len(values)
    return sum((v - centre) ** 2 for v in values) / (len(values) - 1)


def test_stratified_mean_cochran_1977_5_3() -> None:
    """sum_h W_h ybar_h, with variance sum_h W_h^2 (1 - n_h/N_h) s_h^2/n_h."""
    strata: dict[str, list[Row]] = defaultdict(list)
    for row in rows_of("apistrat.csv"):
        strata[row["stype"]].append(row)
    size = {h: float(r[0]["fpc"]) for h, r in strata.items()}
    total = sum(size.values())
    mean = variance = 0.0
    for h, rows in strata.items():
        y = [float(r["api00"]) for r in rows]
        share = size[h] / total
        mean += share * sum(y) / len(y)
        variance += share**2 * (1 - len(y) / size[h]) * sample_variance(y) / len(y)
    e = expected(first("strat_fpc", "mean", "api00"), "strat_fpc", "mean")
    # the weights of the file are rounded, so the shares differ in the tenth digit
    assert mean == pytest.approx(e["est"], rel=1e-7)
    assert math.sqrt(variance) == pytest.approx(e["se"], rel=1e-6)


def test_mean_of_a_cluster_sample_cochran_1977_9A() -> None:
    """Ratio of cluster totals to cluster sizes: (1 - f)/n sum (y_i - R m_i)^2/(n - 1)/mbar^2."""
    clusters: dict[str, list[float]] = defaultdict(list)
    population = 0.0
    for row in rows_of("apiclus1.csv"):
        clusters[row["dnum"]].append(float(row["api00"]))
        population = float(row["fpc"])
    n = len(clusters)
    mean = sum(sum(y) for y in clusters.values()) / sum(len(y) for y in clusters.values())
    residuals = [sum(y) - mean * len(y) for y in clusters.values()]
    mbar = sum(len(y) for y in clusters.values()) / n
    variance = (1 - n / population) / n * sum(r * r for r in residuals) / (n - 1) / mbar**2
    e = expected(first("clus1_fpc", "mean", "api00"), "clus1_fpc", "mean")
    assert mean == pytest.approx(e["est"], rel=1e-9)
    assert math.sqrt(variance) == pytest.approx(e["se"], rel=1e-9)


def test_mean_of_a_two_stage_sample_sarndal_1992_4_3() -> None:
    """First stage N^2 (1-f1) s^2/n plus N/n sum_i M_i^2 (1-f2i) s_i^2/m_i, of residuals."""
    clusters: dict[str, list[Row]] = defaultdict(list)
    for row in rows_of("apiclus2.csv"):
        clusters[row["dnum"]].append(row)
    n, big = len(clusters), float(next(iter(clusters.values()))[0]["fpc1"])
    weight = {i: big / n * float(r[0]["fpc2"]) / len(r) for i, r in clusters.items()}
    size = sum(weight[i] * len(r) for i, r in clusters.items())
    mean = sum(weight[i] * float(r["api00"]) for i, rs in clusters.items() for r in rs) / size
    first_stage: list[float] = []
    second = 0.0
    for rows in clusters.values():
        m, population = len(rows), float(rows[0]["fpc2"])
        u = [(float(r["api00"]) - mean) / size for r in rows]
        first_stage.append(population / m * sum(u))
        if m > 1:
            second += population**2 * (1 - m / population) * sample_variance(u) / m
    variance = big**2 * (1 - n / big) * sample_variance(first_stage) / n + big / n * second
    e = expected(first("clus2_fpc", "mean", "api00"), "clus2_fpc", "mean")
    assert mean == pytest.approx(e["est"], rel=1e-9)
    assert math.sqrt(variance) == pytest.approx(e["se"], rel=1e-9)


def test_proportion_of_a_settlement_survey_with_its_logit_interval() -> None:
    """Ultimate clusters in strata; interval on the log-odds with the 97.5 % point of t(184)."""
    rows = rows_of("settlement_resp.csv")
    size = sum(float(r["weight"]) for r in rows)
    p = sum(float(r["weight"]) * float(r["victim_assault"]) for r in rows) / size
    psus: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for r in rows:
        residual = float(r["weight"]) * (float(r["victim_assault"]) - p) / size
        psus[r["settlement"]][r["psu_id"]] += residual
    variance = sum(len(t) * sample_variance(list(t.values())) for t in psus.values())
    case = next(
        c
        for c in EXPECTED.values()
        if (c["design"], c["op"]) == ("sett", "ciprop") and "domain" not in c
    )["expected"]
    logit = next(r for r in case["rows"] if r["method"] == "logit")
    se = math.sqrt(variance)
    assert case["df"] == sum(len(t) for t in psus.values()) - len(psus)
    assert (p, se) == pytest.approx((logit["est"], logit["se"]), rel=1e-9)
    half = 1.972940542 * se / (p * (1 - p))  # t(184), tables
    centre = math.log(p / (1 - p))
    ends = [1 / (1 + math.exp(-(centre + s * half))) for s in (-1, 1)]
    assert ends == pytest.approx(logit["ci"], rel=1e-7)
