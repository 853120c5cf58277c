"""Everything of an assessment that a release freezes and a report tells."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from usga_shared.wire.extract import AssessmentContext, OutcomeRates, StratumContext

from usga_assessment.domain.assessment.areas import Area
from usga_assessment.domain.assessment.assessment import Assessment, Record
from usga_assessment.domain.instrument import InstrumentState, InstrumentVersion
from usga_assessment.domain.sampling.case import Case
from usga_assessment.domain.sampling.rates import count_cases, outcome_rates
from usga_assessment.domain.sampling.summary import by_stratum, summarise

#: Forms that ship beside the household survey: what the sample was asked is none of them.
_BESIDE = frozenset(["kii", "fgd", "saw", "gsc", "adm", "adm_agg"])


def assemble_context(
    assessment: Assessment,
    *,
    records: Mapping[str, Record],
    areas: Sequence[Area],
    instruments: Sequence[InstrumentVersion],
    cases: Sequence[Case],
    quarantined: int,
    withdrawn: int,
    enumerators: int,
) -> AssessmentContext:
    """The context of an assessment as it is now."""
    titles = {area.code: area.title for area in areas}
    instrument = of_the_sample(instruments)
    return AssessmentContext(
        code=assessment.code,
        title=assessment.title,
        city=assessment.city,
        country=assessment.country,
        variant="rapid" if assessment.variant == "rapid" else "full",
        state=assessment.state.value,
        synthetic=assessment.synthetic,
        probability_sample=assessment.probability_sample,
        languages=list(assessment.languages),
        currency=assessment.currency,
        fieldwork_from=_day(assessment.fieldwork_from),
        fieldwork_to=_day(assessment.fieldwork_to),
        age_floor=assessment.age_floor,
        records={kind: record.value for kind, record in records.items()},
        areas={"type": "FeatureCollection", "features": [area.feature() for area in areas]},
        instrument=_instrument(instrument) if instrument else {},
        strata=[_stratum(name, members, titles) for name, members in by_stratum(cases).items()],
        rates=rates_of(cases) if cases else None,
        quarantined=quarantined,
        withdrawn=withdrawn,
        enumerators=enumerators,
    )


def of_the_sample(instruments: Sequence[InstrumentVersion]) -> InstrumentVersion | None:
    """The form that the sample was asked; where there is none, the newest of all."""
    return newest([v for v in instruments if v.name not in _BESIDE]) or newest(instruments)


def newest(instruments: Sequence[InstrumentVersion]) -> InstrumentVersion | None:
    """The version published last, else the newest of all."""
    published = [v for v in instruments if v.state is InstrumentState.PUBLISHED]
    candidates = published or list(instruments)
    return candidates[-1] if candidates else None


def rates_of(cases: Sequence[Case]) -> OutcomeRates:
    """Counts and outcome rates of these cases."""
    counts = count_cases(cases)
    numbers = {name: int(value) for name, value in dataclasses.asdict(counts).items()}
    return OutcomeRates(**numbers, **dataclasses.asdict(outcome_rates(counts)))


def _stratum(
    name: str, members: list[Case], titles: Mapping[str, dict[str, str]]
) -> StratumContext:
    summary = summarise(name, members)
    rates = rates_of(members)
    return StratumContext(
        stratum=name,
        title=titles.get(summary.area or name, {}),
        area=summary.area,
        psus_population=summary.psus_population,
        psus_sampled=summary.psus,
        cases=summary.cases,
        interviews=rates.i + rates.p,
        rates=rates,
    )


def _instrument(version: InstrumentVersion) -> dict[str, Any]:
    document = version.document
    return {
        "name": version.name,
        "version": version.version,
        "digest": version.digest,
        "languages": document.get("languages", []),
        "questions": document.get("size", {}).get("questions"),
    }


def _day(day: Any) -> str | None:
    return None if day is None else str(day.isoformat())
