"""What every stand-in for a neighbouring service answers."""

from collections.abc import Mapping

import httpx
import orjson


def introspect(
    request: httpx.Request, grants: Mapping[str, Mapping[str, list[str]]]
) -> httpx.Response:
    """Who a credential belongs to: a person (or tablet) with these grants, or nobody."""
    token = orjson.loads(request.content)["token"]
    kind = "device" if token.startswith("usgad_") else "person"
    answer = (
        {"active": True, "kind": kind, "id": token[6:9], "grants": grants[token]}
        if token in grants
        else {"active": False}
    )
    return httpx.Response(200, content=orjson.dumps(answer))


def not_there() -> httpx.Response:
    """The problem document of an address with nothing at it."""
    problem = {"type": "x", "title": "x", "status": 404, "detail": "x", "instance": "x"}
    return httpx.Response(
        404,
        content=orjson.dumps(problem),
        headers={"content-type": "application/problem+json"},
    )
