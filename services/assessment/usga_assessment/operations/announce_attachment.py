"""Announce a file: whatever can be refused is refused before a byte of it was sent."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from usga_shared.problems import TooManyRequests, UnsupportedMedia

from usga_assessment.domain.attachments.attachment import (
    Attachment,
    AttachmentState,
    Named,
    Ruling,
    judge,
)
from usga_assessment.domain.attachments.kinds import EXTENSIONS, is_taken, known
from usga_assessment.domain.attachments.tus import Metadata
from usga_assessment.operations.attachment_refusals import (
    AttachmentDiffers,
    AttachmentQuota,
    AttachmentTooLarge,
    AttachmentUnexpected,
    InterviewWithdrawn,
)
from usga_assessment.storage.attachments.records import Usage

_MOST_WAITING = 10
"""Times as many whole files as uploads may wait for a device's interviews: empty ones cost too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much is taken, in bytes, and how long is waited."""

    file: int
    device_daily: int
    hub_daily: int
    assessment: int
    coming: int
    coming_for: timedelta
    waiting_for: timedelta


class Attachments(Protocol):
    """What announcing needs of the storage."""

    async def of_submissions(self, submissions: Iterable[UUID]) -> list[Attachment]: ...

    async def named(self, submissions: Iterable[UUID]) -> dict[UUID, Named]: ...

    async def usage(
        self, assessment: str, device: str, *, hub: UUID | None, now: datetime
    ) -> Usage: ...

    async def add(self, attachment: Attachment) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """One file, as its tablet announces it, or a hub for it; `id` and `wrapped_key` are fresh."""

    id: UUID
    assessment: str
    device: str
    name_mac: bytes
    size: int
    metadata: Metadata
    wrapped_key: bytes
    at: datetime
    hub: UUID | None = None


async def announce_attachment(
    attachments: Attachments, announced: Announcement, limits: Limits
) -> tuple[Attachment, bool]:
    """The upload that takes the file in, and whether it is new.

    A file that this device, or the hub that brings it, announced before with its SHA-256 is the
    same upload again: an answer that was lost on the way costs nothing. Raises
    AttachmentTooLarge, UnsupportedMedia, InterviewWithdrawn, AttachmentUnexpected,
    AttachmentDiffers, AttachmentQuota, TooManyRequests.
    """
    said = announced.metadata
    media_type = known(said.media_type)
    if announced.size > limits.file:
        raise AttachmentTooLarge(limit=limits.file, headers={"Connection": "close"})
    if media_type is not None and not is_taken(media_type):
        raise UnsupportedMedia(accepted=sorted(EXTENSIONS))
    usage = await attachments.usage(
        announced.assessment, announced.device, hub=announced.hub, now=announced.at
    )
    refuse_unexpected(
        (await attachments.named([said.submission])).get(said.submission),
        name_mac=announced.name_mac, sha256=said.sha256, size=announced.size,
        media_type=media_type,
    )  # fmt: skip
    before = await attachments.of_submissions([said.submission])
    again = next((each for each in before if _is_again(each, announced)), None)
    if again is not None:
        return again, False
    _refuse_too_much(usage, announced, limits)
    attachment = Attachment(
        id=announced.id, assessment=announced.assessment, device=announced.device,
        submission=said.submission, name_mac=announced.name_mac, size=announced.size,
        sha256=said.sha256, media_type=media_type, state=AttachmentState.COMING, fate=None,
        wrapped_key=announced.wrapped_key, created_at=announced.at,
        expires_at=announced.at + limits.coming_for, hub=announced.hub,
    )  # fmt: skip
    await attachments.add(attachment)
    return attachment, True


def refuse_unexpected(
    named: Named | None, *, name_mac: bytes, sha256: str | None, size: int, media_type: str | None
) -> None:
    """Raise what an interview has against a file; an interview that is not here has nothing."""
    ruling, _ = judge(named, name_mac=name_mac, sha256=sha256, size=size, media_type=media_type)
    match ruling:
        case Ruling.WITHDRAWN:
            raise InterviewWithdrawn
        case Ruling.NOT_EXPECTED:
            raise AttachmentUnexpected
        case Ruling.DIFFERS:
            raise AttachmentDiffers
        case Ruling.UNKNOWN | Ruling.EXPECTED:
            return


def _is_again(held: Attachment, announced: Announcement) -> bool:
    said = announced.metadata
    is_right = held.state in {AttachmentState.KEPT, AttachmentState.WAITING}
    return (
        held.state is not AttachmentState.GONE
        # what a hub writes could be anything until it is whole: it spoils nobody else's upload
        and (is_right or held.hub == announced.hub)
        and held.expires_at > announced.at
        and said.sha256 is not None
        and (held.device, held.name_mac, held.size, held.sha256)
        == (announced.device, announced.name_mac, announced.size, said.sha256)
    )


def _refuse_too_much(usage: Usage, announced: Announcement, limits: Limits) -> None:
    sender = (
        ("device", usage.sender, limits.device_daily)
        if announced.hub is None
        else ("hub", usage.sender, limits.hub_daily)
    )
    for scope, used, limit in (sender, ("assessment", usage.assessment, limits.assessment)):
        if used + announced.size > limit:
            raise AttachmentQuota(scope=scope, limit=limit, used=used)
    if usage.coming >= limits.coming or usage.waiting >= _MOST_WAITING * limits.coming:
        raise TooManyRequests
