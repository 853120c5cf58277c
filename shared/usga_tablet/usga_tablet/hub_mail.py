"""What a tablet believes of the mail at a hub: the centre's receipts, and its sealed word."""

from base64 import b64decode
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson

from usga_tablet.answers import Shape, count, flag, listed, maybe, named_line, record, text
from usga_tablet.couriers import MailRefused
from usga_tablet.hub_meeting import AtHub
from usga_tablet.receipts import ReceiptRefused, batch_digest, read_receipt

MAIL: Shape = record(
    receipts=listed(record(receipt=text, items=listed(named_line))),
    undelivered=listed(record(items=listed(named_line))),
    sealed=maybe(text),
    next=count,
    more=maybe(flag),
)


class ReadingMail(AtHub):
    """Believes of a hub's mail what the centre signed for this tablet."""

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
