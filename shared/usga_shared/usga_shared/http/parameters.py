"""A misspelt filter is refused: an answer to another question would look like the right one."""

from collections.abc import Iterator

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query
from fastapi.routing import APIRoute

from usga_shared.auth.dependencies import actor_or_anonymous, known_actor
from usga_shared.http.render import error_items, language_of
from usga_shared.problems import InvalidRequest

_MOST_NAMED = 10
_LONGEST = 64
_KEPT = "usga_query_names"


async def known_parameters(request: Request) -> None:
    """A dependency of every operation: refuses query parameters that it does not declare.

    Raises InvalidRequest naming each; before that what the caller's credential deserves. Routes
    outside the description (health, internal) take what comes.
    """
    route = request.scope.get("route")
    if not request.scope["query_string"] or not isinstance(route, APIRoute):
        return
    unknown = sorted(request.query_params.keys() - query_names(route))
    if not unknown or not route.include_in_schema:
        return
    if needs_actor(route):
        await known_actor(await actor_or_anonymous(request))
    found = [
        {"type": "extra_forbidden", "loc": ("query", name[:_LONGEST]), "msg": ""}
        for name in unknown[:_MOST_NAMED]
    ]
    raise InvalidRequest(errors=error_items(found, language_of(request.scope)))


def query_names(route: APIRoute) -> frozenset[str]:
    """The query parameters that an operation and its dependencies declare."""
    kept: frozenset[str] | None = vars(route).get(_KEPT)
    if kept is None:  # the same for every request
        declared = get_flat_params(route.dependant)
        kept = frozenset(one.alias for one in declared if isinstance(one.field_info, Query))
        vars(route)[_KEPT] = kept
    return kept


def needs_actor(route: APIRoute) -> bool:
    """Whether an operation is for callers with a credential alone."""
    return any(part.call is known_actor for part in _parts(route.dependant))


def _parts(dependant: Dependant) -> Iterator[Dependant]:
    for part in dependant.dependencies:
        yield part
        yield from _parts(part)
