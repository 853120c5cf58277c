"""How many people differ between two releases, by their frozen snapshots (rule D-04)."""

from collections.abc import Sequence

from usga_indicators.domain.definition import Definition
from usga_indicators.domain.definition import Source as Kind
from usga_indicators.domain.disclosure import Basis, fewest_apart, too_close
from usga_indicators.domain.sources import source_of
from usga_indicators.operations.follow_feed import Source, wanted_names
from usga_indicators.operations.verify_release import sources_of
from usga_indicators.storage.extract_differences import Snapshot, people_apart, people_in
from usga_indicators.storage.extract_files import ExtractFiles
from usga_indicators.storage.releases import Release

_Sources = dict[str, Source]


def close_to(
    new: Release,
    published: Sequence[Release],
    files: ExtractFiles,
    definitions: Sequence[Definition],
) -> str | None:
    """The id of a published release that differs from the new one by a few people.

    Snapshots are read only where their digests differ.
    """
    mine, basis = _snapshots(new, files), _basis(new)
    for other in published:
        if not too_close(basis, _basis(other), differing=1):  # the same snapshot
            continue
        theirs = _snapshots(other, files)
        differing = None
        if mine is not None and theirs is not None:
            used = [_used(each, definitions) for each in (new, other)]
            differing = _differing(mine, theirs, used)
        if too_close(basis, _basis(other), differing=differing):
            return other.id
    return None


def _differing(mine: _Sources, theirs: _Sources, used: Sequence[list[Definition]]) -> int | None:
    """`fewest_apart` of all forms; None when it cannot be told.

    Administrative returns are not people.
    """
    surveys: list[int] = []
    others: list[int] = []
    for instrument in mine.keys() | theirs.keys():
        kind = source_of(instrument)
        if kind is Kind.ADMINISTRATIVE:
            continue
        weighted = kind is Kind.SURVEY
        apart = _apart(mine.get(instrument), theirs.get(instrument), used, weighted=weighted)
        if apart is None:
            return None
        (surveys if weighted else others).append(apart)
    return fewest_apart(surveys, others)


def _apart(
    one: Source | None, other: Source | None, used: Sequence[list[Definition]], *, weighted: bool
) -> int | None:
    if one is None or other is None:
        there = one or other
        return 0 if there is None else people_in(_snapshot(there), weighted=weighted)
    read = [
        set(wanted_names(mine, each.codebook))
        for each, mine in zip((one, other), used, strict=True)
    ]
    return people_apart(_snapshot(one), _snapshot(other), read[0] & read[1], weighted=weighted)


def _snapshots(release: Release, files: ExtractFiles) -> _Sources | None:
    """The frozen tables by instrument; None when a withdrawal took one of them (rule C-02)."""
    if release.not_recomputable is not None:
        return None
    try:
        return {s.layout.instrument: s for s in sources_of(release, files)}
    except FileNotFoundError:
        return None


def _snapshot(source: Source) -> Snapshot:
    return Snapshot(source.layout, source.tables)


def _used(release: Release, definitions: Sequence[Definition]) -> list[Definition]:
    frozen = {(each["code"], each["version"]) for each in release.indicators}
    return [d for d in definitions if (d.code, d.version) in frozen]


def _basis(release: Release) -> Basis:
    return Basis(release.view.snapshot_sha256, release.view.interviews)
