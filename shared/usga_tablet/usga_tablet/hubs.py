"""A visit to a hub: take receipts and mail, give interviews to carry, pull forms and lists.

A hub is believed as little as possible: that it carries, when its own receipt verifies. That the
centre has an interview, only a receipt of the centre says; that its bytes may go, only the
centre's sealed word of what it holds (docs/protocol/hub.md).
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson

from usga_tablet.answers import Shape, count, flag, listed, maybe, record, text
from usga_tablet.couriers import Courier
from usga_tablet.filebox import FileBox
from usga_tablet.hub_files import FilesAtHub
from usga_tablet.hub_giving import Giving
from usga_tablet.hub_mail import MAIL, ReadingMail
from usga_tablet.hub_meeting import INFO, HubReport, NotOurHub
from usga_tablet.hub_shared import PullingShared
from usga_tablet.link import NotOffered, SyncReport, SyncStopped
from usga_tablet.lists import NotTheList
from usga_tablet.pulling import keep
from usga_tablet.sync import range_digest

__all__ = ["HubReport", "HubVisit", "NotOurHub"]

_FILES: Shape = record(
    epoch=text,
    receipts=listed(record(proof=text, receipt=text)),
    undelivered=listed(record(proof=text, code=text)),
    next=count,
    more=maybe(flag),
)


class HubVisit(ReadingMail, Giving, PullingShared):
    """A tablet at a hub: `http` leads to the hub, everything else is the tablet's own.

    With `files`, a box of pictures and recordings, these are given to be carried too.
    """

    files: FileBox | None = None

    async def sync(self) -> SyncReport:
        """A hub is visited; only the centre is synced with."""
        raise SyncStopped("this is a hub: visit it")

    async def visit(self) -> HubReport:
        """Take what waits here, give what is queued, pull what is shared.

        Raises SyncStopped. Whatever a hub does, nothing but the centre's word frees anything.
        """
        try:
            return await self._visit()
        except NotTheList:
            raise SyncStopped("what the centre says cannot be read by this app") from None

    async def _visit(self) -> HubReport:
        done, report = HubReport(), SyncReport()
        key = self.outbox.setting("courier_key")
        if key is None:
            raise SyncStopped("this tablet has no key for hubs yet: sync with the centre once")
        self._courier = Courier(key)
        info = await self._json("GET", "/v1/hub", report, wants=INFO)
        self._meet(info, done)
        self._notice_life(info.get("epoch"))
        await self._take_mail(report, done)
        sender = self._sender()
        life = None if sender is None else await self._take_files(sender, report, done)
        if info.get("link") == "refused":  # it says itself that it delivers nothing any more
            done.is_refused = True
            return done
        await self._give(report, done)
        done.refused_files = report.refused_files
        if int(info["at"]) >= self._heard():  # else the centre itself told this tablet newer
            await self._pull_shared(report, done)
        if sender is not None and life is not None:
            await sender.give(life, done.files)
        return done

    def _sender(self) -> FilesAtHub | None:
        if self.files is None:
            return None
        return FilesAtHub(
            self.files, self.outbox, self._http, self._courier,
            (self._hub, self._key), rng=self._rng, patience=self._patience, sleep=self._sleep,
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
                    wants=_FILES,
                    params={"after": self.outbox.setting(place) or "0"},
                )
            except NotOffered:  # an earlier version, which carries none
                return None
            sender.take(page, done.files)
            before = int(self.outbox.setting(place) or 0)
            self.outbox.remember(place, str(page["next"]))
            if not page.get("more") or page["next"] <= before:
                return str(page["epoch"])

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
                wants=MAIL,
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
            before, after = int(after), str(page["next"])
            if is_judged:
                self.outbox.remember(place, after)
            if not page.get("more") or page["next"] <= before:
                break
        if words is not None:
            self._heed(words, done)

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
