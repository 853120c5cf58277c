"""A file that has come whole: see what it is, draw pictures anew, seal it for good."""

import asyncio
import hashlib
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from usga_shared.wire.vocabulary import FieldClass

from usga_assessment.domain.attachments.attachment import Attachment, sealed_class
from usga_assessment.domain.attachments.keys import FileKeys
from usga_assessment.domain.attachments.kinds import (
    ENOUGH,
    PICTURES,
    TextCheck,
    is_taken,
    is_text,
    looks_like,
)
from usga_assessment.domain.attachments.pictures import UnreadablePicture, redrawn
from usga_assessment.domain.attachments.stream import seal_stream
from usga_assessment.operations.attachment_refusals import (
    AttachmentDiffers,
    AttachmentUnreadable,
)


class Staged(Protocol):
    """A whole upload, open for its only worker."""

    def read(self) -> Iterator[bytes]: ...


class Objects(Protocol):
    """Where files are kept."""

    async def put(self, name: str, pieces: Iterable[bytes]) -> None: ...


@dataclass(frozen=True, slots=True)
class Seen:
    """What a whole file is: digest of what came, type, and a picture drawn anew."""

    sha256: str
    media_type: str
    picture: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What is kept of a file, and the key that opens it."""

    wrapped_key: bytes
    field_class: FieldClass
    size: int
    sha256: str
    media_type: str
    at: datetime


def object_name(attachment: Attachment) -> str:
    """The name of a file in the store."""
    return f"{attachment.assessment}/{attachment.id}"


async def look_at(staged: Staged, attachment: Attachment) -> Seen:
    """What has come; raises AttachmentDiffers, AttachmentUnreadable."""
    return await asyncio.to_thread(_look, staged, attachment)


def check_start(media_type: str | None, start: bytes) -> str:
    """The type of a file that begins like this; raises AttachmentUnreadable."""
    possible = sorted(filter(is_taken, looks_like(start)))
    if media_type is None and possible:
        return possible[0]
    if media_type is None or media_type not in possible:
        raise AttachmentUnreadable(declared=media_type, found=possible)
    return media_type


def _look(staged: Staged, attachment: Attachment) -> Seen:
    hasher, start, media_type = hashlib.sha256(), b"", attachment.media_type
    is_picture = media_type is None or media_type in PICTURES
    picture, text = io.BytesIO(), TextCheck()
    may_be_text = media_type is None or is_text(media_type)
    is_right = True
    for piece in staged.read():
        hasher.update(piece)
        start += piece[: ENOUGH - len(start)]
        if is_picture:
            picture.write(piece)
        if may_be_text and is_right:
            is_right = text.feed(piece)
    digest = hasher.hexdigest()
    if attachment.sha256 is not None and digest != attachment.sha256:
        raise AttachmentDiffers
    found = check_start(media_type, start)
    if is_text(found) and not (is_right and text.feed(b"", final=True)):
        raise AttachmentUnreadable(declared=media_type, found=[])
    if found not in PICTURES:
        return Seen(digest, found, None)
    try:
        return Seen(digest, found, redrawn(picture, found))
    except UnreadablePicture:
        raise AttachmentUnreadable(declared=media_type, found=[]) from None


async def keep(
    staged: Staged,
    attachment: Attachment,
    seen: Seen,
    objects: Objects,
    keys: FileKeys,
    *,
    field_class: FieldClass,
    at: datetime,
) -> Kept:
    """Seal the file under its class with a key of its own; it is durable when this returns.

    Raises Unreadable when the class's key was destroyed, StoreFull.
    """
    wrapped = keys.new(attachment.id)  # each sealing has a fresh key: its nonces are counters
    key = keys.kept(attachment.id, wrapped, sealed_class(field_class))
    measured = _Measured(staged.read() if seen.picture is None else iter([seen.picture]))
    await objects.put(object_name(attachment), seal_stream(measured, key))
    return Kept(
        wrapped_key=wrapped, field_class=field_class, size=measured.size,
        sha256=measured.hasher.hexdigest(), media_type=seen.media_type, at=at,
    )  # fmt: skip


class _Measured:
    """Counts and digests what passes."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self.size, self.hasher = pieces, 0, hashlib.sha256()

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            self.size += len(piece)
            self.hasher.update(piece)
            yield piece


def columns_of(kept: Kept, seen: Seen, *, pointer: str) -> dict[str, object]:
    """What the database keeps of it."""
    return {
        "wrapped_key": kept.wrapped_key, "sha256": seen.sha256, "pointer": pointer,
        "field_class": kept.field_class.value, "kept_size": kept.size,
        "kept_type": kept.media_type, "kept_sha256": kept.sha256, "kept_at": kept.at,
    }  # fmt: skip
