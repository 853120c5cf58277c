"""Reading one line of a push: the envelope of a finalised interview (protocol P-1 to P-6).

A hand-written reading of the model `usga_shared.wire.sync.Envelope`: the same rules in a sixth of
the time; a test feeds both the same cases.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import MAXYEAR, MINYEAR, UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from usga_expressions.compact import Layout
from usga_shared.http.bodies import loads_strict
from usga_shared.ids import fast_uuid
from usga_shared.problems import MalformedBody
from usga_shared.wire.sync import RFC3339
from usga_shared.wire.vocabulary import Purpose

from usga_assessment.domain.record import record

LONGEST_TEXT = 10_000
MOST_ATTACHMENTS = 200
LARGEST_ATTACHMENT = 100 * 2**20

_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\Z")
_ASSESSMENT = re.compile(r"[A-Z]{2}-[A-Z0-9]{2,16}-[0-9]{4}\Z")
_INSTRUMENT = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}\Z")
_VERSION = re.compile(r"[A-Za-z0-9_.:+-]{1,64}\Z")
_CASE = re.compile(r"[A-Za-z0-9_.:/-]{1,64}\Z")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z")
_SALT = re.compile(r"[0-9a-f]{32}\Z")
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_MOMENT = re.compile(RFC3339)
_LARGEST_SEQ = 2**31


@record
class Envelope:
    """One finalised interview as the tablet wrote it."""

    id: UUID
    assessment: str
    instrument: str
    version: str
    purpose: Purpose
    install: UUID
    seq: int
    revises: UUID | None
    case: str | None
    started_at: datetime
    ended_at: datetime
    language: str
    document: dict[str, Any]
    line: bytes
    digest: bytes

    @property
    def name(self) -> str:
        """The id as receipts write it."""
        written: str = self.document["id"]
        return written.lower()

    @property
    def answers(self) -> dict[str, Any]:
        """The answers; groups are flat, repeats are arrays. None while they are positions."""
        answers: dict[str, Any] | list[Any] = self.document["answers"]
        return answers if type(answers) is dict else {}

    @property
    def is_compact(self) -> bool:
        """Whether the answers stand by position (P-8)."""
        return type(self.document["answers"]) is list

    def expanded(self, layout: Layout) -> "Envelope":
        """With names for positions; raises NotCompact. The line and its digest stay."""
        if not self.is_compact:
            return self
        named = layout.expand(self.document["answers"], self.started_at)
        return replace(self, document={**self.document, "answers": named})


class NoEnvelope(Exception):
    """The line cannot be attributed: `code` says why, `pointer` where; never the value."""

    def __init__(self, code: str, pointer: str = "", id: UUID | None = None) -> None:  # noqa: A002
        super().__init__(code)
        self.code, self.pointer, self.id = code, pointer, id


def digest_of(line: bytes) -> bytes:
    """SHA-256 of the line as finalised, without its newline."""
    return hashlib.sha256(line).digest()


def read_envelope(line: bytes) -> Envelope:
    """Read one line; raises NoEnvelope when it is not the envelope of an interview."""
    try:
        document = loads_strict(line)
    except MalformedBody:
        raise NoEnvelope("malformed") from None
    if type(document) is not dict:
        raise NoEnvelope("malformed")
    identity = _identity(document.get("id"))
    if identity is None:
        raise NoEnvelope("invalid", "/id")
    envelope = _made(identity, document, line)
    if envelope is None:
        raise _first_wrong(document, identity)
    wrong = _wrong_rest(document, len(line))
    if wrong is not None:
        raise NoEnvelope(*wrong, identity)
    return envelope


def _made(identity: UUID, document: dict[str, Any], line: bytes) -> Envelope | None:
    """The envelope with its members as attributes; None when one of them is wrong."""
    get = document.get
    try:
        assessment, instrument, version, purpose, install, language = _common(
            get("assessment"), get("instrument"), get("version"), get("purpose"),
            get("install"), get("language"),
        )  # fmt: skip
        revises, case = get("revises"), get("case")
        return Envelope(
            identity, assessment, instrument, version, purpose, install, _seq(get("seq")),
            None if revises is None else _uuid(revises), None if case is None else _case(case),
            _moment(get("started_at")), _moment(get("ended_at")), language, document, line,
            digest_of(line),
        )  # fmt: skip
    except (ValueError, OverflowError, TypeError):  # what cannot be looked up is a list, or so
        return None


def _first_wrong(document: dict[str, Any], identity: UUID) -> NoEnvelope:
    """Which member is wrong, and how."""
    for name, reader in _FIELDS.items():
        try:
            reader(document.get(name))
        except (ValueError, OverflowError):
            code = "missing" if name not in document else "invalid"
            return NoEnvelope(code, f"/{name}", identity)
    raise AssertionError


def _wrong_rest(  # noqa: PLR0911 - a list
    document: dict[str, Any], size: int
) -> tuple[str, str] | None:
    """What is wrong with the members that are only checked: (code, pointer)."""
    if not document.keys() <= _KNOWN:
        return "unknown-member", ""
    salt, answers = document.get("salt"), document.get("answers")
    if type(salt) is not str or not _SALT.match(salt):
        return "invalid", "/salt"
    if type(answers) is not dict and type(answers) is not list:
        return "invalid", "/answers"
    if type(document.get("paradata", {})) is not dict:
        return "invalid", "/paradata"
    attachments = document.get("attachments", [])
    if type(attachments) is not list or len(attachments) > MOST_ATTACHMENTS:
        return "invalid", "/attachments"
    if not all(_is_attachment(item) for item in attachments):
        return "invalid", "/attachments"
    if size <= LONGEST_TEXT:
        return None  # no text is longer than its line
    too_long = _overlong(answers, "/answers") or _overlong(document.get("paradata"), "/paradata")
    return ("too-long", too_long) if too_long else None


def _is_attachment(item: Any) -> bool:
    if type(item) is not dict or item.keys() != {"name", "sha256", "size", "type"}:
        return False
    name, sha256, size, kind = item["name"], item["sha256"], item["size"], item["type"]
    return (
        type(name) is str
        and 1 <= len(name) <= 255  # noqa: PLR2004 - the model's bounds
        and type(sha256) is str
        and _SHA256.match(sha256) is not None
        and type(size) is int
        and 0 <= size <= LARGEST_ATTACHMENT
        and type(kind) is str
        and len(kind) <= 127  # noqa: PLR2004
    )


def _identity(value: Any) -> UUID | None:
    if type(value) is not str or not _UUID.match(value):
        return None
    return fast_uuid(int(value.replace("-", ""), 16))


def _uuid(value: Any) -> UUID:
    found = _identity(value)
    if found is None:
        raise ValueError
    return found


def _optional_uuid(value: Any) -> UUID | None:
    return None if value is None else _uuid(value)


def _text(pattern: re.Pattern[str]) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if type(value) is not str or not pattern.match(value):
            raise ValueError
        return value

    return read


def _case(value: Any) -> str | None:
    return None if value is None else _read_case(value)


_read_case = _text(_CASE)


def _seq(value: Any) -> int:
    if type(value) is not int or not 1 <= value < _LARGEST_SEQ:
        raise ValueError
    return value


def _moment(value: Any) -> datetime:
    """A time with its offset: that says which day it was there. Its UTC is in the calendar."""
    if type(value) is not str or not _MOMENT.match(value):
        raise ValueError
    at = datetime.fromisoformat(value)
    if not MINYEAR < at.year < MAXYEAR:
        at.astimezone(UTC)
    return at


def _purpose(value: Any) -> Purpose:
    if value is None or value == "production":
        return Purpose.PRODUCTION
    return Purpose(value)


#: Members that become attributes; the others are only checked.
_FIELDS: Mapping[str, Callable[[Any], Any]] = {
    "assessment": _text(_ASSESSMENT),
    "instrument": _text(_INSTRUMENT),
    "version": _text(_VERSION),
    "purpose": _purpose,
    "install": _uuid,
    "seq": _seq,
    "revises": _optional_uuid,
    "case": _case,
    "started_at": _moment,
    "ended_at": _moment,
    "language": _text(_LANGUAGE),
}
_COMMON = ("assessment", "instrument", "version", "purpose", "install", "language")


@lru_cache(maxsize=4096)
def _common(*values: Any) -> tuple[Any, ...]:
    """The members that all interviews of a tablet have in common: they are read once."""
    return tuple(_FIELDS[name](value) for name, value in zip(_COMMON, values, strict=True))


def _overlong(value: Any, pointer: str) -> str | None:
    """The pointer of the member that holds a text longer than any answer may be."""
    if type(value) is dict:
        inside: Any = value.values()
    elif type(value) is list:
        inside = value
    else:
        return None
    for inner in inside:
        kind = type(inner)
        if kind is str:
            if len(inner) > LONGEST_TEXT:
                return pointer  # the member's name is the client's text: not repeated
        elif kind is dict or kind is list:
            found = _overlong(inner, pointer)
            if found is not None:
                return found
    return None


_KNOWN = frozenset({*_FIELDS, "id", "salt", "answers", "paradata", "attachments"})
