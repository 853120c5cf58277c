"""Giving interviews to a hub: it carries what its own receipt names, and nothing is over by it."""

from collections.abc import Sequence
from uuid import UUID

from usga_tablet.answers import Shape, record, text
from usga_tablet.hub_meeting import AtHub, HubReport
from usga_tablet.link import CodingRefused, SyncReport, SyncStopped, TooLarge
from usga_tablet.outbox import Finalised
from usga_tablet.receipts import ReceiptRefused, batch_digest, read_word
from usga_tablet.refused_files import refused_files
from usga_tablet.sync import encode, fitting

HUB_RECEIPT = "usga-hub-receipt+jwt"
CARRIED, REJECTED = "carried", "rejected"
_GIVEN: Shape = record(hub_receipt=text)


class Giving(AtHub):
    """Gives what is queued and not carried by this hub yet."""

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
                    wants=_GIVEN,
                    content=encode(plain, self._coding, dictionary),
                    headers=headers,
                )
                carried = self._carried(str(answer["hub_receipt"]), batch)
            except ReceiptRefused as error:
                raise SyncStopped(f"the hub's receipt cannot be believed: {error}") from error
            except CodingRefused:
                if dictionary is not None:
                    self._without_dictionary = True
                elif self._coding == "zstd":
                    self._coding = "gzip"
                else:
                    raise
            else:
                report.refused_files += refused_files(answer.get("files"), batch)
                return carried

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
