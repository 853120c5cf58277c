"""The assessment service, as other services see it."""

from collections.abc import Sequence
from urllib.parse import quote

from usga_shared.clients.base import ServiceClient
from usga_shared.wire.comparison import VersionComparison
from usga_shared.wire.extract import AssessmentContext, ExtractPage, ExtractRequest, PsuOutcomes
from usga_shared.wire.identity import Introspection, IntrospectionAnswer
from usga_shared.wire.paradata import ParadataPage, ParadataRequest


class AssessmentClient(ServiceClient):
    """Internal routes of the assessment service."""

    async def introspect(self, token: str) -> IntrospectionAnswer:
        """Who a credential belongs to."""
        response = await self.send(
            "POST",
            "/internal/v1/credentials/introspection",
            repeatable=True,
            content=Introspection(token=token).model_dump_json(),
            headers={"Content-Type": "application/json"},
        )
        return IntrospectionAnswer.model_validate_json(response.content)

    async def context(self, assessment: str) -> AssessmentContext:
        """Everything of an assessment that a release freezes."""
        response = await self.send("GET", _of(assessment))
        return AssessmentContext.model_validate_json(response.content)

    async def outcomes(self, assessment: str) -> list[PsuOutcomes]:
        """What became of the cases, by PSU: those without an interview too."""
        response = await self.send("GET", _of(assessment, "/outcomes"))
        return [PsuOutcomes.model_validate(item) for item in response.json()]

    async def extract(self, assessment: str, request: ExtractRequest) -> ExtractPage:
        """One page of the analysis extract, in commit order."""
        response = await self.send(
            "POST",
            _of(assessment, "/extract"),
            repeatable=True,
            content=request.model_dump_json(),
            headers={"Content-Type": "application/json"},
        )
        return ExtractPage.model_validate_json(response.content)

    async def paradata(self, assessment: str, request: ParadataRequest) -> ParadataPage:
        """One page of how interviews were made, in commit order."""
        response = await self.send(
            "POST",
            _of(assessment, "/paradata"),
            repeatable=True,
            content=request.model_dump_json(),
            headers={"Content-Type": "application/json"},
        )
        return ParadataPage.model_validate_json(response.content)

    async def instruments(self, assessment: str) -> list[dict[str, object]]:
        """The instrument documents of an assessment, published versions first."""
        response = await self.send("GET", _of(assessment, "/instruments"))
        return list(response.json())

    async def comparisons(
        self, assessment: str, instrument: str, versions: Sequence[str]
    ) -> list[VersionComparison]:
        """What changed between each two neighbours among these versions of a form."""
        response = await self.send(
            "GET",
            _of(assessment, "/comparisons"),
            params={"instrument": instrument, "version": list(versions)},
        )
        return [VersionComparison.model_validate(item) for item in response.json()]


def _of(assessment: str, part: str = "") -> str:
    """The path of an assessment: callers may have named anything."""
    return f"/internal/v1/assessments/{quote(assessment, safe='')}{part}"
