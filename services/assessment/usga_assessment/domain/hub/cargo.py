"""Files at a hub: sealed to the centre piece by piece as they come, so that no key stays here.

Each frame is an HPKE message of its own to the centre's public key (RFC 9180, as parcels are),
bound to the file's label and to its place in the file. A hub that starts again goes on where it
was without being able to open what it has; only a checksum tells it which frames are whole.
"""

import hashlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO
from uuid import UUID

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from usga_assessment.domain.attachments.frames import LARGEST, Extent, Kind
from usga_assessment.domain.attachments.tus import BadHeader, Metadata, checked_metadata
from usga_assessment.domain.hub.parcel import (
    OVERHEAD,
    ParcelUnreadable,
    PublicSealingKey,
    SealingKey,
)

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_HEAD = struct.Struct(">BI")
_CHECK = 16
FRAME_OVERHEAD = _HEAD.size + OVERHEAD + _CHECK
"""Bytes by which a frame is longer than what is in it."""


MOST_FRAMES = 4096
"""In one piece: more than an honest one of 256 KiB can have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CargoLabel:
    """What a file says outside, and is bound to each of its frames.

    `proof` is its tablet's: it names the file without telling anything about it.
    """

    hub: UUID
    file: UUID
    assessment: str
    device: UUID
    size: int
    key: str
    proof: str

    def info(self, part: str) -> bytes:
        """The label as it is bound to one part: the manifest, or the frame at an offset."""
        parts = (
            "usga file/1", str(self.hub), str(self.file), self.assessment, str(self.device),
            str(self.size), self.key, self.proof, part,
        )  # fmt: skip
        return "\0".join(parts).encode()


_MANIFEST, _SAID = "manifest", ("submission", "name", "sha256", "type")


def seal_manifest(said: Metadata, label: CargoLabel, key: PublicSealingKey) -> bytes:
    """What a tablet said of its file: interview, name, digest and type, for the centre alone."""
    content = {
        "submission": str(said.submission), "name": said.name, "sha256": said.sha256,
        "type": said.media_type,
    }  # fmt: skip
    return _seal(orjson.dumps(content), label.info(_MANIFEST), key)


def open_manifest(sealed: bytes, label: CargoLabel, key: SealingKey) -> Metadata:
    """What the tablet said; raises ParcelUnreadable when anything of it or its label changed.

    Whoever has the public key can seal anything: it is read as strictly as the tablet's own words.
    """
    plain = _open(sealed, label.info(_MANIFEST), key)
    try:
        said = orjson.loads(plain)
        return checked_metadata({name: said[name] or "" for name in _SAID})
    except (BadHeader, ValueError, KeyError, TypeError, AttributeError):
        raise ParcelUnreadable from None


class CargoFrames:
    """Seals the frames of one file; tells which are whole, and opens none."""

    def __init__(self, label: CargoLabel, key: PublicSealingKey) -> None:
        self._label, self._key = label, key

    def seal(self, kind: Kind, offset: int, plain: bytes) -> bytes:
        """The frame of these bytes at this offset."""
        sealed = _seal(plain, self._label.info(str(offset)), self._key)
        head = _HEAD.pack(kind, len(plain))
        return head + sealed + _check(head, sealed)

    def extent(self, file: BinaryIO) -> Extent:
        """What counts of a file, from its start; a torn frame ends it."""
        counted, offset, position = Extent(), 0, 0
        for kind, size, frame in _walk(file):
            offset += size
            position += len(frame)
            if kind is not Kind.DEPENDS:
                counted = Extent(offset, position)
        return counted

    def read(self, file: BinaryIO, extent: Extent) -> Iterator[bytes]:
        """The frames that count, as they are."""
        position = 0
        for _, _, frame in _walk(file):
            position += len(frame)
            if position > extent.position:
                return
            yield frame


def frames_from(frames: Iterator[bytes], offset: int, *, most: int) -> tuple[int, bytes]:
    """The frames that go on at an offset, as many as fit into `most` bytes but at least one.

    Answers where the first of them begins, which may be before the offset.
    """
    start, taken = 0, bytearray()
    for frame in frames:
        size = _HEAD.unpack_from(frame)[1]
        if not taken and start + size <= offset:
            start += size
            continue
        if taken and len(taken) + len(frame) > most:
            break
        taken += frame
    return start, bytes(taken)


def open_frames(frames: bytes, offset: int, label: CargoLabel, key: SealingKey) -> bytes:
    """The bytes in consecutive frames that begin at an offset; raises ParcelUnreadable.

    Each costs an operation of the private key, so that they are bounded.
    """
    position, plain, count = 0, bytearray(), 0
    while position < len(frames):
        count += 1
        if count > MOST_FRAMES or len(frames) - position < FRAME_OVERHEAD:
            raise ParcelUnreadable
        _, size = _HEAD.unpack_from(frames, position)
        start, end = position + _HEAD.size, position + FRAME_OVERHEAD + size
        if size > LARGEST or end > len(frames):
            raise ParcelUnreadable
        place = str(offset + len(plain))
        plain += _open(frames[start : end - _CHECK], label.info(place), key)
        position = end
    return bytes(plain)


def _walk(file: BinaryIO) -> Iterator[tuple[Kind, int, bytes]]:
    """Whole frames from the start: kind, plain bytes, and the frame itself."""
    file.seek(0)
    while len(head := file.read(_HEAD.size)) == _HEAD.size:
        number, size = _HEAD.unpack(head)
        if number not in tuple(Kind) or size > LARGEST:
            return
        sealed, check = file.read(size + OVERHEAD), file.read(_CHECK)
        if check != _check(head, sealed):
            return
        yield Kind(number), size, head + sealed + check


def _check(head: bytes, sealed: bytes) -> bytes:
    return hashlib.blake2b(head + sealed, digest_size=_CHECK).digest()


def _seal(plain: bytes, info: bytes, key: PublicSealingKey) -> bytes:
    return _SUITE.encrypt(plain, X25519PublicKey.from_public_bytes(key.raw), info=info)


def _open(sealed: bytes, info: bytes, key: SealingKey) -> bytes:
    try:
        return _SUITE.decrypt(sealed, key.private, info=info)
    except (InvalidTag, ValueError):
        raise ParcelUnreadable from None
