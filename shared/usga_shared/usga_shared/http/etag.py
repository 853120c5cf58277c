"""Strong ETags and conditional requests (RFC 9110 13)."""

import hashlib

from starlette.requests import Request
from starlette.responses import Response


def etag_of(content: bytes) -> str:
    """A strong entity tag of these bytes."""
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def matches(request: Request, etag: str) -> bool:
    """Whether If-None-Match names this tag, so that 304 is the answer."""
    header = request.headers.get("if-none-match")
    if header is None:
        return False
    tags = {tag.strip().removeprefix("W/") for tag in header.split(",")}
    return "*" in tags or etag in tags


def conditional(
    request: Request,
    content: bytes,
    *,
    media_type: str,
    cache_control: str,
    etag: str | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """The content, or 304 when the caller already has it."""
    tag = etag or etag_of(content)
    every = {"ETag": tag, "Cache-Control": cache_control, "Vary": "Accept-Encoding, Authorization"}
    if matches(request, tag):
        return Response(status_code=304, headers=every)
    return Response(content, media_type=media_type, headers={**every, **(headers or {})})
