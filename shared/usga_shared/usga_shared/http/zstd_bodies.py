"""Bodies in zstd (RFC 8878): one frame after another, skippable ones too, all of it bounded."""

from contextlib import suppress

import zstandard

from usga_shared.problems import ContentTooLarge, MalformedBody

LARGEST_WINDOW = 2**23
"""Bytes that a decoder keeps at hand: what RFC 9659 allows to the content coding."""
MOST_FRAMES = 32
"""Frames of one body, skippable ones among them."""
_SKIPPABLE = range(0x184D2A50, 0x184D2A60)
_STEP = 2**17


class LargeWindow(Exception):
    """A frame needs a window of more than LARGEST_WINDOW."""


def declared_size(sent: bytes) -> int | None:
    """The size that the first frame of a body says it will have when decoded, if it says so."""
    if _is_skippable(sent):
        return None
    size = _parameters(sent).content_size
    return None if size == zstandard.CONTENTSIZE_UNKNOWN else size


def dictionary_of(sent: bytes) -> int:
    """The id of the dictionary that the first frame with content names; 0 for none."""
    start = 0
    for _ in range(MOST_FRAMES):
        head = sent[start : start + 8]
        if not _is_skippable(head):
            return _parameters(sent[start : start + 32]).dict_id if sent[start:] else 0
        start += 8 + int.from_bytes(head[4:], "little")
    raise MalformedBody


def unzstd(sent: bytes, max_plain: int, dictionary: bytes | None) -> tuple[bytes, bool]:
    """The decoded body, or as much of it as is allowed and a byte, and whether that is all.

    Raises MalformedBody for a body that is broken, cut or of more than MOST_FRAMES frames,
    LargeWindow, or ContentTooLarge for a frame that needs a large window because, as it says
    itself, it is too large.
    """
    trained = zstandard.ZstdCompressionDict(dictionary) if dictionary else None
    reader = zstandard.ZstdDecompressor(dict_data=trained, max_window_size=LARGEST_WINDOW)
    size = declared_size(sent)
    if size is not None and size <= max_plain:
        try:  # mostly one frame that says its size is all
            plain = reader.decompress(sent, max_output_size=size, allow_extra_data=False)
        except zstandard.ZstdError:
            pass
        else:
            return plain, True
    part = _beginning(sent, max_plain, reader)
    if len(part) > max_plain:
        return part, False
    return b"".join(_frames(sent, max_plain, reader)), True


def _beginning(sent: bytes, max_plain: int, reader: zstandard.ZstdDecompressor) -> bytes:
    """As much as is allowed and a byte, of all frames; a cut is not noticed here."""
    parts: list[bytes] = []
    room = max_plain + 1
    with (
        reader.stream_reader(sent, read_across_frames=True) as stream,
        suppress(zstandard.ZstdError),  # what is wrong shows when each frame is read by itself
    ):
        while room and (part := stream.read(min(room, _STEP))):
            parts.append(part)
            room -= len(part)
    return b"".join(parts)


def _frames(sent: bytes, max_plain: int, reader: zstandard.ZstdDecompressor) -> list[bytes]:
    """What each frame gives, whole; all of it is bounded already."""
    parts: list[bytes] = []
    for _ in range(MOST_FRAMES):
        _refuse_window(sent, max_plain)
        stream = reader.decompressobj()
        try:
            parts.append(stream.decompress(sent))
        except zstandard.ZstdError:
            raise MalformedBody from None
        if not stream.eof:
            raise MalformedBody
        sent = stream.unused_data
        if not sent:
            return parts
    raise MalformedBody


def _refuse_window(sent: bytes, max_plain: int) -> None:
    if _is_skippable(sent):
        return
    frame = _parameters(sent)
    if frame.window_size <= LARGEST_WINDOW:
        return
    if frame.window_size == frame.content_size > max_plain:
        raise ContentTooLarge(limit=max_plain)
    raise LargeWindow


def _is_skippable(sent: bytes) -> bool:
    return int.from_bytes(sent[:4], "little") in _SKIPPABLE


def _parameters(sent: bytes) -> zstandard.FrameParameters:
    try:
        return zstandard.get_frame_parameters(sent)
    except zstandard.ZstdError:
        raise MalformedBody from None
