"""Keys of files: like those of answers, made of two that can each be destroyed (design 3).

A file has a key of its own, which goes away with its interview, and needs the assessment's key of
its class besides. While it is still coming in, that is the key of received bytes.
"""

import hmac
from dataclasses import dataclass
from uuid import UUID

from usga_assessment.domain.sealing.box import (
    KEY_BYTES,
    NONCE_BYTES,
    ClassKeys,
    KeyWrap,
    RandomBytes,
    SealedClass,
)

_COMING, _KEPT = b"usga file coming in/1\0", b"usga file/1\0"


@dataclass(frozen=True, slots=True)
class FileKeys:
    """Makes and opens the keys of one assessment's files."""

    classes: ClassKeys
    wrap: KeyWrap
    random_bytes: RandomBytes

    def new(self, file: UUID) -> bytes:
        """A fresh key of a file, in the form in which it may stand in the database."""
        drawn = self.random_bytes(KEY_BYTES + NONCE_BYTES)
        return self.wrap.wrap(
            drawn[:KEY_BYTES],
            assessment=self.classes.assessment,
            submission=_name(file),
            nonce=drawn[KEY_BYTES:],
        )

    def coming(self, file: UUID, wrapped: bytes) -> bytes:
        """What seals a file while it comes in; raises Unreadable when a key is gone."""
        return self._derived(file, wrapped, SealedClass.RAW, _COMING)

    def kept(self, file: UUID, wrapped: bytes, part: SealedClass) -> bytes:
        """What seals a file of this class for good; raises Unreadable when a key is gone."""
        return self._derived(file, wrapped, part, _KEPT)

    def _derived(self, file: UUID, wrapped: bytes, part: SealedClass, purpose: bytes) -> bytes:
        own = self.wrap.unwrap(wrapped, assessment=self.classes.assessment, submission=_name(file))
        bound = purpose + part.encode() + b"\0" + file.bytes + own
        return hmac.digest(self.classes.of(part), bound, "sha256")


def _name(file: UUID) -> bytes:
    return b"file\0" + file.bytes
