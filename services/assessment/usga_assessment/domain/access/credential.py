"""Credentials, devices and enrolment codes as plain values."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from usga_shared.auth.actors import Actor, ActorKind, Role

LONGEST_KEY_LIFE = timedelta(days=90)
"""An API key lives at most this long (threat T5: a leaked partner key)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A token that was handed out; the token itself is not here, only what it stands for."""

    id: UUID
    kind: ActorKind
    name: str
    subject: str
    """The actor's id: the device of a device token, else the credential itself."""
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    revoked_at: datetime | None = None
    last_used_on: date | None = None
    grants: dict[str, frozenset[Role]] = field(default_factory=dict)

    def is_active(self, now: datetime) -> bool:
        """Neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    def actor(self) -> Actor:
        """Whoever shows this credential."""
        return Actor(self.kind, self.subject, self.grants)


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A tablet that was enrolled in one assessment."""

    id: UUID
    assessment: str
    install: UUID
    name: str
    enrolled_at: datetime
    revoked_at: datetime | None = None
    wipe: bool = False
    home_psu: str | None = None
    certified: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentCode:
    """A one-time code for one tablet; kept as a hash."""

    id: UUID
    assessment: str
    label: str
    made_by: str
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    home_psu: str | None = None
    certified: bool = True
