"""Opaque credentials: 32 random bytes, kept as SHA-256, recognisable to secret scanners."""

import base64
import binascii
import hashlib
import re
import secrets
from enum import StrEnum

from starlette.requests import Request

from usga_shared.problems import InvalidCredential


class TokenKind(StrEnum):
    """The prefix tells a reader (and a scanner) what was found."""

    DEVICE = "usgad"
    HUB = "usgah"
    API_KEY = "usgak"
    PERSONAL = "usgap"


_TOKEN = re.compile(r"^(usgad|usgah|usgak|usgap)_[A-Za-z0-9_-]{43}$")
_LONGEST = 4096  # a JWT of an issuer with many claims
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="usga"'}
"""Headers of every 401."""


def make_token(kind: TokenKind) -> str:
    """A new credential; show it once and keep only its hash."""
    return f"{kind.value}_{secrets.token_urlsafe(32)}"


def hash_token(token: str) -> bytes:
    """What is stored. Random tokens need no slow hash: they are not passwords."""
    return hashlib.sha256(token.encode()).digest()


def presented_token(request: Request) -> str | None:
    """The credential of a request: Bearer, X-API-Key or the password of Basic; None if absent.

    Raises InvalidCredential when something was presented that cannot be one of ours, or two
    credentials disagree.
    """
    found: set[str] = set()
    header = request.headers.get("authorization")
    if header is not None:
        scheme, _, value = header.partition(" ")
        match scheme.lower():
            case "bearer":
                found.add(value.strip())
            case "basic":
                found.add(_basic_password(value.strip()))
            case _:
                raise InvalidCredential(headers=CHALLENGE)
    key = request.headers.get("x-api-key")
    if key is not None:
        found.add(key.strip())
    if not found:
        return None
    token = found.pop()
    if found or len(token) > _LONGEST:
        raise InvalidCredential(headers=CHALLENGE)
    return token


def is_opaque(token: str) -> bool:
    """Whether this looks like a token of ours (others are JWTs of a configured issuer)."""
    return _TOKEN.match(token) is not None


def _basic_password(value: str) -> str:
    try:
        decoded = base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise InvalidCredential(headers=CHALLENGE) from None
    return decoded.partition(":")[2]
