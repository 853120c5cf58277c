"""Opaque, signed, bounded cursors: a client can keep one, not forge one."""

import base64
import binascii
import hashlib
import hmac
from typing import Annotated, Any

import orjson
from fastapi import Query, Request

from usga_shared.problems import InvalidCursor

_TAG = 12
_LONGEST = 512

Limit = Annotated[int, Query(ge=1, le=1000, description="Most items in one page.")]
CursorText = Annotated[
    str | None, Query(max_length=_LONGEST, description="`next` of the page before.")
]


def next_link(request: Request, following: str | None) -> dict[str, str]:
    """The headers of a page: `Link` to the next one, where there is one (RFC 8288)."""
    if following is None:
        return {}
    place = request.url.include_query_params(cursor=following)
    return {"Link": f'<{place.path}?{place.query}>; rel="next"'}


class CursorCodec:
    """Encodes the place where a list goes on; `scope` keeps lists apart."""

    def __init__(self, key: bytes) -> None:
        self._key = hashlib.sha256(b"usga cursor\0" + key).digest()

    def encode(self, scope: str, place: list[Any]) -> str:
        """The cursor of a place in the list named `scope`."""
        body = orjson.dumps(place)
        return base64.urlsafe_b64encode(self._tag(scope, body) + body).rstrip(b"=").decode()

    def decode(self, scope: str, cursor: str) -> list[Any]:
        """The place of a cursor; raises InvalidCursor for one of another list or maker."""
        if len(cursor) > _LONGEST:
            raise InvalidCursor
        try:
            raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        except (binascii.Error, ValueError):
            raise InvalidCursor from None
        tag, body = raw[:_TAG], raw[_TAG:]
        if not hmac.compare_digest(tag, self._tag(scope, body)):
            raise InvalidCursor
        place = orjson.loads(body)
        assert isinstance(place, list)
        return place

    def _tag(self, scope: str, body: bytes) -> bytes:
        return hmac.digest(self._key, scope.encode() + b"\0" + body, "sha256")[:_TAG]
