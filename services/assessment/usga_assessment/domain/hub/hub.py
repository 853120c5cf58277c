"""Hubs as plain values."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class HubCode:
    """A one-time code for one hub; kept as a hash."""

    id: UUID
    label: str
    assessments: tuple[str, ...]
    devices: frozenset[UUID] | None
    made_by: str
    made_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """A laptop that carries for tablets; `key` is the public JWK of its receipts."""

    id: UUID
    name: str
    key: dict[str, str]
    assessments: tuple[str, ...]
    devices: frozenset[UUID] | None
    enrolled_at: datetime
    revoked_at: datetime | None = None
    seen_at: datetime | None = None
    report: "HubReport | None" = None

    def may_carry(self, device: UUID, assessment: str) -> bool:
        """Whether this tablet is in its scope."""
        return assessment in self.assessments and (self.devices is None or device in self.devices)


@dataclass(frozen=True, slots=True, kw_only=True)
class HubReport:
    """What a hub told last of what it holds; nothing is decided by it."""

    at: datetime
    """When it told so, by the centre's time."""
    batches_waiting: int
    files_coming: int
    files_waiting: int
    files_handed_on: int
    """Of which it has the centre's receipt, within 90 days."""
    file_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A parcel that a hub brought to the centre."""

    parcel: UUID
    hub: UUID
    device: UUID
    assessment: str
    interviews: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Load:
    """All that a hub brought so far."""

    parcels: int
    interviews: int
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """At a hub: one push; `sealed` until the centre's receipt, or its refusal, is here."""

    id: UUID
    device: UUID
    assessment: str
    coding: str
    key: str
    proof: str
    sealed: bytes
    items: list[tuple[UUID | None, str]]
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Settled:
    """At a hub: what the centre said of a parcel; `number` is its place among the device's."""

    number: int
    items: list[tuple[UUID | None, str]]
    receipt: str | None
    refusal: str | None


class LinkState(StrEnum):
    """What came of a hub's last look for the centre, in this run."""

    LOOKING = "looking"
    MET = "met"
    SILENT = "silent"
    REFUSED = "refused"
    """The centre answered, and takes nothing from this hub: it was revoked, as a rule."""


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits at a hub for the centre."""

    waiting: int
    refused: int
    """Parcels that the centre refused; they are tried again."""
    sealed_bytes: int


class CargoState(StrEnum):
    """Where a file is at a hub."""

    COMING = "coming"
    WHOLE = "whole"
    """It waits for the centre; only the centre's receipt ends that."""
    PROVEN = "proven"
    RETURNED = "returned"
    """The hub does not carry it (any more); `refusal` says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cargo:
    """At a hub: a file of a tablet, by the tablet's proof; what it is only the centre can read."""

    id: UUID
    hub: UUID
    """The hub's number when it was announced, which is bound to its bytes."""
    device: UUID
    assessment: str
    proof: str
    size: int
    key: str
    public: bytes
    manifest: bytes
    state: CargoState
    received_at: datetime
    expires_at: datetime
    receipt: str | None = None
    refusal: str | None = None
    retry_at: datetime | None = None
    settled: int | None = None


@dataclass(frozen=True, slots=True)
class CargoUsage:
    """What files are promised at a hub, in bytes, and how many of a tablet are coming."""

    bytes: int
    coming: int
    held: int = 0
    """Files of the tablet that are here, coming or whole."""
