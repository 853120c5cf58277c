"""What is kept for an assessment is kept for one that there is."""

from typing import Protocol

from usga_shared.clients.base import UpstreamProblem
from usga_shared.problems import NotFound
from usga_shared.wire.extract import AssessmentContext

_NOT_FOUND = 404


class Contexts(Protocol):
    """What is asked of the assessment service."""

    async def context(self, assessment: str) -> AssessmentContext: ...


async def require_assessment(contexts: Contexts, assessment: str) -> None:
    """Raise NotFound where there is no such assessment, Unavailable where nobody can tell.

    Roles do not say it: an administrator has them in every assessment, whatever its code.
    """
    try:
        await contexts.context(assessment)
    except UpstreamProblem as refusal:
        if refusal.upstream_status == _NOT_FOUND:
            raise NotFound from refusal
        raise
