"""Seal and open parts of interviews (AES-256-GCM; design 3 and 9).

A part's key needs two keys that can each be destroyed: the submission's own (gone at withdrawal)
and the assessment's key of the class (gone at the end of its retention).
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12
_VERSION = b"\x01"
_WRAP = b"usga submission key\0"

RandomBytes = Callable[[int], bytes]


class SealedClass(StrEnum):
    """What is sealed: the received bytes, and every field class but `open`."""

    RAW = "raw"
    IDENTIFIER = "identifier"
    LOCATION = "location"
    TEXT = "text"
    S3 = "s3"


class Unreadable(Exception):
    """A key is gone, or the bytes are not what was sealed under this name."""


@dataclass(frozen=True, slots=True)
class ClassKeys:
    """The keys of one assessment by class; a destroyed one is missing."""

    assessment: str
    keys: dict[SealedClass, bytes]

    def of(self, part: SealedClass) -> bytes:
        """The key of a class; raises Unreadable when it was destroyed."""
        key = self.keys.get(part)
        if key is None:
            raise Unreadable(part)
        return key


def seal(
    plain: bytes,
    *,
    part: SealedClass,
    submission: bytes,
    submission_key: bytes,
    keys: ClassKeys,
    nonce: bytes,
) -> bytes:
    """Seal one part under a fresh random nonce; what it belongs to is bound to it."""
    box = AESGCM(_part_key(keys.of(part), submission_key, part))
    return _VERSION + nonce + box.encrypt(nonce, plain, _bound(keys.assessment, submission, part))


def unseal(
    sealed: bytes,
    *,
    part: SealedClass,
    submission: bytes,
    submission_key: bytes,
    keys: ClassKeys,
) -> bytes:
    """Open one part; raises Unreadable when a key is gone or anything was changed."""
    box = AESGCM(_part_key(keys.of(part), submission_key, part))
    nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    if sealed[:1] != _VERSION:
        raise Unreadable(part)
    try:
        return box.decrypt(nonce, body, _bound(keys.assessment, submission, part))
    except (InvalidTag, ValueError):
        raise Unreadable(part) from None


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


_PURPOSES = {part: b"usga part/1\0" + part.encode() for part in SealedClass}
_ENDS = {part: b"\0" + part.encode() for part in SealedClass}


def _part_key(class_key: bytes, submission_key: bytes, part: SealedClass) -> bytes:
    return hmac.digest(class_key, _PURPOSES[part] + submission_key, "sha256")


def _bound(assessment: str, submission: bytes, part: SealedClass) -> bytes:
    return assessment.encode() + b"\0" + submission + _ENDS[part]
