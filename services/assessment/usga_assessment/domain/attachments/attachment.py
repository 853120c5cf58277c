"""A file of an interview: what is known of it, and what becomes of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from usga_shared.wire.vocabulary import FieldClass, SubmissionState

from usga_assessment.domain.attachments.kinds import known
from usga_assessment.domain.sealing.box import SealedClass
from usga_assessment.domain.submission.prepared import ExpectedFile


class AttachmentState(StrEnum):
    """Where a file is on its way."""

    COMING = "coming"
    WAITING = "waiting"
    KEPT = "kept"
    GONE = "gone"


class Fate(StrEnum):
    """Why a file is gone."""

    EXPIRED = "expired"
    TERMINATED = "terminated"
    DIFFERS = "differs"
    UNREADABLE = "unreadable"
    NOT_EXPECTED = "not-expected"
    WITHDRAWN = "withdrawn"
    HELD_ALREADY = "held-already"
    KEY_GONE = "key-gone"
    LOST = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """One upload and what was made of it; the name stands only in the answer, here its HMAC."""

    id: UUID
    assessment: str
    device: str
    submission: UUID
    name_mac: bytes
    size: int
    sha256: str | None
    media_type: str | None
    state: AttachmentState
    fate: Fate | None
    wrapped_key: bytes | None
    created_at: datetime
    expires_at: datetime
    pointer: str | None = None
    field_class: FieldClass | None = None
    kept_size: int | None = None
    kept_type: str | None = None
    kept_sha256: str | None = None
    kept_at: datetime | None = None
    is_swept: bool = False
    hub: UUID | None = None
    """The hub that announced it for its tablet: it counts to the hub's day (ADR-0054)."""


@dataclass(frozen=True, slots=True)
class Named:
    """What is held under an interview's id: its states, and the files that it names.

    `is_unread` says that its form is not known here, so that nobody can say what it names.
    """

    states: frozenset[SubmissionState]
    files: tuple[ExpectedFile, ...]
    is_unread: bool = False


class Ruling(StrEnum):
    """What an interview says about a file."""

    UNKNOWN = "unknown"
    """The interview is not here, or nobody can say yet what it names."""
    EXPECTED = "expected"
    NOT_EXPECTED = "not-expected"
    DIFFERS = "differs"
    """The interview lists another content under this name."""
    WITHDRAWN = "withdrawn"


def judge(
    named: Named | None, *, name_mac: bytes, sha256: str | None, size: int, media_type: str | None
) -> tuple[Ruling, ExpectedFile | None]:
    """Whether an interview expects this file, and as which."""
    if named is None or not named.states:
        return Ruling.UNKNOWN, None
    if named.states == {SubmissionState.WITHDRAWN}:
        return Ruling.WITHDRAWN, None
    same = [file for file in named.files if file.name_mac == name_mac]
    fitting = [file for file in same if _fits(file, sha256, size, media_type)]
    if fitting:
        return Ruling.EXPECTED, fitting[0]
    if same:
        return Ruling.DIFFERS, None
    if named.is_unread:
        return Ruling.UNKNOWN, None
    return Ruling.NOT_EXPECTED, None


def _fits(file: ExpectedFile, sha256: str | None, size: int, media_type: str | None) -> bool:
    listed = known(file.media_type)
    return (
        (file.sha256 is None or sha256 is None or file.sha256 == sha256)
        and (file.size is None or file.size == size)
        and (listed is None or media_type is None or listed == media_type)
    )


_OF_PEOPLE = ("image/", "audio/", "video/")


def class_of(file: ExpectedFile, media_type: str) -> FieldClass:
    """The class under which a file is sealed: never open; faces and voices identify."""
    if file.field_class is not FieldClass.OPEN:
        return file.field_class
    return FieldClass.IDENTIFIER if media_type.startswith(_OF_PEOPLE) else FieldClass.TEXT


def sealed_class(kind: FieldClass) -> SealedClass:
    """The sealed class of a field class; raises ValueError for `open`."""
    return SealedClass(kind.value)


@dataclass(frozen=True, slots=True)
class Awaited:
    """One file that an interview names, and what came for it."""

    file: ExpectedFile
    come: Attachment | None

    @property
    def is_kept(self) -> bool:
        """Whether it need not be sent any more."""
        return self.come is not None and self.come.state is AttachmentState.KEPT


@dataclass(frozen=True, slots=True)
class Checked:
    """One interview: the words for its states, and its files; None: it is not here."""

    id: UUID
    states: tuple[str, ...]
    files: tuple[Awaited, ...]


def still_missing(
    files: Iterable[ExpectedFile], held: Iterable[Attachment]
) -> list[tuple[ExpectedFile, Attachment | None]]:
    """Each expected file with what came for it; None: nothing came.

    The furthest first, and what its tablet sends before what a hub brings.
    """
    order = (AttachmentState.KEPT, AttachmentState.WAITING, AttachmentState.COMING)
    come = sorted(
        (each for each in held if each.state in order),
        key=lambda a: (order.index(a.state), a.hub is not None),
    )
    return [(file, next((a for a in come if _answers(a, file)), None)) for file in files]


def _answers(attachment: Attachment, file: ExpectedFile) -> bool:
    return attachment.name_mac == file.name_mac and _fits(
        file, attachment.sha256, attachment.size, attachment.media_type
    )
