"""Seal and open parts of interviews (AES-256-GCM; design 3 and 9).

A part's key needs two keys that can each be destroyed: the submission's own (gone at withdrawal)
and the assessment's key of the class (gone at the end of its retention).
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12
_VERSION = b"\x01"
_WRAP = b"usga submission key\0"
_BLOCK = 64
_INNER, _OUTER = (bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C))

RandomBytes = Callable[[int], bytes]


class SealedClass(StrEnum):
    """What is sealed: the received bytes, and every field class but `open`."""

    RAW = "raw"
    IDENTIFIER = "identifier"
    LOCATION = "location"
    TEXT = "text"
    S3 = "s3"


_PURPOSES = {part: b"usga part/1\0" + part.encode() for part in SealedClass}
_ENDS = {part: b"\0" + part.encode() for part in SealedClass}


class Unreadable(Exception):
    """A key is gone, or the bytes are not what was sealed under this name."""


@dataclass(frozen=True, slots=True)
class ClassKeys:
    """The keys of one assessment by class; a destroyed one is missing."""

    assessment: str
    keys: dict[SealedClass, bytes] = field(repr=False)
    _derivations: dict[SealedClass, tuple[bytes, bytes]] = field(init=False, repr=False)
    _prefix: bytes = field(init=False, repr=False)

    def __post_init__(self) -> None:
        made = {part: _derivation(key, _PURPOSES[part]) for part, key in self.keys.items()}
        object.__setattr__(self, "_derivations", made)
        object.__setattr__(self, "_prefix", self.assessment.encode() + b"\0")

    def of(self, part: SealedClass) -> bytes:
        """The key of a class; raises Unreadable when it was destroyed."""
        key = self.keys.get(part)
        if key is None:
            raise Unreadable(part)
        return key

    def part_key(self, part: SealedClass, submission_key: bytes) -> bytes:
        """The key of one part: HMAC-SHA256 of the submission's key under that of the class.

        Raises Unreadable when the class key was destroyed. The HMAC is written out, from its two
        padded keys: for texts this short that takes less than half the time of the call.
        """
        derivation = self._derivations.get(part)
        if derivation is None:
            raise Unreadable(part)
        inner, outer = derivation
        return sha256(outer + sha256(inner + submission_key).digest()).digest()

    def seal(
        self,
        part: SealedClass,
        plain: bytes,
        submission: bytes,
        submission_key: bytes,
        nonce: bytes,
    ) -> bytes:
        """Seal one part under a fresh random nonce; what it belongs to is bound to it."""
        box = AESGCM(self.part_key(part, submission_key))
        bound = self._prefix + submission + _ENDS[part]
        return b"%b%b%b" % (_VERSION, nonce, box.encrypt(nonce, plain, bound))

    def unseal(
        self, part: SealedClass, sealed: bytes, submission: bytes, submission_key: bytes
    ) -> bytes:
        """Open one part; raises Unreadable when a key is gone or anything was changed."""
        box = AESGCM(self.part_key(part, submission_key))
        bound = self._prefix + submission + _ENDS[part]
        if sealed[:1] != _VERSION:
            raise Unreadable(part)
        try:
            return box.decrypt(sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :], bound)
        except (InvalidTag, ValueError):
            raise Unreadable(part) from None


def _derivation(key: bytes, purpose: bytes) -> tuple[bytes, bytes]:
    """The inner and the outer key of HMAC (RFC 2104), the inner one with the purpose behind it."""
    padded = key.ljust(_BLOCK, b"\0")
    return padded.translate(_INNER) + purpose, padded.translate(_OUTER)


class KeyWrap:
    """Wraps submissions' keys under the root key, which is kept outside the database."""

    def __init__(self, root_key: bytes) -> None:
        self._box = AESGCM(hmac.digest(root_key, b"usga key wrap/1", "sha256"))

    def wrap(
        self, submission_key: bytes, *, assessment: str, submission: bytes, nonce: bytes
    ) -> bytes:
        """The form in which a submission's key may stand in the database."""
        bound = _WRAP + assessment.encode() + b"\0" + submission
        return _VERSION + nonce + self._box.encrypt(nonce, submission_key, bound)

    def unwrap(self, wrapped: bytes, *, assessment: str, submission: bytes) -> bytes:
        """The submission's key; raises Unreadable when it was wrapped for something else."""
        bound = _WRAP + assessment.encode() + b"\0" + submission
        try:
            return self._box.decrypt(
                wrapped[1 : 1 + NONCE_BYTES], wrapped[1 + NONCE_BYTES :], bound
            )
        except (InvalidTag, ValueError):
            raise Unreadable("submission key") from None
