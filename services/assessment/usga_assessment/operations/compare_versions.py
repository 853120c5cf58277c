"""Say what changed between versions of a form, for whoever compares answers to them."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import ClassVar

from usga_shared.problems import Problem
from usga_shared.wire.comparison import VersionChange, VersionComparison

from usga_assessment.domain.comparison import Change, compare
from usga_assessment.domain.instrument import InstrumentState, InstrumentVersion


class NoEarlierVersion(Problem):
    """Nothing to compare with: no version of this form reached tablets before it."""

    slug: ClassVar[str] = "no-earlier-version"
    title: ClassVar[str] = "There is no earlier version of this form"
    status: ClassVar[int] = 404


class AnotherForm(Problem):
    """`since` is a version of the form `since_form`, not of `form`."""

    slug: ClassVar[str] = "another-form"
    title: ClassVar[str] = "These are versions of two different forms"
    status: ClassVar[int] = 422


def compare_versions(before: InstrumentVersion, after: InstrumentVersion) -> VersionComparison:
    """All changes from one version to another. Long forms take a while: not for an event loop.

    Raises AnotherForm for versions of two forms.
    """
    if before.name != after.name:
        raise AnotherForm(form=after.name, since_form=before.name)
    found = compare(before.document, after.document)
    return VersionComparison(
        instrument=after.name,
        from_version=before.version,
        to_version=after.version,
        effect=found.effect.value,
        changes=[_view(change) for change in found.changes],
    )


def version_before(
    kept: InstrumentVersion, versions: Sequence[InstrumentVersion]
) -> InstrumentVersion | None:
    """The version of the same form that tablets got before this one; drafts are no versions yet.

    A draft follows the version that was published last.
    """
    same = [v for v in _in_order(versions) if v.name == kept.name and v.id != kept.id]
    if kept.published_at is not None:
        same = [v for v in same if v.published_at and v.published_at < kept.published_at]
    return same[-1] if same else None


def compare_used(
    versions: Sequence[InstrumentVersion], *, instrument: str, used: Iterable[str]
) -> list[VersionComparison]:
    """The changes between each two neighbours among the versions that were used."""
    wanted = set(used)
    chain = [v for v in _in_order(versions) if v.name == instrument and v.version in wanted]
    return [compare_versions(before, after) for before, after in pairwise(chain)]


def _in_order(versions: Iterable[InstrumentVersion]) -> list[InstrumentVersion]:
    given = [v for v in versions if v.state is not InstrumentState.DRAFT]
    return sorted(given, key=lambda v: (v.published_at or v.created_at, v.id))


def _view(change: Change) -> VersionChange:
    return VersionChange(
        variable=change.variable,
        aspect=change.aspect.value,
        effect=change.effect.value,
        language=change.language,
        code=change.code,
        before=change.before,
        after=change.after,
    )
