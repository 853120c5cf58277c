"""FastAPI dependencies: the actor of a request, and the guard of internal routes."""

import hmac
from typing import Annotated, Protocol

from fastapi import Depends, Request

from usga_shared.auth.actors import ANONYMOUS, Actor
from usga_shared.auth.credentials import CHALLENGE, presented_token
from usga_shared.auth.headers import SERVICE_HEADER
from usga_shared.problems import InvalidCredential, MissingCredential, NotFound


class Authenticator(Protocol):
    """Finds the actor of a credential; an application keeps one in `app.state.authenticator`.

    Assessment looks in its own table, the others introspect; JWTs of a configured issuer are a
    further implementation of this protocol.
    """

    async def authenticate(self, token: str) -> Actor | None:
        """The actor, or None when the credential is unknown, expired or revoked.

        May raise InvalidCredential where there is more to say to whoever shows it.
        """
        ...


async def actor_or_anonymous(request: Request) -> Actor:
    """The caller; without a credential the public. A wrong credential is never the public.

    Looked for once in a request.
    """
    state: dict[str, object] = request.scope.setdefault("state", {})  # what request.state wraps
    known = state.get("known_actor")
    if isinstance(known, Actor):
        return known
    token = presented_token(request)
    actor: Actor | None = ANONYMOUS
    if token is not None:
        authenticator: Authenticator = request.app.state.authenticator
        actor = await authenticator.authenticate(token)
    if actor is None:
        raise InvalidCredential(headers=CHALLENGE)
    state["actor"] = f"{actor.kind}:{actor.id}"
    state["known_actor"] = actor
    return actor


async def known_actor(actor: "OptionalActor") -> Actor:
    """The caller, who must have shown a credential."""
    if actor.is_anonymous:
        raise MissingCredential(headers=CHALLENGE)
    return actor


async def service_only(request: Request) -> None:
    """Let only other services of the platform in; to anybody else the route does not exist."""
    expected = request.app.state.settings.service_token.get_secret_value().encode()
    presented = request.headers.get(SERVICE_HEADER, "").encode()
    if not hmac.compare_digest(expected, presented):
        raise NotFound
    request.state.actor = "service"


OptionalActor = Annotated[Actor, Depends(actor_or_anonymous)]
KnownActor = Annotated[Actor, Depends(known_actor)]
ServiceOnly = Depends(service_only)
