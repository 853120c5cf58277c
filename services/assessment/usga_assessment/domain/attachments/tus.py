"""Headers of tus 1.0.0, read strictly (https://tus.io/protocols/resumable-upload)."""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from usga_assessment.domain.attachments.kinds import is_file_name

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,expiration,termination,checksum"
ALGORITHMS = ("sha256", "sha1")
OFFSET_STREAM = "application/offset+octet-stream"

_NUMBER = re.compile(r"^(0|[1-9][0-9]{0,14})\Z")
_SHA256 = re.compile(r"^[0-9a-f]{64}\Z")
_TYPE = re.compile(r"^[a-z0-9][a-z0-9.+-]*/[a-z0-9][a-z0-9.+-]*\Z")
_PROOF = re.compile(r"^[A-Za-z0-9_-]{43}\Z")
_MOST_METADATA = 4096
_DIGEST_BYTES = {"sha256": 32, "sha1": 20}


class BadHeader(Exception):
    """A header of the protocol cannot be understood; `name` is the header, `key` a part of it."""

    def __init__(self, name: str, key: str = "") -> None:
        super().__init__(name)
        self.name, self.key = name, key


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the client says of a file when it announces it."""

    submission: UUID
    name: str
    sha256: str | None
    media_type: str | None
    proof: str | None = None
    """At a hub: the tablet's word for the centre that the file is its own."""


@dataclass(frozen=True, slots=True)
class Checksum:
    """What the bytes of one request must hash to."""

    algorithm: str
    digest: bytes

    def hasher(self) -> Any:
        """A fresh hash object of this algorithm."""
        return hashlib.new(self.algorithm, usedforsecurity=False)


def read_number(name: str, value: str | None) -> int:
    """A length or an offset; raises BadHeader."""
    if value is None or not _NUMBER.match(value):
        raise BadHeader(name)
    return int(value)


def read_metadata(value: str | None) -> Metadata:
    """`Upload-Metadata`: names with values in Base64, separated by commas; raises BadHeader.

    `submission` (the interview's id) and `name` (as the answer names the file) are needed;
    `sha256` and `type` make refusals early. `filename` and `filetype` are other words for `name`
    and `type`, which common clients send by themselves. `proof` is for hubs. Whatever else there
    is, is ignored.
    """
    return checked_metadata(_pairs(value or ""))


def checked_metadata(found: Mapping[str, str]) -> Metadata:
    """What is said of a file, by the words of `Upload-Metadata`; raises BadHeader."""
    name = found.get("name") or found.get("filename") or ""
    if not is_file_name(name):
        raise BadHeader("Upload-Metadata", "name")
    try:
        submission = UUID(found.get("submission", ""))
    except ValueError:
        raise BadHeader("Upload-Metadata", "submission") from None
    sha256 = found.get("sha256", "").lower() or None
    if sha256 is not None and not _SHA256.match(sha256):
        raise BadHeader("Upload-Metadata", "sha256")
    declared = (found.get("type") or found.get("filetype") or "").partition(";")[0]
    media_type = declared.strip().lower() or None
    if media_type is not None and (len(media_type) > 127 or not _TYPE.match(media_type)):  # noqa: PLR2004
        raise BadHeader("Upload-Metadata", "type")
    proof = found.get("proof") or None
    if proof is not None and not _PROOF.match(proof):
        raise BadHeader("Upload-Metadata", "proof")
    return Metadata(submission, name, sha256, media_type, proof)


def _pairs(value: str) -> dict[str, str]:
    if len(value) > _MOST_METADATA:
        raise BadHeader("Upload-Metadata")
    found: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in value.split(","))):
        name, _, encoded = pair.partition(" ")
        if name in found:
            raise BadHeader("Upload-Metadata")
        try:
            found[name] = base64.b64decode(encoded.strip(), validate=True).decode()
        except (binascii.Error, ValueError):
            raise BadHeader("Upload-Metadata") from None
    return found


def read_checksum(value: str | None) -> Checksum | None:
    """`Upload-Checksum`: an algorithm and a digest in Base64; None without; raises BadHeader."""
    if value is None:
        return None
    algorithm, _, encoded = value.strip().partition(" ")
    if algorithm not in ALGORITHMS:
        raise BadHeader("Upload-Checksum")
    try:
        digest = base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        raise BadHeader("Upload-Checksum") from None
    if len(digest) != _DIGEST_BYTES[algorithm]:
        raise BadHeader("Upload-Checksum")
    return Checksum(algorithm, digest)
