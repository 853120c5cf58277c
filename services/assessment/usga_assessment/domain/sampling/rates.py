"""Outcome rates (AAPOR Standard Definitions; formulas as in the domain dossier 3.3)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from usga_assessment.domain.sampling.case import Case
from usga_assessment.domain.sampling.dispositions import Outcome, outcome_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Cases by outcome: numbers of cases, or sums of their household weights."""

    i: float = 0
    p: float = 0
    r: float = 0
    nc: float = 0
    o: float = 0
    uh: float = 0
    uo: float = 0
    ne: float = 0

    @property
    def eligible(self) -> float:
        """D = I + P + R + NC + O."""
        return self.i + self.p + self.r + self.nc + self.o

    @property
    def unknown(self) -> float:
        """UH + UO."""
        return self.uh + self.uo


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Shares between 0 and 1; None where there is nothing to divide by."""

    e: float | None
    rr1: float | None
    rr2: float | None
    rr3: float | None
    rr4: float | None
    rr5: float | None
    rr6: float | None
    coop1: float | None
    ref1: float | None
    con1: float | None


def outcome_rates(counts: Counts) -> Rates:
    """All rates; e = D / (D + NE) is the proportional (CASRO) method for RR3 and RR4."""
    d, unknown = counts.eligible, counts.unknown
    interviews = counts.i + counts.p
    contacts = interviews + counts.r + counts.o
    e = _share(d, d + counts.ne)
    estimated = None if e is None else d + e * unknown
    return Rates(
        e=e,
        rr1=_share(counts.i, d + unknown),
        rr2=_share(interviews, d + unknown),
        rr3=_share(counts.i, estimated),
        rr4=_share(interviews, estimated),
        rr5=_share(counts.i, d),
        rr6=_share(interviews, d),
        coop1=_share(counts.i, contacts),
        ref1=_share(counts.r, d + unknown),
        con1=_share(contacts, d + unknown),
    )


def count_cases(cases: Iterable[Case], *, weighted: bool = False) -> Counts:
    """Cases by outcome; weighted: sums of household weights 1 / (pi1 pi2)."""
    sums: dict[Outcome, float] = defaultdict(float if weighted else int)
    for case in cases:
        sums[outcome_of(case.disposition)] += case.design.w_household if weighted else 1
    return Counts(**{outcome.value.lower(): total for outcome, total in sums.items()})


def _share(part: float, whole: float | None) -> float | None:
    return part / whole if whole else None
