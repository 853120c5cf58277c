"""A visit to a hub: take receipts and mail, give interviews to carry, pull forms and lists.

A hub is believed as little as possible: that it carries, when its own receipt verifies. That the
centre has an interview, only a receipt of the centre says; that its bytes may go, only the
centre's sealed word of what it holds (docs/protocol/hub.md).
"""

from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson

from usga_tablet.couriers import Courier, MailRefused
from usga_tablet.filebox import FileBox
from usga_tablet.hub_files import CarriedReport, FilesAtHub
from usga_tablet.link import (
    CodingRefused,
    CursorRefused,
    NotOffered,
    SyncReport,
    SyncStopped,
    TooLarge,
)
from usga_tablet.lists import digest as digest_of
from usga_tablet.outbox import Finalised
from usga_tablet.pulling import keep
from usga_tablet.receipts import ReceiptRefused, batch_digest, read_receipt, read_word
from usga_tablet.sync import Tablet, encode, fitting, range_digest

CERTIFICATE, HUB_RECEIPT = "usga-hub+jwt", "usga-hub-receipt+jwt"
_SHARED = frozenset({"instrument", "dictionary", "list"})
CARRIED, REJECTED = "carried", "rejected"

OLDEST = 60 * 24 * 3600
"""Seconds by which the centre's word for a hub may be older than what was heard of it since."""


class NotOurHub(SyncStopped):
    """The centre does not vouch for it."""


@dataclass(slots=True)
class HubReport:
    """What a visit did."""

    hub: str = ""
    name: str = ""
    carried: int = 0
    receipted: int = 0
    undelivered: int = 0
    freed: int = 0
    pulled: int = 0
    unproven: int = 0
    """Forms and lists of the hub that the centre's word does not name as they are."""
    files: CarriedReport = field(default_factory=CarriedReport)


class HubVisit(Tablet):
    """A tablet at a hub: `http` leads to the hub, everything else is the tablet's own.

    With `files`, a box of pictures and recordings, these are given to be carried too.
    """

    files: FileBox | None = None
    shown: dict[str, str] | None = None
    """The key with which the hub's side of the link is encrypted: it must be the hub's own."""
    _hub = ""
    _key: dict[str, Any]
    _courier: Courier

    async def sync(self) -> SyncReport:
        """A hub is visited; only the centre is synced with."""
        raise SyncStopped("this is a hub: visit it")

    async def visit(self) -> HubReport:
        """Take what waits here, give what is queued, pull what is shared."""
        done, report = HubReport(), SyncReport()
        key = self.outbox.setting("courier_key")
        if key is None:
            raise SyncStopped("this tablet has no key for hubs yet: sync with the centre once")
        self._courier = Courier(key)
        info = await self._json("GET", "/v1/hub", report, wants={"hub", "at", "certificates"})
        self._meet(info, done)
        self._notice_life(info.get("epoch"))
        await self._take_mail(report, done)
        sender = self._sender()
        life = None if sender is None else await self._take_files(sender, report, done)
        await self._give(report, done)
        if int(info["at"]) >= self._heard():  # else the centre itself told this tablet newer
            await self._pull_shared(report, done)
        if sender is not None and life is not None:
            await sender.give(life, done.files)
        return done

    def _sender(self) -> FilesAtHub | None:
        if self.files is None:
            return None
        return FilesAtHub(
            self.files, self.outbox, self._http, self._courier, self._hub,
            rng=self._rng, patience=self._patience, sleep=self._sleep,
        )  # fmt: skip

    async def _take_files(
        self, sender: FilesAtHub, report: SyncReport, done: HubReport
    ) -> str | None:
        """What became of files that were given here; the hub's life, if it carries files."""
        place = f"files {self._hub}"
        while True:
            try:
                page = await self._json(
                    "GET",
                    "/v1/hub/files",
                    report,
                    wants={"epoch", "receipts", "undelivered", "next"},
                    params={"after": self.outbox.setting(place) or "0"},
                )
            except NotOffered:  # an earlier version, which carries none
                return None
            sender.take(page, done.files)
            self.outbox.remember(place, str(page["next"]))
            if not page.get("more"):
                return str(page["epoch"])

    def _told_to_wipe(self) -> None:
        """A hub has no say in that: the centre's sealed word would."""

    def _credential(self) -> str:
        """Worth nothing anywhere else; nothing at all before the hub is known."""
        return self._courier.credential(self._hub) if self._hub else ""

    def _meet(self, info: dict[str, Any], done: HubReport) -> None:
        keys = self._kept_keys()
        for certificate in info["certificates"]:
            try:
                vouched = read_word(str(certificate), keys, CERTIFICATE)
            except ReceiptRefused:
                continue
            if (
                vouched["hub"] == info["hub"]
                and self._is_welcome(vouched)
                and self._is_it(vouched)
            ):
                self._hub, self._key = str(vouched["hub"]), {"keys": [vouched["key"]]}
                done.hub, done.name = self._hub, str(vouched["name"])
                self.outbox.remember(f"hub {self._hub}", done.name)
                return
        raise NotOurHub("the centre does not vouch for this hub; nothing was given to it")

    def _notice_life(self, life: str | None) -> None:
        """A hub that was restored counts its mail anew, and may lack what it said to carry."""
        if life is None or life == self.outbox.setting(f"life {self._hub}"):
            return
        with self.outbox.transaction():
            self.outbox.remember(f"life {self._hub}", life)
            self.outbox.remember(f"mail {self._hub}", "0")
            self.outbox.remember(f"files {self._hub}", "0")
            self.outbox.remember(f"cursor {self._hub}", "")

    def _is_welcome(self, vouched: dict[str, Any]) -> bool:
        """It carries for this assessment, and the centre did not take its word back."""
        revoked: list[str] = orjson.loads(self.outbox.setting("revoked_hubs") or "[]")
        is_fresh = vouched["iat"] >= self._heard() - OLDEST
        ours = self.outbox.setting("assessment") in vouched["assessments"]
        return ours and is_fresh and vouched["hub"] not in revoked

    def _is_it(self, vouched: dict[str, Any]) -> bool:
        """Whether who is spoken to holds the very key that the centre vouches for."""
        key: dict[str, str] = vouched["key"]
        return self.shown is None or all(key.get(n) == v for n, v in self.shown.items())

    def _kept_keys(self) -> dict[str, Any]:
        return dict(orjson.loads(self.outbox.setting("receipt_keys") or '{"keys": []}'))

    async def _take_mail(self, report: SyncReport, done: HubReport) -> None:
        """Receipts and refusals once each; the centre's own words whenever they are newer.

        A receipt that cannot be judged yet is read again, next time.
        """
        place = f"mail {self._hub}"
        after, is_judged = self.outbox.setting(place) or "0", True
        words: dict[str, Any] | None = None
        while True:
            page = await self._json(
                "GET",
                "/v1/hub/mail",
                report,
                wants={"receipts", "undelivered", "next"},
                params={"after": after},
            )
            words = self._open(page.get("sealed")) or words
            if words is not None:
                self.outbox.remember("receipt_keys", orjson.dumps(words["receipt_keys"]).decode())
                self._notice_epoch_of(words, done)
            for carried in page["receipts"]:
                believed = self._believe(carried, words)
                is_judged = is_judged and believed is not None
                done.receipted += believed or 0
            for refused in page["undelivered"]:
                ids = [UUID(id_) for id_, _ in refused["items"] if id_ is not None]
                self.outbox.uncarry(ids, self._hub)
                done.undelivered += len(ids)
            after = str(page["next"])
            if is_judged:
                self.outbox.remember(place, after)
            if not page.get("more"):
                break
        if words is not None:
            self._heed(words, done)

    def _open(self, sealed: str | None) -> dict[str, Any] | None:
        """What the centre says, if it says it to this tablet and never said anything newer."""
        device = self.outbox.setting("device") or ""
        if sealed is None:
            return None
        try:
            words: dict[str, Any] = orjson.loads(
                self._courier.open_mail(b64decode(sealed), device)
            )
        except (MailRefused, ValueError):
            return None
        is_news = words["device"] == device and words["at"] >= self._heard()
        return words if is_news else None

    def _heard(self) -> int:
        """The centre's time when it was heard last, itself or by sealed mail."""
        return int(self.outbox.setting("centre_at") or 0)

    def _believe(self, carried: dict[str, Any], words: dict[str, Any] | None) -> int | None:
        """Settle what a carried receipt of the centre says of interviews that were made here.

        One from before the centre was restored says nothing of now: they are given again. None
        where it is of another life of the centre than was heard of last, and the hub has no newer
        word of it: nobody knows then which of them is over.
        """
        try:
            payload = read_receipt(carried["receipt"], self._kept_keys())
            outcomes = self._outcomes(payload, carried["items"])
        except (ReceiptRefused, KeyError, TypeError, ValueError):
            return 0
        known = self.outbox.setting("epoch")
        if words is None and known is not None and payload["epoch"] != known:
            return None
        if words is not None and payload["epoch"] != words["epoch"]:
            self.outbox.uncarry(list(outcomes), self._hub)
            return 0
        self.outbox.settle(outcomes, carried["receipt"])
        return len(outcomes)

    def _outcomes(
        self, payload: dict[str, Any], items: Sequence[tuple[str | None, str]]
    ) -> dict[UUID, tuple[str, str | None]]:
        named = {e["id"]: (e["state"], e.get("code")) for e in payload["exceptions"] if "id" in e}
        unread = {
            e["index"]: (e["state"], e.get("code"))
            for e in payload["exceptions"]
            if e.get("id") is None
        }
        outcomes: dict[UUID, tuple[str, str | None]] = {}
        bound: list[tuple[str, str, str]] = []
        for index, (id_, digest) in enumerate(items):
            default = (payload["state"], None)
            found = unread.get(index, default) if id_ is None else named.get(id_, default)
            bound.append((id_ or "-", digest, found[0]))
            if id_ is not None:
                outcomes[UUID(id_)] = found
        expected = {"count": len(items), "digest": batch_digest(bound)}
        if payload["device"] != self.outbox.setting("device") or payload["batch"] != expected:
            raise ReceiptRefused("it does not cover this batch")
        digests = {UUID(id_): digest for id_, digest in items if id_ is not None}
        own = self.outbox.digests(list(outcomes))
        return {id_: outcomes[id_] for id_, digest in own.items() if digests[id_] == digest}

    def _heed(self, words: dict[str, Any], done: HubReport) -> None:
        """Take in what is this tablet's own, and free what the centre says that it holds."""
        with self.outbox.transaction():
            items = [item for item in words["changes"]["items"] if item["kind"] != "wipe"]
            done.pulled += keep(self.outbox, items)
            self._end_withdrawn(items)
            lacking = sum(
                file["state"] == "missing"
                for item in words.get("files", ())
                for file in item["files"]
            )
            self.outbox.remember("files_missing", str(lacking))
            told = {
                f"{each['kind']} {each['id']}": each["digest"] for each in words.get("shared", ())
            }
            self.outbox.remember("shared", orjson.dumps(told).decode())
            self.outbox.remember("centre_at", str(words["at"]))
            self.outbox.remember("revoked_hubs", orjson.dumps(words["revoked_hubs"]).decode())
        self._free_proven(words, done)
        if any(item["kind"] == "wipe" for item in words["changes"]["items"]):
            self.outbox.wipe()

    def _end_withdrawn(self, items: Sequence[dict[str, Any]]) -> None:
        """The files of interviews that were withdrawn go with them."""
        if self.files is not None:
            for item in items:
                if item["kind"] == "withdrawn":
                    self.files.withdraw(UUID(item["id"]))

    def _notice_epoch_of(self, words: dict[str, Any], done: HubReport) -> None:
        """The centre was restored: what it does not prove now is offered again (T-5).

        Before its receipts of now are read: these are not to be undone.
        """
        known = self.outbox.setting("epoch")
        if known is not None and known != words["epoch"]:
            self._free_proven(words, done)
            self.outbox.requeue([each.id for each in self.outbox.offered()])
        self.outbox.remember("epoch", words["epoch"])

    def _free_proven(self, words: dict[str, Any], done: HubReport) -> None:
        for standing in words["standing"]:
            done.freed += self._free(standing)

    def _free(self, standing: dict[str, Any]) -> int:
        if standing["install"] != str(self.outbox.install):
            return 0
        first, last = standing["first"], standing["last"]
        ledger = self.outbox.ledger(first, last)
        if len(ledger) != standing["count"] or range_digest(ledger) != standing["digest"]:
            return 0
        proven = [each.id for each in self.outbox.held() if first <= each.seq <= last]
        self.outbox.prune(proven)
        return len(proven)

    async def _give(self, report: SyncReport, done: HubReport) -> None:
        life = self.outbox.setting(f"life {self._hub}") or ""
        while batch := self.outbox.queued_for(
            self._hub, life, most=self._batch, most_bytes=self._batch_bytes
        ):
            try:
                taken, life = await self._give_batch(batch, report)
            except TooLarge as refusal:
                if len(batch) == 1:
                    raise
                self._batch = fitting(len(batch), refusal.fits)
                continue
            self.outbox.carry(taken, self._hub, life)
            self._notice_life(life)
            done.carried += len(taken)
            if len(taken) < len(batch):
                return  # the hub cannot read the others; the centre is asked when it is met

    async def _give_batch(
        self, batch: Sequence[Finalised], report: SyncReport
    ) -> tuple[list[UUID], str]:
        """What the hub says that it carries of a batch, and which life of the hub said so."""
        plain = b"\n".join(i.line for i in batch) + b"\n"
        while True:
            dictionary = self._dictionary(batch) if self._coding == "zstd" else None
            headers = {
                "Content-Type": "application/x-ndjson",
                "USGA-Proof": self._courier.proof(plain),
            }
            if self._coding != "identity":
                headers["Content-Encoding"] = self._coding
            try:
                answer = await self._json(
                    "POST",
                    "/v1/sync/submissions",
                    report,
                    wants={"hub_receipt"},
                    content=encode(plain, self._coding, dictionary),
                    headers=headers,
                )
                return self._carried(str(answer["hub_receipt"]), batch)
            except ReceiptRefused as error:
                raise SyncStopped(f"the hub's receipt cannot be believed: {error}") from error
            except CodingRefused:
                if dictionary is not None:
                    self._without_dictionary = True
                elif self._coding == "zstd":
                    self._coding = "gzip"
                else:
                    raise

    def _carried(self, token: str, batch: Sequence[Finalised]) -> tuple[list[UUID], str]:
        payload = read_word(token, self._key, HUB_RECEIPT)
        out = {e.get("id") or e.get("index") for e in payload.get("exceptions", ())}
        bound: list[tuple[str, str, str]] = []
        taken: list[UUID] = []
        for index, item in enumerate(batch):
            if index in out:
                bound.append(("-", item.digest, REJECTED))
            elif str(item.id) in out:
                bound.append((str(item.id), item.digest, REJECTED))
            else:
                bound.append((str(item.id), item.digest, CARRIED))
                taken.append(item.id)
        expected = {"count": len(batch), "digest": batch_digest(bound)}
        if payload["device"] != self.outbox.setting("device") or payload["batch"] != expected:
            raise ReceiptRefused("it does not cover this batch")
        if payload["hub"] != self._hub:
            raise ReceiptRefused("it is another hub's")
        return taken, str(payload["epoch"])

    async def _pull_shared(self, report: SyncReport, done: HubReport) -> None:
        place = f"cursor {self._hub}"
        while True:
            cursor = self.outbox.setting(place)
            try:
                page = await self._json(
                    "GET",
                    "/v1/sync/changes",
                    report,
                    wants={"items", "next", "more"},
                    params={"cursor": cursor} if cursor else {},
                )
            except CursorRefused:
                if not cursor:
                    raise
                self.outbox.remember(place, "")
                continue
            with self.outbox.transaction():
                items = [item for item in page["items"] if self._is_the_centres(item)]
                done.pulled += keep(self.outbox, items)
                done.unproven += len(page["items"]) - len(items)
                self.outbox.remember(place, page["next"])
            if not page["more"]:
                break
        if done.unproven:  # told whole once more when the centre's word of it has come
            self.outbox.remember(place, "")

    def _is_the_centres(self, item: dict[str, Any]) -> bool:
        """Whether what a hub gives in the clear is what the centre's sealed word says (H-62)."""
        if item["kind"] not in _SHARED or item.get("removed"):
            return False
        if self.outbox.pulled(item["kind"]).get(item["id"]) == item["value"]:
            return True
        told = orjson.loads(self.outbox.setting("shared") or "{}")
        return bool(told.get(f"{item['kind']} {item['id']}") == digest_of(item["value"]))
