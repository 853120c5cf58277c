"""Tables of hubs: what the centre keeps of them, and what an installation that is one keeps."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Column, Index, LargeBinary, Text, text
from sqlmodel import Field
from usga_shared.database.types import UtcDateTime

from usga_assessment.storage.tables.base import Base


class HubRow(Base, table=True):
    """At the centre: a hub that was enrolled."""

    __tablename__ = "hub"

    id: UUID = Field(primary_key=True)
    name: str = Field(max_length=80)
    key: dict[str, str] = Field(sa_type=JSON)
    """Public JWK of its receipts."""
    assessments: list[str] = Field(sa_type=JSON)
    devices: list[str] | None = Field(None, sa_column=Column(JSON(none_as_null=True)))
    """The only devices that it may carry; without a list all of its assessments."""
    enrolled_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(None, sa_type=UtcDateTime)
    seen_at: datetime | None = Field(None, sa_type=UtcDateTime)
    report: dict[str, Any] | None = Field(None, sa_column=Column(JSON(none_as_null=True)))
    """What it told last of what it holds."""


class HubCodeRow(Base, table=True):
    """At the centre: a one-time code that turns an unknown laptop into a hub, as its hash."""

    __tablename__ = "hub_code"

    id: UUID = Field(primary_key=True)
    code_hash: bytes = Field(unique=True)
    label: str = Field(max_length=80)
    assessments: list[str] = Field(sa_type=JSON)
    devices: list[str] | None = Field(None, sa_column=Column(JSON(none_as_null=True)))
    made_by: str = Field(max_length=80)
    made_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(None, sa_type=UtcDateTime)


class HubDeliveryRow(Base, table=True):
    """At the centre: a parcel that a hub brought."""

    __tablename__ = "hub_delivery"
    __table_args__ = (
        Index("ix_hub_delivery_device", "device", "at"),
        Index("ix_hub_delivery_hub", "hub"),
    )

    parcel: UUID = Field(primary_key=True)
    hub: UUID
    device: UUID
    assessment: str = Field(max_length=32)
    interviews: int
    at: datetime = Field(sa_type=UtcDateTime)


class HubFactRow(Base, table=True):
    """At a hub: what it knows of itself and of the centre, by name."""

    __tablename__ = "hub_fact"

    name: str = Field(primary_key=True, max_length=80)
    value: dict[str, Any] = Field(sa_type=JSON)


class HubDeviceRow(Base, table=True):
    """At a hub: a tablet in its scope, and the hash of what that tablet shows here."""

    __tablename__ = "hub_device"

    id: UUID = Field(primary_key=True)
    assessment: str = Field(max_length=32)
    install: UUID
    name: str = Field(max_length=80)
    verifier: str = Field(max_length=64, unique=True)


class HubMailRow(Base, table=True):
    """At a hub: the centre's last word to a tablet, sealed to it."""

    __tablename__ = "hub_mail"

    device: UUID = Field(primary_key=True)
    tag: str = Field(max_length=64)
    sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class HubParcelRow(Base, table=True):
    """At a hub: one push, sealed to the centre until its receipt is here; then only the receipt.

    `settled` numbers the receipts and refusals of a device in the order in which they came.
    """

    __tablename__ = "hub_parcel"
    __table_args__ = (
        Index("ix_hub_parcel_device", "device", "settled"),
        Index(
            "ix_hub_parcel_waiting",
            "id",
            sqlite_where=text("sealed IS NOT NULL"),
            postgresql_where=text("sealed IS NOT NULL"),
        ),
    )

    id: UUID = Field(primary_key=True)
    device: UUID
    assessment: str = Field(max_length=32)
    coding: str = Field(max_length=16)
    key: str = Field(max_length=64)
    proof: str = Field(max_length=64)
    sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    size: int
    items: list[list[str | None]] = Field(sa_type=JSON)
    """[id or null, digest] of each line; nothing of their content."""
    received_at: datetime = Field(sa_type=UtcDateTime)
    receipt: str | None = Field(None, sa_type=Text)
    refusal: str | None = Field(None, max_length=80)
    retry_at: datetime | None = Field(None, sa_type=UtcDateTime)
    settled: int | None = None


class HubLineRow(Base, table=True):
    """At a hub: a line that is in a parcel here, so that the same bytes are taken once."""

    __tablename__ = "hub_line"

    device: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    digest: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    parcel: UUID


class HubFileRow(Base, table=True):
    """At a hub: a tablet's file on its way; the bytes stand outside the database, sealed.

    `settled` numbers receipts and refusals of a device in the order in which they came.
    """

    __tablename__ = "hub_file"
    __table_args__ = (
        Index("ix_hub_file_device", "device", "settled"),
        Index("ix_hub_file_state", "state", "expires_at"),
    )

    id: UUID = Field(primary_key=True)
    hub: UUID
    device: UUID
    assessment: str = Field(max_length=32)
    proof: str = Field(max_length=64)
    """The tablet's; it names the file and tells nothing of it."""
    size: int = Field(sa_column=Column(BigInteger, nullable=False))
    key: str = Field(max_length=64)
    public: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """The centre's key to which this file is sealed, to its end."""
    manifest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    state: str = Field(max_length=16)
    received_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    """Of a file that does not come whole."""
    receipt: str | None = Field(None, sa_type=Text)
    refusal: str | None = Field(None, max_length=80)
    retry_at: datetime | None = Field(None, sa_type=UtcDateTime)
    settled: int | None = None
