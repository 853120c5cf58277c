"""Which hub this is: whether the centre vouches for it, now, and for whom it carries (H-40)."""

from dataclasses import dataclass, field
from typing import Any

import orjson

from usga_tablet.answers import Shape, count, identifier, listed, maybe, record, text
from usga_tablet.couriers import Courier
from usga_tablet.hub_files import CarriedReport
from usga_tablet.receipts import ReceiptRefused, read_word
from usga_tablet.refused_files import RefusedFile
from usga_tablet.sync import SyncStopped, Tablet

INFO: Shape = record(
    hub=identifier, at=count, epoch=maybe(text), certificates=listed(text), link=maybe(text)
)
CERTIFICATE = "usga-hub+jwt"
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
    is_refused: bool = False
    """The centre takes nothing from this hub any more: nothing was given to it."""
    files: CarriedReport = field(default_factory=CarriedReport)
    refused_files: list[RefusedFile] = field(default_factory=list)
    """Files of the interviews that were given for which no upload will be taken."""


class AtHub(Tablet):
    """A tablet beside a hub that the centre vouches for."""

    shown: dict[str, str] | None = None
    """The key with which the hub's side of the link is encrypted: it must be the hub's own."""
    _hub = ""
    _key: dict[str, Any]
    _courier: Courier

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

    def _notice_life(self, life: str | None) -> None:
        """A hub that was restored counts its mail anew, and may lack what it said to carry."""
        if life is None or life == self.outbox.setting(f"life {self._hub}"):
            return
        with self.outbox.transaction():
            self.outbox.remember(f"life {self._hub}", life)
            self.outbox.remember(f"mail {self._hub}", "0")
            self.outbox.remember(f"files {self._hub}", "0")
            self.outbox.remember(f"cursor {self._hub}", "")

    def _kept_keys(self) -> dict[str, Any]:
        return dict(orjson.loads(self.outbox.setting("receipt_keys") or '{"keys": []}'))

    def _heard(self) -> int:
        """The centre's time when it was heard last, itself or by sealed mail."""
        return int(self.outbox.setting("centre_at") or 0)
