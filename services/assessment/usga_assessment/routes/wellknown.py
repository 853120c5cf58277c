"""Public keys at their well-known address."""

from typing import Any

import orjson
from fastapi import APIRouter, Request, Response
from usga_shared.http.etag import conditional

from usga_assessment.dependencies import DeskDep

router = APIRouter(tags=["keys"])
_JWKS = "application/json"
_SCHEMA: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A JWK set (RFC 7517).",
        "content": {_JWKS: {"schema": {"type": "object"}}},
    }
}


@router.get("/.well-known/jwks.json", summary="Public keys of receipts", responses=_SCHEMA)
async def jwks(request: Request, desk: DeskDep) -> Response:
    """The keys that sign receipts (ES256), by `kid`; old ones stay, receipts live long."""
    content = orjson.dumps(desk.jwks)
    return conditional(request, content, media_type=_JWKS, cache_control="public, max-age=300")
