"""What an application keeps for its routes: `build_app` and the service put it in `app.state`."""

from typing import Annotated, Any

from fastapi import Depends, Request

from usga_shared.clock import Clock
from usga_shared.database.engine import Database
from usga_shared.pagination import CursorCodec


def kept(name: str) -> Any:
    """A dependency that gives `app.state.<name>`; the `Annotated` around it says the type."""

    # A coroutine: FastAPI sends plain functions through a thread pool, each time.
    async def give(request: Request) -> Any:
        return getattr(request.app.state, name)

    return Depends(give)


ClockDep = Annotated[Clock, kept("clock")]
CursorDep = Annotated[CursorCodec, kept("cursors")]
DatabaseDep = Annotated[Database, kept("database")]
"""For work in several transactions; a route with one asks for `SessionDep`."""
