"""An interview ready to be stored: checked, split, sealed; nothing of it is decided yet."""

import hmac
from dataclasses import dataclass
from uuid import UUID

import orjson
from usga_shared.wire.vocabulary import FieldClass

from usga_assessment.domain.record import record
from usga_assessment.domain.sealing.box import ClassKeys, KeyWrap, RandomBytes
from usga_assessment.domain.sealing.classes import class_at, split
from usga_assessment.domain.sealing.content import Content, seal_content
from usga_assessment.domain.submission.check import (
    ELIGIBLE,
    WITHDRAW_CODE,
    Checked,
    Form,
    ProblemNote,
    disposition_of,
)
from usga_assessment.domain.submission.envelope import Envelope
from usga_assessment.domain.submission.ethics import pointer
from usga_assessment.domain.submission.files import NamedFile


@dataclass(frozen=True, slots=True)
class ExpectedFile:
    """A file that has yet to come; its name stays sealed in the answer, here stands its HMAC."""

    pointer: str
    field_class: FieldClass
    name_mac: bytes
    sha256: str | None
    size: int | None
    media_type: str | None


@record
class Prepared:
    """One interview as the ingest takes it."""

    envelope: Envelope
    content: Content
    code: str | None
    problems: tuple[ProblemNote, ...]
    redacted: tuple[str, ...]
    has_s3: bool
    disposition: str | None
    n_eligible: int | None
    withdraw_hash: bytes | None
    warnings: tuple[ProblemNote, ...] = ()
    files: tuple[ExpectedFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Rejected:
    """A line that cannot be attributed to this device's assessment: nothing of it is kept."""

    id: UUID | None
    digest: bytes
    code: str
    pointer: str


@dataclass(frozen=True, slots=True)
class Sealer:
    """Seals what was checked with one assessment's keys."""

    keys: ClassKeys
    wrap: KeyWrap
    withdrawal_key: bytes
    random_bytes: RandomBytes

    def prepare(self, envelope: Envelope, checked: Checked, form: Form | None) -> Prepared:
        """Split and seal; what was dropped is not in the sealed whole either."""
        raw = envelope.line
        if checked.redacted:
            kept = {n: v for n, v in envelope.document.items() if f"/{n}" not in checked.redacted}
            raw = orjson.dumps({**kept, "answers": checked.answers})
        answers = checked.answers
        parts = split(answers, form.section) if form is not None else {}
        content = seal_content(
            submission=envelope.id.bytes,
            raw=raw,
            parts=parts,
            keys=self.keys,
            wrap=self.wrap,
            random_bytes=self.random_bytes,
        )
        eligible, code = answers.get(ELIGIBLE), answers.get(WITHDRAW_CODE)
        return Prepared(
            envelope,
            content,
            checked.code,
            checked.problems,
            checked.redacted,
            FieldClass.S3 in parts,
            disposition_of(answers, form) if form is not None else None,
            eligible if type(eligible) is int and 0 < eligible < 1000 else None,  # noqa: PLR2004
            None if code is None else self.withdrawal_hash(code),
            checked.warnings,
            self._expected(checked.files, form) if checked.files and form is not None else (),
        )

    def _expected(self, named: tuple[NamedFile, ...], form: Form) -> tuple[ExpectedFile, ...]:
        return tuple(
            ExpectedFile(
                pointer(file.place, form.watch),
                class_at(form.section, file.place),
                mac_of_name(self.withdrawal_key, self.keys.assessment, file.name),
                file.sha256,
                file.size,
                file.media_type,
            )
            for file in named
        )

    def withdrawal_hash(self, code: object) -> bytes | None:
        """The keyed hash under which a withdrawal code is found; None for no code."""
        return hash_code(self.withdrawal_key, self.keys.assessment, code)


def mac_of_name(key: bytes, assessment: str, name: str) -> bytes:
    """The keyed hash under which a file is awaited; names may tell of people."""
    return hmac.digest(key, f"file\0{assessment}\0{name}".encode(), "sha256")


def hash_code(key: bytes, assessment: str, code: object) -> bytes | None:
    """HMAC of a withdrawal code as written on the card: case and blanks do not matter."""
    plain = "".join(str(code).split()).upper() if isinstance(code, str | int) else ""
    if not plain:
        return None
    return hmac.digest(key, f"{assessment}\0{plain}".encode(), "sha256")
