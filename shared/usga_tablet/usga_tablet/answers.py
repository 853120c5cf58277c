"""What comes back over a link: an answer of our server, or nobody's words.

A captive portal, a proxy or a stranger answers with any status, any type and any body. Only what
has the shape that was asked for is our server's; all the rest is silence, and nothing is believed,
deleted or given up for it (T-2).
"""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
import orjson

TIMEOUT = httpx.Timeout(120.0, connect=20.0)
MOST_BYTES = 64 * 2**20
"""Bytes of an answer that is kept in memory; whoever sends more is not our server."""
PROBLEM = "application/problem+json"
_VISIBLE, _SECRET = re.compile(r"[!-~]{1,500}"), re.compile(r"[A-Za-z0-9_-]{43}")
_OF_THE_WAY = frozenset({b"content-encoding", b"content-length", b"transfer-encoding"})

Shape = Callable[[Any], bool]
"""Whether a JSON value is what it should be."""


async def exchange(
    http: httpx.AsyncClient, method: str, path: str, *, most: int = MOST_BYTES, **options: Any
) -> httpx.Response | None:
    """The whole answer to one request, whoever gave it; None when none came to its end."""
    try:
        async with http.stream(method, path, timeout=TIMEOUT, **options) as response:
            return await whole(response, most=most)
    except httpx.RequestError:  # no link, or a body that is not in the coding that it names
        return None


async def whole(response: httpx.Response, *, most: int = MOST_BYTES) -> httpx.Response | None:
    """A streamed answer with all its body; None when it is longer than this."""
    body = bytearray()
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) > most:
            return None
    headers = [(n, v) for n, v in response.headers.raw if n.lower() not in _OF_THE_WAY]
    return httpx.Response(response.status_code, headers=headers, content=bytes(body))


def media_type(response: httpx.Response) -> str:
    """The type of an answer without its parameters."""
    return str(response.headers.get("content-type", "")).partition(";")[0].strip().lower()


def parsed(response: httpx.Response) -> dict[str, Any] | None:
    """The JSON object of an answer, or None."""
    try:
        value = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None


def told(response: httpx.Response | None, shape: Shape) -> dict[str, Any] | None:
    """What our server says in a success, if it is one and has this shape."""
    if response is None or not response.is_success or media_type(response) != "application/json":
        return None
    value = parsed(response)
    return value if value is not None and shape(value) else None


def problem(response: httpx.Response | None) -> dict[str, Any] | None:
    """Our server's refusal: a problem document with a `type`; anything else is nobody's."""
    if response is None or response.is_success or media_type(response) != PROBLEM:
        return None
    document = parsed(response)
    return document if document is not None and text(document.get("type")) else None


def slug(document: dict[str, Any]) -> str:
    """The word by which a refusal is known."""
    return str(document["type"]).rpartition("/")[2]


def number_of(header: str | None, *, most: int) -> int | None:
    """A header's whole number from 0 to `most`, if it is one."""
    digits = header or ""
    if not (digits.isascii() and digits.isdigit()) or len(digits) > len(str(most)):
        return None
    return int(digits) if int(digits) <= most else None


def text(value: Any) -> bool:
    """A text."""
    return isinstance(value, str)


def visible(value: Any) -> bool:
    """A text that may stand in a header: ASCII without blanks."""
    return isinstance(value, str) and bool(_VISIBLE.fullmatch(value))


def secret(value: Any) -> bool:
    """32 bytes in base64url without padding."""
    return isinstance(value, str) and bool(_SECRET.fullmatch(value))


def flag(value: Any) -> bool:
    """True or false."""
    return isinstance(value, bool)


def count(value: Any) -> bool:
    """A whole number from 0 on."""
    return type(value) is int and value >= 0


def mapping(value: Any) -> bool:
    """An object."""
    return isinstance(value, dict)


def identifier(value: Any) -> bool:
    """A UUID."""
    try:
        return isinstance(value, str) and bool(UUID(value))
    except ValueError:
        return False


def maybe(shape: Shape) -> Shape:
    """Null, absent, or this."""
    return lambda value: value is None or shape(value)


def listed(shape: Shape) -> Shape:
    """An array of these."""
    return lambda value: isinstance(value, list) and all(map(shape, value))


def record(**members: Shape) -> Shape:
    """An object with these members; others are nobody's business."""

    def fits(value: Any) -> bool:
        return isinstance(value, dict) and all(
            shape(value.get(name)) for name, shape in members.items()
        )

    return fits


def named_line(value: Any) -> bool:
    """A line of a batch: its id or null, and its digest."""
    return (
        isinstance(value, list)
        and len(value) == 2  # noqa: PLR2004 - id and digest
        and maybe(identifier)(value[0])
        and text(value[1])
    )


PAGE = record(items=listed(record(kind=text, id=text)), next=text, more=flag)
"""A page of changes (P-60)."""
