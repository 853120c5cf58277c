"""What must be true of a hub: it keeps what it answered for until the centre has it.

The oracle reads the hub's tables and what passes its two links, never its code.
"""

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import httpx
import orjson
from usga_tablet.couriers import Courier, MailRefused
from usga_tablet.receipts import batch_digest
from usga_tablet.sync import range_digest

from tests.simulation.coding import decoded, lines_of
from tests.simulation.oracle import HELD, Oracle, require
from tests.simulation.tables import Tables
from tests.simulation.words import outcomes_in, payload_of

if TYPE_CHECKING:
    from tests.simulation.tablets import Interviewer

Items = list[tuple[str | None, str]]
"""Id and digest of each line of a parcel."""
_READ = (
    "SELECT id, device, items, sealed IS NOT NULL, receipt, refusal FROM hub_parcel ORDER BY id"
)
_COMPRESSED = (b"\x28\xb5\x2f\xfd", b"\x1f\x8b\x08")
_GIVEN_UP = "hub-enrolled-anew"


@dataclass(frozen=True, slots=True)
class Parcel:
    """A parcel as the hub's table has it."""

    id: str
    device: str
    items: Items
    is_sealed: bool
    receipt: str | None
    refusal: str | None

    @property
    def lines(self) -> set[tuple[str, str, str]]:
        """(device, id, digest) of each interview."""
        return {(self.device, id_, digest) for id_, digest in self.items if id_ is not None}


class HubBooks:
    """One for each hub."""

    def __init__(self, name: str, oracle: Oracle) -> None:
        self._name, self._oracle = name, oracle
        self._promised: set[tuple[str, str, str]] = set()
        """(device, id, digest) that a receipt of this life of the hub said to be carried."""
        self.parcels: dict[str, Parcel] = {}
        self.rows: list[Parcel] = []
        self._tables = Tables()

    def close(self) -> None:
        """Close the hub's file."""
        self._tables.close()

    def restored(self) -> None:
        """It came back from an older copy: what that lacks, its tablets still have."""
        self._promised.clear()

    # What passes

    def took(self, request: httpx.Request, answer: httpx.Response) -> None:
        """The hub said to a tablet that it carries these."""
        said = answer.json()
        require("receipt" not in said, f"{self._name} gives receipts in the centre's name")
        lines = lines_of(decoded(request, self._oracle.dictionaries))
        require(bool(lines), f"{self._name} took a body that was cut")
        payload = payload_of(str(said["hub_receipt"]))
        out = {e.get("id") for e in payload.get("exceptions", ())}
        for id_, digest in _named(lines or ()):
            if id_ not in out:
                self._promised.add((str(payload["device"]), id_, digest))

    def centre_said(self, parcel: str, answer: httpx.Response) -> None:
        """The centre took a parcel in: what its receipt says must be so."""
        found, receipt = self.parcels.get(parcel), str(answer.json()["receipt"])
        if found is None:
            return
        outcomes = _outcomes(receipt, found.items)
        require(outcomes is not None, "the centre's receipt does not cover the parcel")
        self._oracle.issued[receipt] = outcomes or []
        for id_, digest, state in outcomes or ():
            self._oracle.seen[f"receipt by hub {state}"] += 1
            if state in HELD:
                self._oracle.promised[id_, digest] = state
                self._oracle.lost.discard((id_, digest))

    def handed_back(self, tablet: "Interviewer", device: str, answer: httpx.Response) -> None:
        """A tablet takes its mail: only the centre's own words in it may be believed."""
        page, oracle, install = answer.json(), self._oracle, tablet.install
        told = oracle.told.setdefault(install, set())
        for carried in page["receipts"]:
            told.update(oracle.issued.get(carried["receipt"], ()))
            oracle.seen["receipt by mail"] += 1
        oracle.seen["undelivered by mail"] += len(page["undelivered"])
        words = _opened(page["sealed"], tablet.outbox.setting("courier_key") or "", device)
        if words is None:
            return
        if any(change["kind"] == "wipe" for change in words["changes"]["items"]):
            tablet.wiped = True
        for block in words["standing"]:
            mine = tablet.outbox.ledger(block["first"], block["last"])
            if block["install"] == install and block["digest"] == range_digest(mine):
                oracle.seen["range proved by mail"] += 1
                proved = {(id_, digest) for _, id_, digest in mine}
                oracle.proved.setdefault(install, set()).update(proved)

    # What must hold

    def look(self, path: Path) -> None:
        """Check the hub's tables if anything was committed since."""
        if not self._read(path):
            return
        kept: set[tuple[str, str, str]] = set()
        for parcel in self.rows:
            self._check_receipt(parcel)
            if parcel.is_sealed or parcel.receipt is not None or parcel.refusal == _GIVEN_UP:
                kept.update(parcel.lines)
        gone = sorted(self._promised - kept)
        require(not gone, f"{self._name} answered for {gone[:1]} and does not have it")
        for parcel in self.rows:
            require(
                kept.issuperset(parcel.lines),
                f"{self._name} forgot a parcel that the centre did not receipt",
            )

    def _check_receipt(self, parcel: Parcel) -> None:
        if parcel.receipt is not None:
            require(
                parcel.receipt in self._oracle.issued,
                f"{self._name} keeps a receipt that the centre never gave",
            )
            require(
                _outcomes(parcel.receipt, parcel.items) is not None,
                f"{self._name} keeps a receipt that does not cover its parcel",
            )

    def check_nothing_is_readable(self, files: Iterable[bytes]) -> None:
        """A thief with the laptop's disk reads no answer."""
        if self._tables.db is not None:
            starts = self._tables.db.execute("SELECT substr(sealed, 1, 4) FROM hub_parcel")
            for (start,) in starts:
                is_open = start is not None and bytes(start).startswith(_COMPRESSED)
                require(not is_open, f"a parcel lies open on {self._name}")
        secrets = [f"r{made.code}".encode() for made in self._oracle.made.values()]
        for content in files:
            for secret in secrets:
                require(secret not in content, f"an interview lies open on {self._name}")

    def _read(self, path: Path) -> bool:
        db = self._tables.news(path)
        if db is None:
            return False
        self.rows = [
            Parcel(
                str(UUID(id_)), str(UUID(device)), _items(items), bool(sealed), receipt, refusal
            )
            for id_, device, items, sealed, receipt, refusal in db.execute(_READ)
        ]
        self.parcels.update({parcel.id: parcel for parcel in self.rows})
        return True


def _items(text: str) -> Items:
    return [(id_ and str(UUID(id_)), digest) for id_, digest in orjson.loads(text)]


def _named(lines: Iterable[bytes]) -> Iterable[tuple[str, str]]:
    for line in lines:
        yield str(orjson.loads(line)["id"]), hashlib.sha256(line).hexdigest()


def _outcomes(receipt: str, items: Items) -> list[tuple[str, str, str]] | None:
    """(id, digest, state) of each line, or None when the receipt is of another batch."""
    payload = payload_of(receipt)
    bound = [(id_ or "-", digest, state) for id_, digest, state in outcomes_in(payload, items)]
    is_of_these = payload["batch"] == {"count": len(items), "digest": batch_digest(bound)}
    return [b for b in bound if b[0] != "-"] if is_of_these else None


def _opened(sealed: str | None, key: str, device: str) -> dict[str, Any] | None:
    return None if sealed is None else mail_in(base64.b64decode(sealed), key, device)


def mail_in(sealed: bytes, key: str, device: str) -> dict[str, Any] | None:
    """What the centre says to a tablet; None when this is not for it."""
    if not key:
        return None
    try:
        found: dict[str, Any] = orjson.loads(Courier(key).open_mail(sealed, device))
    except MailRefused:
        return None
    return found
