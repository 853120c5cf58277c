"""The sync protocol's messages: envelope, receipt, check, changes (docs/protocol/sync.md)."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from usga_shared.wire.refused import FieldsRefused
from usga_shared.wire.vocabulary import ItemState, Purpose

Sha256Hex = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", examples=["9f86d081" * 8])]
AssessmentCode = Annotated[
    str, Field(pattern=r"^[A-Z]{2}-[A-Z0-9]{2,16}-\d{4}$", examples=["KE-MATHARE-2026"])
]
RFC3339 = (
    r"[0-9]{4}(?:-[0-9]{2}){2}T[0-9]{2}(?::[0-9]{2}){2}(?:\.[0-9]{1,9})?"
    r"(?:Z|[+-][0-9]{2}:[0-9]{2})\Z"
)
"""A time as the protocol writes it: with seconds and an offset."""


def _written(value: Any) -> Any:
    if isinstance(value, str):
        if not re.match(RFC3339, value):
            raise FieldsRefused("not-rfc3339", "It is not RFC 3339 with seconds and an offset.")
        return datetime.fromisoformat(value)
    return value


def _in_calendar(at: datetime) -> datetime:
    try:
        at.astimezone(UTC)
    except OverflowError:
        raise FieldsRefused("outside-the-calendar", "It is outside the calendar in UTC.") from None
    return at


Moment = Annotated[AwareDatetime, BeforeValidator(_written), AfterValidator(_in_calendar)]
"""A time with its offset; its UTC is within the years 1 to 9999."""


class AttachmentRef(BaseModel):
    """A file that belongs to an interview, addressed by its digest."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=255, description="File name used in the answers.")
    sha256: Sha256Hex
    size: int = Field(ge=0, le=100 * 2**20, description="Bytes.")
    type: str = Field(max_length=127, description="Media type.", examples=["image/jpeg"])


class Envelope(BaseModel):
    """One finalised interview, as the tablet wrote it; the digest covers these bytes."""

    model_config = ConfigDict(extra="forbid")

    id: UUID = Field(description="Made on the tablet at finalise; the instanceID of OpenRosa.")
    assessment: AssessmentCode
    instrument: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,63}$", examples=["hvs"])
    version: str = Field(min_length=1, max_length=64, examples=["2026.1.0"])
    purpose: Purpose = Purpose.PRODUCTION
    install: UUID = Field(description="Made when the app was installed.")
    seq: int = Field(ge=1, lt=2**31, description="Per install, given at finalise, never reused.")
    salt: str = Field(
        pattern=r"^[0-9a-f]{32}$", description="16 random bytes, so that no digest can be guessed."
    )
    revises: UUID | None = Field(None, description="The revision that this one edits.")
    case: str | None = Field(None, max_length=64, description="The sampled case, if any.")
    started_at: Moment
    ended_at: Moment
    language: str = Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", examples=["sw"])
    answers: dict[str, Any] | list[Any] = Field(
        description="By name, or by position: the compact form (docs/protocol/sync.md 2)."
    )
    paradata: dict[str, Any] = Field(default_factory=dict)
    attachments: list[AttachmentRef] = Field(default_factory=list, max_length=200)


class ReceiptBatch(BaseModel):
    """How many items a receipt covers, and the digest that binds their ids, digests and states."""

    count: int = Field(ge=0)
    digest: Sha256Hex


class ReceiptException(BaseModel):
    """An item whose state is not the receipt's default; without an id it is named by `index`."""

    id: UUID | None = Field(None, description="Absent when no id could be read from the line.")
    index: int | None = Field(
        None, ge=0, description="Position in the batch; given when the id is absent."
    )
    state: ItemState
    code: str | None = Field(None, description="Problem slug or rule code, e.g. `E-09`.")
    head: UUID | None = Field(None, description="For `branched`: the revision that stands.")


class SequencePicture(BaseModel):
    """What the server holds of one install: no hole stays unseen."""

    install: UUID
    contiguous: int = Field(ge=0, description="Every seq up to this one is held.")
    max: int = Field(ge=0)
    gaps: list[tuple[int, int]] = Field(default_factory=list, description="First 100 ranges.")
    forks: list[int] = Field(default_factory=list, description="seq used with two ids.")


class Redaction(BaseModel):
    """What was lawfully dropped from an interview before storage."""

    id: UUID
    pointers: list[str]


class ReceiptPayload(BaseModel):
    """The signed content of a receipt (ES256 JWS, typ `usga-receipt+jwt`)."""

    iss: str
    iat: int = Field(description="Server time, seconds since the epoch.")
    epoch: str = Field(description="Changes when the server was restored from a backup.")
    assessment: AssessmentCode | None
    device: UUID
    install: UUID | None
    batch: ReceiptBatch
    state: ItemState = ItemState.STORED
    exceptions: list[ReceiptException] = Field(default_factory=list)
    sequence: SequencePicture | None = None
    redacted: list[Redaction] = Field(default_factory=list)


class ItemProblem(BaseModel):
    """Why an item was quarantined or rejected, in the caller's language."""

    pointer: str = Field(description="JSON pointer into the envelope.", examples=["/answers/age"])
    code: str
    message: str


class ItemResult(BaseModel):
    """One item that was not simply stored."""

    index: int = Field(ge=0, description="Position in the batch.")
    id: UUID | None
    state: ItemState
    code: str | None = None
    problems: list[ItemProblem] = Field(default_factory=list)


class Change(BaseModel):
    """One entry of a device's pull: something made, changed or removed in its scope."""

    kind: Literal[
        "instrument", "dictionary", "list", "list_rows", "case", "returned", "settings",
        "tombstone", "wipe", "withdrawn",
    ]  # fmt: skip
    id: str
    removed: bool = False
    value: dict[str, Any] = Field(default_factory=dict)


class ChangesPage(BaseModel):
    """A page of changes; `next` is where to go on, also when `more` is false."""

    items: list[Change]
    next: str
    more: bool = False


class MissingFiles(BaseModel):
    """An interview of the batch whose files are not all here (docs/protocol/sync.md P-96)."""

    submission: UUID
    missing: int = Field(ge=1, description="How many have not come whole.")
    refused: list[ItemProblem] = Field(
        default_factory=list,
        exclude_if=lambda refused: not refused,
        description="Files of the envelope for which no upload will be taken; absent without any.",
    )


class PushAnswer(BaseModel):
    """The answer to a push: believe the receipt, never the HTTP status."""

    receipt: str = Field(description="Compact JWS; verify it with /.well-known/jwks.json.")
    items: list[ItemResult] = Field(default_factory=list, description="Items not simply stored.")
    changes: ChangesPage | None = None
    files: list[MissingFiles] | None = Field(
        None, description="Only there when files of interviews in the batch are still to come."
    )


class CheckItem(BaseModel):
    """An id and digest that the tablet holds."""

    id: UUID
    digest: Sha256Hex


class RangeQuery(BaseModel):
    """Ask for the digest of everything held of one install between two seqs, inclusive."""

    install: UUID
    first: int = Field(ge=1)
    last: int = Field(ge=1)


class CheckRequest(BaseModel):
    """Ask what the server has, before deleting anything."""

    items: list[CheckItem] = Field(default_factory=list, max_length=5000)
    ranges: list[RangeQuery] = Field(default_factory=list, max_length=100)


class CheckedItem(BaseModel):
    """`absent`, or the state that the server holds for this id and digest."""

    id: UUID
    state: ItemState | Literal["absent"]


class CheckedRange(BaseModel):
    """SHA-256 over a line "<seq> <id> <digest>" for each held interview of the range, by seq."""

    install: UUID
    first: int
    last: int
    count: int
    digest: Sha256Hex


class CheckAnswer(BaseModel):
    """What the server holds."""

    epoch: str
    items: list[CheckedItem]
    ranges: list[CheckedRange]
    sequence: list[SequencePicture] = Field(default_factory=list)


class EnrolRequest(BaseModel):
    """A tablet presents its one-time code."""

    code: str = Field(min_length=6, max_length=64)
    install: UUID
    name: str = Field("", max_length=80, description="A label for supervisors; no person's name.")


class EnrolAnswer(BaseModel):
    """The device's credential; shown once."""

    device: UUID
    token: str = Field(description="Opaque; send as `Authorization: Bearer`.")
    assessment: AssessmentCode
    receipt_keys: dict[str, Any] = Field(description="JWKS of the receipt keys.")
    courier_key: str = Field(
        "", description="Secret of this device for hubs, base64url (docs/protocol/hub.md)."
    )
