"""Calibrated weights, population sizes and replicates in a tabulation, against other ways."""

from collections import defaultdict
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from usga_indicators.domain.codebook import Frame
from usga_indicators.domain.definition.model import Weight
from usga_indicators.domain.design.codes import FloatArray
from usga_indicators.domain.estimation import estimate
from usga_indicators.domain.incremental import tabulate_in_parts
from usga_indicators.domain.incremental.kept import (
    estimates_of_kept,
    from_bytes,
    keep,
    to_bytes,
)
from usga_indicators.domain.tabulation import Cell, CellEstimate, tabulate
from usga_indicators.domain.tabulation.analysis import (
    Analysis,
    Fpc,
    design_under,
    without_later_stages,
)
from usga_indicators.domain.tabulation.breakdowns import partitions
from usga_indicators.domain.tabulation.tasks import tasks_of
from usga_indicators.domain.weighting.make import Made, make_weights
from usga_indicators.domain.weighting.recipe import Of, Rake, Recipe
from usga_indicators.domain.weighting.replicate_weights import (
    Asked,
    Method,
    Psus,
    replicate_weights,
)
from usga_indicators.domain.weighting.traces import adjustments_of
from usga_indicators.domain.weighting.units import Categories, Margin, Surroundings, Units

from tests.support.surveys import assert_same, definitions, frame_from, people, tables_of

CODES = ("PER-01", "PER-10", "VIC-12", "COH-01", "GOV-07", "VIC-09")
SEX: dict[tuple[str, ...], float] = {("female",): 9000.0, ("male",): 8000.0, ("other",): 500.0}
AROUND = Surroundings(margins={"sex": Margin("sex", ("sex",), SEX)})
RECIPE = Recipe((Rake(("sex",), of=(Of.PERSON, Of.HOUSEHOLD)),))
DRAWN = {"s01": 8, "s02": 6}


@lru_cache(maxsize=1)
def frame() -> Frame:
    found = frame_from(tables_of(people(260)), definitions(*CODES))
    return replace(found, w_household=np.where(found.w_household > 0, found.w_household, 1.0))


def units() -> Units:
    found, sex = frame(), frame().columns["sex"]
    return Units(
        [str(i) for i in range(len(found))],
        found.w_person,
        found.w_household,
        {
            "stratum": Categories(found.stratum.wide, found.stratum.levels),
            "psu": Categories(found.psu.wide, found.psu.levels),
            "sex": Categories(sex.codes.astype(np.int64), sex.levels),
        },
    )


@lru_cache(maxsize=1)
def raked() -> tuple[Frame, Made]:
    made = make_weights(RECIPE, units(), AROUND)
    weights = made.weights
    found = replace(frame(), w_person=weights[Of.PERSON], w_household=weights[Of.HOUSEHOLD])
    return found, made


def calibrated() -> Analysis:
    steps = raked()[1].steps
    of = {Weight.PERSON: Of.PERSON, Weight.HOUSEHOLD: Of.HOUSEHOLD}
    return Analysis(adjustments={w: adjustments_of(steps, units(), o) for w, o in of.items()})


def by_cell(found: list[CellEstimate]) -> dict[tuple[str, Cell], CellEstimate]:
    return {(each.definition.code, each.cell): each for each in found}


def test_raked_errors_are_those_of_one_domain_after_the_other() -> None:
    """`estimate` agrees with R on raked designs (tests/golden/survey); here it is the judge."""
    weighed, analysis = raked()[0], calibrated()
    got = by_cell(tabulate(definitions(*CODES), weighed, {}, DRAWN, analysis))
    compared = 0
    for task in tasks_of(definitions(*CODES), weighed):
        if not task.is_linear:
            continue
        design = design_under(analysis, weighed, task.weight, DRAWN)
        for partition in partitions(weighed, {}):
            if not task.is_wanted(partition):
                continue
            for at, cell in enumerate(partition.cells):
                mine = got[task.definition.code, replace(cell, item=task.item)].estimate
                theirs = estimate(
                    design,
                    task.statistic,
                    numerator=task.data.numerators[:, 0],
                    denominator=task.data.denominators[:, 0],
                    domain=partition.rows(at),
                )
                if theirs.n:
                    wanted = (theirs.value, theirs.se, theirs.df, theirs.n, theirs.n_psu)
                    found = (mine.value, mine.se, mine.df, mine.n, mine.n_psu)
                    assert found == pytest.approx(wanted, rel=1e-9, abs=1e-12, nan_ok=True)
                    compared += 1
    assert compared > 50


def _of_total(code: str) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Numerator, denominator and weights of an indicator, zero outside its base."""
    (task, *_) = tasks_of(definitions(code), frame())
    y, x = task.data.numerators[:, 0], task.data.denominators[:, 0]
    known = ~np.isnan(y)
    return np.where(known, y, 0.0), np.where(known, x, 0.0), frame().w_person


def test_two_stages_by_the_formula() -> None:
    population = {"s01": 40.0, "s02": 12.0, "s03": 30.0, "s04": 24.0, "s99": 9.0}
    analysis = Analysis(fpc=Fpc.TWO_STAGE, population=population)
    got = by_cell(tabulate(definitions("PER-01"), frame(), {}, DRAWN, analysis))
    y, x, w = _of_total("PER-01")
    share = (w @ y) / (w @ x)
    z = w * (y - share * x) / (w @ x)
    psus: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    strata, names = frame().stratum, frame().psu
    for at in range(len(frame())):
        stratum, psu = strata.levels[strata.codes[at]], names.levels[names.codes[at]]
        psus[stratum][psu].append(float(z[at]))
    totals = {s: [sum(values) for values in inner.values()] for s, inner in psus.items()}
    everything = [u for s in totals for u in totals[s]]
    variance, drawn_in_all = 0.0, 0
    for stratum, u in totals.items():
        drawn_in_all += max(len(u), DRAWN.get(stratum, 0))
    for stratum, u in totals.items():
        n = max(len(u), DRAWN.get(stratum, 0))
        padded = [*u, *[0.0] * (n - len(u))]
        left = 1 - n / population[stratum]
        if n == 1:  # rule adjust: from the mean of all PSUs
            variance += left * (u[0] - sum(everything) / drawn_in_all) ** 2
        else:
            mean = sum(padded) / n
            variance += left * n / (n - 1) * sum((v - mean) ** 2 for v in padded)
        for values in psus[stratum].values():
            m = len(values)
            if m > 1:
                inner = sum((v - sum(values) / m) ** 2 for v in values) * m / (m - 1)
                variance += n / population[stratum] * inner
    assert got["PER-01", Cell()].estimate.se == pytest.approx(variance**0.5, rel=1e-10)


def test_without_a_look_into_psus_two_stages_are_drawn_with_replacement() -> None:
    population = dict.fromkeys(("s01", "s02", "s03", "s04", "s99"), 20.0)
    errors = {}
    for fpc in Fpc:
        rules = without_later_stages(Analysis(fpc=fpc, population=population))
        got = by_cell(tabulate(definitions("PER-01"), frame(), {}, DRAWN, rules))
        errors[fpc] = got["PER-01", Cell()].estimate.se
    assert errors[Fpc.TWO_STAGE] == errors[Fpc.NONE] > errors[Fpc.FIRST_STAGE]


def test_replicates_that_are_raked_anew_by_hand() -> None:
    weighed, made = raked()
    psus = Psus.of(units(), AROUND, {})
    made_ = replicate_weights(
        RECIPE, made.weights, units(), AROUND, psus=psus, asked=Asked(Method.JKN)
    )
    analysis = Analysis(replicates={Weight.PERSON: made_.design(Of.PERSON)})
    got = by_cell(tabulate(definitions("PER-01"), weighed, {}, {}, analysis))
    y, x, base = _of_total("PER-01")
    sex = frame().columns["sex"].texts()
    strata = [frame().stratum.levels[c] for c in frame().stratum.codes]
    names = [frame().psu.levels[c] for c in frame().psu.codes]

    def share(weights: FloatArray) -> float:
        now = weights.copy()
        for (level, *_), total in SEX.items():
            of = np.array([s == level for s in sex])
            now[of] *= total / now[of].sum()
        return float((now @ y) / (now @ x))

    whole, variance = share(base), 0.0
    for stratum in sorted(set(strata)):
        own = sorted({n for n, s in zip(names, strata, strict=True) if s == stratum})
        n = len(own)
        for gone in own if n > 1 else ():
            factor = np.array(
                [
                    1.0 if s != stratum else 0.0 if p == gone else n / (n - 1)
                    for s, p in zip(strata, names, strict=True)
                ]
            )
            variance += (n - 1) / n * (share(base * factor) - whole) ** 2
    found = got["PER-01", Cell()].estimate
    assert found.value == pytest.approx(whole, rel=1e-12)
    assert found.se == pytest.approx(variance**0.5, rel=1e-9)


NAMES = ["plain", "first_stage", "two_stage", "calibrated", "replicates"]


def special(name: str) -> tuple[Frame, Analysis]:
    """Interviews with their weights, and how they are analysed."""
    population = dict.fromkeys(("s01", "s02", "s03", "s04", "s99"), 50.0)
    if name in set(Fpc):
        return frame(), Analysis(fpc=Fpc(name), population=population)
    if name == "calibrated":
        return raked()[0], calibrated()
    if name == "replicates":
        weighed, made = raked()
        asked = Asked(Method.BOOTSTRAP, replicates=30, seed=5)
        psus = Psus.of(units(), AROUND, DRAWN)
        found_ = replicate_weights(RECIPE, made.weights, units(), AROUND, psus=psus, asked=asked)
        of = {Weight.PERSON: Of.PERSON, Weight.HOUSEHOLD: Of.HOUSEHOLD}
        return weighed, Analysis(replicates={w: found_.design(o) for w, o in of.items()})
    return frame(), Analysis()


@pytest.mark.parametrize("name", NAMES)
def test_what_is_kept_gives_every_linear_estimate_again(name: str) -> None:
    weighed, analysis = special(name)
    some = definitions(*CODES)
    found = tabulate(some, weighed, {}, DRAWN, analysis)
    kept = keep(some, weighed, {}, found, drawn=DRAWN, analysis=analysis)
    content = to_bytes(kept)
    assert content == to_bytes(kept)
    bare = replace(analysis, adjustments={}, replicates={})
    again = estimates_of_kept(from_bytes(content, some, {}), DRAWN, bare)
    linear = {o.task.key for o in kept.statistics.outlines if not o.task.is_quantile}
    wanted = [e for e in found if (e.definition.code, e.cell.item) in linear]
    assert len(wanted) > 50
    assert_same(again, wanted, tolerance=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_in_parts_they_are_what_they_are_as_a_whole(name: str) -> None:
    weighed, analysis = special(name)
    some = definitions(*CODES)
    whole = tabulate(some, weighed, {}, DRAWN, analysis)
    parts, sums = tabulate_in_parts(some, weighed, {}, DRAWN, analysis, part=37)
    assert_same(parts, whole)
    kept, again = (
        keep(some, weighed, {}, found, drawn=DRAWN, analysis=analysis, statistics=counted)
        for found, counted in ((whole, None), (parts, sums))
    )
    assert_same(*(estimates_of_kept(each, DRAWN, analysis) for each in (again, kept)))
