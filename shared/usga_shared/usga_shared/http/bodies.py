"""Reading bodies safely: content codings with a bound, JSON without surprises."""

import json
import re
import zlib
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import orjson
from starlette.requests import ClientDisconnect, Request

from usga_shared.http.zstd_bodies import (
    LARGEST_WINDOW,
    LargeWindow,
    declared_size,
    dictionary_of,
    unzstd,
)
from usga_shared.problems import ContentTooLarge, MalformedBody, Problem, UnsupportedMedia

ENCODINGS = ("identity", "gzip", "deflate", "zstd")
_GZIP_MEMBERS = 16
_MOST_PARTS = 20_000
_ITEMS_A_PART = 10
_LONGEST_NAME = 256
_KEY = re.compile(rb'"[ \t\r\n]*:')
_SPACED_KEY = re.compile(rb'"[ \t\r\n]+:')
_SAFE_INTEGER = 2**53
_FURTHER_KINDS = frozenset({dict, list, float})
_ALL_KINDS = _FURTHER_KINDS | {int}

DictionaryLookup = Callable[[int], Awaitable[bytes | None]]


class UnknownDictionary(Problem):
    """The body needs a compression dictionary that is not known here; `dictionary` is its id."""

    slug = "unknown-dictionary"
    title = "The compression dictionary is not known here"
    status = 415


async def read_body(
    request: Request,
    *,
    max_plain: int,
    dictionary: DictionaryLookup | None = None,
    lines: bool = False,
) -> bytes:
    """The whole decoded body; BodyLimit has already bounded what was sent.

    Raises UnsupportedMedia for an unknown coding, UnknownDictionary for one that `dictionary`
    does not find, ContentTooLarge past `max_plain` bytes (with `lines` it says how many lines
    would have fitted), MalformedBody when the coding is broken or the client went away.
    """
    sent = await sent_body(request)
    coding = _coding_of(request)
    found: bytes | None = None
    number = dictionary_of(sent) if dictionary is not None and coding == "zstd" else 0
    if dictionary is not None and number:
        found = await dictionary(number)
        if found is None:
            raise UnknownDictionary(
                dictionary=number, headers={"Accept-Encoding": ", ".join(ENCODINGS)}
            )
    return decode_body(sent, coding, max_plain=max_plain, dictionary=found, lines=lines)


async def sent_body(request: Request) -> bytes:
    """The body as it was sent; raises MalformedBody when the client went away."""
    try:
        return await request.body()
    except ClientDisconnect:
        raise MalformedBody from None


def plain_size(request: Request, sent: bytes, *, max_plain: int) -> int:
    """About how many bytes a body will have when decoded, at most `max_plain`: it says so itself.

    Nothing of it is decoded, so a body may lie; it is bounded again when it is.
    """
    size = 8 * len(sent)
    match _coding_of(request):
        case "identity" | "":
            size = len(sent)
        case "gzip" | "x-gzip":
            size = int.from_bytes(sent[-4:], "little")
        case "zstd":
            with suppress(MalformedBody):
                declared = declared_size(sent)
                size = size if declared is None else declared
    return min(max(size, len(sent)), max_plain)


def _coding_of(request: Request) -> str:
    return request.headers.get("content-encoding", "identity").strip().lower()


def decode_body(
    sent: bytes,
    coding: str,
    *,
    max_plain: int,
    dictionary: bytes | None = None,
    lines: bool = False,
) -> bytes:
    """Undo one content coding without ever holding more than `max_plain` bytes, and a byte."""
    plain, is_whole = _decoded(sent, coding, max_plain, dictionary)
    if not is_whole:
        if lines:
            raise ContentTooLarge(limit=max_plain, fits=plain.count(b"\n", 0, max_plain))
        raise ContentTooLarge(limit=max_plain)
    return plain


def _decoded(
    sent: bytes, coding: str, max_plain: int, dictionary: bytes | None
) -> tuple[bytes, bool]:
    """The body, or as much of it as is allowed, and whether that is all."""
    match coding:
        case "identity" | "":
            return sent, len(sent) <= max_plain
        case "gzip" | "x-gzip":
            return _inflate(sent, 16 + zlib.MAX_WBITS, max_plain)
        case "deflate":
            return _inflate(sent, zlib.MAX_WBITS, max_plain)
        case "zstd":
            try:
                return unzstd(sent, max_plain, dictionary)
            except LargeWindow:
                raise UnsupportedMedia.of_a_large_window(LARGEST_WINDOW, ENCODINGS) from None
    raise UnsupportedMedia(
        accepted=list(ENCODINGS), headers={"Accept-Encoding": ", ".join(ENCODINGS)}
    )


def _inflate(sent: bytes, window: int, max_plain: int) -> tuple[bytes, bool]:
    parts: list[bytes] = []
    room = max_plain
    for _ in range(_GZIP_MEMBERS):
        stream = zlib.decompressobj(window)
        try:
            part = stream.decompress(sent, room + 1)
        except zlib.error:
            raise MalformedBody from None
        parts.append(part)
        room -= len(part)
        if room < 0:
            return b"".join(parts), False
        if not stream.eof:
            raise MalformedBody
        sent = stream.unused_data
        if not sent:
            return b"".join(parts), True
    raise MalformedBody


def loads_strict(
    data: bytes, *, max_depth: int = 32, max_keys: int = 5000, max_parts: int = _MOST_PARTS
) -> Any:
    """Parse JSON that two programs cannot read differently.

    Refuses duplicate keys, NaN and infinities, lone surrogates, NUL, numbers past 2^53,
    nesting deeper than `max_depth`, more than `max_keys` keys in all, and documents of more than
    `max_parts` objects and lists: reading them would cost more than receiving them.
    """
    if len(data) > max_parts and _is_costly(data, max_parts):
        raise MalformedBody.of_many_parts(max_parts)
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise MalformedBody from None
    is_plain = _is_plainly_written(value, data)
    keys = _count_keys(value, max_depth, whole_numbers=not is_plain)
    if keys > max_keys:
        raise MalformedBody
    if not is_plain and _written_keys(data) != keys:
        _refuse_duplicates(data)
    if b"\\" in data and b"\\u0000" in data:
        _refuse_nul(value)
    return value


def _is_costly(data: bytes, max_parts: int) -> bool:
    parts = data.count(b"[") + data.count(b"{")
    return parts > max_parts or data.count(b",") > _ITEMS_A_PART * max_parts


def _is_plainly_written(value: Any, data: bytes) -> bool:
    """Whether a document is written as we would write what was read of it, as most programs do.

    Then no name stands in it twice: one of the two would be missing from what was read. And its
    whole numbers are portable. Asking so takes a third of the time of counting names.
    """
    try:
        return orjson.dumps(value, option=orjson.OPT_STRICT_INTEGER) == data
    except orjson.JSONEncodeError:  # too deep, or a number that is too large
        return False


def _written_keys(data: bytes) -> int:
    """How many names of members there are in the text, or a few more: texts may look like them."""
    if _SPACED_KEY.search(data):
        return len(_KEY.findall(data))
    return data.count(b'":')


def _count_keys(value: Any, max_depth: int, *, whole_numbers: bool) -> int:
    """Count the keys of a document, level by level.

    Raises MalformedBody past `max_depth`, for numbers that are not portable (`whole_numbers` says
    whether those without a fraction are still to be looked at) and for member names that nobody
    would give.
    """
    looked_at = _ALL_KINDS if whole_numbers else _FURTHER_KINDS
    keys = depth = 0
    level: list[Any] = [[value]]
    while level:
        if depth > max_depth:
            raise MalformedBody
        depth += 1
        below: list[Any] = []
        for holder in filter(None, level):
            items: Any = holder
            if type(holder) is dict:
                keys += len(holder)
                if len("".join(holder)) > _LONGEST_NAME < max(map(len, holder)):
                    raise MalformedBody
                items = holder.values()
            if looked_at.isdisjoint(map(type, items)):
                continue
            for item in items:
                kind = type(item)
                if kind is dict or kind is list:
                    below.append(item)
                elif (kind is int or kind is float) and not -_SAFE_INTEGER < item < _SAFE_INTEGER:
                    raise MalformedBody
        level = below
    return keys


def _refuse_duplicates(data: bytes) -> None:
    """Where counting cannot tell: look at each object for a key used twice."""

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(items)
        if len(found) != len(items):
            raise MalformedBody
        return found

    json.loads(data, object_pairs_hook=pairs)


def _refuse_nul(value: Any) -> None:
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            stack.extend(item)
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)
        elif isinstance(item, str) and "\0" in item:
            raise MalformedBody
