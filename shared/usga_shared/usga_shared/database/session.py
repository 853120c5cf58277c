"""One transaction per request, committed before the answer leaves (S-5)."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request
from sqlmodel.ext.asyncio.session import AsyncSession

from usga_shared.database.engine import Database

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


async def _session(request: Request) -> AsyncIterator[AsyncSession]:
    database: Database = request.app.state.database
    opened = database.read() if request.method in _SAFE else database.write()
    async with opened as session:
        yield session


async def _read_session(request: Request) -> AsyncIterator[AsyncSession]:
    database: Database = request.app.state.database
    async with database.read() as session:
        yield session


# scope="function" is not optional: with the default scope a failed commit still answers 201.
SessionDep = Annotated[AsyncSession, Depends(_session, scope="function")]
ReadSessionDep = Annotated[AsyncSession, Depends(_read_session, scope="function")]
"""For a POST that only reads (a query with a body)."""
