"""An attack on whole releases: no hidden count is recoverable within its protection interval (D-03).

The attacker adds up what readers see: breakdowns to their total, strata to their area, categories
to their base. The attack is written apart from the product's and solves all sums at once.
"""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import optimize
from usga_indicators.domain.definition import Definition, catalogue
from usga_indicators.domain.disclosure import Sensitivity, Thresholds
from usga_indicators.domain.estimation import Estimate
from usga_indicators.domain.publication import protect_and_audit
from usga_indicators.domain.publication.protect import statistic_of
from usga_indicators.domain.tabulation import Cell, CellEstimate, MissingTally
from usga_shared.wire.release import Observation
from usga_shared.wire.vocabulary import ObsStatus

#: Five strata: two areas of two, and one that is an area of its own.
AREAS = {"s0": "north", "s1": "north", "s2": "south", "s3": "south", "s4": "sole"}
CODES = ("VIO-03", "PER-02", "VIC-04", "PER-11", "GOV-07", "VIC-09", "INT-01")
BY_CODE = {d.code: d for d in catalogue()}
AGES = ("Y18T24", "Y25T34", "Y35T44", "Y45T54", "Y55T64", "Y_GE65")
Sum = tuple[int | None, list[int]]


def survey(seed: int, people: int) -> list[CellEstimate]:
    """Estimates of a few indicators from people who answer at random."""
    random = np.random.default_rng(seed)
    stratum = random.choice(5, people, p=random.dirichlet(np.full(5, 2.0)))
    age, sex = random.integers(0, 6, people), random.integers(0, 2, people)
    groups = [(Cell(), np.ones(people, dtype=bool))]
    groups += [
        (Cell(stratum=f"s{k}", ref_area="sole" if k == 4 else "_T"), stratum == k)
        for k in range(5)
    ]
    groups += [(Cell(ref_area=a), stratum // 2 == k) for k, a in enumerate(("north", "south"))]
    groups += [(Cell(sex="FM"[k]), sex == k) for k in range(2)]
    groups += [(Cell(age=code), age == k) for k, code in enumerate(AGES)]
    found = []
    for code in CODES:
        definition = BY_CODE[code]
        base = random.random(people) < random.choice([1.0, 0.8, 0.3])
        yes = random.random(people) < random.choice([0.01, 0.05, 0.3, 0.97])
        items = list(definition.items) or ["_T"]
        choice = random.choice(len(items), people, p=random.dirichlet(np.ones(len(items))))
        for at, item in enumerate(items):
            answer = choice == at if definition.items else yes
            for cell, rows in groups:
                if definition.items and (cell.sex != "_T" or cell.age != "_T"):
                    continue
                n, numerator = int((rows & base).sum()), int((rows & base & answer).sum())
                found.append(estimated(definition, replace(cell, item=item), n, numerator))
    return found


def estimated(definition: Definition, cell: Cell, n: int, numerator: int) -> CellEstimate:
    p = numerator / n if n else float("nan")
    half = 2.0 * float(np.sqrt(max(p * (1 - p), 1e-4) / n)) if n else float("nan")
    estimate = Estimate(
        value=p, se=half / 2, ci_low=max(0.0, p - half), ci_high=min(1.0, p + half), deff=1.2,
        df=60, n=n, n_numerator=numerator, n_psu=20, cv=half / 2 / p if p else float("nan"),
    )  # fmt: skip
    return CellEstimate(definition, cell, estimate, MissingTally(), partial=False)


def sums_of(cells: list[CellEstimate], *, of_categories: bool) -> Iterable[Sum]:
    """Every sum that readers can form, by place."""
    place = {c.cell: at for at, c in enumerate(cells)}
    for item in {c.cell.item for c in cells}:
        own = {c: at for c, at in place.items() if c.item == item}
        total = own[Cell(item=item)]
        strata = {c.stratum: at for c, at in own.items() if c.stratum != "_T"}
        yield total, list(strata.values())
        joined = {a: own[Cell(ref_area=a, item=item)] for a in ("north", "south")}
        yield total, [*joined.values(), strata["s4"]]
        for area, at in joined.items():
            yield at, [strata[s] for s, a in AREAS.items() if a == area]
        for name in ("sex", "age"):
            parts = [at for c, at in own.items() if getattr(c, name) != "_T"]
            if parts:
                yield total, parts
    if of_categories:
        for of in {replace(c.cell, item="_T") for c in cells}:
            yield None, [at for c, at in place.items() if replace(c, item="_T") == of]


def extremes(
    values: NDArray[np.float64], hidden: list[int], sums: list[Sum], place: int
) -> tuple[float, float]:
    """The least and largest value of a hidden count, over all that agrees with what is shown."""
    column = {at: k for k, at in enumerate(hidden)}
    rows, right = [], []
    for total, parts in sums:
        row = np.zeros(len(hidden))
        for at, sign in [
            *((p, 1.0) for p in parts),
            *([(total, -1.0)] if total is not None else []),
        ]:
            if at in column:
                row[column[at]] += sign
        if row.any():
            rows.append(row)
            right.append(float(row @ values[hidden]))
    goal = np.zeros(len(hidden))
    goal[column[place]] = 1.0
    found = []
    for sign in (1.0, -1.0):
        solved = optimize.linprog(sign * goal, A_eq=np.array(rows), b_eq=right)
        found.append(sign * float(solved.fun) if solved.status == 0 else float("inf"))
    return found[0], found[1]


def broken(cells: list[CellEstimate], shown: list[Observation]) -> list[str]:
    """Hidden counts that can be told too well, of one indicator."""
    definition, limits = cells[0].definition, Thresholds()
    n = np.array([float(c.estimate.n) for c in cells])
    x = np.array([float(c.estimate.n_numerator) for c in cells])
    hidden = [at for at, o in enumerate(shown) if o.obs_status is ObsStatus.SUPPRESSED]
    if not hidden:
        return []
    categories = len(definition.items) > 0
    known_base = [
        (total, parts)
        for total, parts in sums_of(cells, of_categories=categories)
        if total is not None or not set(parts) <= set(hidden)
    ]
    sums = [s for s in known_base if s[0] is not None]
    counts = statistic_of(definition).value in {"prop", "ratio"}
    s3, guarded = (
        definition.sensitivity >= Sensitivity.S3,
        definition.sensitivity >= Sensitivity.S2,
    )
    base = limits.base_hidden_s3 if s3 else limits.base_hidden
    found = []
    for at in hidden:
        small = (0.0 if guarded else 1.0) <= x[at] < limits.count_hidden
        if (
            counts
            and small
            and extremes(x, hidden, known_base, at)[1] < limits.count_hidden - 1e-6
        ):
            found.append(f"{definition.code} {cells[at].cell}: numerator {x[at]:.0f}")
        if n[at] < base and not categories:
            most = (
                extremes(x, hidden, sums, at)[1] + extremes(n - x, hidden, sums, at)[1]
                if counts
                else extremes(n, hidden, sums, at)[1]
            )
            if most < base - 1e-6:
                found.append(f"{definition.code} {cells[at].cell}: base {n[at]:.0f}")
        rest = n[at] - x[at]
        small = (0.0 if guarded else 1.0) <= rest < limits.count_hidden
        if (
            counts
            and small
            and not categories
            and extremes(n - x, hidden, sums, at)[1] < limits.count_hidden - 1e-6
        ):
            found.append(f"{definition.code} {cells[at].cell}: complement {rest:.0f}")
    return found


@pytest.mark.parametrize(("seed", "people"), [(1, 400), (2, 900), (4, 2500)])
def test_no_hidden_count_of_a_release_can_be_worked_out_D03(seed: int, people: int) -> None:
    estimates = survey(seed, people)
    protected, told = protect_and_audit(
        estimates, release="r", time_period="2026", probability_sample=True, area_of_stratum=AREAS
    )
    shown = [p.observation for p in protected]
    assert {o.obs_status for o in shown} >= {ObsStatus.SUPPRESSED, ObsStatus.NORMAL}
    found = []
    for code in CODES:
        places = [at for at, e in enumerate(estimates) if e.definition.code == code]
        found += broken([estimates[at] for at in places], [shown[at] for at in places])
    assert found == []
    assert told
    assert not [each for each in told if not each.protected]


def test_the_attack_finds_a_stratum_that_its_area_gives_away() -> None:
    definition = BY_CODE["PER-02"]
    people = {
        "_T": 900,
        "north": 300,
        "south": 400,
        "s0": 20,
        "s1": 280,
        "s2": 200,
        "s3": 200,
        "s4": 200,
    }
    cells = [
        estimated(definition, cell_of(name), n, n // 2 if n > 20 else 10) for name, n in people.items()
    ]  # fmt: skip
    shown = [
        p.observation
        for p in protect_and_audit(
            cells, release="r", time_period="2026", probability_sample=True, area_of_stratum=AREAS
        )[0]
    ]
    assert broken(cells, shown) == []
    only_small = [
        o.model_copy(update={"obs_status": ObsStatus.NORMAL}) if o.reason == "D-03" else o
        for o in shown
    ]
    assert broken(cells, only_small)


def cell_of(name: str) -> Cell:
    if name.startswith("s") and len(name) == 2:
        return Cell(stratum=name, ref_area="sole" if name == "s4" else "_T")
    return Cell() if name == "_T" else Cell(ref_area=name)
