"""A file that is kept, sealed: chunks of AES-256-GCM that nobody can reorder, cut or extend.

The key is fresh for each file and seals it once, so nonces are counters; the last chunk says that
it is the last (the STREAM construction: Hoang, Reyhanitabar, Rogaway, Vizar, CRYPTO 2015).
"""

from collections.abc import Iterable, Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from usga_assessment.domain.sealing.box import Unreadable

CHUNK = 64 * 1024
MAGIC = b"usga-file/1\n"
_TAG = 16


def seal_stream(pieces: Iterable[bytes], key: bytes) -> Iterator[bytes]:
    """The sealed form, chunk by chunk; an empty file has one empty chunk."""
    box = AESGCM(key)
    yield MAGIC
    for number, (chunk, is_last) in enumerate(_chunks(pieces, CHUNK)):
        yield box.encrypt(_nonce(number, is_last=is_last), chunk, MAGIC)


class StreamOpener:
    """Opens the sealed form as its pieces come; nothing unverified is ever given out."""

    def __init__(self, key: bytes) -> None:
        self._box, self._number = AESGCM(key), 0
        self._waiting = bytearray()
        self._has_begun = False

    def feed(self, piece: bytes) -> list[bytes]:
        """The chunks that are whole now, the last one never; raises Unreadable."""
        self._waiting += piece
        if not self._has_begun and len(self._waiting) >= len(MAGIC):
            if not self._waiting.startswith(MAGIC):
                raise Unreadable("file")
            del self._waiting[: len(MAGIC)]
            self._has_begun = True
        opened: list[bytes] = []
        while self._has_begun and len(self._waiting) > CHUNK + _TAG:
            opened.append(self._open(bytes(self._waiting[: CHUNK + _TAG]), is_last=False))
            del self._waiting[: CHUNK + _TAG]
        return opened

    def end(self) -> bytes:
        """The last chunk; raises Unreadable when the file was cut or extended."""
        if not self._has_begun:
            raise Unreadable("file")
        return self._open(bytes(self._waiting), is_last=True)

    def _open(self, sealed: bytes, *, is_last: bool) -> bytes:
        try:
            plain = self._box.decrypt(_nonce(self._number, is_last=is_last), sealed, MAGIC)
        except (InvalidTag, ValueError):
            raise Unreadable("file") from None
        self._number += 1
        return plain


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\x01" if is_last else b"\x00")


def _chunks(pieces: Iterable[bytes], size: int) -> Iterator[tuple[bytes, bool]]:
    """Pieces of exactly `size`, each with whether it is the last (which may be shorter)."""
    waiting = bytearray()
    for piece in pieces:
        waiting += piece
        while len(waiting) > size:
            yield bytes(waiting[:size]), False
            del waiting[:size]
    yield bytes(waiting), True
