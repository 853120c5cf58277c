"""What a file may be: its media type as declared, and as its first bytes say."""

import codecs
from collections.abc import Mapping

PICTURES: Mapping[str, str] = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
"""Pictures that are kept, by the name of the codec that writes them anew."""

EXTENSIONS: Mapping[str, str] = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "audio/mp4": "m4a",
    "audio/aac": "aac",
    "audio/amr": "amr",
    "audio/ogg": "ogg",
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
    "audio/webm": "weba",
    "audio/3gpp": "3gp",
    "video/mp4": "mp4",
    "video/3gpp": "3gp",
    "video/webm": "webm",
    "application/pdf": "pdf",
    "text/csv": "csv",
    "text/plain": "txt",
}
"""Media types that are taken, with the ending of the name under which they are given out."""

_OTHER_WORDS = {
    "image/jpg": "image/jpeg",
    "audio/m4a": "audio/mp4",
    "audio/x-m4a": "audio/mp4",
    "audio/x-wav": "audio/wav",
    "audio/wave": "audio/wav",
    "audio/mp3": "audio/mpeg",
    "application/octet-stream": None,
}
_BOX = frozenset({"audio/mp4", "audio/3gpp", "video/mp4", "video/3gpp"})
_TEXTS = frozenset({"text/csv", "text/plain"})
ENOUGH = 32
"""So many bytes tell what a file is."""


NAME_NOT_TAKEN, TYPE_NOT_TAKEN = "file-name-not-taken", "file-type-not-taken"
TOO_LARGE = "file-too-large"
"""An envelope may list such a file, but no upload is taken for it (P-87)."""
_LONGEST_NAME = 255


def known(declared: str | None) -> str | None:
    """The media type in the word that is used here; None when nothing useful was declared."""
    if declared is None:
        return None
    word = declared.partition(";")[0].strip().lower()
    return _OTHER_WORDS.get(word, word) or None


def is_file_name(name: str) -> bool:
    """Whether an upload may have this name: a line of printable characters."""
    return 0 < len(name) <= _LONGEST_NAME and name.isprintable()


def objection(name: str, declared: str) -> str | None:
    """Why no upload is taken for a file of this name and type; None when nothing is wrong."""
    if not is_file_name(name):
        return NAME_NOT_TAKEN
    media_type = known(declared)
    return TYPE_NOT_TAKEN if media_type is not None and not is_taken(media_type) else None


def is_taken(media_type: str) -> bool:
    """Whether files of this type are taken at all."""
    return media_type in EXTENSIONS


def looks_like(start: bytes) -> frozenset[str]:
    """The media types that a file with these first bytes (ENOUGH of them, or all) can be."""
    for magic, found in _MAGIC:
        if start.startswith(magic):
            return found
    if start[4:8] == b"ftyp":
        return _BOX
    if start[:4] == b"RIFF":
        return {b"WEBP": frozenset({"image/webp"}), b"WAVE": frozenset({"audio/wav"})}.get(
            start[8:12], frozenset()
        )
    if len(start) > 1 and start[0] == 0xFF and start[1] & 0xE0 == 0xE0:  # noqa: PLR2004 - a frame
        return frozenset({"audio/aac" if start[1] & 0x06 == 0 else "audio/mpeg"})
    return _TEXTS if _may_be_text(start) else frozenset()


_MAGIC: tuple[tuple[bytes, frozenset[str]], ...] = (
    (b"\xff\xd8\xff", frozenset({"image/jpeg"})),
    (b"\x89PNG\r\n\x1a\n", frozenset({"image/png"})),
    (b"OggS", frozenset({"audio/ogg"})),
    (b"#!AMR", frozenset({"audio/amr"})),
    (b"ID3", frozenset({"audio/mpeg"})),
    (b"\x1aE\xdf\xa3", frozenset({"audio/webm", "video/webm"})),
    (b"%PDF-", frozenset({"application/pdf"})),
)
# Texts that a program would run or draw are none of ours, whatever they are called.
_ACTIVE = (b"<", b"#!", b"{\\rtf")


def _may_be_text(start: bytes) -> bool:
    plain = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if plain.startswith(_ACTIVE):
        return False
    return all(byte >= 0x20 or byte in b"\t\r\n" for byte in start)  # noqa: PLR2004 - a blank


class TextCheck:
    """Reads a text piece by piece: UTF-8 without control characters."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    def feed(self, piece: bytes, *, final: bool = False) -> bool:
        """Whether it is still a text; never again after False."""
        try:
            words = self._decoder.decode(piece, final)
        except UnicodeDecodeError:
            return False
        return not any(word < " " and word not in "\t\r\n" for word in words)


def is_text(media_type: str) -> bool:
    """Whether a file of this type is read as a text."""
    return media_type in _TEXTS
