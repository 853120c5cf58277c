"""Planted bugs: each breaks one promise of the protocol, and the simulation must find it."""

import asyncio
import contextlib
import hashlib
import secrets
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any
from uuid import UUID

import httpx
import orjson
from sqlalchemy import event
from sqlmodel import col, select
from usga_assessment.cli import restored as restoring
from usga_assessment.domain.access.credential import Credential
from usga_assessment.domain.submission import ledger
from usga_assessment.domain.submission.ledger import Ledger, Placement, Revision, Verdict
from usga_assessment.domain.sync.sequence import InstallSequence
from usga_assessment.operations import check_held
from usga_assessment.operations.receive_submissions import split_lines
from usga_assessment.routes import internal
from usga_assessment.routes import sync as push_route
from usga_assessment.storage import installation, placing
from usga_assessment.storage.feed import Feed
from usga_assessment.storage.ingest import Committed, IngestWriter
from usga_assessment.storage.submissions import Submissions, content_of, held_of
from usga_assessment.storage.tables.sync import SubmissionContentRow, SubmissionRevisionRow
from usga_shared.database import engine
from usga_shared.pagination import CursorCodec
from usga_shared.wire.vocabulary import ItemState
from usga_tablet import sync as client
from usga_tablet.outbox import Finalised, Outbox
from usga_tablet.receipts import Receipt, ReceiptRefused, verify
from usga_tablet.sync import Tablet

from tests.simulation.cargo_bugs import CARGO_BUGS
from tests.simulation.file_bugs import FILE_BUGS
from tests.simulation.hub_bugs import HUB_BUGS
from tests.simulation.key_bugs import KEY_BUGS
from tests.simulation.planting import Bug, both, put

_ROW = SubmissionRevisionRow


def receipt_before_commit() -> AbstractContextManager[None]:
    """The server answers when the statements ran, not when they are durable."""

    async def settle(self: Any, joined: list[Any]) -> None:
        async with self._database.direct() as direct, self._database.writing(direct):
            results = await placing.Placing(direct, self._clock.now()).place(
                [(w.push.assessment, w.push.device, w.push.items) for w in joined]
            )
            for waiting, result in zip(joined, results, strict=True):
                if not waiting.answer.done():
                    waiting.answer.set_result(Committed(*result))
            await asyncio.sleep(5)

    return put(IngestWriter, "_settle", settle)


def commits_are_not_synced() -> AbstractContextManager[None]:
    """SQLite's synchronous=NORMAL: survives a kill, not a loss of power."""
    make = engine._sqlite

    def relaxed(url: str, pool: int) -> Any:
        made = make(url, pool)

        @event.listens_for(made.sync_engine, "connect")
        def _relax(connection: Any, _record: Any) -> None:
            cursor = connection.cursor()
            cursor.execute("PRAGMA synchronous=NORMAL")
            cursor.close()

        return made

    return put(engine, "_sqlite", relaxed)


def other_bytes_are_duplicates() -> AbstractContextManager[None]:
    """The server looks at the id and ignores the digest."""
    judge = ledger.judge

    def careless(stored: Revision | None, **given: Any) -> Verdict:
        verdict = judge(stored, **given)
        return Verdict.DUPLICATE if verdict is Verdict.CONFLICT else verdict

    def again(self: Ledger, arrival: Any, stored: Revision, verdict: Verdict) -> Placement:
        return Placement(verdict, stored)

    return both(put(ledger, "judge", careless), put(Ledger, "_again", again))


def late_duplicate_undoes_the_edit() -> AbstractContextManager[None]:
    """A duplicate of an older revision becomes the head again."""
    again = Ledger._again

    def undo(self: Ledger, arrival: Any, stored: Revision, verdict: Verdict) -> Placement:
        if verdict is Verdict.DUPLICATE and not stored.is_head:
            for other in self.families.get(stored.root, []):
                ledger._set(other, is_head=False)
            ledger._set(stored, is_head=True)
        return again(self, arrival, stored, verdict)

    return put(Ledger, "_again", undo)


def stale_edit_overwrites() -> AbstractContextManager[None]:
    """The last edit that comes wins, whatever it edits."""
    append = Ledger._append

    def last_wins(  # noqa: PLR0917 - as the original
        self: Ledger, arrival: Any, verdict: Verdict, parent: Any, root: UUID, waiting: Any
    ) -> Placement:
        if verdict is Verdict.BRANCHED:
            verdict = Verdict.STORED
            for other in self.families.get(root, []):
                ledger._set(other, is_head=False)
        return append(self, arrival, verdict, parent, root, waiting)

    return put(Ledger, "_append", last_wins)


def withdrawal_is_forgotten() -> AbstractContextManager[None]:
    """What comes later under a withdrawal code is stored like any other."""
    judge = ledger.judge

    def forgetful(stored: Revision | None, **given: Any) -> Verdict:
        if judge(stored, **given) is not Verdict.WITHDRAWN or stored is not None:
            return judge(stored, **given)
        return Verdict.STORED

    return put(ledger, "judge", forgetful)


def restore_brings_back_the_withdrawn() -> AbstractContextManager[None]:
    """The tombstones are not replayed after a restore."""

    async def nothing(*_: Any) -> int:
        return 0

    return put(restoring, "replay_withdrawals", nothing)


def restore_keeps_the_epoch() -> AbstractContextManager[None]:
    """The tablet does not care about a new epoch."""

    async def ignore(*_: Any) -> None:
        return None

    return put(Tablet, "_notice_epoch", ignore)


@contextlib.contextmanager
def feed_starts_over_after_a_restore() -> Iterator[None]:
    """Places in the feed are given again after a restore, and who followed it is not told."""
    renew = installation.renew_epoch

    async def same_life(database: Any, clock: Any, **_: Any) -> str:
        return await renew(database, clock, restores=0)

    def place(cursors: CursorCodec, scope: str, cursor: str | None, _: str) -> int:
        return int(cursors.decode(scope, cursor)[0]) if cursor else 0

    with put(restoring, "renew_epoch", same_life), put(internal, "_place", place):
        yield


def cursor_by_insertion() -> AbstractContextManager[None]:
    """A change does not move an interview to the end of the feed."""

    change = Submissions.change

    async def stay(self: Any, pk: UUID, *, feed: int, **values: Any) -> None:
        del feed
        kept = await self._session.exec(select(_ROW.feed).where(col(_ROW.pk) == pk))
        await change(self, pk, feed=kept.one(), **values)

    return put(Submissions, "change", stay)


def branches_are_counted() -> AbstractContextManager[None]:
    """The feed gives every revision, not the one that stands."""

    async def every(self: Any, place: int, *, limit: int) -> list[Any]:
        rows = await self._session.exec(
            select(_ROW, SubmissionContentRow)
            .outerjoin(SubmissionContentRow, col(SubmissionContentRow.pk) == col(_ROW.pk))
            .where(col(_ROW.assessment) == self._assessment)
            .where(col(_ROW.feed) > place)
            .order_by(col(_ROW.feed))
            .limit(limit)
        )
        return [(held_of(row), content_of(c) if c else None) for row, c in rows]

    return put(Feed, "heads_after", every)


def gaps_are_hidden() -> AbstractContextManager[None]:
    """The picture says that all is contiguous."""
    picture = InstallSequence.picture

    def rosy(self: InstallSequence) -> Any:
        told = picture(self)
        return told.model_copy(update={"gaps": [], "contiguous": told.max})

    return put(InstallSequence, "picture", rosy)


def forks_are_hidden() -> AbstractContextManager[None]:
    """A number that is used for two ids is not noticed."""
    return put(InstallSequence, "add_fork", lambda _self, _seq: None)


def revoked_devices_are_served() -> AbstractContextManager[None]:
    """A revoked credential works like any other."""
    return put(Credential, "is_active", lambda _self, _now: True)


def cut_bodies_are_accepted() -> AbstractContextManager[None]:
    """The whole lines before a cut are stored."""
    split = split_lines

    def lenient(body: bytes, *, most: int) -> list[bytes]:
        return split(body[: body.rfind(b"\n") + 1] or body, most=most)

    return put(push_route, "split_lines", lenient)


def range_digest_proves_what_is_not_there() -> AbstractContextManager[None]:
    """The server vouches for whatever it is asked about."""
    original = check_held.check_held

    async def yes(feed: Any, request: Any, *, epoch: str) -> Any:
        answer = await original(feed, request, epoch=epoch)
        for item in answer.items:
            item.state = ItemState.STORED if item.state == "absent" else item.state
        return answer

    from usga_assessment.routes import pull

    return put(pull, "check_held", yes)


def tablet_deletes_on_200() -> AbstractContextManager[None]:
    """The receipt alone frees the bytes."""
    settle = Outbox.settle

    def eager(self: Outbox, outcomes: Any, jws: str) -> None:
        settle(self, outcomes, jws)
        self.prune(list(outcomes))

    return put(Outbox, "settle", eager)


def tablet_believes_the_portal() -> AbstractContextManager[None]:
    """A status of 200 means that everything arrived."""

    async def push(
        self: Any, batch: Sequence[Finalised], _report: Any, **_options: Any
    ) -> tuple[Receipt, None]:
        body = b"\n".join(i.line for i in batch) + b"\n"
        headers = {
            "Content-Type": "application/x-ndjson",
            "Authorization": f"Bearer {self.outbox.setting('token')}",
        }
        try:
            answer = await self._http.post("/v1/sync/submissions", content=body, headers=headers)
        except httpx.TransportError as error:
            raise client.SyncStopped from error
        if not answer.is_success:
            raise client.SyncStopped
        epoch = self.outbox.setting("epoch") or ""
        return Receipt("", epoch, {i.id: ("stored", None) for i in batch}, 0, [], []), None

    return put(Tablet, "_push", push)


def tablet_ignores_the_batch_digest() -> AbstractContextManager[None]:
    """A receipt for a shorter batch covers the whole one."""
    genuine = verify

    def trusting(token: str, *, keys: Any, device: str, batch: Sequence[Finalised]) -> Receipt:
        for n in range(len(batch), 0, -1):
            with contextlib.suppress(ReceiptRefused):
                receipt = genuine(token, keys=keys, device=device, batch=batch[:n])
                for item in batch[n:]:
                    receipt.outcomes[item.id] = ("stored", None)
                return receipt
        raise ReceiptRefused

    return put(client, "verify", trusting)


def tablet_sends_other_bytes_again() -> AbstractContextManager[None]:
    """Each try writes the envelope anew, with a new salt."""
    queued = Outbox.queued

    def rewritten(self: Outbox, **limits: int) -> list[Finalised]:
        batch = []
        for item in queued(self, **limits):
            line = orjson.dumps({**orjson.loads(item.line), "salt": secrets.token_hex(16)})
            digest = hashlib.sha256(line).hexdigest()
            batch.append(Finalised(item.seq, item.id, digest, line))
        return batch

    return put(Outbox, "queued", rewritten)


def tablet_deletes_without_asking() -> AbstractContextManager[None]:
    """The proof is not compared with what the tablet knows."""

    async def check(self: Tablet) -> int:
        held = list(self.outbox.held())
        self.outbox.prune([i.id for i in held])
        return len(held)

    return put(Tablet, "check", check)


BUGS: dict[str, Bug] = {
    bug.__name__: bug
    for bug in (
        receipt_before_commit,
        commits_are_not_synced,
        other_bytes_are_duplicates,
        late_duplicate_undoes_the_edit,
        stale_edit_overwrites,
        withdrawal_is_forgotten,
        restore_brings_back_the_withdrawn,
        restore_keeps_the_epoch,
        feed_starts_over_after_a_restore,
        cursor_by_insertion,
        branches_are_counted,
        gaps_are_hidden,
        forks_are_hidden,
        revoked_devices_are_served,
        cut_bodies_are_accepted,
        range_digest_proves_what_is_not_there,
        tablet_deletes_on_200,
        tablet_believes_the_portal,
        tablet_ignores_the_batch_digest,
        tablet_sends_other_bytes_again,
        tablet_deletes_without_asking,
        *HUB_BUGS,
        *FILE_BUGS,
        *CARGO_BUGS,
        *KEY_BUGS,
    )
}
