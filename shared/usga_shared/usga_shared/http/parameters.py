"""A misspelt filter is refused: an answer to another question would look like the right one."""

from collections import Counter
from collections.abc import Iterator
from typing import Any, get_args, get_origin

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

    And those given twice where one is declared: of two answers neither would be the one asked for.
    Raises InvalidRequest naming each; before that what the caller's credential deserves. Routes
    outside the description (health, internal) take what comes.
    """
    route = request.scope.get("route")
    if not request.scope["query_string"] or not isinstance(route, APIRoute):
        return
    declared, given = query_names(route), request.query_params.multi_items()
    unknown = sorted({name for name, _ in given} - declared.keys())
    counts = Counter(name for name, _ in given)
    twice = sorted(name for name, times in counts.items() if times > 1 and declared.get(name))
    if not (unknown or twice) or not route.include_in_schema:
        return
    if needs_actor(route):
        await known_actor(await actor_or_anonymous(request))
    found = [
        {"type": kind, "loc": ("query", name[:_LONGEST]), "msg": ""}
        for kind, names in (("extra_forbidden", unknown), ("given_twice", twice))
        for name in names[:_MOST_NAMED]
    ]
    raise InvalidRequest(errors=error_items(found, language_of(request.scope)))


def query_names(route: APIRoute) -> dict[str, bool]:
    """The query parameters that an operation declares, and whether each is given but once."""
    kept: dict[str, bool] | None = vars(route).get(_KEPT)
    if kept is None:  # the same for every request
        declared = get_flat_params(route.dependant)
        kept = {
            one.alias: not _is_list(one.field_info.annotation)
            for one in declared
            if isinstance(one.field_info, Query)
        }
        vars(route)[_KEPT] = kept
    return kept


def _is_list(annotation: Any) -> bool:
    return list in {get_origin(part) for part in (annotation, *get_args(annotation))}


def needs_actor(route: APIRoute) -> bool:
    """Whether an operation is for callers with a credential alone."""
    return any(part.call is known_actor for part in _parts(route.dependant))


def _parts(dependant: Dependant) -> Iterator[Dependant]:
    for part in dependant.dependencies:
        yield part
        yield from _parts(part)
