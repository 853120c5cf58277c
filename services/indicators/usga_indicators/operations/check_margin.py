"""Hold a population margin against the forms of its assessment when it is uploaded."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from usga_shared.clients.base import UpstreamProblem
from usga_shared.problems import NotFound
from usga_shared.wire.extract import AssessmentContext

from usga_indicators.domain.codebook import Codebook, codebook_of
from usga_indicators.domain.definition import Definition
from usga_indicators.domain.definition import Source as Kind
from usga_indicators.domain.sources import source_of
from usga_indicators.domain.tabulation.breakdowns import AGE_BANDS
from usga_indicators.domain.weighting.fit_of_margins import RESERVED, Fit, Levels, fit_of
from usga_indicators.domain.weighting.refusals import WeightFinding
from usga_indicators.operations.follow_feed import documents_of, wanted_names
from usga_indicators.operations.weigh import is_category

_NOT_FOUND = 404
_NO_FORM = WeightFinding(
    "/variables",
    "no-form-yet",
    "the assessment has no published survey form to hold the margin against",
    "it is looked at when weights are made",
)


class Forms(Protocol):
    """What the check needs of the assessment service."""

    async def context(self, assessment: str) -> AssessmentContext:
        """Its strata and areas."""
        ...

    async def instruments(self, assessment: str) -> list[dict[str, object]]:
        """Documents of the instrument versions, published ones first."""
        ...


async def check_margin(
    assessment: str,
    variables: Sequence[str],
    keys: Sequence[tuple[str, ...]],
    *,
    forms: Forms,
    definitions: Sequence[Definition],
) -> Fit:
    """What does not fit the survey form that fits best. Raises NotFound, Unavailable.

    A margin names no form: it is right where one of the assessment's surveys has all of it.
    """
    try:
        context = await forms.context(assessment)
        documents = documents_of(await forms.instruments(assessment))
    except UpstreamProblem as refusal:
        if refusal.upstream_status == _NOT_FOUND:
            raise NotFound from refusal
        raise
    surveys = [found for name, found in documents.items() if source_of(name) is Kind.SURVEY]
    if not surveys:
        return Fit(warnings=(_NO_FORM,))
    fits = [
        fit_of(variables, keys, _levels(versions, context, definitions)) for versions in surveys
    ]
    return min(fits, key=_misfit)


def _misfit(fit: Fit) -> tuple[int, int, int]:
    """A form that asks other questions is further from a margin than one with other answers."""
    others = sum(error.code == "unknown-variable" for error in fit.errors)
    return others, len(fit.errors), len(fit.warnings)


def _levels(
    versions: Sequence[Mapping[str, Any]],
    context: AssessmentContext,
    definitions: Sequence[Definition],
) -> Levels:
    """What weights of this form may be made of, as `units_of` will have it."""
    codebook = codebook_of(versions)
    strata = tuple(dict.fromkeys(s.stratum for s in context.strata))
    areas = tuple(dict.fromkeys(s.area for s in context.strata if s.area))
    levels: dict[str, tuple[str, ...] | None] = {
        "stratum": strata or None,
        "area": areas or None,
        "psu": None,
    }
    for name in wanted_names(definitions, codebook):
        if name == "age" and name in codebook and codebook[name].is_numeric:
            levels[name] = tuple(code for code, _, _ in AGE_BANDS)
        elif is_category(codebook, name):
            levels[name] = _choices(codebook, name, versions)
    return levels


def _choices(
    codebook: Codebook, name: str, versions: Sequence[Mapping[str, Any]]
) -> tuple[str, ...] | None:
    """Of all versions, for interviews of the old ones stay; None for an open question."""
    found = dict.fromkeys(codebook[name].choices)
    for version in versions[1:]:
        older = codebook_of([version])
        if name in older:
            found |= dict.fromkeys(older[name].choices)
    return tuple(each for each in found if each not in RESERVED) or None
