"""Which methods an address answers, over all routes of an application."""

from collections import defaultdict
from typing import Any

from fastapi.routing import iter_route_contexts
from starlette.routing import Match
from starlette.types import Scope

_ROUTED = ("GET", "POST", "PUT", "PATCH", "DELETE")
_KEPT = "usga_methods"


def allowed_methods(scope: Scope) -> list[str]:
    """The methods that the address of this request answers; empty when there is nothing there.

    Looked for over all routes: one address is often several routes, each with a method. An address
    that is written out in a route is never taken for a parameter of another.
    """
    written = written_out(scope["app"]).get(scope["path"])
    if written is not None:
        return _listed([method for method in _ROUTED if method in written])
    routes = scope["app"].routes
    asked: dict[str, Any] = {
        "type": "http",
        "path": scope["path"],
        "root_path": scope.get("root_path", ""),
    }
    found = [
        method
        for method in _ROUTED
        if any(route.matches({**asked, "method": method})[0] is Match.FULL for route in routes)
    ]
    return _listed(found)


def _listed(found: list[str]) -> list[str]:
    if "GET" in found:
        found.insert(1, "HEAD")
    return [*found, "OPTIONS"] if found else []


def written_out(app: Any) -> dict[str, set[str]]:
    """The methods of every address without a parameter; found once, by the first request."""
    kept: dict[str, set[str]] | None = getattr(app.state, _KEPT, None)
    if kept is None:
        kept = defaultdict(set)
        for route in iter_route_contexts(app.routes):
            if route.path and route.methods and "{" not in route.path:
                kept[route.path] |= route.methods
        setattr(app.state, _KEPT, kept)
    return kept
