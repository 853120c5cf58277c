"""A frozen release shown to partners before it is published."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field
from usga_shared.http.strict import StrictRoute
from usga_shared.problems import (
    Forbidden,
    MissingCredential,
    NotFound,
    ReleaseRetracted,
    responses,
)
from usga_shared.wire.page import Page

from usga_indicators.dependencies import ClockDep, DatabaseDep, FilesDep, KnownActor, KnownDep
from usga_indicators.messages import HiddenCellsOpen, NotShareable, ReleaseTooClose
from usga_indicators.operations.share_release import end_share, list_shares, share_release
from usga_indicators.storage.shares import Share

router = APIRouter(
    prefix="/v1/releases/{release}/shares", tags=["releases"], route_class=StrictRoute
)
ReleaseId = Annotated[str, Path(max_length=36)]
Partner = Annotated[
    str,
    Path(
        pattern=r"^[A-Za-z0-9-]{1,36}$",
        description="The `id` of the partner's API key (GET /v1/auth/api-keys).",
        examples=["01920e4d-1f5c-7d3e-8a44-0c5d5f1f7a10"],
    ),
]


class ShareView(BaseModel):
    """A partner who was shown a release before it is published."""

    partner: str = Field(examples=["01920e4d-1f5c-7d3e-8a44-0c5d5f1f7a10"])
    shared_at: datetime
    ended_at: datetime | None = Field(
        None, description="Since then it reads it no longer; what it saw counts as seen."
    )

    @classmethod
    def of(cls, share: Share) -> "ShareView":
        """As readers see it."""
        return cls(partner=share.partner, shared_at=share.shared_at, ended_at=share.ended_at)


@router.put(
    "/{partner}",
    summary="Share a frozen release with a partner",
    responses=responses(
        MissingCredential,
        Forbidden,
        NotFound,
        ReleaseRetracted,
        NotShareable,
        ReleaseTooClose,
        HiddenCellsOpen,
    ),
)
async def share(
    *,
    release: ReleaseId,
    partner: Partner,
    actor: KnownActor,
    database: DatabaseDep,
    known: KnownDep,
    files: FilesDep,
    clock: ClockDep,
) -> ShareView:
    """Let a partner of the assessment read it as if it were published, under an embargo too.

    It is refused where publishing would be, because of what is out: the partner could compare.
    Releases to come are held against it as against published ones, also after the share has ended.
    """
    made = await share_release(
        database, release, partner, actor=actor, known=known, files=files, clock=clock
    )
    return ShareView.of(made)


@router.delete(
    "/{partner}",
    status_code=204,
    summary="End a share",
    responses=responses(MissingCredential, Forbidden, NotFound, ReleaseRetracted),
)
async def end(
    release: ReleaseId, partner: Partner, actor: KnownActor, database: DatabaseDep, clock: ClockDep
) -> Response:
    """The partner reads it no longer, unless it is published; again changes nothing."""
    await end_share(database, release, partner, actor=actor, clock=clock)
    return Response(status_code=204)


@router.get(
    "",
    summary="List the shares of a release",
    responses=responses(MissingCredential, Forbidden, NotFound, ReleaseRetracted),
)
async def shares(release: ReleaseId, actor: KnownActor, database: DatabaseDep) -> Page[ShareView]:
    """Everybody who was shown it, ended shares too; they are few, so all come at once."""
    found = await list_shares(database, release, actor=actor)
    return Page[ShareView](items=[ShareView.of(each) for each in found], next=None)
