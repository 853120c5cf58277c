"""Routes that FastAPI describes and Starlette runs: for single posts, of which there are many.

Finding dependencies and the route takes FastAPI longer than checking, sealing and storing an
interview. A direct route does by hand what every guarded route does, in the same order.
"""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.routing import request_response
from usga_shared.auth.actors import Actor
from usga_shared.auth.dependencies import actor_or_anonymous, known_actor
from usga_shared.http.parameters import known_parameters

from usga_assessment.domain.access.policy import load_policy
from usga_assessment.operations.authorise import authorise
from usga_assessment.operations.sync_desk import SyncDesk

Endpoint = Callable[[Request, Actor, SyncDesk], Awaitable[Response]]


class DirectRoute(APIRoute):
    """Authenticates, asks the policy, then calls `endpoint(request, actor, desk)`.

    Its path has no parameters; add it to the application itself, where it is looked for first.
    """

    def __init__(self, path: str, endpoint: Endpoint, **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        self.app = request_response(self.get_route_handler())

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        endpoint: Endpoint = self.endpoint
        path, policy = self.path, load_policy()

        async def handle(request: Request) -> Response:
            actor = await actor_or_anonymous(request)
            await known_parameters(request)
            authorise(policy, actor, method=request.method, path=path, assessment=None)
            return await endpoint(request, await known_actor(actor), request.app.state.sync)

        return handle
