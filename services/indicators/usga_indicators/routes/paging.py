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
        place = self.after(scope)
        return None if place is None else int(place)

    def after(self, scope: str) -> str | None:
        """Like `start`, where places are names. Raises InvalidCursor."""
        return str(self._cursors.decode(scope, self._cursor)[0]) if self._cursor else None

    def following(self, scope: str, place: int | str | None) -> str | None:
        """The cursor that goes on after `place`, linked to in the answer; None at the end."""
        found = None if place is None else self._cursors.encode(scope, [place])
        self._response.headers.update(next_link(self._request, found))
        return found

    def page(
        self,
        scope: str,
        found: Sequence[_Row],
        limit: int,
        *,
        place: Callable[[_Row], int | str],
        view: Callable[[_Row], Any],
    ) -> Page[Any]:
        """The first `limit` of `found`, which holds one more where the list goes on."""
        rows = found[:limit]
        last = place(rows[-1]) if len(found) > limit else None
        return Page(items=[view(row) for row in rows], next=self.following(scope, last))


PagingDep = Annotated[Paging, Depends()]
