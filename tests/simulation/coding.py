"""What a body says when its coding is undone; a body that was cut says nothing."""

import gzip
from collections.abc import Mapping

import httpx
import orjson
import zstandard


def decoded(request: httpx.Request, dictionaries: Mapping[int, bytes]) -> bytes | None:
    """The body without its coding; None when it was cut."""
    content = request.content
    try:
        match request.headers.get("content-encoding", "identity"):
            case "gzip":
                return gzip.decompress(content)
            case "zstd":
                number = zstandard.get_frame_parameters(content).dict_id
                known = zstandard.ZstdCompressionDict(dictionaries[number]) if number else None
                undoing = zstandard.ZstdDecompressor(dict_data=known).decompressobj()
                plain = undoing.decompress(content)
                return plain if undoing.eof else None
            case _:
                return content
    except (OSError, EOFError, zstandard.ZstdError):
        return None


def needs_dictionary(request: httpx.Request) -> bool:
    """Whether a published dictionary is needed to undo the coding of a body."""
    if request.headers.get("content-encoding") != "zstd":
        return False
    try:
        return zstandard.get_frame_parameters(request.content).dict_id != 0
    except zstandard.ZstdError:
        return False


def lines_of(body: bytes | None) -> list[bytes] | None:
    """The lines of a push, or None for what is none or cannot be read."""
    if body is None:
        return None
    lines = [line for line in body.split(b"\n") if line]
    try:
        for line in lines:
            orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return lines
