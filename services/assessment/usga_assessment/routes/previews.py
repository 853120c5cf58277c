"""Forms looked at before they are published: a preview, and what changed since another version."""

import asyncio
from collections.abc import Callable
from typing import Annotated, TypeVar
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from usga_shared.problems import InvalidCredential, MissingCredential, NotFound, responses

from usga_assessment.dependencies import KnownActor, PolicyDep, ReadSessionDep
from usga_assessment.domain.access.policy import Scope
from usga_assessment.domain.instrument import InstrumentVersion
from usga_assessment.domain.preview import (
    summarise_languages,
    summarise_sections,
    trial_interview,
)
from usga_assessment.operations.compare_versions import (
    AnotherForm,
    NoEarlierVersion,
    compare_versions,
    version_before,
)
from usga_assessment.routes.instruments import READ, compilers
from usga_assessment.schemas.preview import (
    MOST_CHANGES,
    ComparisonView,
    LanguageView,
    PreviewView,
    SectionView,
    TrialView,
)
from usga_assessment.storage.instruments import Instruments
from usga_assessment.storage.lists import Lists

router = APIRouter(prefix="/v1/instruments", tags=["instruments"])
_KNOWN = (MissingCredential, InvalidCredential, NotFound)
Made = TypeVar("Made")


async def _heavy(work: Callable[[], Made]) -> Made:
    """Long forms take a while: never on the event loop."""
    return await asyncio.get_running_loop().run_in_executor(compilers(), work)


async def _visible(
    session: ReadSessionDep, id: UUID, policy: PolicyDep, actor: KnownActor
) -> tuple[InstrumentVersion, Scope]:
    scope = policy.scope(actor, READ)
    kept = await Instruments(session).get(id, scope)
    if kept is None:
        raise NotFound
    return kept, scope


Visible = Annotated[tuple[InstrumentVersion, Scope], Depends(_visible)]


@router.get("/{id}/preview", summary="Preview a form", responses=responses(*_KNOWN))
async def preview(
    visible: Visible,
    session: ReadSessionDep,
    seed: Annotated[
        int,
        Query(ge=0, le=2**31 - 1, description="Another seed is another invented respondent."),
    ] = 1,
) -> PreviewView:
    """Sections, completeness of each language, and one invented interview with calculations.

    Questions and their codes are in the codebook. Nothing is stored.
    """
    kept, _ = visible
    document = kept.document
    lists = await Lists(session).tables(kept.assessment)
    trial = await _heavy(lambda: trial_interview(document, seed=seed, lists=lists))
    return PreviewView(
        id=kept.id,
        name=kept.name,
        version=kept.version,
        state=kept.state,
        questions=document["size"]["questions"],
        sections=[SectionView.of(section) for section in summarise_sections(document)],
        languages=[LanguageView.of(language) for language in summarise_languages(document)],
        trial=TrialView.of(trial, seed),
    )


@router.get(
    "/{id}/comparison",
    summary="Compare with another version",
    responses=responses(*_KNOWN, NoEarlierVersion, AnotherForm),
)
async def comparison(
    visible: Visible,
    session: ReadSessionDep,
    since: Annotated[
        UUID | None,
        Query(
            description="Id of the earlier version; else the one of this form that tablets got "
            "before it, and 404 when there was none."
        ),
    ] = None,
) -> ComparisonView:
    """What changed since another version, and what that does to comparing answers.

    Wording by language, codes, who is asked, types, limits, sensitivity and order, each with its
    effect: `full`, `partial` or `broken`.
    """
    kept, scope = visible
    stored = Instruments(session)
    if since is None:
        versions = await stored.for_assessment(kept.assessment)
        before = version_before(kept, versions)
    else:
        before = await stored.get(since, scope)
    if before is None:
        raise NoEarlierVersion if since is None else NotFound
    found = await _heavy(lambda: compare_versions(before, kept))
    return ComparisonView(
        instrument=found.instrument,
        from_version=found.from_version,
        to_version=found.to_version,
        effect=found.effect,
        changes=found.changes[:MOST_CHANGES],
        count=len(found.changes),
        from_id=before.id,
        to_id=kept.id,
    )
