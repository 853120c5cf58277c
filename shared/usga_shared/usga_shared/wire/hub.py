"""What a hub exchanges with the centre, and with tablets (docs/protocol/hub.md)."""

from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from usga_shared.wire.attachments import CheckedFiles
from usga_shared.wire.sync import (
    AssessmentCode,
    ChangesPage,
    ItemProblem,
    ReceiptBatch,
    Sha256Hex,
)

Named = tuple[UUID | None, Sha256Hex]
"""A line of a batch: its id, if one could be read, and its digest."""


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class HubEnrolRequest(_Asked):
    """A hub presents its one-time code and the public half of its own key."""

    code: str = Field(min_length=6, max_length=64, description="The one-time code.")
    name: str = Field("", max_length=80, description="A label for people; no person's name.")
    key: dict[str, str] = Field(
        description="Public JWK (EC, P-256) with which the hub's receipts verify."
    )


class HubEnrolAnswer(BaseModel):
    """The hub's credential; shown once."""

    hub: UUID = Field(description="Identifier of the hub.")
    token: str = Field(description="Opaque; send as `Authorization: Bearer`.")
    assessments: list[AssessmentCode] = Field(description="What it may carry.")


class SealingKey(BaseModel):
    """The centre's public key to which parcels are sealed."""

    id: str = Field(description="Names the key.", examples=["9f86d081884c7d65"])
    public: str = Field(description="X25519 public key, base64url.")


class HubDevice(BaseModel):
    """A tablet that the hub may carry for, and how to know it again."""

    id: UUID = Field(description="Identifier of the device.")
    assessment: AssessmentCode = Field(description="The assessment that it collects for.")
    install: UUID = Field(description="Made when the app was installed.")
    name: str = Field(description="Label for supervisors.")
    verifier: Sha256Hex = Field(description="SHA-256 of the credential that it shows this hub.")


class HubForm(BaseModel):
    """A version of a form, published or retired."""

    id: UUID
    name: str
    version: str
    digest: Sha256Hex
    state: str
    document: dict[str, Any]


class HubList(BaseModel):
    """A reference list of an assessment."""

    name: str
    digest: Sha256Hex
    rows: list[dict[str, Any]]


class HubDictionary(BaseModel):
    """The compression dictionary of a version of a form."""

    form: UUID
    number: int
    sha256: Sha256Hex
    content: str = Field(description="base64")


class HubAssessment(BaseModel):
    """What all tablets of an assessment share: enough to check interviews, and to pull."""

    code: AssessmentCode
    fingerprint: str = Field(description="Changes with anything that is told here.")
    state: str
    age_floor: int
    languages: list[str]
    forms: list[HubForm]
    lists: list[HubList]
    dictionaries: list[HubDictionary]


class HubMail(BaseModel):
    """The centre's word to one tablet, sealed to it; `tag` changes with its content."""

    device: UUID
    tag: str = Field(max_length=64)
    sealed: str = Field(description="base64; only the tablet opens it.")


class HubHolds(_Asked):
    """What a hub holds, as it says: for people's eyes, nothing is decided by it."""

    batches_waiting: int = Field(ge=0, le=2**53, description="Batches of interviews.")
    files_coming: int = Field(ge=0, le=2**53, description="Files that have not come whole.")
    files_waiting: int = Field(ge=0, le=2**53, description="Whole files.")
    files_handed_on: int = Field(ge=0, le=2**53, description="Files that the centre receipted.")
    file_bytes: int = Field(ge=0, le=2**53, description="Bytes of files, or of promised room.")


class RelayRequest(_Asked):
    """What the hub has already; only what is new is answered."""

    assessments: dict[AssessmentCode, str] = Field(
        default_factory=dict, description="Fingerprint by assessment."
    )
    mail: dict[UUID, str] = Field(
        default_factory=dict, max_length=50_000, description="Tag by device."
    )
    holds: HubHolds | None = Field(None, description="What the hub holds, when it says so.")


class RelayAnswer(BaseModel):
    """Everything that the hub hands on, as of now."""

    hub: UUID
    name: str
    issuer: str = Field(description="The centre, as receipts name it.")
    at: int = Field(description="The centre's time, seconds since the epoch.")
    epoch: str = Field(description="Changes when the centre was restored from a backup.")
    receipt_keys: dict[str, Any] = Field(description="JWKS of the receipt keys.")
    sealing_key: SealingKey
    certificate: str = Field(
        description="Compact JWS, `typ` `usga-hub+jwt`: the centre vouches for the hub's key."
    )
    devices: list[HubDevice] = Field(description="Every tablet in scope, and no other.")
    assessments: list[HubAssessment] = Field(description="Those that changed.")
    mail: list[HubMail] = Field(description="What changed; ask again while `more`.")
    more: bool = False


class ParcelLabel(BaseModel):
    """What stands outside a parcel: enough to deliver it, nothing of its content."""

    model_config = ConfigDict(extra="forbid")

    assessment: AssessmentCode
    device: UUID
    coding: Literal["identity", "gzip", "deflate", "zstd"]
    key: str = Field(max_length=64, description="The sealing key that opens it.")
    proof: str = Field(max_length=64, description="The tablet's proof of the body, base64url.")


class ParcelAnswer(BaseModel):
    """The central receipt of the batch in a parcel."""

    receipt: str = Field(description="Compact JWS; verify it with the receipt keys.")


class HubInfo(BaseModel):
    """Who this hub is: believe it when a certificate verifies with the centre's keys."""

    hub: UUID
    name: str
    issuer: str
    at: int = Field(description="When the hub met the centre last, by the centre's time.")
    epoch: str = Field(description="The hub's own life, as in its receipts.")
    certificates: list[str] = Field(description="One for each key of the centre, newest first.")
    link: Literal["looking", "met", "silent", "refused"] = Field(
        "met",
        description="What came of the last look for the centre; `refused`: it takes nothing from "
        "this hub any more.",
    )
    refusal: str | None = Field(
        None, description="Slug of the problem with which the centre answered that look, if any."
    )


class HubCertificate(BaseModel):
    """The signed content of a certificate (ES256 JWS, `typ` `usga-hub+jwt`)."""

    iss: str
    iat: int
    hub: UUID
    name: str
    key: dict[str, str]
    assessments: list[AssessmentCode]


class HubException(BaseModel):
    """A line that the hub could not take; without an id it is named by `index`."""

    id: UUID | None = None
    index: int | None = Field(None, ge=0)
    state: Literal["rejected"]
    code: str


class HubReceiptPayload(BaseModel):
    """The signed content of a hub's receipt (`typ` `usga-hub-receipt+jwt`): never a permission."""

    hub: UUID
    iat: int = Field(description="The hub's time, seconds since the epoch.")
    epoch: str = Field(description="Changes when the hub, or the centre, was restored.")
    device: UUID
    batch: ReceiptBatch
    state: Literal["carried"] = "carried"
    exceptions: list[HubException] = Field(default_factory=list)


class HubFilePayload(BaseModel):
    """The signed content of a hub's word of a file (`typ` `usga-hub-file+jwt`): no permission."""

    hub: UUID
    iat: int = Field(description="The hub's time, seconds since the epoch.")
    epoch: str = Field(description="Changes when the hub, or the centre, was restored.")
    device: UUID
    proof: str = Field(description="The tablet's own proof of the file.")
    size: int = Field(description="Bytes of the whole file, all of which came.")
    state: Literal["carried"] = "carried"


class HubItem(BaseModel):
    """What the hub noticed about an item; the centre judges it."""

    index: int = Field(ge=0)
    id: UUID | None
    code: str
    problems: list[ItemProblem] = Field(default_factory=list)


class RefusedFiles(BaseModel):
    """An interview of the batch that lists files for which no upload will be taken (H-14)."""

    submission: UUID
    refused: list[ItemProblem]


class HubPushAnswer(BaseModel):
    """A hub's answer to a push. It has no `receipt`: only the centre gives one."""

    hub_receipt: str = Field(description="Compact JWS, signed with the hub's own key.")
    items: list[HubItem] = Field(default_factory=list)
    files: list[RefusedFiles] | None = Field(
        None,
        exclude_if=lambda files: not files,
        description="Only there when files of interviews in the batch will never be taken.",
    )


class CarriedReceipt(BaseModel):
    """A central receipt with the lines of its batch, in their order."""

    receipt: str
    items: list[Named]


class UndeliveredBatch(BaseModel):
    """A batch that the centre refused as a whole: offer its interviews to the centre directly."""

    code: str = Field(description="Slug of the centre's problem.")
    items: list[Named]


class MailPage(BaseModel):
    """What waits at the hub for a tablet; `next` is what to ask after next time."""

    receipts: list[CarriedReceipt]
    undelivered: list[UndeliveredBatch]
    sealed: str | None = Field(None, description="base64; the centre's word to this tablet.")
    next: int
    more: bool = False


class Standing(BaseModel):
    """What the centre holds of an install: count and range digest (P-31)."""

    install: UUID
    first: int
    last: int
    count: int
    digest: Sha256Hex


class SharedDigest(BaseModel):
    """What a form, dictionary or list is that a hub gives out in the clear."""

    kind: str
    id: str
    digest: Sha256Hex = Field(description="SHA-256 of its value as RFC 8785 writes it.")


class MailContent(BaseModel):
    """What a sealed mail says when its tablet opens it."""

    iss: str
    device: UUID
    at: int = Field(description="The centre's time: a mail older than the last word is ignored.")
    epoch: str
    receipt_keys: dict[str, Any]
    revoked_hubs: list[UUID] = Field(description="Nothing is given to these any more.")
    changes: ChangesPage = Field(description="Complete values of what is this tablet's own.")
    standing: list[Standing]
    files: list[CheckedFiles] = Field(
        default_factory=list, description="Interviews of which files are missing at the centre."
    )
    shared: list[SharedDigest] = Field(
        default_factory=list, description="What is to be believed of what hubs give in the clear."
    )


class CourierKey(BaseModel):
    """A tablet's secret for hubs."""

    courier_key: str = Field(description="32 bytes, base64url (docs/protocol/hub.md).")


class FileLabel(BaseModel):
    """What stands outside a piece of a tablet's file; bound to the piece."""

    model_config = ConfigDict(extra="forbid")

    assessment: AssessmentCode
    device: UUID
    size: int = Field(ge=0, description="Bytes of the whole file.")
    key: str = Field(max_length=64, description="The sealing key that opens it.")
    proof: str = Field(max_length=64, description="The tablet's proof of the file, base64url.")
    manifest: str = Field(
        max_length=4096, description="base64: interview, name, digest and type, sealed."
    )
    offset: int = Field(0, ge=0, description="Where the frames that follow begin in the file.")


class FileAnswer(BaseModel):
    """How far a file has come at the centre, whoever brought it."""

    state: Literal["coming", "waiting", "kept"] = Field(
        description="`waiting`: whole, but its interview is not here."
    )
    offset: int = Field(description="Bytes that are on the centre's disk: go on there.")
    receipt: str | None = Field(
        None, description="When it is kept: compact JWS, `typ` `usga-files+jwt`, for the tablet."
    )


class CarriedFile(BaseModel):
    """The centre keeps a file: its tablet verifies the receipt, then deletes."""

    proof: str = Field(description="The tablet's own proof of the file.")
    receipt: str


class UndeliveredFile(BaseModel):
    """A file that this hub does not carry any more: offer it to the centre, or to another hub."""

    proof: str
    code: str = Field(description="Slug of the problem.")


class FilesPage(BaseModel):
    """What became of a tablet's files at a hub; `next` is what to ask after next time."""

    epoch: str = Field(description="The hub's own life, as in its receipts.")
    receipts: list[CarriedFile]
    undelivered: list[UndeliveredFile]
    next: int
    more: bool = False
