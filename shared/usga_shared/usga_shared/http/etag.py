"""Strong ETags and conditional requests (RFC 9110 13)."""

import hashlib

from starlette.requests import Request
from starlette.responses import Response

BY_READER = "Accept-Encoding, Authorization, X-API-Key"
"""`Vary` of an answer that depends on who asks."""

_ANY_PAGE = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Link",
}
"""What anybody may keep, the script of any web page may read. It brings no credential along."""


def etag_of(content: bytes) -> str:
    """A strong entity tag of these bytes."""
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def names(header: str, etag: str) -> bool:
    """Whether a header's list of entity tags has this one, strong or marked weak.

    The gateway marks our tags weak when it compresses an answer (RFC 9110 8.8.1), and callers
    send back what they were given: the version behind `W/"a.3"` is that of `"a.3"`.
    """
    return etag in {tag.strip().removeprefix("W/") for tag in header.split(",")}


def matches(request: Request, etag: str) -> bool:
    """Whether If-None-Match names this tag, so that 304 is the answer."""
    header = request.headers.get("if-none-match")
    return header is not None and (header.strip() == "*" or names(header, etag))


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
    every = {"ETag": tag, "Cache-Control": cache_control, "Vary": BY_READER}
    if cache_control.startswith("public"):
        every |= _ANY_PAGE
    if matches(request, tag):
        return Response(status_code=304, headers=every)
    return Response(content, media_type=media_type, headers={**every, **(headers or {})})
