"""What a hub works with: its keys, what the centre told it last, forms to check with."""

import base64
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from usga_shared.clock import Clock
from usga_shared.database.engine import Database
from usga_shared.problems import Unavailable
from usga_shared.wire.hub import HubDevice, RelayAnswer

from usga_assessment.domain.hub.hub import LinkState
from usga_assessment.domain.hub.parcel import PublicSealingKey
from usga_assessment.domain.sync.receipt import ReceiptKey, key_id
from usga_assessment.settings import Settings
from usga_assessment.storage.dictionaries import KnownDictionaries
from usga_assessment.storage.forms import Forms
from usga_assessment.storage.hub.files import CargoHold
from usga_assessment.storage.hub.hold import Hold
from usga_assessment.storage.hub.identity import Identity, keep_identity, read_identity
from usga_assessment.storage.hub.mirror import TOLD, Mirror
from usga_assessment.storage.installation import ensure_installation
from usga_assessment.storage.keys import Keyring

_ENROLLED_ANEW = "hub-enrolled-anew"
_LIVES = UUID("6f1f8b52-9f0e-4a2c-8a52-2d1f0c7f5a61")
_CERTIFICATES = "certificates"
_MOST_CERTIFICATES = 20
_RESTORED = "centre-restored"
"""Why a file is returned that the centre kept before it was restored: it is taken again."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the centre told the hub of both of them, last."""

    hub: UUID
    name: str
    issuer: str
    at: int
    receipt_keys: dict[str, Any]
    sealing: PublicSealingKey
    certificates: tuple[str, ...]
    epoch: str
    """The centre's."""


class HubDesk:
    """One for each hub; `open` before the first request."""

    key: ReceiptKey
    epoch: str

    def __init__(self, database: Database, clock: Clock, settings: Settings) -> None:
        self.database, self.clock, self.settings = database, clock, settings
        self.forms, self.dictionaries = Forms(database, clock), KnownDictionaries(database)
        self.identity: Identity | None = None
        self.link, self.refusal = LinkState.LOOKING, ""
        self._told: Told | None = None

    async def open(self) -> None:
        """Open the hub's own key, which the first start makes, and what it knew before."""
        self.key = Keyring(self.settings.key_dir).receipt_keys()[-1]
        self.epoch = await ensure_installation(self.database, self.clock)
        self.identity = read_identity(self.settings.key_dir)
        async with self.database.read() as session:
            self._told = await _read(Mirror(session))

    def enrolled(self, made: Identity) -> None:
        """Keep who this hub is."""
        self.identity = keep_identity(self.settings.key_dir, made)

    @property
    def told(self) -> Told:
        """What the centre told this hub; raises Unavailable before the first contact with it.

        That of another number (before it was enrolled anew) is of no use: what is sealed under
        that, nobody opens.
        """
        told, identity = self._told, self.identity
        if told is None or identity is None or told.hub != identity.hub:
            raise Unavailable
        return told

    @property
    def life(self) -> str:
        """Another one after each restore, of this hub and of the centre (H-41).

        What this hub has, it may lack or take again from then on: tablets are to offer it.
        """
        return str(uuid5(_LIVES, f"{self.epoch} {self.told.epoch}"))

    async def take_in(self, answer: RelayAnswer) -> None:
        """Keep a relay in one transaction."""
        now = self.clock.now()
        async with self.database.write() as session:
            mirror = Mirror(session)
            before = await mirror.fact(TOLD)
            if before is not None and before["hub"] != str(answer.hub):
                # What was sealed under another number cannot be delivered: tablets give it again.
                await Hold(session).give_up(_ENROLLED_ANEW)
                await CargoHold(session).give_up(_ENROLLED_ANEW)
            if before is not None and before["epoch"] != answer.epoch:
                await Hold(session).forget_receipted()
                await CargoHold(session).return_receipted(_RESTORED)
            for assessment in answer.assessments:
                await mirror.keep_assessment(assessment, now)
            await mirror.replace_devices(_one_each(answer.devices))
            await mirror.keep_mail(answer.mail)
            kept = await mirror.fact(_CERTIFICATES) or {}
            kept.pop(key_id(answer.certificate), None)
            kept = {key_id(answer.certificate): answer.certificate, **kept}
            newest = dict(list(kept.items())[:_MOST_CERTIFICATES])
            await mirror.remember(_CERTIFICATES, newest)
            plain = {"hub", "name", "issuer", "at", "epoch", "receipt_keys", "sealing_key"}
            await mirror.remember(TOLD, answer.model_dump(mode="json", include=plain))
        async with self.database.read() as session:
            self._told = await _read(Mirror(session))


def _one_each(devices: list[HubDevice]) -> list[HubDevice]:
    return list({device.id: device for device in devices}.values())


async def _read(mirror: Mirror) -> Told | None:
    told, certificates = await mirror.fact(TOLD), await mirror.fact(_CERTIFICATES)
    if told is None:
        return None
    public = told["sealing_key"]["public"]
    return Told(
        hub=UUID(told["hub"]),
        name=told["name"],
        issuer=told["issuer"],
        at=told["at"],
        receipt_keys=told["receipt_keys"],
        sealing=PublicSealingKey.of(base64.urlsafe_b64decode(public + "=")),
        certificates=tuple((certificates or {}).values()),
        epoch=told["epoch"],
    )
