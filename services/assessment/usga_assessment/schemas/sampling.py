"""What the API takes and shows of samples, cases and outcome rates."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from usga_assessment.domain.sampling.case import Case, Visit
from usga_assessment.domain.sampling.rates import Counts, Rates
from usga_assessment.domain.sampling.summary import StratumSummary
from usga_assessment.schemas.base import Body, Key

Disposition = Literal[
    "1.1", "1.2", "2.111", "2.112", "2.12", "2.23", "2.24", "2.25", "2.31", "2.32",
    "2.33", "2.36", "3.11", "3.17", "3.18", "3.21", "4.10", "4.50", "4.60", "4.70",
]  # fmt: skip
"""The AAPOR codes of the domain; a test holds it equal to DISPOSITIONS."""

NonInterview = Literal[
    "2.111", "2.112", "2.12", "2.23", "2.24", "2.25", "2.31", "2.32", "2.33", "2.36",
    "3.11", "3.17", "3.18", "3.21", "4.10", "4.50", "4.60", "4.70",
]  # fmt: skip
"""The same without interviews, which set their own outcome when they arrive."""


class StratumView(BaseModel):
    """One stratum of the sample."""

    stratum: str = Field(description="Its code.", examples=["s01"])
    area: str | None = Field(description="Area of all its cases.", examples=["MAT-01"])
    psus: int = Field(description="PSUs in the sample.", examples=[16])
    psus_population: float | None = Field(description="PSUs in the population.", examples=[61])
    cases: int = Field(description="Sampled households.", examples=[200])
    households: float = Field(description="Sum of household weights.", examples=[5210.4])
    smallest_weight: float = Field(description="Of 1 / (pi1 pi2).", examples=[20.1])
    largest_weight: float = Field(description="Of 1 / (pi1 pi2).", examples=[31.9])

    @classmethod
    def of(cls, summary: StratumSummary) -> "StratumView":
        """The view of a summary."""
        return cls(**{name: getattr(summary, name) for name in cls.model_fields})


class SampleView(BaseModel):
    """The loaded sample, by stratum."""

    digest: str = Field(description="SHA-256 of its content, in any order.", examples=["ab" * 32])
    cases: int = Field(description="Sampled households.", examples=[2400])
    certainty: list[str] = Field(description="Strata with a PSU selected with certainty.")
    loaded_at: datetime = Field(description="When it was loaded.")
    strata: list[StratumView] = Field(description="By stratum code.")


class CaseView(BaseModel):
    """A sampled household. No name and no address: tablets find it by its case id."""

    case_id: str = Field(description="Its id in the sample.", examples=["s01-p03-07"])
    stratum: str = Field(description="Stratum.", examples=["s01"])
    psu: str = Field(description="PSU.", examples=["s01-p03"])
    area: str | None = Field(description="Area code.", examples=["MAT-01"])
    pi1: float = Field(description="Selection probability of the PSU.", examples=[0.2])
    pi2: float = Field(description="Selection probability in the PSU.", examples=[0.1])
    n_eligible: int | None = Field(description="Eligible adults, once counted.", examples=[3])
    fpc_psu: float | None = Field(description="PSUs in the stratum's population.", examples=[61])
    w_household: float = Field(description="1 / (pi1 pi2).", examples=[50.0])
    w_person: float | None = Field(description="1 / (pi1 pi2 pi3).", examples=[150.0])
    device_id: UUID | None = Field(description="The tablet that has it.")
    disposition: str | None = Field(description="Final AAPOR code.", examples=["1.1"])
    disposition_at: datetime | None = Field(description="When it became final.")
    visits: int = Field(description="Attempts so far.", examples=[2])

    @classmethod
    def of(cls, case: Case) -> "CaseView":
        """The view of a stored case."""
        return cls(**case_values(case))


def case_values(case: Case) -> dict[str, Any]:
    """The fields of a case's view."""
    design = case.design
    return {
        "case_id": case.case_id,
        "stratum": design.stratum,
        "psu": design.psu,
        "area": design.area,
        "pi1": design.pi1,
        "pi2": design.pi2,
        "n_eligible": design.n_eligible,
        "fpc_psu": design.fpc_psu,
        "w_household": design.w_household,
        "w_person": design.w_person,
        "device_id": case.device_id,
        "disposition": case.disposition,
        "disposition_at": case.disposition_at,
        "visits": case.visits,
    }


class VisitView(BaseModel):
    """One attempt to reach a case."""

    number: int = Field(description="Counts from 1.", examples=[1])
    at: datetime = Field(description="When.")
    outcome: str = Field(description="AAPOR code of this attempt.", examples=["2.24"])
    actor: str = Field(description="Who, as kind:id.")

    @classmethod
    def of(cls, visit: Visit) -> "VisitView":
        """The view of a stored visit."""
        return cls(number=visit.number, at=visit.at, outcome=visit.outcome, actor=visit.actor)


class CaseWithVisits(CaseView):
    """A case and its visits."""

    history: list[VisitView] = Field(description="In order.")


class Assignment(Body):
    """Give cases to a tablet, or take them back."""

    cases: list[Key] = Field(min_length=1, max_length=5_000, description="Case ids.")
    device: UUID | None = Field(description="The tablet; null takes the cases back.")


class Assigned(BaseModel):
    """What was assigned."""

    cases: int = Field(description="Number of cases.", examples=[12])
    device: UUID | None = Field(description="The tablet that has them now.")


class NewVisit(Body):
    """A visit to a case. Codes only: no words about people."""

    at: AwareDatetime = Field(description="When.")
    outcome: Disposition = Field(description="AAPOR code of this attempt.", examples=["2.24"])


class FinalDisposition(Body):
    """The final outcome of a case that did not end in an interview."""

    code: NonInterview = Field(description="AAPOR code.", examples=["2.111"])


class CountsView(BaseModel):
    """Cases by outcome (numbers of cases, or sums of household weights)."""

    i: float = Field(description="Complete interviews.", examples=[600])
    p: float = Field(description="Partial interviews.", examples=[20])
    r: float = Field(description="Refusals and break-offs.", examples=[60])
    nc: float = Field(description="No contact.", examples=[40])
    o: float = Field(description="Other eligible non-interviews.", examples=[20])
    uh: float = Field(description="Unknown whether a household; not attempted.", examples=[10])
    uo: float = Field(description="Household, eligibility unknown.", examples=[20])
    ne: float = Field(description="Not eligible.", examples=[50])


class RatesView(CountsView):
    """Outcome rates (AAPOR), as shares between 0 and 1; null where nothing can be divided."""

    e: float | None = Field(description="D / (D + NE), the proportional method.")
    rr1: float | None = Field(description="I / (D + UH + UO).", examples=[0.779])
    rr2: float | None = Field(description="(I + P) / (D + UH + UO).", examples=[0.805])
    rr3: float | None = Field(description="I / (D + e (UH + UO)).", examples=[0.781])
    rr4: float | None = Field(description="(I + P) / (D + e (UH + UO)).", examples=[0.807])
    rr5: float | None = Field(description="I / D.", examples=[0.811])
    rr6: float | None = Field(description="(I + P) / D.", examples=[0.838])
    coop1: float | None = Field(description="I / (I + P + R + O).", examples=[0.857])
    ref1: float | None = Field(description="R / (D + UH + UO).", examples=[0.078])
    con1: float | None = Field(description="(I + P + R + O) / (D + UH + UO).", examples=[0.909])

    @classmethod
    def of(cls, counts: Counts, rates: Rates) -> "RatesView":
        """The view of counts and their rates."""
        whole = {name: getattr(counts, name) for name in CountsView.model_fields}
        return cls(
            **whole,
            **{n: getattr(rates, n) for n in cls.model_fields if n not in whole},
        )


class StratumRates(BaseModel):
    """Outcome rates of one stratum."""

    stratum: str = Field(description="Its code.", examples=["s01"])
    unweighted: RatesView = Field(description="By numbers of cases.")
    weighted: RatesView = Field(description="By household weight.")


class OutcomeRatesView(BaseModel):
    """Outcome rates of the sample as it stands now; open cases count as not attempted (UH)."""

    cases: int = Field(description="Cases of the sample.", examples=[2400])
    final: int = Field(description="Cases with a final disposition.", examples=[2310])
    unweighted: RatesView = Field(description="By numbers of cases.")
    weighted: RatesView = Field(description="By household weight.")
    strata: list[StratumRates] = Field(description="By stratum code.")
