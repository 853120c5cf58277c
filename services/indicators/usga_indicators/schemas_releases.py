"""Answers about releases beyond the release itself."""

from typing import Any, Literal

from pydantic import BaseModel, Field
from usga_shared.wire.release import ReleaseStanding

from usga_indicators.domain.publication.difference import CellDifference, Change
from usga_indicators.operations.compare_releases import Compared
from usga_indicators.storage.releases import Release


class ReleaseDetail(ReleaseStanding):
    """A release with what happened to it since."""

    not_recomputable: str | None = Field(
        None,
        description="Why the interviews behind it are gone; linear estimates recompute from sums.",
        examples=["withdrawal"],
    )

    @classmethod
    def of(
        cls, release: Release, corrected_by: list[str], use_instead: str | None = None
    ) -> "ReleaseDetail":
        """As readers see it."""
        return cls(
            **release.view.model_dump(),
            corrected_by=corrected_by,
            use_instead=use_instead,
            not_recomputable=release.not_recomputable,
        )


class DefinitionChange(BaseModel):
    """An indicator that is not defined alike in both."""

    code: str = Field(examples=["PER-01"])
    before: str | None = Field(description="Version; null where it is not there.")
    after: str | None


class CellChange(BaseModel):
    """One cell that differs."""

    change: Literal["added", "removed", "changed"]
    place: dict[str, str] = Field(
        description="Indicator and SDMX dimensions.", examples=[{"indicator": "PER-01"}]
    )
    fields: list[str] = Field(description="What differs.", examples=[["obs_value"]])
    before: dict[str, Any] | None = Field(description="The observation as it was published.")
    after: dict[str, Any] | None
    moved: float | None = Field(description="New minus old value, where both are shown.")

    @classmethod
    def of(cls, found: CellDifference) -> "CellChange":
        """As readers see it."""
        return cls(
            change=found.change.value,
            place=dict(found.place),
            fields=list(found.fields),
            before=None if found.before is None else dict(found.before),
            after=None if found.after is None else dict(found.after),
            moved=found.moved,
        )


class ReleaseDifference(BaseModel):
    """What differs between two releases, and what of their making does."""

    before: str
    after: str
    same_snapshot: bool
    same_definitions: bool
    same_analysis: bool = Field(description="Weights, design rules and variance are alike.")
    same_code: bool
    definitions: list[DefinitionChange]
    added: int
    removed: int
    changed: int
    items: list[CellChange]
    next: str | None
    withheld: list[str] = Field(
        default_factory=list,
        description="Indicators of S3 answers that you do not read before both releases are "
        "published: none of their cells is compared here.",
        examples=[["VIO-01"]],
    )

    @classmethod
    def of(
        cls, found: Compared, start: int, limit: int, following: str | None
    ) -> "ReleaseDifference":
        """One page of it; the counts are of the whole."""
        before, after = found.before.view, found.after.view
        count = [each.change for each in found.cells].count
        return cls(
            before=before.id,
            after=after.id,
            same_snapshot=before.snapshot_sha256 == after.snapshot_sha256,
            same_definitions=before.definitions_sha256 == after.definitions_sha256,
            same_analysis=before.analysis == after.analysis,
            same_code=before.code_version == after.code_version,
            definitions=[
                DefinitionChange(code=code, before=old, after=new)
                for code, old, new in found.definitions
            ],
            added=count(Change.ADDED),
            removed=count(Change.REMOVED),
            changed=count(Change.CHANGED),
            items=[CellChange.of(each) for each in found.cells[start : start + limit]],
            next=following,
            withheld=list(found.withheld),
        )
