"""What callers send and get."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from usga_reports.domain.report import FailureCode, Report, ReportFormat, ReportState, Verification
from usga_reports.domain.template.registry import Template

_ID = "0199b0aa-4c1e-7d3a-9d6e-0b5a1f2c3d4e"
_SHA = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


class ReportOrder(BaseModel):
    """Which report of which release."""

    model_config = ConfigDict(extra="forbid")

    release: str = Field(
        pattern=r"^[A-Za-z0-9._-]{1,64}$", description="Id of the release.", examples=[_ID]
    )
    template: str = Field(
        "city-report", max_length=64, description="See `/v1/report-templates`.",
        examples=["city-report"],
    )  # fmt: skip
    language: str = Field(
        "en", max_length=16, description="A language of the template.", examples=["en"]
    )
    format: ReportFormat = Field(
        ReportFormat.PDF, description="`pdf` (PDF/A-2a, PDF/UA-1) or `html` (one file).",
        examples=["pdf"],
    )  # fmt: skip


class ReportView(BaseModel):
    """A report and how far it is."""

    id: UUID = Field(description="Id of the report.", examples=[_ID])
    assessment: str = Field(description="Assessment.", examples=["KE-MATHARE-2026"])
    release: str = Field(description="Release that it was rendered from.", examples=[_ID])
    release_state: str = Field(
        description="State of the release when the report was ordered; `corrected` when a later "
        "release corrects it, which the report says on its cover then.",
        examples=["published"],
    )
    title: str = Field(description="Title of the release.", examples=["Round 2026"])
    synthetic: bool = Field(description="True when its data are synthetic.", examples=[True])
    template: str = Field(description="Template.", examples=["city-report"])
    template_version: str = Field(description="Version of the template.", examples=["1.0.0"])
    language: str = Field(description="Language.", examples=["en"])
    format: ReportFormat = Field(description="Format.", examples=["pdf"])
    without_s3: bool = Field(
        default=False,
        description="Of a release that was not published: without its indicators of S3 answers, "
        "which the report names. Statisticians order and see the one that has them.",
        examples=[False],
    )
    state: ReportState = Field(
        description="`queued`, `rendering`, `ready` or `failed`.", examples=["ready"]
    )
    progress: int = Field(ge=0, le=100, description="In per cent.", examples=[100])
    problem: FailureCode | None = Field(
        None, description="Why it failed; order it again when the cause is gone.", examples=[None]
    )
    ordered_at: datetime = Field(description="When it was ordered.")
    finished_at: datetime | None = Field(None, description="When it was ready, or given up.")
    sha256: str | None = Field(None, description="Digest of the file.", examples=[_SHA])
    size: int | None = Field(None, description="Bytes of the file.", examples=[412345])
    content: str | None = Field(
        None, description="Address of the file, once it is ready.",
        examples=[f"/v1/reports/{_ID}/content"],
    )  # fmt: skip

    @classmethod
    def of(cls, report: Report) -> "ReportView":
        """The view of a stored report."""
        wanted = report.wanted
        ready = report.state is ReportState.READY
        return cls(
            id=report.id,
            assessment=report.assessment,
            release=wanted.release,
            release_state=wanted.release_state,
            title=report.title,
            synthetic=report.synthetic,
            template=wanted.template,
            template_version=wanted.template_version,
            language=wanted.language,
            format=wanted.format,
            without_s3=wanted.without_s3,
            state=report.state,
            progress=report.progress,
            problem=report.problem,
            ordered_at=report.ordered_at,
            finished_at=report.finished_at,
            sha256=report.sha256 if ready else None,
            size=report.size if ready else None,
            content=f"/v1/reports/{report.id}/content" if ready else None,
        )


class TemplateView(BaseModel):
    """A template that can be ordered."""

    name: str = Field(description="Name.", examples=["city-report"])
    version: str = Field(description="Version.", examples=["1.0.0"])
    languages: list[str] = Field(description="Languages.", examples=[["en"]])
    formats: list[ReportFormat] = Field(description="Formats.", examples=[["pdf", "html"]])

    @classmethod
    def of(cls, template: Template) -> "TemplateView":
        """The view of a template."""
        return cls(
            name=template.name,
            version=template.version,
            languages=list(template.languages),
            formats=list(ReportFormat),
        )


class TemplateList(BaseModel):
    """All templates; the list is short and never paged."""

    items: list[TemplateView] = Field(description="Templates.")
    next: None = Field(None, description="Always null.")


class VerificationView(BaseModel):
    """What a verification found."""

    report: UUID = Field(description="Id of the report.", examples=[_ID])
    verified: bool = Field(
        description="True when all was checked and all agrees.", examples=[True]
    )
    sha256: str = Field(description="Digest recorded with the report.", examples=[_SHA])
    recomputed_sha256: str | None = Field(
        None, description="Digest of the report rendered again just now.", examples=[_SHA]
    )
    bundle_sha256: str = Field(description="Digest of the frozen data.", examples=[_SHA])
    artefact_intact: bool = Field(
        description="The stored file still has its digest.", examples=[True]
    )
    bundle_intact: bool = Field(
        description="The frozen data still have their digest.", examples=[True]
    )
    rendering_equal: bool | None = Field(
        None, description="Rendered again, it is the same to the byte; null if not checked.",
        examples=[True],
    )  # fmt: skip
    reason: str | None = Field(
        None, description="Why rendering again was not possible.", examples=[None]
    )

    @classmethod
    def of(cls, report: Report, found: Verification) -> "VerificationView":
        """The view of a verification."""
        assert report.sha256 is not None  # only finished reports are verified
        assert report.bundle_sha256 is not None
        return cls(
            report=report.id,
            verified=found.verified,
            sha256=report.sha256,
            recomputed_sha256=found.recomputed_sha256,
            bundle_sha256=report.bundle_sha256,
            artefact_intact=found.artefact_intact,
            bundle_intact=found.bundle_intact,
            rendering_equal=found.rendering_equal,
            reason=found.reason,
        )
