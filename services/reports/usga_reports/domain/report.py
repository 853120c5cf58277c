"""What a report is to those who order it, and the states that it passes through."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class ReportFormat(StrEnum):
    """Formats that can be ordered."""

    PDF = "pdf"
    HTML = "html"

    @property
    def media_type(self) -> str:
        """The Content-Type of an artefact."""
        return "application/pdf" if self is ReportFormat.PDF else "text/html; charset=utf-8"


class ReportState(StrEnum):
    """`queued` and `rendering` end in `ready` or `failed`; a failed one can be ordered again."""

    QUEUED = "queued"
    RENDERING = "rendering"
    READY = "ready"
    FAILED = "failed"


class FailureCode(StrEnum):
    """Why a report was given up."""

    RELEASE_GONE = "release-gone"
    UNRENDERABLE = "unrenderable"
    UNSOUND = "unsound"
    GAVE_UP = "gave-up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A job in this worker's hands."""

    report: UUID
    worker: str
    attempts: int  # failures before this try


CORRECTED = "corrected"
"""The standing of a published release that a later one corrects."""
PUBLIC = ("published", CORRECTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What identifies a report: the same of all this is the same report.

    `corrections` counts the releases that correct the release, or correct one that does: each
    further one makes another report, which names the newest. `without_s3`: of a release that is
    not published, for people who do not read its S3 answers.
    """

    release: str
    release_state: str
    template: str
    template_version: str
    language: str
    format: ReportFormat
    corrections: int = 0
    without_s3: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report as stored."""

    id: UUID
    wanted: Wanted
    assessment: str
    title: str
    synthetic: bool
    state: ReportState
    progress: int
    problem: FailureCode | None
    ordered_at: datetime
    finished_at: datetime | None
    bundle_sha256: str | None
    sha256: str | None
    size: int | None

    @property
    def published(self) -> bool:
        """Whether its release is published; else only the assessment's own people see it."""
        return self.wanted.release_state in PUBLIC

    @property
    def file_name(self) -> str:
        """A name for a downloaded copy: assessment, template, language."""
        wanted = self.wanted
        return f"{self.assessment}-{wanted.template}-{wanted.language}.{wanted.format}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What was found; None means that it could not be checked, and `reason` says why."""

    artefact_intact: bool
    bundle_intact: bool
    rendering_equal: bool | None
    recomputed_sha256: str | None
    reason: str | None

    @property
    def verified(self) -> bool:
        """Everything was checked and everything agrees."""
        return self.artefact_intact and self.bundle_intact and self.rendering_equal is True
