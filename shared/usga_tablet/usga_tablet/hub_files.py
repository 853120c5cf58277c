"""A tablet's files at a hub: given to be carried, freed only by the centre's own receipt."""

import base64
import hashlib
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx
import orjson

from usga_tablet.couriers import Courier
from usga_tablet.filebox import PROVEN, BoxedFile, FileBox
from usga_tablet.files import TYPE
from usga_tablet.link import Patience, SyncStopped
from usga_tablet.outbox import Outbox
from usga_tablet.receipts import ReceiptRefused, read_word
from usga_tablet.uploads import FileReport, Refused, Uploader

_AGAIN = frozenset({"lost", "hub-enrolled-anew", "centre-restored"})
"""Why a hub does not have a file any more that it takes when it is offered again."""
_ONCE_MORE = "parcel-unreadable"
"""What the hub had was changed on its disk or its way: the same may be given once more."""
HUB_FILE = "usga-hub-file+jwt"
_NO_ROOM = frozenset({"hub-full", "storage-full"})


@dataclass(slots=True)
class CarriedReport:
    """What an exchange about files with a hub did."""

    carried: int = 0
    proven: int = 0
    returned: int = 0
    refused: int = 0


class FilesAtHub(Uploader):
    """Gives files to one hub and takes the centre's receipts; nothing that a hub says deletes."""

    def __init__(
        self,
        box: FileBox,
        outbox: Outbox,
        http: httpx.AsyncClient,
        courier: Courier,
        hub: tuple[str, dict[str, Any]],
        *,
        rng: random.Random,
        patience: Patience,
        sleep: Callable[[float], Awaitable[object]],
    ) -> None:
        super().__init__(box, outbox, http, rng=rng, patience=patience, sleep=sleep)
        self._courier, (self._hub, self._key) = courier, hub
        self._word = ""
        """What the hub said last of a file that came whole."""

    def take(self, page: dict[str, Any], done: CarriedReport) -> None:
        """What became of files that were given here before (H-57, H-58)."""
        known = {self._proof(file): file for file in self._box.queued()}
        for carried in page["receipts"]:
            file = known.get(str(carried["proof"]))
            if file is not None:
                self._believe(file, str(carried["receipt"]), done)
        for back in page["undelivered"]:
            file, code = known.get(str(back["proof"])), str(back["code"])
            if file is None:
                continue
            done.returned += 1
            life = str(page["epoch"])
            if code in _AGAIN:
                self._box.uncarry(file, self._hub)
            elif code != _ONCE_MORE or not self._box.offer_again(file, self._hub, life):
                self._box.carry(file, self._hub, life, code)

    def _believe(self, file: BoxedFile, receipt: str, done: CarriedReport) -> None:
        """Free a file when the centre itself says, of its life of now, that it keeps it."""
        keys = orjson.loads(self._outbox.setting("receipt_keys") or '{"keys": []}')
        try:
            said = read_word(receipt, keys, TYPE)
            files = {(each["submission"], each["sha256"]) for each in said["files"]}
            device, epoch = said["device"], said["epoch"]
        except (ReceiptRefused, KeyError, TypeError):
            return
        if device != self._outbox.setting("device"):
            return
        if epoch != self._outbox.setting("epoch"):  # the centre was restored since, or before
            self._box.uncarry(file, self._hub)
        elif (str(file.submission), file.sha256) in files:
            self._box.settle(file, PROVEN)
            done.proven += 1

    async def give(self, life: str, done: CarriedReport) -> None:
        """Offer what this hub does not carry; raises SyncStopped when patience or room is over."""
        for file in self._box.queued_for(self._hub, life):
            try:
                await self._give(file)
            except Refused as refused:
                if refused.slug in _NO_ROOM:
                    raise SyncStopped(f"files wait: {refused.slug}") from None
                self._box.carry(file, self._hub, life, refused.slug)
                done.refused += 1
            else:
                self._box.carry(file, self._hub, self._heard_word(file))
                done.carried += 1

    def _heard_word(self, file: BoxedFile) -> str:
        """In which life the hub says that it carries a file; raises SyncStopped (H-65).

        A word that is missing or does not verify costs the rest of the visit, never the file.
        """
        try:
            said = read_word(self._word, self._key, HUB_FILE)
        except ReceiptRefused as error:
            raise SyncStopped(f"the hub's word of a file cannot be believed: {error}") from error
        device = self._outbox.setting("device")
        named = (self._hub, device, self._proof(file), file.size)
        if tuple(said.get(name) for name in ("hub", "device", "proof", "size")) != named:
            raise SyncStopped("the hub's word is of another file")
        return str(said.get("epoch"))

    async def _once(self, method: str, path: str, **options: Any) -> httpx.Response | None:
        response = await super()._once(method, path, **options)
        if response is not None:
            self._word = response.headers.get("usga-carried", "")
        return response

    async def _give(self, file: BoxedFile) -> None:
        report = FileReport()
        upload = await self._announce(file, report)
        resumed, offset = await self._resume(file, upload, report)
        if resumed is None:
            raise SyncStopped("an upload ended; it is begun anew next time")
        await self._send_from(file, resumed, offset, report)

    def _proof(self, file: BoxedFile) -> str:
        return self._courier.file_proof(
            submission=str(file.submission), name=file.name, sha256=file.sha256, size=file.size
        )

    def _said(self, file: BoxedFile) -> dict[str, str]:
        return {**super()._said(file), "proof": self._proof(file)}

    def _credential(self) -> str:
        return self._courier.credential(self._hub)

    def _checked(self, piece: bytes) -> dict[str, str]:
        """A hub cannot open what it has: only this tells it that the bytes came as they were."""
        digest = base64.b64encode(hashlib.sha256(piece).digest()).decode()
        return {"Upload-Checksum": f"sha256 {digest}"}
