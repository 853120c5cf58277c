"""Which files of interviews are still missing, and a signed word about those that are kept."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol
from uuid import UUID

from usga_assessment.domain.attachments.attachment import (
    Attachment,
    AttachmentState,
    Awaited,
    Checked,
    Named,
    still_missing,
)


class Attachments(Protocol):
    """What checking needs of the storage."""

    async def named(self, submissions: Iterable[UUID]) -> dict[UUID, Named]: ...

    async def relatives(self, submissions: Iterable[UUID]) -> dict[UUID, list[UUID]]: ...

    async def of_submissions(self, submissions: Iterable[UUID]) -> list[Attachment]: ...


async def check_attachments(
    attachments: Attachments, submissions: Sequence[UUID]
) -> list[Checked]:
    """The files of each interview, in the order of the question.

    A file that came with another revision of the same interview counts: it is sent once. One that
    waits for a revision that is not here may wait for ever (a restore lost it), and counts not.
    """
    families = await attachments.relatives(submissions)
    all_ids = {id_ for family in families.values() for id_ in family} | set(submissions)
    named = await attachments.named(sorted(all_ids))
    come: dict[UUID, list[Attachment]] = {}
    for each in await attachments.of_submissions(sorted(all_ids)):
        come.setdefault(each.submission, []).append(each)
    checked: list[Checked] = []
    for id_ in submissions:
        here = named.get(id_)
        family = families.get(id_, [id_])
        held = [
            each
            for relative in family
            for each in come.get(relative, [])
            if relative == id_ or relative in named or each.state is AttachmentState.KEPT
        ]
        files = still_missing(here.files if here else (), held)
        states = tuple(sorted(state.value for state in here.states)) if here else ()
        checked.append(Checked(id_, states, tuple(Awaited(f, a) for f, a in files)))
    return checked


def proof_of(
    checked: Iterable[Checked], *, issuer: str, at: int, epoch: str, assessment: str, device: str
) -> dict[str, Any]:
    """What the server vouches for: these files, with their SHA-256 as sent, are kept."""
    return {
        "iss": issuer,
        "iat": at,
        "epoch": epoch,
        "assessment": assessment,
        "device": device,
        "files": [
            {"submission": str(one.id), "sha256": awaited.come.sha256}
            for one in checked
            for awaited in one.files
            if awaited.is_kept and awaited.come is not None
        ],
    }
