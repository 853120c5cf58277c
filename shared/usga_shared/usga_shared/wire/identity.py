"""Introspection of credentials between services (internal)."""

from pydantic import BaseModel, Field


class Introspection(BaseModel):
    """A credential to look up."""

    token: str = Field(max_length=4096)


class IntrospectionAnswer(BaseModel):
    """Who it belongs to; `active` is false for unknown, expired and revoked alike."""

    active: bool
    kind: str = "anonymous"
    id: str = ""
    grants: dict[str, list[str]] = Field(default_factory=dict)
