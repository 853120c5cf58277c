"""Actors and their roles; all roles but admin are scoped to assessments."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """What an actor may be in an assessment (design 4)."""

    ADMIN = "admin"
    COORDINATOR = "coordinator"
    STATISTICIAN = "statistician"
    SUPERVISOR = "supervisor"
    ENUMERATOR = "enumerator"
    HUB = "hub"
    ANALYST = "analyst"
    PARTNER = "partner"
    PUBLIC = "public"


class ActorKind(StrEnum):
    """How the actor proved itself."""

    DEVICE = "device"
    HUB = "hub"
    API_KEY = "api_key"
    PERSON = "person"
    ANONYMOUS = "anonymous"


PLATFORM = "*"
"""The scope of roles that hold everywhere."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever makes a request; `grants` maps an assessment code (or "*") to roles."""

    kind: ActorKind
    id: str
    grants: Mapping[str, frozenset[Role]] = field(default_factory=dict)

    @property
    def is_admin(self) -> bool:
        return Role.ADMIN in self.grants.get(PLATFORM, frozenset())

    @property
    def is_anonymous(self) -> bool:
        return self.kind is ActorKind.ANONYMOUS

    @property
    def assessments(self) -> frozenset[str]:
        """Codes of the assessments in which the actor has any role."""
        return frozenset(code for code in self.grants if code != PLATFORM)

    def roles(self, assessment: str) -> frozenset[Role]:
        """Every role that the actor has in this assessment; everybody is `public`."""
        mine = self.grants.get(assessment, frozenset()) | self.grants.get(PLATFORM, frozenset())
        return mine | {Role.PUBLIC}

    def has(self, assessment: str, *roles: Role) -> bool:
        """Whether the actor has one of these roles here, or is an admin."""
        return self.is_admin or not self.roles(assessment).isdisjoint(roles)


ANONYMOUS = Actor(ActorKind.ANONYMOUS, "anonymous")
