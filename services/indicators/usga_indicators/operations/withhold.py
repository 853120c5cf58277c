"""Which cells of a release stay unread until it is published (ADR-0063).

Whoever reads identifiers could tell from two drafts, before and after one interview left, what
that one person answered. Drafts are not held against one another, so their S3 cells are read by
those alone who may read S3 answers.
"""

from usga_shared.auth.actors import Actor, Role
from usga_shared.problems import Forbidden

from usga_indicators.domain.codebook.codebook import S3
from usga_indicators.operations.authorise import policy
from usga_indicators.storage.releases import Release
from usga_indicators.storage.shares import Shares

_ACTION = "release.read_s3_draft"


async def withheld(shares: Shares, release: Release, actor: Actor) -> tuple[str, ...]:
    """Codes of the indicators whose cells this actor does not read now, sorted.

    None of a published release, and none for a partner whom it was shared with: a share is held
    to what publishing is held to (ADR-0055).
    """
    if release.is_published:
        return ()
    roles = actor.roles(release.view.assessment)  # an admin runs the platform, and reads no S3
    if not roles.isdisjoint(policy()[_ACTION]):
        return ()
    if Role.PARTNER in roles and await shares.is_shown(release.id, actor.id):
        return ()
    return of_s3(release)


def of_s3(release: Release) -> tuple[str, ...]:
    """Codes of its indicators of S3 answers, sorted."""
    return tuple(sorted(i["code"] for i in release.indicators if i["sensitivity"] >= S3))


async def require_shown(shares: Shares, release: Release, actor: Actor, indicator: str) -> None:
    """Raise Forbidden where the cells of this indicator are withheld from the actor."""
    if indicator in await withheld(shares, release, actor):
        raise Forbidden.except_for(policy()[_ACTION])
