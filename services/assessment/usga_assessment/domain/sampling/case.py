"""A sampled case and its design, as plain values."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from usga_assessment.domain.sampling.weights import household_weight, person_weight


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseDesign:
    """How a household came into the sample (domain dossier 3.2)."""

    stratum: str
    psu: str
    pi1: float
    """Probability that its PSU was selected."""
    pi2: float
    """Probability that it was selected within the PSU."""
    n_eligible: int | None
    """Eligible adults of the household; None before the interview has counted them."""
    fpc_psu: float | None
    """PSUs in the stratum's population."""
    area: str | None

    @property
    def w_household(self) -> float:
        return household_weight(self.pi1, self.pi2)

    @property
    def w_person(self) -> float | None:
        """None while the number of eligible adults is unknown."""
        if self.n_eligible is None:
            return None
        return person_weight(self.pi1, self.pi2, self.n_eligible)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One sampled household: its design, its tablet and its outcome."""

    assessment: str
    case_id: str
    design: CaseDesign
    device_id: UUID | None
    disposition: str | None
    """AAPOR code once known, e.g. 1.1."""
    disposition_at: datetime | None
    visits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One attempt to reach a case."""

    number: int
    at: datetime
    outcome: str
    actor: str
