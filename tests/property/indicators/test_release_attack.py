"""An attack on whole releases: no hidden count is recoverable within its protection interval (D-03).

The attacker is that of `tests.support.attack`, who solves all sums at once.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from usga_indicators.domain.definition import Definition, catalogue
from usga_indicators.domain.estimation import Estimate
from usga_indicators.domain.publication import (
    Beside,
    Joined,
    Protected,
    Standing,
    audit_beside,
    protect_and_audit,
)
from usga_indicators.domain.tabulation import Cell, CellEstimate, MissingTally
from usga_shared.wire.vocabulary import ObsStatus

from tests.support.attack import broken, broken_beside
from tests.support.people_values import spread_like

#: Five strata: two areas of two, and one that is an area of its own.
AREAS = {"s0": "north", "s1": "north", "s2": "south", "s3": "south", "s4": "sole"}
CODES = ("VIO-03", "PER-02", "VIC-04", "PER-11", "GOV-07", "VIC-09", "INT-01")
BY_CODE = {d.code: d for d in catalogue()}
AGES = ("Y18T24", "Y25T34", "Y35T44", "Y45T54", "Y55T64", "Y_GE65")


#: Surveys of which a release was published before the last of their people were asked.
GROWING = range(20, 40)
LATE = 60


def survey(
    seed: int,
    people: int,
    *,
    first: int | None = None,
    settled: Mapping[str, str] | None = None,
) -> list[CellEstimate]:
    """Estimates of a few indicators from people who answer at random.

    Of the `first` ones alone, where that is asked; those after them all live in one stratum.
    """
    random = np.random.default_rng(seed)
    stratum = random.choice(5, people, p=random.dirichlet(np.full(5, 2.0)))
    age, sex = random.integers(0, 6, people), random.integers(0, 2, people)
    asked = np.arange(people) < (people if first is None else first)
    if first is not None or seed in GROWING:
        late = np.arange(people) >= people - LATE
        stratum[late], age[late], sex[late] = 3, 2, 1
    groups = [(Cell(), np.ones(people, dtype=bool))]
    groups += [
        (Cell(stratum=f"s{k}", ref_area="sole" if k == 4 else "_T"), stratum == k)
        for k in range(5)
    ]
    groups += [(Cell(ref_area=a), stratum // 2 == k) for k, a in enumerate(("north", "south"))]
    groups += [
        (
            Cell(subgroup=kind),
            np.isin(stratum, [int(s[1]) for s, k in (settled or {}).items() if k == kind]),
        )
        for kind in sorted(set((settled or {}).values()))
    ]
    groups += [(Cell(sex="FM"[k]), sex == k) for k in range(2)]
    groups += [(Cell(age=code), age == k) for k, code in enumerate(AGES)]
    found = []
    for code in CODES:
        definition = BY_CODE[code]
        base = asked & (random.random(people) < random.choice([1.0, 0.8, 0.3]))
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
    values = spread_like(definition, numerator, n)
    return CellEstimate(definition, cell, estimate, MissingTally(), partial=False, values=values)


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
        found += broken([estimates[at] for at in places], [shown[at] for at in places], AREAS)
    assert found == []
    assert told
    assert not [each for each in told if not each.protected]


#: Kinds of settlement that are areas by another name, and such as go across them.
SETTLED = (
    dict(zip(AREAS, ("informal", "informal", "mixed", "mixed", "formal"), strict=True)),
    dict(zip(AREAS, ("informal", "mixed", "informal", "mixed", "mixed"), strict=True)),
)


@pytest.mark.parametrize(
    ("settled", "areas", "seed", "people"),
    [
        (SETTLED[0], {}, 1, 400),
        pytest.param(SETTLED[0], AREAS, 1, 400, marks=pytest.mark.slow),
        pytest.param(SETTLED[1], AREAS, 1, 400, marks=pytest.mark.slow),
        pytest.param(SETTLED[0], {}, 4, 2500, marks=pytest.mark.slow),
        pytest.param(SETTLED[1], AREAS, 4, 2500, marks=pytest.mark.slow),
    ],
)
def test_kinds_of_settlement_do_not_give_their_strata_away_D03(
    settled: dict[str, str], areas: dict[str, str], seed: int, people: int
) -> None:
    """They may be areas by another name, or go across them."""
    groups = {stratum: f"settlement:{kind}" for stratum, kind in settled.items()}
    estimates = [
        each
        for each in survey(seed, people, settled=groups)
        if areas or each.cell.ref_area in {"_T", "sole"}
    ]
    protected, told = protect_and_audit(
        estimates, release="r", time_period="2026", probability_sample=True,
        area_of_stratum=areas, group_of_stratum=groups,
    )  # fmt: skip
    assert not [each for each in told if not each.protected]
    for code in CODES:
        places = [at for at, e in enumerate(estimates) if e.definition.code == code]
        shown = [protected[at].observation for at in places]
        assert broken([estimates[at] for at in places], shown, areas, groups) == []


def test_the_attack_finds_a_stratum_that_its_settlement_gives_away() -> None:
    """Two strata are the informal settlements; in the smaller only four feel safe by day."""
    definition, strata = BY_CODE["PER-02"], {"s0": 30, "s1": 280, "s2": 200, "s3": 200}
    people = {"_T": 710, "settlement:informal": 310, "settlement:mixed": 400, **strata}
    groups = {"s0": "informal", "s1": "informal", "s2": "mixed", "s3": "mixed"}
    groups = {stratum: f"settlement:{kind}" for stratum, kind in groups.items()}
    cells = [
        estimated(
            definition,
            Cell(subgroup=name) if ":" in name else cell_of(name),
            n,
            n // 2 if n > 30 else 4,
        )
        for name, n in people.items()
    ]

    def attacked(group_of_stratum: dict[str, str]) -> list[str]:
        done = protect_and_audit(
            cells, release="r", time_period="2026", probability_sample=True,
            group_of_stratum=group_of_stratum,
        )[0]  # fmt: skip
        return broken(cells, [p.observation for p in done], {}, groups)

    assert attacked(groups) == []
    assert attacked({})  # planted: who belongs where is taken for a secret


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
    assert broken(cells, shown, AREAS) == []
    only_small = [
        o.model_copy(update={"obs_status": ObsStatus.NORMAL}) if o.reason == "D-03" else o
        for o in shown
    ]
    assert broken(cells, only_small, AREAS)


def cell_of(name: str) -> Cell:
    if name.startswith("s") and len(name) == 2:
        return Cell(stratum=name, ref_area="sole" if name == "s4" else "_T")
    return Cell() if name == "_T" else Cell(ref_area=name)


def protected(estimates: list[CellEstimate], *earlier: Beside) -> list[Protected]:
    return protect_and_audit(
        estimates,
        release="r",
        time_period="2026",
        probability_sample=True,
        area_of_stratum=AREAS,
        earlier=earlier,
    )[0]


def beside(name: str, estimates: list[CellEstimate], cells: list[Protected]) -> Beside:
    found: dict[str, list[Standing]] = {}
    for place, (each, cell) in enumerate(zip(estimates, cells, strict=True)):
        counts = each.estimate.n, each.estimate.n_numerator
        standing = Standing(place, each.cell, cell.observation.obs_status, *counts)
        found.setdefault(each.definition.code, []).append(standing)
    return Beside(name, Joined(AREAS), found)


def told_by_both(
    before: tuple[list[CellEstimate], list[Protected]],
    after: tuple[list[CellEstimate], list[Protected]],
) -> list[str]:
    """What the attacker tells of either release with the other."""
    found = []
    for code in CODES:
        one, two = (
            (
                [e for e in estimates if e.definition.code == code],
                [c.observation for c in cells if c.observation.indicator == code],
            )
            for estimates, cells in (before, after)
        )
        found += broken_beside(one, two, AREAS) + broken_beside(two, one, AREAS)
    return found


def open_cells(new: Beside, *published: Beside) -> list[object]:
    told = audit_beside(new, published, BY_CODE)
    assert told
    return [each for each in told if not each.told.protected]


@cache
def published(seed: int, people: int) -> tuple[list[CellEstimate], list[Protected]]:
    """The earlier release of a growing survey."""
    before = survey(seed, people, first=people - LATE)
    return before, protected(before)


@pytest.mark.parametrize(
    ("seed", "people"), [pytest.param(21, 900, marks=pytest.mark.slow), (22, 900), (27, 500)]
)
def test_two_releases_together_tell_no_hidden_count_D04(seed: int, people: int) -> None:
    (before, first), after = published(seed, people), survey(seed, people)
    second = protected(after, beside("first", before, first))
    assert told_by_both((before, first), (after, second)) == []
    assert open_cells(beside("second", after, second), beside("first", before, first)) == []


def test_the_attack_finds_releases_that_were_protected_apart() -> None:
    """Planted: each release hides what is cheapest for itself."""
    (before, first), after = published(22, 900), survey(22, 900)
    second = protected(after)
    assert told_by_both((before, first), (after, second))
    assert open_cells(beside("second", after, second), beside("first", before, first))
