"""Definitions of an assessment's own: check, draft, preview, publish. No deployment needed."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from usga_shared.http.render import language_of
from usga_shared.http.strict import StrictRoute
from usga_shared.pagination import Limit
from usga_shared.problems import (
    Forbidden,
    InvalidCursor,
    MissingCredential,
    NotFound,
    Unavailable,
    responses,
)
from usga_shared.wire.page import Page
from usga_shared.wire.release import IndicatorView, Observation
from usga_shared.wire.sync import AssessmentCode

from usga_indicators.dependencies import (
    AssessmentDep,
    ClockDep,
    DatabaseDep,
    FollowerDep,
    KnownActor,
    KnownDep,
)
from usga_indicators.domain.publication import indicator_view
from usga_indicators.messages import (
    DefinitionExists,
    DefinitionInvalid,
    DesignRefused,
    NothingToEstimate,
    UnknownWeightSet,
    WeightsRefused,
)
from usga_indicators.messages.findings import said_in
from usga_indicators.operations.authorise import require_action
from usga_indicators.operations.check_definition import Checked, check_definition
from usga_indicators.operations.compute_release import time_period
from usga_indicators.operations.known_definitions import read
from usga_indicators.operations.own_definition import (
    Key,
    draft_definition,
    find_definition,
    preview_definition,
    publish_definition,
)
from usga_indicators.routes.paging import PagingDep
from usga_indicators.schemas import DefinitionBody
from usga_indicators.storage.definitions import Definitions, Stored

router = APIRouter(prefix="/v1/indicators", tags=["own definitions"], route_class=StrictRoute)
Assessment = Annotated[AssessmentCode, Path(description="Code of the assessment.")]
Code = Annotated[str, Path(max_length=16, examples=["LOC-01"])]
Version = Annotated[str, Path(max_length=16, examples=["1.0.0"])]


def _language(request: Request) -> str:
    return language_of(request.scope)


Language = Annotated[str, Depends(_language)]


class NewDefinition(BaseModel):
    """A definition for one assessment."""

    model_config = ConfigDict(extra="forbid")

    assessment: AssessmentCode
    definition: DefinitionBody


class DefinitionFinding(BaseModel):
    """One thing that an author can mend."""

    field: str = Field(description="Field of the definition.", examples=["numerator"])
    code: str = Field(examples=["unknown-variable"])
    severity: Literal["error", "warning", "info"] = Field(examples=["error"])
    message: str = Field(examples=["the instrument has no variable safe_nigth"])
    expected: str | None = Field(None, examples=["exclude"])
    hint: str | None = Field(None, description="A way out.", examples=["did you mean safe_night?"])


class DefinitionCheck(BaseModel):
    """What a check found; nothing was stored."""

    valid: bool = Field(description="Nothing of severity error was found.", examples=[True])
    findings: list[DefinitionFinding]

    @classmethod
    def of(cls, checked: Checked, language: str) -> "DefinitionCheck":
        """As readers see it, in their language."""
        return cls(
            valid=checked.valid,
            findings=[
                DefinitionFinding(
                    field=p.field,
                    code=p.finding.code,
                    severity=p.finding.severity.value,
                    message=said_in(language, p.finding.message) or "",
                    expected=said_in(language, p.finding.expected),
                    hint=said_in(language, p.finding.hint),
                )
                for p in checked.findings
            ],
        )


class DefinitionVersion(BaseModel):
    """A stored version; its content never changes."""

    assessment: AssessmentCode
    code: str = Field(examples=["LOC-01"])
    version: str = Field(examples=["1.0.0"])
    state: Literal["draft", "published"] = Field(examples=["draft"])
    sha256: str = Field(description="Of the content, whatever the order of its fields.")
    created_at: datetime
    published_at: datetime | None = None
    indicator: IndicatorView

    @classmethod
    def of(cls, stored: Stored) -> "DefinitionVersion":
        """As readers see it."""
        return cls(
            assessment=stored.assessment,
            code=stored.code,
            version=stored.version,
            state="published" if stored.is_published else "draft",
            sha256=stored.sha256,
            created_at=stored.created_at,
            published_at=stored.published_at,
            indicator=indicator_view(read(stored)),
        )


@router.post(
    "/checks",
    summary="Check a definition without storing it",
    responses=responses(MissingCredential, Forbidden, NotFound, Unavailable),
)
async def check(
    body: NewDefinition,
    actor: KnownActor,
    forms: AssessmentDep,
    known: KnownDep,
    language: Language,
) -> DefinitionCheck:
    """Everything wrong with it on the forms of the assessment, each finding with a way out.

    In the language of the caller (Accept-Language).
    """
    require_action(actor, body.assessment, "definition.check")
    checked = await check_definition(
        body.assessment, body.definition.plain(), forms=forms, shipped=known.shipped
    )
    return DefinitionCheck.of(checked, language)


@router.post(
    "/versions",
    summary="Draft a definition",
    status_code=201,
    responses=responses(
        MissingCredential, Forbidden, NotFound, DefinitionInvalid, DefinitionExists, Unavailable
    ),
)
async def draft(
    *,
    body: NewDefinition,
    actor: KnownActor,
    forms: AssessmentDep,
    known: KnownDep,
    database: DatabaseDep,
    clock: ClockDep,
    language: Language,
) -> DefinitionVersion:
    """Store a version as a draft. The same content again is the same version."""
    require_action(actor, body.assessment, "definition.draft")
    stored = await draft_definition(
        body.assessment,
        body.definition.plain(),
        actor=actor,
        forms=forms,
        known=known,
        database=database,
        clock=clock,
        language=language,
    )
    return DefinitionVersion.of(stored)


@router.get(
    "/versions",
    summary="List the definitions of an assessment's own",
    responses=responses(MissingCredential, Forbidden, NotFound, InvalidCursor),
)
async def versions(
    actor: KnownActor,
    database: DatabaseDep,
    paging: PagingDep,
    assessment: Annotated[AssessmentCode, Query(description="Code of the assessment.")],
    limit: Limit = 100,
) -> Page[DefinitionVersion]:
    """Every version by code, drafts too, those of a code as they were made."""
    require_action(actor, assessment, "definition.read")
    scope = f"definitions {assessment}"
    start = paging.start(scope) or 0
    async with database.read() as session:
        found = await Definitions(session).all(assessment)  # an assessment has few
    rows = found[start : start + limit + 1]
    return paging.page(
        scope, rows, limit, place=lambda _: start + limit, view=DefinitionVersion.of
    )


@router.get(
    "/versions/{assessment}/{code}/{version}",
    summary="Read a version of a definition",
    responses=responses(MissingCredential, Forbidden, NotFound),
)
async def read_version(
    assessment: Assessment, code: Code, version: Version, actor: KnownActor, database: DatabaseDep
) -> DefinitionVersion:
    """The version with its state."""
    require_action(actor, assessment, "definition.read")
    return DefinitionVersion.of(
        await find_definition(Key(assessment, code, version), database=database)
    )


class PreviewPage(Page[Observation]):
    """Cells that a release would show, all at once."""

    weight_set: str | None = Field(
        None, description="What they are weighted by: the weight set; null: base weights."
    )


@router.post(
    "/versions/{assessment}/{code}/{version}/preview",
    summary="See what a version would give",
    responses=responses(
        MissingCredential,
        Forbidden,
        NotFound,
        NothingToEstimate,
        DesignRefused,
        UnknownWeightSet,
        WeightsRefused,
        Unavailable,
    ),
)
async def preview(
    *,
    assessment: Assessment,
    code: Code,
    version: Version,
    actor: KnownActor,
    assessments: AssessmentDep,
    follower: FollowerDep,
    known: KnownDep,
    database: DatabaseDep,
    weight_set: Annotated[
        str | None,
        Query(max_length=36, description="A weight set of the assessment; none: base weights."),
    ] = None,
) -> PreviewPage:
    """Its cells as a draft release of this moment would show them, protected; nothing is kept.

    With the weights that you name: numbers with base weights may lie far off those of a release
    that has a weight set. Of S3 questions for a statistician alone.
    """
    require_action(actor, assessment, "definition.preview")
    found = await preview_definition(
        Key(assessment, code, version),
        actor=actor,
        assessments=assessments,
        follower=follower,
        known=known,
        database=database,
        period=time_period,
        weight_set=weight_set,
    )
    return PreviewPage(items=found, next=None, weight_set=weight_set)


@router.post(
    "/versions/{assessment}/{code}/{version}/publication",
    summary="Publish a version of a definition",
    responses=responses(MissingCredential, Forbidden, NotFound, DefinitionInvalid, Unavailable),
)
async def publish(
    *,
    assessment: Assessment,
    code: Code,
    version: Version,
    actor: KnownActor,
    forms: AssessmentDep,
    known: KnownDep,
    database: DatabaseDep,
    clock: ClockDep,
    language: Language,
) -> DefinitionVersion:
    """From now on releases compute it; of several published versions the one published last."""
    require_action(actor, assessment, "definition.publish")
    stored = await publish_definition(
        Key(assessment, code, version),
        actor=actor,
        forms=forms,
        known=known,
        database=database,
        clock=clock,
        language=language,
    )
    return DefinitionVersion.of(stored)
