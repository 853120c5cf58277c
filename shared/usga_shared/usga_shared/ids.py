"""UUID version 7 (RFC 9562): identifiers that sort by the time they were made."""

import secrets
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

_RANDOM_BITS = 74


def uuid7(at: datetime, *, randbits: Callable[[int], int] = secrets.randbits) -> UUID:
    """Make a UUIDv7 whose leading 48 bits are `at` in milliseconds since the epoch."""
    milliseconds = int(at.timestamp() * 1000) & 0xFFFF_FFFF_FFFF
    noise = randbits(_RANDOM_BITS)
    high, low = noise >> 62, noise & ((1 << 62) - 1)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low)
