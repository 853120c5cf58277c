"""Check a definition of an assessment's own against its forms: findings, never a refusal."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from usga_expressions.findings import Finding, Severity, error
from usga_shared.clients.base import UpstreamProblem
from usga_shared.problems import NotFound

from usga_indicators.domain.codebook import Codebook, codebook_of
from usga_indicators.domain.codebook.raw import RawText
from usga_indicators.domain.definition import Definition, InvalidDefinition, lint
from usga_indicators.domain.definition.loader import definition_of
from usga_indicators.domain.definition.plan import company_findings
from usga_indicators.domain.definition.reach import constant_findings, reach_findings
from usga_indicators.domain.definition.shares import sensitive_findings
from usga_indicators.domain.definition.trial import random_frame
from usga_indicators.domain.publication import protect
from usga_indicators.domain.tabulation import tabulate
from usga_indicators.domain.tabulation.groups import QUESTIONS
from usga_indicators.operations.follow_feed import documents_of

_NOT_FOUND = 404
_PSUS = 20


class Forms(Protocol):
    """What the check needs of the assessment service."""

    async def instruments(self, assessment: str) -> list[dict[str, object]]:
        """Documents of the instrument versions, published ones first."""
        ...


@dataclass(frozen=True, slots=True)
class Placed:
    """A finding with the field in which it stands."""

    field: str
    finding: Finding


@dataclass(frozen=True, slots=True)
class Checked:
    """The definition, where it is one, and everything that an author can mend."""

    definition: Definition | None
    findings: tuple[Placed, ...]

    @property
    def valid(self) -> bool:
        """Whether nothing stops it."""
        return self.definition is not None and not any(
            p.finding.severity is Severity.ERROR for p in self.findings
        )


async def check_definition(
    assessment: str, content: Mapping[str, Any], *, forms: Forms, shipped: Sequence[Definition]
) -> Checked:
    """Read it, and check it on the form that it names. Raises NotFound."""
    try:
        definition = definition_of(content)
    except InvalidDefinition as problem:
        return Checked(None, tuple(Placed(f.code, f) for f in problem.findings))
    found = list(_alone(definition, shipped))
    try:
        documents = documents_of(await forms.instruments(assessment))
    except UpstreamProblem as refusal:
        if refusal.upstream_status == _NOT_FOUND:
            raise NotFound from refusal
        raise
    versions = documents.get(definition.instrument)
    if not versions:
        found.append(
            Placed(
                "instrument",
                error(
                    "unknown-instrument",
                    f"the assessment has no published form {definition.instrument}",
                    hint=f"it has: {', '.join(sorted(documents)) or 'none'}",
                ),
            )
        )
        return Checked(definition, tuple(found))
    # a trial on random answers is too long for the event loop
    return Checked(definition, (*found, *await asyncio.to_thread(_on, definition, versions)))


def _alone(definition: Definition, shipped: Sequence[Definition]) -> Iterable[Placed]:
    if definition.code in {d.code for d in shipped}:
        yield Placed(
            "code",
            error(
                "code-taken",
                f"{definition.code} is a shipped indicator, the same in every city",
                hint="take a theme of your own, such as LOC-01",
            ),
        )
    if definition.method.value != "expression":
        yield Placed("method", error("method", "only expressions come without a deployment"))
    for code, field, finding in company_findings([*shipped, definition]):
        if code == definition.code:
            yield Placed(field, finding)


def _on(definition: Definition, versions: Sequence[Mapping[str, Any]]) -> list[Placed]:
    codebook = codebook_of(versions)
    found = [Placed(item.field, item.finding) for item in lint(definition, codebook)]
    own = (
        *reach_findings(definition, codebook, QUESTIONS),
        *constant_findings(definition),
        *sensitive_findings(definition, codebook),
    )
    found += [Placed(field, finding) for field, finding in own]
    if not any(placed.finding.severity is Severity.ERROR for placed in found):
        found += _tried(definition, codebook)
    return found


def _tried(definition: Definition, codebook: Codebook) -> list[Placed]:
    """Compute and protect it on random answers: what fails here would fail every release."""
    frame = random_frame(codebook)
    strata = RawText.of([f"s{row % 2}" for row in range(len(frame))])
    psus = RawText.of([f"s{row % 2}-{row % _PSUS}" for row in range(len(frame))])
    try:
        cells = tabulate([definition], replace(frame, stratum=strata, psu=psus), {})
        protect(cells, release="trial", time_period="2000", probability_sample=True)
    except Exception as reason:  # noqa: BLE001 - an author's words brought it about: tell them
        what = str(reason) or type(reason).__name__
        return [
            Placed(
                "numerator",
                error(
                    "not-computable",
                    f"it does not compute on trial answers: {what}",
                    hint="compare it with a shipped definition of the same statistic",
                ),
            )
        ]
    return []
