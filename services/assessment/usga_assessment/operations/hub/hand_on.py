"""At a hub: what a tablet pulls, from what the centre told last (H-20 to H-23)."""

import asyncio
import base64
import hashlib

import orjson
from usga_shared.wire.hub import (
    CarriedFile,
    CarriedReceipt,
    FilesPage,
    MailPage,
    UndeliveredBatch,
    UndeliveredFile,
)
from usga_shared.wire.sync import Change

from usga_assessment.domain.hub.hub import Cargo, Settled
from usga_assessment.operations.tablet_scope import SHARED, Scope, entries_of


async def shared_changes(scope: Scope) -> tuple[list[Change], str]:
    """Forms, dictionaries and lists as complete values, and a name for all of them."""
    entries = [e for e in await asyncio.to_thread(entries_of, scope) if e.kind in SHARED]
    prints = orjson.dumps([[e.kind, e.id, e.print] for e in entries])
    return [e.change() for e in entries], hashlib.sha256(prints).hexdigest()[:16]


def mail_page(settled: list[Settled], sealed: bytes | None, *, after: int, limit: int) -> MailPage:
    """Receipts and refusals after a place, at most `limit`, and the tablet's sealed mail."""
    page = settled[:limit]
    return MailPage(
        receipts=[
            CarriedReceipt(receipt=each.receipt, items=each.items)
            for each in page
            if each.receipt is not None
        ],
        undelivered=[
            UndeliveredBatch(code=each.refusal, items=each.items)
            for each in page
            if each.refusal is not None
        ],
        sealed=None if sealed is None else base64.b64encode(sealed).decode(),
        next=page[-1].number if page else after,
        more=len(settled) > limit,
    )


def files_page(settled: list[Cargo], *, epoch: str, after: int, limit: int) -> FilesPage:
    """What became of files after a place, at most `limit`."""
    page = settled[:limit]
    return FilesPage(
        epoch=epoch,
        receipts=[
            CarriedFile(proof=each.proof, receipt=each.receipt)
            for each in page
            if each.receipt is not None
        ],
        undelivered=[
            UndeliveredFile(proof=each.proof, code=each.refusal)
            for each in page
            if each.refusal is not None
        ],
        next=page[-1].settled or after if page else after,
        more=len(settled) > limit,
    )
