"""The file of a first sync: entries as lines, in two parts that are compressed apart (P-70).

What is the same for every tablet of an assessment is compressed once for all of them; what is
one tablet's own follows. Both zstd frames and gzip members may follow one another in one file.
"""

import gzip
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import orjson
import zstandard
from usga_shared.wire.sync import Change

_NAME = re.compile(r"[0-9a-f]{32}\Z")
_RANGE = re.compile(r"bytes=([0-9]{1,12})-([0-9]{0,12})\Z")
_LEVEL = {True: 19, False: 9}


class Coding(StrEnum):
    """How a snapshot is compressed."""

    ZSTD = "zstd"
    GZIP = "gzip"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The names of the parts of one file, which are digests of their bytes."""

    common: str
    own: str

    @property
    def etag(self) -> str:
        """The strong entity tag of these bytes."""
        return f'"{self.common}.{self.own}"'

    @classmethod
    def of_etag(cls, etag: str) -> "Snapshot | None":
        """The file that an entity tag names, if it is one of ours."""
        common, _, own = etag.strip().strip('"').partition(".")
        return cls(common, own) if _NAME.match(common) and _NAME.match(own) else None


def lines_of(changes: Iterable[Change]) -> bytes:
    """A line for each entry, as a page of changes would have it."""
    return b"".join(
        orjson.dumps({"kind": c.kind, "id": c.id, "removed": c.removed, "value": c.value}) + b"\n"
        for c in changes
    )


def last_line(cursor: str, entries: int) -> bytes:
    """What ends the file: where pulling goes on, and how many entries came before."""
    return orjson.dumps({"next": cursor, "entries": entries}) + b"\n"


def compress(plain: bytes, coding: Coding, *, for_all: bool) -> bytes:
    """One part; the same bytes whenever it is made by this release."""
    if coding is Coding.GZIP:
        return gzip.compress(plain, 9, mtime=0)
    return zstandard.ZstdCompressor(level=_LEVEL[for_all], write_checksum=True).compress(plain)


def name_of(part: bytes) -> str:
    """The name of a compressed part."""
    return hashlib.sha256(part).hexdigest()[:32]


def asked_range(header: str | None, size: int) -> tuple[int, int] | None:
    """First byte and the one after the last of a single range; None: the whole is the answer.

    A range that cannot be read or satisfied is ignored, as RFC 9110 14.2 allows.
    """
    found = _RANGE.match(header or "")
    if found is None:
        return None
    first, last = int(found[1]), int(found[2] or size - 1)
    return (first, min(last + 1, size)) if first < size and first <= last else None
