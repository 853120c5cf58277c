"""A file that is still coming in, sealed: frames that can be appended, cut off and counted.

A frame is its kind, the length of its plain bytes, a random nonce, and the bytes sealed with
AES-256-GCM; kind and offset in the file are bound to it, so that no frame can be moved. Bytes
whose checksum is not known yet stand in frames that count only when a closing frame follows:
whatever is cut off by a crash never counts.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from usga_assessment.domain.sealing.box import NONCE_BYTES, RandomBytes

LARGEST = 64 * 1024
"""Plain bytes of one frame: no more than this is lost when a process is killed."""
_HEAD = struct.Struct(">BI")
_TAG = 16
_OVERHEAD = _HEAD.size + NONCE_BYTES + _TAG


class Kind(IntEnum):
    """What a frame says of its bytes."""

    COUNTS = 1
    DEPENDS = 2
    SETTLES = 3


@dataclass(frozen=True, slots=True)
class Extent:
    """How far a file has come: plain bytes that count, and where their frames end."""

    offset: int = 0
    position: int = 0


class Frames:
    """Seals and opens the frames of one file with its key."""

    def __init__(self, key: bytes, random_bytes: RandomBytes) -> None:
        self._box, self._random = AESGCM(key), random_bytes

    def seal(self, kind: Kind, offset: int, plain: bytes) -> bytes:
        """The frame of these bytes at this offset."""
        head, nonce = _HEAD.pack(kind, len(plain)), self._random(NONCE_BYTES)
        return head + nonce + self._box.encrypt(nonce, plain, _bound(head, offset))

    def extent(self, file: BinaryIO) -> Extent:
        """What counts of a file, from its start; a torn or foreign frame ends it."""
        counted, offset = Extent(), 0
        for kind, plain, position in self._walk(file):
            offset += len(plain)
            if kind is Kind.COUNTS or kind is Kind.SETTLES:
                counted = Extent(offset, position)
        return counted

    def read(self, file: BinaryIO, extent: Extent) -> Iterator[bytes]:
        """The plain bytes that count, piece by piece."""
        for _, plain, position in self._walk(file):
            if position > extent.position:
                return
            if plain:
                yield plain

    def _walk(self, file: BinaryIO) -> Iterator[tuple[Kind, bytes, int]]:
        file.seek(0)
        offset = position = 0
        while len(head := file.read(_HEAD.size)) == _HEAD.size:
            number, size = _HEAD.unpack(head)
            if number not in tuple(Kind) or size > LARGEST:
                return
            nonce, sealed = file.read(NONCE_BYTES), file.read(size + _TAG)
            try:
                plain = self._box.decrypt(nonce, sealed, _bound(head, offset))
            except (InvalidTag, ValueError):
                return
            offset += size
            position += size + _OVERHEAD
            yield Kind(number), plain, position


def _bound(head: bytes, offset: int) -> bytes:
    return head + offset.to_bytes(8, "big")
