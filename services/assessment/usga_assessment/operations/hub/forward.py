"""At a hub: bring parcels to the centre when there is a link, and take along what is new."""

import asyncio
import contextlib
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from usga_shared.background import BackgroundWork
from usga_shared.wire.hub import HubEnrolRequest, HubHolds, ParcelLabel, RelayRequest

from usga_assessment.domain.hub.hub import CargoState, LinkState, Parcel
from usga_assessment.domain.hub.words import (
    NotAReceipt,
    NotThisBatch,
    public_jwk,
    read_central,
)
from usga_assessment.operations.hub.carry_files import FileCarrier
from usga_assessment.operations.hub.hub_desk import HubDesk
from usga_assessment.operations.hub.hub_files import HubFiles
from usga_assessment.operations.hub.meters import HubMeters
from usga_assessment.operations.hub.upstream import Busy, Refusal, Silence, Upstream
from usga_assessment.storage.hub.files import CargoHold
from usga_assessment.storage.hub.hold import Hold
from usga_assessment.storage.hub.identity import Identity
from usga_assessment.storage.hub.mirror import Mirror

_PAGE = 20
_REFUSED_FOR = timedelta(hours=6)
"""A parcel that the centre refused is tried again: a scope or a dictionary may have changed."""
_KEPT = timedelta(days=90)
"""So long a receipt waits for its tablet."""
_LONGEST_PAUSE = 900.0
_UNAUTHORISED = 401
_log = logging.getLogger("usga.hub")


@dataclass(slots=True)
class Round:
    """What one look for the centre brought."""

    delivered: int = 0
    refused: int = 0
    files: int = 0
    mail: int = 0
    reached: bool = False
    """The centre answered to the end."""


class Courier:
    """The one background task of a hub; a round never sleeps and may be repeated at any time."""

    def __init__(
        self,
        desk: HubDesk,
        upstream: Upstream,
        files: HubFiles,
        *,
        rng: random.Random,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        crash_point: Callable[[str], None] = lambda _name: None,
        meters: HubMeters | None = None,
    ) -> None:
        self._meters = meters
        self._desk, self._upstream = desk, upstream
        self._rng, self._crash_point = rng, crash_point
        self._files = files
        self._work = BackgroundWork(sleep=sleep)
        self._carrier = FileCarrier(
            desk, files, upstream, crash_point=crash_point, is_ending=lambda: self._work.is_ending
        )
        self._failures = 0

    def start(self) -> None:
        """Look for the centre now and after each pause, until `stop`."""
        if self._desk.settings.upstream_seconds:
            self._work.start(self._step)

    async def stop(self) -> None:
        """Leave off between two of its errands; the rest is done after the next start."""
        await self._work.stop()
        await self._upstream.close()

    async def _step(self) -> float:
        try:
            done = await self.round()
            self._failures = 0 if done.reached else self._failures + 1
        except Exception as error:  # noqa: BLE001 - the next round tries again
            _log.warning("hub_round_failed", extra={"error": type(error).__name__})
            self._failures += 1
        return self.pause(self._failures)

    def pause(self, failures: int) -> float:
        """Seconds until the next look: with jitter, longer after each failure, bounded."""
        usual = self._desk.settings.upstream_seconds
        if not failures:
            return usual * self._rng.uniform(0.5, 1.0)
        longest = min(_LONGEST_PAUSE, usual * 2 ** min(failures, 10))
        return self._rng.uniform(usual / 2, longest)

    async def round(self) -> Round:
        """Enrol if that is still to do; take along, bring, take along what came of it."""
        done = Round()
        try:
            identity = await self._enrolled()
            if identity is None:
                return done
            done.mail += await self._take_along(identity)
            await self._bring(identity, done)
            await self._bring_files(identity, done)
            if self._work.is_ending:
                return done
            if done.delivered or done.refused or done.files:
                done.mail += await self._take_along(identity)
            done.reached = True
            self._desk.link, self._desk.refusal = LinkState.MET, ""
        except Silence:
            _log.info("centre_silent")
            self._desk.link, self._desk.refusal = LinkState.SILENT, ""
        except Refusal as refusal:
            _log.warning("centre_refused", extra={"problem": refusal.slug})
            is_unwelcome = refusal.status == _UNAUTHORISED
            self._desk.link = LinkState.REFUSED if is_unwelcome else LinkState.SILENT
            self._desk.refusal = refusal.slug
            if refusal.status == _UNAUTHORISED:
                await self._enrol_anew()
        await self._forget_old()
        await self._note(done)
        if done.delivered or done.refused or done.files or done.mail:
            told = {
                "delivered": done.delivered, "refused": done.refused, "files": done.files,
                "mail": done.mail,
            }  # fmt: skip
            _log.info("hub_round", extra=told)
        return done

    async def _note(self, done: Round) -> None:
        if self._meters is not None:
            async with self._desk.database.read() as session:
                queue = await Hold(session).queue()
                files = await CargoHold(session).queue()
            self._meters.note(queue, files, reached=done.reached)

    async def _enrolled(self) -> Identity | None:
        if self._desk.identity is None:
            await self._enrol()
        if self._desk.identity is None:
            _log.warning("hub_not_enrolled")
        return self._desk.identity

    async def _enrol(self) -> None:
        desk = self._desk
        code = desk.settings.upstream_code.get_secret_value()
        if code:
            asked = HubEnrolRequest(
                code=code, name=desk.settings.hub_name, key=public_jwk(desk.key)
            )
            answer = await self._upstream.enrol(asked)
            desk.enrolled(Identity(answer.hub, answer.token))
            _log.info("hub_enrolled")

    async def _enrol_anew(self) -> None:
        """The centre does not know this hub (any more); a new code makes it another one."""
        with contextlib.suppress(Silence, Refusal):
            await self._enrol()

    async def _forget_old(self) -> None:
        async with self._desk.database.write() as session:
            await Hold(session).forget_before(self._desk.clock.now() - _KEPT)
            await CargoHold(session).forget_before(self._desk.clock.now() - _KEPT)
        await self._files.forget_overdue()

    async def _take_along(self, identity: Identity) -> int:
        taken = 0
        while True:
            async with self._desk.database.read() as session:
                mirror = Mirror(session)
                asked = RelayRequest(
                    assessments=await mirror.fingerprints(),
                    mail=await mirror.tags(),
                    holds=await _holds(Hold(session), CargoHold(session)),
                )
            answer = await self._upstream.relay(identity.token, asked)
            await self._desk.take_in(answer)
            taken += len(answer.mail)
            if not answer.more or not answer.mail:
                return taken

    async def _bring(self, identity: Identity, done: Round) -> None:
        after: UUID | None = None
        busy: set[UUID] = set()
        while True:
            async with self._desk.database.read() as session:
                now = self._desk.clock.now()
                page = await Hold(session).due(now, after=after, limit=_PAGE)
            for parcel in page:
                if self._work.is_ending:
                    return
                if parcel.device in busy:
                    continue  # in its order, when the centre has room for this tablet again
                try:
                    await self._deliver(identity, parcel, done)
                except Busy:
                    busy.add(parcel.device)
            if len(page) < _PAGE:
                return
            after = page[-1].id

    async def _bring_files(self, identity: Identity, done: Round) -> None:
        async def interviews() -> None:
            await self._bring(identity, done)

        kept, refused = await self._carrier.bring(identity.token, first=interviews)
        done.files += kept
        done.refused += refused

    async def _deliver(self, identity: Identity, parcel: Parcel, done: Round) -> None:
        label = ParcelLabel(
            assessment=parcel.assessment,
            device=parcel.device,
            coding=parcel.coding,
            key=parcel.key,
            proof=parcel.proof,
        )
        try:
            receipt = await self._upstream.deliver(identity.token, parcel.id, label, parcel.sealed)
        except Refusal as refusal:
            if refusal.status == _UNAUTHORISED:
                raise  # the hub itself is no longer welcome
            await self._settle_refusal(parcel, refusal.slug)
            done.refused += 1
            return
        self._crash_point("after_delivery")
        try:
            keys = self._desk.told.receipt_keys
            read_central(receipt, keys, device=parcel.device, items=parcel.items)
        except (NotAReceipt, NotThisBatch):
            _log.warning("receipt_not_believed")
            raise Silence from None  # nobody but the centre may say that it has the interviews
        async with self._desk.database.write() as session:
            await Hold(session).receipted(parcel, receipt)
        self._crash_point("after_receipt")
        done.delivered += 1

    async def _settle_refusal(self, parcel: Parcel, slug: str) -> None:
        _log.warning("parcel_refused", extra={"problem": slug})
        again = self._desk.clock.now() + _REFUSED_FOR
        async with self._desk.database.write() as session:
            await Hold(session).refused(parcel, slug, again)


async def _holds(hold: Hold, cargo: CargoHold) -> HubHolds:
    """What is here, as people at the centre are to see it."""
    queue, files = await hold.queue(), await cargo.queue()
    return HubHolds(
        batches_waiting=queue.waiting + queue.refused,
        files_coming=files.get(CargoState.COMING, (0, 0))[0],
        files_waiting=files.get(CargoState.WHOLE, (0, 0))[0],
        files_handed_on=await cargo.handed_on(),
        file_bytes=sum(size for _, size in files.values()),
    )
