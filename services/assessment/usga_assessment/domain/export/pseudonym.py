"""Pseudonyms of interviews: the same in an assessment for ever, meaningless outside."""

from collections.abc import Callable
from hashlib import sha256

_BLOCK, _DIGITS = 64, 32


def pseudonyms(key: bytes) -> Callable[[bytes], str]:
    """What names an interview by the bytes of its root: the half of an HMAC-SHA-256 (RFC 2104).

    The HMAC is written out, from its two padded keys: for texts this short that takes half the
    time of the call, and an export needs one for each interview. The key has at most 64 bytes.
    """
    padded = key.ljust(_BLOCK, b"\0")
    inner, outer = (bytes(byte ^ pad for byte in padded) for pad in (0x36, 0x5C))
    return lambda root: sha256(outer + sha256(inner + root).digest()).hexdigest()[:_DIGITS]
