"""Routes that FastAPI describes and a lane serves: for single posts, of which there are many.

A direct route does by hand what every guarded route does, in the same order.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI, Request, Response
from usga_shared.auth.actors import Actor
from usga_shared.auth.dependencies import actor_or_anonymous, known_actor
from usga_shared.http.lane import Lane
from usga_shared.http.parameters import known_parameters

from usga_assessment.dependencies import GUARD, DeskDep, KnownActor
from usga_assessment.domain.access.policy import load_policy
from usga_assessment.operations.authorise import authorise
from usga_assessment.operations.sync_desk import SyncDesk

Endpoint = Callable[[Request, Actor, SyncDesk], Awaitable[bytes]]


def add_direct_route(
    app: FastAPI, method: str, path: str, endpoint: Endpoint, **described: Any
) -> None:
    """Serve `endpoint(request, actor, desk)`, which answers a JSON document.

    It authenticates and asks the policy first. The path has no parameters; `described` are
    FastAPI's own words for the description.
    """
    policy = load_policy()

    async def answer(request: Request) -> bytes:
        actor = await actor_or_anonymous(request)
        await known_parameters(request)
        authorise(policy, actor, method=method, path=path, assessment=None)
        return await endpoint(request, await known_actor(actor), request.app.state.sync)

    async def described_as(request: Request, actor: KnownActor, desk: DeskDep) -> Response:
        return Response(await endpoint(request, actor, desk), media_type="application/json")

    described_as.__name__, described_as.__doc__ = endpoint.__name__, endpoint.__doc__
    app.router.add_api_route(
        path, described_as, methods=[method], dependencies=[GUARD], **described
    )
    app.state.lanes[method, path] = Lane(app.router.routes[-1], answer)
