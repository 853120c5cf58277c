"""The content of one interview as it is kept: a key of its own, the whole, the parts by class."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import orjson
import zstandard
from usga_shared.wire.vocabulary import FieldClass

from usga_assessment.domain.sealing.box import (
    KEY_BYTES,
    NONCE_BYTES,
    ClassKeys,
    KeyWrap,
    RandomBytes,
    SealedClass,
    Unreadable,
)
from usga_assessment.domain.sealing.classes import Answers

_SEALED = {kind: SealedClass(kind.value) for kind in FieldClass if kind is not FieldClass.OPEN}
_LARGEST = 8 * 2**20
_FIRST, _SECOND = KEY_BYTES + NONCE_BYTES, KEY_BYTES + 2 * NONCE_BYTES
# Tables as large as an interview, not as a stream: most of the time went into clearing them.
_compress = zstandard.ZstdCompressor(
    compression_params=zstandard.ZstdCompressionParameters.from_level(1, source_size=4096)
)
_expand = zstandard.ZstdDecompressor()


@dataclass(slots=True)
class Content:
    """What storage keeps of one interview; every part but `open` is sealed."""

    wrapped_key: bytes
    raw: bytes | None
    open: bytes | None
    parts: dict[SealedClass, bytes]


def seal_content(
    *,
    submission: bytes,
    raw: bytes,
    parts: Mapping[FieldClass, Answers],
    keys: ClassKeys,
    wrap: KeyWrap,
    random_bytes: RandomBytes,
) -> Content:
    """Seal the received bytes whole and each part under its class."""
    drawn = random_bytes(KEY_BYTES + NONCE_BYTES * (2 + len(parts)))  # one call for all
    key, first, second = drawn[:KEY_BYTES], drawn[KEY_BYTES:_FIRST], drawn[_FIRST:_SECOND]
    wrapped = wrap.wrap(key, assessment=keys.assessment, submission=submission, nonce=first)
    whole = keys.seal(SealedClass.RAW, _compress.compress(raw), submission, key, second)
    plain: bytes | None = None
    sealed: dict[SealedClass, bytes] = {}
    at = _SECOND
    for kind, answers in parts.items():
        written = orjson.dumps(answers)
        if kind is FieldClass.OPEN:
            plain = written
            continue
        part, nonce = _SEALED[kind], drawn[at : at + NONCE_BYTES]
        at += NONCE_BYTES
        sealed[part] = keys.seal(part, written, submission, key, nonce)
    return Content(wrapped, whole, plain, sealed)


class Opener:
    """Opens the contents of one assessment."""

    def __init__(self, keys: ClassKeys, wrap: KeyWrap) -> None:
        self._keys, self._wrap = keys, wrap

    def raw(self, content: Content, submission: bytes) -> bytes:
        """The received bytes (without what was lawfully dropped); raises Unreadable."""
        if content.raw is None:
            raise Unreadable(SealedClass.RAW)
        sealed = self._unseal(content, content.raw, SealedClass.RAW, submission)
        return _expand.decompress(sealed, max_output_size=_LARGEST)

    def parts(
        self, content: Content, submission: bytes, classes: Iterable[FieldClass]
    ) -> dict[FieldClass, Answers]:
        """The parts of these classes that there are; raises Unreadable when a key is gone."""
        found: dict[FieldClass, Answers] = {}
        for kind in classes:
            if kind is FieldClass.OPEN:
                plain = content.open
            else:
                part = _SEALED[kind]
                sealed = content.parts.get(part)
                plain = sealed and self._unseal(content, sealed, part, submission)
            if plain:
                found[kind] = orjson.loads(plain)
        return found

    def readable(
        self, content: Content, submission: bytes, classes: Iterable[FieldClass]
    ) -> dict[FieldClass, Answers]:
        """The parts of these classes that there are, without those whose key is gone."""
        found: dict[FieldClass, Answers] = {}
        key: bytes | None = None
        for kind in classes:
            if kind is FieldClass.OPEN:
                plain = content.open
            else:
                part = _SEALED[kind]
                plain = content.parts.get(part)
                try:
                    if plain:
                        key = key or self._key(content, submission)
                        plain = self._opened(plain, part, submission, key)
                except Unreadable:
                    continue
            if plain:
                found[kind] = orjson.loads(plain)
        return found

    def _unseal(
        self, content: Content, sealed: bytes, part: SealedClass, submission: bytes
    ) -> bytes:
        return self._opened(sealed, part, submission, self._key(content, submission))

    def _key(self, content: Content, submission: bytes) -> bytes:
        return self._wrap.unwrap(
            content.wrapped_key, assessment=self._keys.assessment, submission=submission
        )

    def _opened(self, sealed: bytes, part: SealedClass, submission: bytes, key: bytes) -> bytes:
        return self._keys.unseal(part, sealed, submission, key)
