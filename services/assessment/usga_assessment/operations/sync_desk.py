"""What the sync works with: keys, forms, the writer, and the hand that signs receipts."""

import asyncio
import os
from collections.abc import Sequence
from typing import Any

from usga_shared.clock import Clock
from usga_shared.database.engine import Database
from usga_shared.problems import TooManyRequests
from usga_shared.wire.sync import ReceiptPayload
from usga_shared.wire.vocabulary import ItemState

from usga_assessment.domain.sealing.content import Opener
from usga_assessment.domain.sealing.drawn import Drawn
from usga_assessment.domain.submission.envelope import Envelope
from usga_assessment.domain.submission.prepared import Rejected, Sealer
from usga_assessment.domain.sync.outcome import Received, receipt_content
from usga_assessment.domain.sync.receipt import ReceiptKey, sign
from usga_assessment.domain.sync.turns import Turns, pause_for
from usga_assessment.operations.receive_submissions import receive_submissions
from usga_assessment.operations.room import Room
from usga_assessment.operations.signing import Signer
from usga_assessment.settings import Settings
from usga_assessment.storage.dictionaries import KnownDictionaries
from usga_assessment.storage.forms import Forms
from usga_assessment.storage.ingest import IngestWriter
from usga_assessment.storage.installation import ensure_installation
from usga_assessment.storage.keys import Keyring
from usga_assessment.storage.tombstones import Tombstones

_MOST_NOTED = 10_000


class SyncDesk:
    """One for each application; `open` before the first request, `close` after the last."""

    keyring: Keyring
    _withdrawal_key: bytes

    def __init__(
        self, database: Database, writer: IngestWriter, clock: Clock, settings: Settings
    ) -> None:
        self.forms = Forms(database, clock)
        self._turns, self._refused = Turns(), 0
        self._noted: set[bytes] = set()
        self.room = Room()
        self._signer = Signer(lambda: self.signing_key)
        self.dictionaries = KnownDictionaries(database)
        self.settings = settings
        self._database, self._writer, self._clock = database, writer, clock

    @property
    def jwks(self) -> dict[str, Any]:
        """The public receipt keys."""
        return {"keys": [key.public_jwk() for key in self.keyring.receipt_keys()]}

    async def open(self) -> None:
        """Open the keys, which the first start makes, as it begins the epoch."""
        self.keyring = Keyring(self.settings.key_dir)
        self._withdrawal_key = self.keyring.purpose_key("withdrawal codes")
        self.keyring.receipt_keys()
        await ensure_installation(self._database, self._clock)

    async def close(self) -> None:
        """Finish what was accepted."""
        await self._writer.close()
        await self.forms.close()

    async def epoch(self) -> str:
        """The epoch of this installation."""
        return await ensure_installation(self._database, self._clock)

    def sealer(self, assessment: str, *, interviews: int = 1) -> Sealer:
        """What seals about so many interviews of an assessment."""
        return Sealer(
            self.keyring.class_keys(assessment),
            self.keyring.wrap,
            self._withdrawal_key,
            Drawn(os.urandom, interviews),
        )

    def opener(self, assessment: str) -> Opener:
        """What opens them again."""
        return Opener(self.keyring.class_keys(assessment), self.keyring.wrap)

    async def receive(
        self,
        items: Sequence[Envelope | Rejected],
        *,
        assessment: str,
        device: str,
        aside: str | None = None,
    ) -> tuple[Received, str]:
        """Store a push durably; answers what became of it, and the receipt.

        `aside` is a code under which all of it is quarantined.

        Raises TooManyRequests when the device has enough in work already (P-24).
        """
        if not self._turns.enter(device, len(items)):
            self._refused += 1
            pause = pause_for(device, self._refused)
            raise TooManyRequests(headers={"Retry-After": str(pause)})
        try:
            received = await receive_submissions(
                items,
                assessment=assessment,
                device=device,
                forms=self.forms,
                sealer=self.sealer(assessment, interviews=len(items)),
                writer=self._writer,
                epoch=self.epoch,
                aside=aside,
            )
        finally:
            self._turns.leave(device, len(items))
        if received.has_exceptions:
            await self._note_withdrawn(items, received)
        content = receipt_content(received, issuer=self.issuer, at=self._clock.now())
        return received, await self._signer.sign(content)

    async def _note_withdrawn(
        self, items: Sequence[Envelope | Rejected], received: Received
    ) -> None:
        """Tombstones outlive backups, also those of interviews that came after the withdrawal.

        Their tablets delete the bytes when they hear of it: only the number can be lost, and
        without it no range digest would match after a restore.
        """
        pushed = [
            item
            for item, outcome in zip(items, received.outcomes, strict=True)
            if outcome.state is ItemState.WITHDRAWN
            and isinstance(item, Envelope)
            and item.digest not in self._noted
        ]
        if not pushed:
            return
        stones = Tombstones(self.settings.key_dir)
        await asyncio.to_thread(stones.note_pushed, received.assessment, pushed)
        if len(self._noted) > _MOST_NOTED:
            self._noted.clear()
        self._noted.update(item.digest for item in pushed)

    def sign(self, payload: ReceiptPayload) -> str:
        """The receipt as compact JWS, signed with the newest key."""
        return sign(payload, self.signing_key)

    @property
    def signing_key(self) -> ReceiptKey:
        """The newest key: it signs receipts, and other words of this server to its tablets."""
        return self.keyring.receipt_keys()[-1]

    def now_seconds(self) -> int:
        """Server time for receipts."""
        return int(self._clock.now().timestamp())

    @property
    def issuer(self) -> str:
        """Who signs: the platform's public address."""
        return self.settings.public_url
