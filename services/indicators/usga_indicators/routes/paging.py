"""Lists in pages: where one begins, where the next one goes on, and the link to it."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request, Response
from usga_shared.pagination import CursorText, next_link
from usga_shared.wire.page import Page

from usga_indicators.dependencies import CursorDep

_Row = TypeVar("_Row")


class Paging:
    """The page that a question wants."""

    def __init__(
        self, request: Request, response: Response, cursors: CursorDep, cursor: CursorText = None
    ) -> None:
        self._request, self._response = request, response
        self._cursors, self._cursor = cursors, cursor

    def start(self, scope: str) -> int | None:
        """The place that the list named `scope` goes on from. Raises InvalidCursor."""
        return int(self._cursors.decode(scope, self._cursor)[0]) if self._cursor else None

    def page(
        self,
        scope: str,
        found: Sequence[_Row],
        limit: int,
        *,
        place: Callable[[_Row], int],
        view: Callable[[_Row], Any],
    ) -> Page[Any]:
        """The first `limit` of `found`, which holds one more where the list goes on."""
        rows, following = found[:limit], None
        if len(found) > limit:
            following = self._cursors.encode(scope, [place(rows[-1])])
        self._response.headers.update(next_link(self._request, following))
        return Page(items=[view(row) for row in rows], next=following)


PagingDep = Annotated[Paging, Depends()]
