"""Recompute a release from its snapshot and compare (rule Q-01)."""

import asyncio
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, Field
from usga_shared.auth.actors import Actor
from usga_shared.database.engine import Database
from usga_shared.problems import NotFound
from usga_shared.wire.extract import AssessmentContext

from usga_indicators.domain.codebook import codebook_of
from usga_indicators.domain.codebook.layout import Layout
from usga_indicators.domain.definition import Definition, definitions_digest
from usga_indicators.domain.publication import Beside
from usga_indicators.messages import NotRecomputable
from usga_indicators.operations.compute_release import content_digest
from usga_indicators.operations.estimate import estimate
from usga_indicators.operations.follow_feed import Source
from usga_indicators.operations.put_beside import published_beside, releases_beside
from usga_indicators.storage.extract_files import ExtractFiles
from usga_indicators.storage.observations import Observations
from usga_indicators.storage.releases import Release, Releases

TOLERANCE = 1e-9
_NUMBERS = ("value", "se", "ci_low", "ci_high", "deff", "df", "n", "n_numerator", "n_psu")


class Verification(BaseModel):
    """Whether a release computes to itself."""

    release: str
    reproducible: bool = Field(description="Everything below holds.")
    same_snapshot: bool = Field(description="The microdata have the frozen hash.")
    same_definitions: bool = Field(description="The definitions have the frozen hash.")
    same_content: bool = Field(description="The published observations are the same bytes.")
    largest_difference: float = Field(
        description="Largest relative difference of unrounded numbers.", examples=[0.0]
    )


async def verify_release(
    release: str,
    *,
    actor: Actor,
    database: Database,
    files: ExtractFiles,
    definitions: Sequence[Definition],
) -> Verification:
    """Raises NotFound, and NotRecomputable when the microdata are gone."""
    async with database.read() as session:
        found = await Releases(session).get(release, actor)
        if found is None:
            raise NotFound
        stored = await Observations(session).internal(release)
    earlier = await published_beside(
        database, found.view.assessment, only=releases_beside(found.audit)
    )
    return await asyncio.to_thread(_verify, found, stored, files, definitions, earlier)


def _verify(
    release: Release,
    stored: list[dict[str, Any]],
    files: ExtractFiles,
    definitions: Sequence[Definition],
    earlier: Sequence[Beside],
) -> Verification:
    frozen = {(indicator["code"], indicator["version"]) for indicator in release.indicators}
    used = [d for d in definitions if (d.code, d.version) in frozen]
    view = release.view
    again = estimate(
        _sources(release, files),
        used,
        AssessmentContext.model_validate(release.context),
        release=release.id,
        time_period=view.time_period,
        earlier=earlier,
    )
    snapshot = again.snapshot_sha256 == view.snapshot_sha256
    same_definitions = definitions_digest(used) == view.definitions_sha256
    content = content_digest(c.observation.model_dump_json() for c in again.cells)
    largest = _largest(stored, [cell.internal for cell in again.cells])
    same_content = content == view.content_sha256
    return Verification(
        release=release.id,
        reproducible=snapshot and same_definitions and same_content and largest <= TOLERANCE,
        same_snapshot=snapshot,
        same_definitions=same_definitions,
        same_content=same_content,
        largest_difference=largest,
    )


def _sources(release: Release, files: ExtractFiles) -> list[Source]:
    if release.not_recomputable is not None:
        raise NotRecomputable(because=release.not_recomputable)
    assessment = release.view.assessment
    sources = []
    for source in release.sources:
        instrument, generation = source["instrument"], source["generation"]
        if not files.exists(assessment, instrument, generation):
            raise NotRecomputable(because="missing files")
        made = files.made_with(assessment, instrument, generation)
        codebook = codebook_of(made.documents)
        layout = Layout.of(codebook, made.names)
        sources.append(
            Source(codebook, layout, generation, files.read(assessment, layout, generation))
        )
    return sources


def _largest(stored: list[dict[str, Any]], again: list[dict[str, Any]]) -> float:
    if len(stored) != len(again):
        return 1.0
    return max(
        (
            _difference(before[name], after[name])
            for before, after in zip(stored, again, strict=True)
            for name in _NUMBERS
        ),
        default=0.0,
    )


def _difference(before: float | None, after: float | None) -> float:
    if before is None or after is None:
        return 0.0 if before is after else 1.0
    return abs(before - after) / max(abs(before), 1.0)
