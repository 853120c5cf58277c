"""At the centre: everything that a hub hands on to tablets, as far as it is new to the hub."""

import base64
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from usga_shared.wire.hub import (
    HubAssessment,
    HubCertificate,
    HubDevice,
    HubDictionary,
    HubForm,
    HubList,
    HubMail,
    RelayAnswer,
    RelayRequest,
    SealingKey,
)

from usga_assessment.domain.access.credential import Device
from usga_assessment.domain.access.policy import Scope as PolicyScope
from usga_assessment.domain.assessment.assessment import Assessment, ReferenceList
from usga_assessment.domain.hub.courier import NONCE_BYTES, verifier_of
from usga_assessment.domain.hub.hub import Hub
from usga_assessment.domain.hub.words import certify
from usga_assessment.domain.instrument import InstrumentState, InstrumentVersion
from usga_assessment.domain.sync.dictionary import Dictionary
from usga_assessment.operations.hub.centre import HubCentre
from usga_assessment.operations.hub.write_mail import Mailbox
from usga_assessment.storage.hub.sources import Sources

_PAGE = 5000
MOST_MAIL = 100
"""Mails in one answer; the hub asks again while there are more."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What all tablets of an assessment share."""

    assessment: Assessment
    instruments: Sequence[InstrumentVersion]
    lists: Sequence[ReferenceList]
    dictionaries: dict[UUID, Dictionary]

    def fingerprint(self) -> str:
        """Changes with whatever `told` says."""
        parts: list[Any] = [
            self.assessment.state, self.assessment.age_floor, self.assessment.languages,
            [[str(v.id), v.digest, v.state, v.id in self.dictionaries] for v in self.instruments],
            [[each.name, each.digest] for each in self.lists],
        ]  # fmt: skip
        return hashlib.sha256(orjson.dumps(parts)).hexdigest()[:32]

    def told(self) -> HubAssessment:
        """As the hub is told: drafts are nobody's business."""
        forms = [v for v in self.instruments if v.state is not InstrumentState.DRAFT]
        return HubAssessment(
            code=self.assessment.code,
            fingerprint=self.fingerprint(),
            state=self.assessment.state,
            age_floor=self.assessment.age_floor,
            languages=list(self.assessment.languages),
            forms=[
                HubForm(
                    id=v.id,
                    name=v.name,
                    version=v.version,
                    digest=v.digest,
                    state=v.state,
                    document=v.document,
                )
                for v in forms
            ],
            lists=[HubList(name=x.name, digest=x.digest, rows=x.rows) for x in self.lists],
            dictionaries=[
                HubDictionary(
                    form=v.id,
                    number=self.dictionaries[v.id].id,
                    sha256=self.dictionaries[v.id].sha256,
                    content=base64.b64encode(self.dictionaries[v.id].content).decode(),
                )
                for v in forms
                if v.id in self.dictionaries
            ],
        )


async def write_relay(
    centre: HubCentre, sources: Sources, hub: Hub, asked: RelayRequest
) -> RelayAnswer:
    """What is new to a hub of everything in its scope."""
    now = centre.clock.now()
    scope = PolicyScope(everywhere=False, codes=frozenset(hub.assessments))
    shared = [
        await _shared(sources, found)
        for found in await sources.assessments(scope).page(limit=_PAGE)
    ]
    devices = await _devices(sources, scope, hub)
    box = Mailbox(centre, sources, epoch=await centre.desk.epoch(), at=now)
    mail: list[HubMail] = []
    for each in shared:
        mine = [device for device in devices if device.assessment == each.assessment.code]
        mail += await box.write(
            mine,
            each.instruments,
            each.lists,
            each.dictionaries,
            known=asked.mail,
            most=MOST_MAIL + 1 - len(mail),
            nonce=lambda: os.urandom(NONCE_BYTES),
        )
    key = centre.sealing_key().public
    return RelayAnswer(
        hub=hub.id,
        name=hub.name,
        issuer=centre.desk.issuer,
        at=int(now.timestamp()),
        epoch=box.epoch,
        receipt_keys=centre.desk.jwks,
        sealing_key=SealingKey(
            id=key.id, public=base64.urlsafe_b64encode(key.raw).rstrip(b"=").decode()
        ),
        certificate=certify(
            HubCertificate(
                iss=centre.desk.issuer,
                iat=int(now.timestamp()),
                hub=hub.id,
                name=hub.name,
                key=hub.key,
                assessments=list(hub.assessments),
            ),
            centre.desk.signing_key,
        ),
        devices=[_told(centre, hub, device) for device in devices],
        assessments=[
            each.told()
            for each in shared
            if asked.assessments.get(each.assessment.code) != each.fingerprint()
        ],
        mail=mail[:MOST_MAIL],
        more=len(mail) > MOST_MAIL,
    )


async def _shared(sources: Sources, assessment: Assessment) -> Shared:
    code = assessment.code
    return Shared(
        assessment,
        await sources.instruments.for_assessment(code),
        await sources.lists.of(code),
        await sources.dictionaries.of(code),
    )


async def _devices(sources: Sources, scope: PolicyScope, hub: Hub) -> list[Device]:
    """Tablets in the hub's scope that were not revoked."""
    told: list[Device] = []
    after: UUID | None = None
    while True:
        page = await sources.devices.page(scope, assessment=None, limit=_PAGE, after=after)
        told += [d for d in page if d.revoked_at is None and hub.may_carry(d.id, d.assessment)]
        if len(page) < _PAGE:
            return told
        after = page[-1].id


def _told(centre: HubCentre, hub: Hub, device: Device) -> HubDevice:
    """A tablet, and the hash of what it shows to this hub alone."""
    return HubDevice(
        id=device.id,
        assessment=device.assessment,
        install=device.install,
        name=device.name,
        verifier=verifier_of(centre.courier(device.id).credential(hub.id)),
    )
