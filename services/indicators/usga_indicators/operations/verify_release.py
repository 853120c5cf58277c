"""Recompute a release from its snapshot and compare (rule Q-01)."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, Field
from usga_shared.auth.actors import Actor
from usga_shared.database.engine import Database
from usga_shared.problems import NotFound
from usga_shared.wire.extract import AssessmentContext

from usga_indicators.domain.codebook import codebook_of
from usga_indicators.domain.codebook.layout import Layout
from usga_indicators.domain.definition import Definition, definitions_digest
from usga_indicators.domain.publication import Beside, unrounded
from usga_indicators.messages import NotRecomputable
from usga_indicators.operations.compute_release import content_digest
from usga_indicators.operations.estimate import estimate
from usga_indicators.operations.follow_feed import Source
from usga_indicators.operations.keep_statistics import estimates_again
from usga_indicators.operations.make_weight_set import set_digest
from usga_indicators.operations.put_beside import (
    definitions_beside,
    published_beside,
    releases_beside,
)
from usga_indicators.operations.score_indices import alike
from usga_indicators.operations.weigh import Weighing, read_asked, rules_of
from usga_indicators.storage.extract_files import ExtractFiles
from usga_indicators.storage.indices import Indices
from usga_indicators.storage.observations import Observations, StoredCell
from usga_indicators.storage.releases import Release, Releases
from usga_indicators.storage.statistics_files import StatisticsFiles
from usga_indicators.storage.weights import DesignRules, Weights

TOLERANCE = 1e-9
_NUMBERS = ("value", "se", "ci_low", "ci_high", "deff", "df", "n", "n_numerator", "n_psu")


class Verification(BaseModel):
    """Whether a release computes to itself."""

    release: str
    basis: Literal["microdata", "statistics"] = Field(
        description="microdata: everything anew from the interviews; statistics: the interviews "
        "are gone, and linear estimates were computed from the sums that were kept."
    )
    reproducible: bool = Field(description="Everything below that the basis can tell holds.")
    same_snapshot: bool = Field(
        description="The microdata have the frozen hash; false once they are gone."
    )
    same_definitions: bool = Field(description="The definitions have the frozen hash.")
    same_weights: bool = Field(description="The weight set has the frozen hash.")
    same_indices: bool = Field(
        default=True,
        description="The composite indices are the same; true where nothing of them can be told.",
    )
    same_content: bool = Field(description="The published observations are the same bytes.")
    largest_difference: float = Field(
        description="Largest relative difference of unrounded numbers.", examples=[0.0]
    )
    recomputed: int = Field(description="Observations that were computed anew.", examples=[840])
    not_recomputable: dict[str, str] = Field(
        default_factory=dict,
        description="Indicators that the basis cannot give, and why.",
        examples=[{"VIC-12": "withdrawal"}],
    )


@dataclass(frozen=True, slots=True, eq=False)
class Frozen:
    """A release with all that it is checked against."""

    release: Release
    cells: list[StoredCell]
    definitions: Sequence[Definition]
    weighing: Weighing
    earlier: Sequence[Beside]
    indices: Mapping[tuple[str, str], Mapping[str, Any]]
    rivals: Sequence[Definition] = ()

    @property
    def context(self) -> AssessmentContext:
        return AssessmentContext.model_validate(self.release.context)

    @property
    def used(self) -> list[Definition]:
        """The definitions of the release, in their frozen versions."""
        frozen = {(i["code"], i["version"]) for i in self.release.indicators}
        return [d for d in self.definitions if (d.code, d.version) in frozen]

    @property
    def same_weights(self) -> bool:
        """Whether the weight set is the one that was frozen."""
        analysis, stored = self.release.view.analysis, self.weighing.weight_set
        if analysis is None or analysis.weight_set is None:
            return True
        if stored is None:
            return False
        again = set_digest(stored.instrument, stored.recipe, stored.steps, stored.margins)
        return again == stored.sha256 == analysis.weight_set_sha256

    @property
    def same_definitions(self) -> bool:
        return definitions_digest(self.used) == self.release.view.definitions_sha256


async def verify_release(
    release: str,
    *,
    actor: Actor,
    database: Database,
    files: ExtractFiles,
    statistics: StatisticsFiles,
    definitions: Sequence[Definition],
) -> Verification:
    """Raises NotFound, and NotRecomputable when nothing is left to compute from."""
    async with database.read() as session:
        found = await Releases(session).listed(release, actor)
        if found is None:
            raise NotFound
        cells = await Observations(session).whole(release)
        weighing = await frozen_weighing(found, Weights(session))
        indices = await Indices(session).whole(release)
    beside = releases_beside(found.audit)
    earlier = await published_beside(database, found.view.assessment, only=beside)
    rivals = await definitions_beside(database, found.view.assessment, definitions, only=beside)
    frozen = Frozen(found, cells, definitions, weighing, earlier, indices, rivals)
    if found.not_recomputable is None and sources_exist(found, files):
        return await asyncio.to_thread(_verify, frozen, files)
    return await asyncio.to_thread(_verify_sums, frozen, statistics)


async def frozen_weighing(release: Release, weights: Weights) -> Weighing:
    """The weights, rules and variance that a release names."""
    analysis = release.view.analysis
    if analysis is None:
        return Weighing()
    stored = None
    if analysis.weight_set is not None:
        stored = await weights.find_set(analysis.weight_set)
    asked = None
    if analysis.variance is not None:
        asked = read_asked(analysis.variance.model_dump())
    return Weighing(DesignRules(**analysis.design.model_dump()), stored, asked)


def _verify(frozen: Frozen, files: ExtractFiles) -> Verification:
    view = frozen.release.view
    again = estimate(
        sources_of(frozen.release, files),
        frozen.used,
        frozen.context,
        release=view.id,
        time_period=view.time_period,
        earlier=frozen.earlier,
        weighing=frozen.weighing,
        rivals=frozen.rivals,
    )
    snapshot = again.snapshot_sha256 == view.snapshot_sha256
    content = content_digest(c.observation.model_dump_json() for c in again.cells)
    largest = _largest(
        [cell.internal for cell in frozen.cells], [cell.internal for cell in again.cells]
    )
    same_content = content == view.content_sha256
    same_indices = all(
        alike(kept, again.indices[key])
        for key, kept in frozen.indices.items()
        if key in again.indices
    )
    held = snapshot and frozen.same_definitions and frozen.same_weights and same_content
    return Verification(
        release=view.id,
        basis="microdata",
        reproducible=held and same_indices and largest <= TOLERANCE,
        same_indices=same_indices,
        same_snapshot=snapshot,
        same_definitions=frozen.same_definitions,
        same_weights=frozen.same_weights,
        same_content=same_content,
        largest_difference=largest,
        recomputed=len(again.cells),
    )


def _verify_sums(frozen: Frozen, statistics: StatisticsFiles) -> Verification:
    """From what was kept: linear estimates anew, and for the others the reason why not."""
    release, view = frozen.release, frozen.release.view
    because = release.not_recomputable or "missing files"
    kept = None
    if release.statistics_sha256 is not None:
        kept = statistics.read(view.assessment, view.id, release.statistics_sha256)
    if kept is None:
        raise NotRecomputable(because=because)
    again = {
        (each.definition.code, each.cell): unrounded(each)
        for each in estimates_again(
            kept, frozen.used, frozen.context, rules_of(frozen.weighing, frozen.context)
        )
    }
    largest, recomputed, lost = 0.0, 0, dict[str, str]()
    for cell in frozen.cells:
        found = again.get((cell.indicator, cell.cell))
        if found is None:
            lost[cell.indicator] = because
        else:
            recomputed += 1
            largest = max(largest, _largest([cell.internal], [found]))
    same_content = content_digest(cell.published for cell in frozen.cells) == view.content_sha256
    held = frozen.same_definitions and frozen.same_weights and same_content
    return Verification(
        release=view.id,
        basis="statistics",
        reproducible=held and largest <= TOLERANCE,
        same_snapshot=False,
        same_definitions=frozen.same_definitions,
        same_weights=frozen.same_weights,
        same_content=same_content,
        largest_difference=largest,
        recomputed=recomputed,
        not_recomputable=lost,
    )


def sources_exist(release: Release, files: ExtractFiles) -> bool:
    """Whether every extract of the release is still there."""
    return all(
        files.exists(release.view.assessment, s["instrument"], s["generation"])
        for s in release.sources
    )


def sources_of(release: Release, files: ExtractFiles) -> list[Source]:
    """The frozen extracts of a release. Raises FileNotFoundError when one is gone."""
    assessment = release.view.assessment
    sources = []
    for source in release.sources:
        instrument, generation = source["instrument"], source["generation"]
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
