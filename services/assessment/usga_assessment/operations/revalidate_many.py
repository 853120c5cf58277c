"""Check all quarantined interviews of an assessment, a form or a version again, page by page."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from usga_assessment.domain.submission.held import Held
from usga_assessment.operations.revalidate_submission import (
    AnswersUnreadable,
    Bench,
    UnknownVersion,
    forms_of,
    judge_again,
)

_AT_ONCE = 16
"""Interviews that are checked before other requests get their turn."""


@dataclass(slots=True)
class Counted:
    """What became of a page of interviews."""

    checked: int = 0
    accepted: int = 0
    quarantined: int = 0
    unreadable: int = 0


async def revalidate_many(
    bench: Bench, waiting: Sequence[Held], *, assessment: str, version: str | None
) -> Counted:
    """Judge these interviews; those whose answers can no longer be read stay, and are counted.

    One entry of the audit log speaks of all. Raises UnknownVersion.
    """
    counted = Counted()
    if not waiting:
        return counted
    found = await bench.intake(assessment, forms_of(waiting, version))
    if version is not None and not found.forms:
        raise UnknownVersion
    for index, held in enumerate(waiting, 1):
        counted.checked += 1
        try:
            judged = await judge_again(bench, held, found, version=version)
        except AnswersUnreadable:
            counted.unreadable += 1
            continue
        if judged.code is not None:
            counted.quarantined += 1
        else:
            counted.accepted += 1
        if index % _AT_ONCE == 0:
            await asyncio.sleep(0)
    details = {
        "count": counted.checked,
        "accepted": counted.accepted,
        "unreadable": counted.unreadable,
        "version": version,
    }
    await bench.journal.close(bench.actor, "submissions.revalidated", "", details)
    return counted
