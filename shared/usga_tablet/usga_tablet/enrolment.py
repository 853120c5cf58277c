"""What the QR code of an invitation says (docs/protocol/sync.md 1.1)."""

import re
from urllib.parse import urlsplit

from usga_tablet.link import SyncStopped

_WORD = "USGA1"
_CODE = re.compile(r"[0-9A-Z-]{6,64}\Z")
_NEAR = frozenset({"127.0.0.1", "localhost", "::1"})


def is_near(host: str) -> bool:
    """Whether an address is this machine itself."""
    return host in _NEAR


def read_payload(text: str) -> tuple[str, str]:
    """Origin and one-time code; raises SyncStopped for anything else.

    The link must be encrypted, but to this machine itself: the code is a secret.
    """
    word, *rest = text.split() or [""]
    if word.upper() != _WORD or len(rest) != 2:  # noqa: PLR2004 - origin and code
        raise SyncStopped("this is not the QR code of an invitation")
    origin, code = rest[0].lower().rstrip("/"), rest[1].upper()
    parts = urlsplit(origin)
    is_bare = parts.hostname and not (parts.path or parts.query or parts.username)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and is_near(parts.hostname or ""))
    if not is_bare or not is_safe or not _CODE.match(code):
        raise SyncStopped("this is not the QR code of an invitation")
    return origin, code
