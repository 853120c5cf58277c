"""At the centre: what is a tablet's own, sealed to it, for hubs to hand on unread."""

import asyncio
import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from pydantic import BaseModel
from usga_shared.wire.attachments import CheckedFiles
from usga_shared.wire.hub import HubMail, MailContent, Standing
from usga_shared.wire.sync import Change, ChangesPage

from usga_assessment.domain.access.credential import Device
from usga_assessment.domain.assessment.assessment import ReferenceList
from usga_assessment.domain.instrument import InstrumentVersion
from usga_assessment.domain.sync.dictionary import Dictionary
from usga_assessment.domain.sync.digests import range_digest
from usga_assessment.domain.sync.sequence import InstallSequence
from usga_assessment.operations.check_attachments import check_attachments
from usga_assessment.operations.hub.centre import HubCentre
from usga_assessment.operations.pull_changes import changes_of
from usga_assessment.operations.tablet_scope import CASE, SETTINGS, WIPE, Scope, entries_of
from usga_assessment.schemas.attachment import checked_files
from usga_assessment.storage.feed import Feed
from usga_assessment.storage.hub.sources import Sources

MOST_TOLD = 5000
"""Returned and withdrawn interviews of one tablet that its mail names."""
MOST_LACKING = 200
"""Interviews of one tablet of which its mail says that files are missing."""
BLOCK, MOST_BLOCKS = 500, 40
"""Numbers in a block, and blocks of one tablet, that its mail proves."""
_OWN = frozenset({SETTINGS, WIPE, CASE})


class Mailbox:
    """Writes the mail of tablets whose hub does not have it yet."""

    def __init__(self, centre: HubCentre, sources: Sources, *, epoch: str, at: datetime) -> None:
        self._centre, self._sources, self.epoch = centre, sources, epoch
        self._at = int(at.timestamp())

    async def write(
        self,
        devices: Sequence[Device],
        instruments: Sequence[InstrumentVersion],
        lists: Sequence[ReferenceList],
        dictionaries: Mapping[UUID, Dictionary],
        *,
        known: Mapping[UUID, str],
        most: int,
        nonce: Callable[[], bytes],
    ) -> list[HubMail]:
        """Mail of these tablets of one assessment, at most so many, that differs from `known`."""
        if not devices or most <= 0:
            return []
        feed = self._sources.feed(devices[0].assessment)
        revoked = await self._sources.hubs.revoked_for(devices[0].assessment)
        held = {s.install: s for s in await feed.sequences({d.install for d in devices})}
        written: list[HubMail] = []
        shared = await asyncio.to_thread(
            self._centre.shared_digests, Scope(devices[0], instruments, lists, [], dictionaries)
        )
        for device in devices:
            cases = await self._sources.cases.assigned_to(device.id)
            scope = Scope(device, instruments, lists, cases)
            entries = await asyncio.to_thread(entries_of, scope)
            changes = [entry.change() for entry in entries if entry.kind in _OWN]
            changes += await self._interviews(feed, device)
            sequence = held.get(device.install)
            files = await self._files(device)
            tag = self._tag(revoked, changes, sequence, [files, shared])
            if known.get(device.id) == tag:
                continue
            content = MailContent(
                iss=self._centre.desk.issuer,
                device=device.id,
                at=self._at,
                epoch=self.epoch,
                receipt_keys=self._centre.desk.jwks,
                revoked_hubs=revoked,
                changes=ChangesPage(items=changes, next=""),
                standing=await _standing(feed, sequence) if sequence else [],
                files=files,
                shared=shared,
            )
            sealed = self._centre.courier(device.id).seal_mail(
                content.model_dump_json().encode(), device.id, nonce()
            )
            written.append(
                HubMail(device=device.id, tag=tag, sealed=base64.b64encode(sealed).decode())
            )
            if len(written) >= most:
                break
        return written

    def _tag(
        self,
        revoked: Sequence[UUID],
        changes: Sequence[Change],
        sequence: InstallSequence | None,
        more: Sequence[Sequence[BaseModel]],
    ) -> str:
        parts: list[Any] = [
            self.epoch,
            [str(hub) for hub in revoked],
            [key["kid"] for key in self._centre.desk.jwks["keys"]],
            [change.model_dump() for change in changes],
            [sequence.ranges, sequence.forks] if sequence else None,
            [[each.model_dump(mode="json") for each in some] for some in more],
        ]
        return hashlib.sha256(orjson.dumps(parts)).hexdigest()[:32]

    async def _files(self, device: Device) -> list[CheckedFiles]:
        """The tablet's latest interviews of which files are missing, as a check tells them."""
        attachments = self._sources.attachments(device.assessment)
        lacking = await attachments.incomplete(str(device.id), MOST_LACKING)
        checked = await check_attachments(attachments, lacking) if lacking else []
        return [
            checked_files(one, device=str(device.id))
            for one in checked
            if not all(file.is_kept for file in one.files)
        ]

    async def _interviews(self, feed: Feed, device: Device) -> list[Change]:
        """Every interview of the tablet that was returned once, or withdrawn."""
        found = await feed.for_device_after(str(device.id), 0, limit=MOST_TOLD)
        return await changes_of(self._sources.submissions(device.assessment), found)


async def _standing(feed: Feed, sequence: InstallSequence) -> list[Standing]:
    """Count and range digest of each run of numbers that is held, in blocks; the latest blocks.

    A number that is not held stands in no block, so that it keeps back none of the others.
    """
    found: list[Standing] = []
    for first, last in _blocks(sequence.ranges)[-MOST_BLOCKS:]:
        numbered = await feed.numbered(sequence.install, first, last)
        found.append(
            Standing(
                install=sequence.install,
                first=first,
                last=last,
                count=len(numbered),
                digest=range_digest(numbered),
            )
        )
    return found


def _blocks(ranges: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    return [
        (start, min(last, start + BLOCK - 1))
        for first, last in ranges
        for start in range(first, last + 1, BLOCK)
    ]
