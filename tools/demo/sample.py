"""A three-stage probability sample of invented households: strata, PSUs, households, persons."""

import csv
import io
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from tools.demo.area import Village

#: Households drawn in a PSU beyond those that will answer.
_SPARE = (2, 3, 4)
#: What becomes of households without an interview (AAPOR, domain words), and how often.
NON_RESPONSE: dict[str, float] = {
    "2.111": 0.20,  # household refusal
    "2.112": 0.16,  # refusal by the selected person
    "2.12": 0.04,  # break-off
    "2.24": 0.26,  # nobody home after all visits
    "2.25": 0.10,  # selected person away for the period
    "2.32": 0.04,  # ill or unable
    "2.33": 0.03,  # no common language
    "2.36": 0.03,  # privacy not achievable
    "3.18": 0.04,  # cannot locate
    "4.60": 0.07,  # vacant or demolished
    "4.70": 0.03,  # nobody eligible
}
COLUMNS = ("case_id", "stratum", "psu", "pi1", "pi2", "n_eligible", "fpc_psu", "area")


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How large a demonstration is."""

    villages: int = 12
    psus: int = 16
    """In each village."""
    interviews: tuple[int, ...] = (12, 13)
    """In a PSU, drawn from these."""
    tablets: int = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Household:
    """One sampled household, and what will become of it."""

    case: str
    stratum: str
    psu: str
    pi1: float
    pi2: float
    n_eligible: int
    fpc_psu: int
    area: str
    disposition: str
    """1.1 for an interview, else why there is none."""
    structure: int
    serial: int


def draw(villages: Sequence[Village], seed: int, size: Size | None = None) -> list[Household]:
    """The whole sample, in the order of strata, PSUs and listing."""
    size = size or Size()
    return [household for village in villages for household in _stratum(village, seed, size)]


def _stratum(village: Village, seed: int, size: Size) -> Iterable[Household]:
    """Stage 1 with probability proportional to size, systematic from a seeded start."""
    rng = random.Random(f"{seed}/sample/{village.stratum}")  # noqa: S311 - synthetic data
    population = [rng.randint(80, 150) for _ in range(rng.randint(48, 72))]
    for position in select_proportional(population, size.psus, rng.random()):
        yield from _households(
            village,
            f"{village.stratum}-{position + 1:02d}",
            structures=population[position],
            pi1=size.psus * population[position] / sum(population),
            fpc_psu=len(population),
            interviews=rng.choice(size.interviews),
            rng=rng,
        )


def select_proportional(sizes: Sequence[int], count: int, start: float) -> list[int]:
    """Systematic selection of `count` positions; `start` in [0, 1) is the random start."""
    step = sum(sizes) / count
    bounds = list(accumulate(sizes))
    wanted = [(start + turn) * step for turn in range(count)]
    return [next(i for i, bound in enumerate(bounds) if bound > point) for point in wanted]


def _households(
    village: Village,
    psu: str,
    *,
    structures: int,
    pi1: float,
    fpc_psu: int,
    interviews: int,
    rng: random.Random,
) -> Iterable[Household]:
    """Stage 2: some of the listed households; which of them answer is drawn, too."""
    listed = max(60, round(structures * rng.uniform(0.9, 1.15)))
    taken = interviews + rng.choice(_SPARE)
    answering = set(rng.sample(range(taken), interviews))
    serials = sorted(rng.sample(range(1, listed + 1), taken))
    for order, serial in enumerate(serials):
        reasons = rng.choices(list(NON_RESPONSE), list(NON_RESPONSE.values()))
        yield Household(
            case=f"{psu}-{order + 1:02d}",
            stratum=village.stratum,
            psu=psu,
            pi1=round(pi1, 9),
            pi2=round(taken / listed, 9),
            n_eligible=rng.choices((1, 2, 3, 4, 5), (22, 41, 20, 12, 5))[0],
            fpc_psu=fpc_psu,
            area=village.area,
            disposition="1.1" if order in answering else reasons[0],
            structure=(serial + 1) // 2,
            serial=serial,
        )


def as_csv(sample: Iterable[Household]) -> str:
    """The sample file that a statistician would load; dispositions are not in it."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for h in sample:
        writer.writerow([h.case, h.stratum, h.psu, h.pi1, h.pi2, h.n_eligible, h.fpc_psu, h.area])
    return text.getvalue()


def psus(sample: Iterable[Household], villages: Iterable[Village]) -> list[dict[str, str]]:
    """The list `psu.csv` of the form."""
    found = {h.psu: h.stratum for h in sample}
    settlement = {village.stratum: village.settlement for village in villages}
    return [
        {"name": psu, "label": psu, "stratum": stratum, "settlement": settlement[stratum]}
        for psu, stratum in found.items()
    ]
