"""The sync of one tablet: push, believe receipts only, pull; patient with bad links."""

import asyncio
import contextlib
import gzip
import hashlib
import random
from base64 import b64decode
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

import httpx
import orjson
import zstandard

from usga_tablet.answers import (
    PAGE,
    exchange,
    identifier,
    listed,
    mapping,
    maybe,
    problem,
    record,
    secret,
    text,
    told,
    visible,
)
from usga_tablet.link import (
    TIMEOUT,
    CodingRefused,
    CursorRefused,
    Link,
    NotOffered,
    Patience,
    SyncReport,
    SyncStopped,
    TooLarge,
    reason,
)
from usga_tablet.lists import NotTheList
from usga_tablet.outbox import QUEUED, Finalised, Outbox
from usga_tablet.proving import absent_of, answer_to, proven_of, range_digest
from usga_tablet.pulling import CasesDiffer, take_in
from usga_tablet.receipts import Receipt, ReceiptRefused, verify
from usga_tablet.refused_files import refused_files
from usga_tablet.snapshot import NotTheFile, SnapshotFile

__all__ = [
    "TIMEOUT", "Coding", "Patience", "SyncReport", "SyncStopped", "Tablet", "encode",
    "range_digest",
]  # fmt: skip

Coding = Literal["gzip", "zstd", "identity"]
_KEYS = record(keys=listed(mapping))
_ENROLLED = record(
    device=identifier,
    token=visible,
    assessment=text,
    receipt_keys=_KEYS,
    courier_key=maybe(secret),
)
_PUSHED = record(receipt=text, changes=maybe(PAGE))
_CHECKED = record(items=listed(record(id=identifier, state=text)))


class Tablet(Link):
    """A device with its outbox and a way to the server."""

    def __init__(
        self,
        outbox: Outbox,
        http: httpx.AsyncClient,
        *,
        rng: random.Random,
        patience: Patience | None = None,
        coding: Coding = "zstd",
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        batch: int = 50,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(outbox, http, rng=rng, patience=patience, sleep=sleep, now=now)
        self._coding: Coding = coding
        self._without_dictionary = False
        self._batch = batch
        self._batch_bytes = 1_500_000

    async def enrol(self, code: str, name: str = "") -> None:
        """Exchange a one-time code for the device's credential."""
        body = {"code": code, "install": str(self.outbox.install), "name": name}
        headers = {"Accept-Language": self.language}
        response = await exchange(self._http, "POST", "/v1/devices", json=body, headers=headers)
        answer = told(response, _ENROLLED)
        if answer is None:
            nobody = f"no answer from {self._http.base_url}"
            is_refusal = response is not None and problem(response) is not None
            raise SyncStopped(reason(response) if response and is_refusal else nobody)
        for setting in ("device", "token", "assessment"):
            self.outbox.remember(setting, answer[setting])
        self.outbox.remember("receipt_keys", orjson.dumps(answer["receipt_keys"]).decode())
        if answer.get("courier_key"):
            self.outbox.remember("courier_key", answer["courier_key"])

    async def learn_courier_key(self) -> None:
        """Ask for the key for hubs, once: tablets that enrolled before there were hubs have none.

        A server without hubs has none to give; then nothing changes.
        """
        if self.outbox.setting("courier_key") is None:
            path, wants = "/v1/hubs/courier-key", record(courier_key=secret)
            with contextlib.suppress(SyncStopped):
                answer = await self._json("GET", path, SyncReport(), wants=wants)
                self.outbox.remember("courier_key", str(answer["courier_key"]))

    async def sync(self) -> SyncReport:
        """Push everything queued, then pull what is new: with the last batch, where it can."""
        report = SyncReport()
        is_told = False
        while batch := self.outbox.queued(most=self._batch, most_bytes=self._batch_bytes):
            is_last = self.outbox.counts().get(QUEUED, 0) == len(batch)
            is_known = bool(self.outbox.setting("cursor"))  # a first pull is a file of its own
            try:
                receipt, page = await self._push(batch, report, pulls=is_last and is_known)
            except TooLarge as refusal:
                if len(batch) == 1:
                    raise
                self._batch = fitting(len(batch), refusal.fits)
                continue
            self.outbox.settle(receipt.outcomes, receipt.jws)
            is_told = self._took_in(page, report)
            report.sent += len(batch)
            for state, _ in receipt.outcomes.values():
                report.outcomes[state] = report.outcomes.get(state, 0) + 1
            await self._notice_epoch(receipt.epoch, report)
        if not is_told:
            await self._pull(report)
        if self._server_time is not None:  # what hubs tell from before is old news
            self.outbox.remember("centre_at", str(self._server_time))
        return report

    async def check(self) -> int:
        """Prove by range digests what the server has, then drop the bytes; how many."""

        async def ask(query: dict[str, Any]) -> dict[str, Any]:
            return await self._json(
                "POST", "/v1/sync/check", SyncReport(), wants=answer_to(query),
                content=_dumps(query),
            )  # fmt: skip

        held = list(self.outbox.held())
        absent = await absent_of(ask, held)
        if absent:
            self.outbox.requeue(absent)
            return 0
        proven = await proven_of(ask, self.outbox, held)
        self.outbox.prune(proven)
        return len(proven)

    async def _push(
        self, batch: Sequence[Finalised], report: SyncReport, *, pulls: bool
    ) -> tuple[Receipt, dict[str, Any] | None]:
        """The receipt of a batch; with `pulls` also the changes that came along, if any did."""
        plain = b"\n".join(i.line for i in batch) + b"\n"
        while True:
            dictionary = self._dictionary(batch) if self._coding == "zstd" else None
            try:
                return await self._push_coded(plain, dictionary, batch, report, pulls=pulls)
            except CursorRefused:
                if not self.outbox.setting("cursor"):
                    raise
                self.outbox.remember("cursor", "")  # nothing was stored: once more, pulling anew
            except CodingRefused:
                if dictionary is not None:
                    self._without_dictionary = True
                elif self._coding == "zstd":
                    self._coding = "gzip"
                else:
                    raise

    def _dictionary(self, batch: Sequence[Finalised]) -> bytes | None:
        """The published dictionary of the form of a batch, if it was pulled and is whole."""
        if self._without_dictionary:
            return None
        last = orjson.loads(batch[-1].line)
        for found in self.outbox.pulled("dictionary").values():
            named = found.get("instrument"), found.get("version")
            if named == (last["instrument"], last["version"]):
                return _content_of(found)
        return None

    async def _push_coded(
        self,
        plain: bytes,
        dictionary: bytes | None,
        batch: Sequence[Finalised],
        report: SyncReport,
        *,
        pulls: bool,
    ) -> tuple[Receipt, dict[str, Any] | None]:
        body = encode(plain, self._coding, dictionary)
        headers = {"Content-Type": "application/x-ndjson"}
        if self._coding != "identity":
            headers["Content-Encoding"] = self._coding
        keys = orjson.loads(self.outbox.setting("receipt_keys") or "{}")
        device = self.outbox.setting("device") or ""
        for attempt in range(1, self._patience.tries + 1):
            report.bytes_sent += len(body)
            answer = await self._json(
                "POST",
                "/v1/sync/submissions",
                report,
                wants=_PUSHED,
                content=body,
                headers=headers,
                params=self._pulling() if pulls else {},
            )
            try:
                receipt = verify(answer["receipt"], keys=keys, device=device, batch=batch)
            except ReceiptRefused:
                keys = await self._keys(report)
            else:
                self.outbox.remember("receipt_keys", orjson.dumps(keys).decode())
                report.refused_files += refused_files(answer.get("files"), batch)
                return receipt, answer.get("changes")
            await self._wait(attempt, report, None)
        raise SyncStopped("the server's receipts cannot be verified")

    def _pulling(self) -> dict[str, str]:
        return {"changes_since": self.outbox.setting("cursor") or "", "lists": "rows"}

    async def _keys(self, report: SyncReport) -> dict[str, Any]:
        """What the origin publishes; kept once a receipt verified with it."""
        return await self._json("GET", "/.well-known/jwks.json", report, wants=_KEYS)

    async def _first(self, report: SyncReport) -> None:
        """The file of a first sync; where it cannot be had, pages bring the same."""
        file = SnapshotFile(self.outbox)

        async def pause(attempt: int, after: float | None) -> None:
            await self._wait(attempt, report, after)

        try:
            await file.fetch(self._http, self._headers(), pause, tries=self._patience.tries)
            report.pulled += file.take_in()
        except (NotOffered, NotTheFile, NotTheList, CasesDiffer):
            return
        except TimeoutError:
            raise SyncStopped("no answer from the server; what came is kept") from None

    async def _pull(self, report: SyncReport) -> None:
        if not self.outbox.setting("cursor"):
            await self._first(report)
        lists, proving = "rows", True
        while True:
            cursor = self.outbox.setting("cursor")
            try:
                page = await self._json(
                    "GET",
                    "/v1/sync/changes",
                    report,
                    wants=PAGE,
                    params={"lists": lists, **({"cursor": cursor} if cursor else {})},
                )
                if not self._take_in(page, report, proving=proving):
                    return
                if page["next"] == cursor:
                    raise SyncStopped("the server's pages come to no end")
            except CursorRefused:
                if not cursor:
                    raise
                self.outbox.remember("cursor", "")  # the server changed its key: pull anew
            except NotTheList:
                if lists == "whole":
                    raise SyncStopped("the server's lists cannot be verified") from None
                lists = "whole"  # from the same cursor
            except CasesDiffer:
                self.outbox.remember("cursor", "")
                proving = False  # told everything, it takes everything as it is

    def _take_in(self, page: dict[str, Any], report: SyncReport, *, proving: bool = True) -> bool:
        """Keep one page of changes; whether there is more to ask for."""
        report.pulled += take_in(self.outbox, page, proving=proving)
        return bool(page["more"])

    def _took_in(self, page: dict[str, Any] | None, report: SyncReport) -> bool:
        """Whether a push brought all that there is to know; what does not verify is pulled."""
        if page is None:
            return False
        try:
            return not self._take_in(page, report)
        except (NotTheList, CasesDiffer):
            return False

    async def _notice_epoch(self, epoch: str, report: SyncReport) -> None:
        """A changed epoch says that the server was restored: ask what it lost, offer it again."""
        known = self.outbox.setting("epoch")
        if known is None or known == epoch:
            self.outbox.remember("epoch", epoch)
            return
        held = list(self.outbox.offered())
        for start in range(0, len(held), 1000):
            items = [{"id": str(i.id), "digest": i.digest} for i in held[start : start + 1000]]
            answer = await self._json(
                "POST", "/v1/sync/check", report, wants=_CHECKED, content=_dumps({"items": items})
            )
            absent = [UUID(i["id"]) for i in answer["items"] if i["state"] == "absent"]
            self.outbox.requeue(absent)
        # Only now: who is interrupted before this asks again at the next receipt.
        self.outbox.remember("epoch", epoch)


def encode(body: bytes, coding: Coding, dictionary: bytes | None = None) -> bytes:
    """Compress a body for the wire; zstd may use the form's published dictionary."""
    match coding:
        case "gzip":
            return gzip.compress(body, 6, mtime=0)
        case "zstd":
            trained = zstandard.ZstdCompressionDict(dictionary) if dictionary else None
            return zstandard.ZstdCompressor(level=19, dict_data=trained).compress(body)
        case "identity":
            return body


def _content_of(dictionary: dict[str, Any]) -> bytes | None:
    try:
        content = b64decode(dictionary["content"])
    except (KeyError, TypeError, ValueError):
        return None
    is_whole = hashlib.sha256(content).hexdigest() == dictionary.get("sha256")
    return content if is_whole else None


def _dumps(value: dict[str, Any]) -> bytes:
    return orjson.dumps(value)


def fitting(size: int, fits: int | None) -> int:
    """The next batch after a refused one: what the server says that it takes, else half of it."""
    return max(1, size // 2) if fits is None or fits >= size else max(1, fits)
