"""How many people differ between two snapshots of an extract (rule D-04)."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from usga_indicators.domain.codebook.layout import Layout
from usga_indicators.storage.arrow import pa, pc
from usga_indicators.storage.extract_tables import (
    PERSONS,
    ROW,
    UNANSWERED,
    UNIT,
    Tables,
    table_name,
    usable,
)

_PLACES = ("#stratum", "#psu", "#area")
_WEIGHTS = ("#w_person", "#w_household")
_Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """A form's frozen tables."""

    layout: Layout
    tables: Tables


def people_in(snapshot: Snapshot, *, weighted: bool) -> int:
    """How many interviews enter estimates."""
    return int(usable(snapshot.tables[PERSONS], weighted=weighted).num_rows)


def people_apart(
    one: Snapshot, other: Snapshot, names: Iterable[str], *, weighted: bool
) -> int | None:
    """Interviews that count in one snapshot alone, or in both with other answers to `names`.

    What one of them never read is not compared, and neither is the size of a weight: it moves
    with those of others. Where nobody else differs, people count whose stratum, PSU or area is
    another. None when a question was moved or retyped in between: answers cannot be held together.
    """
    shapes = [
        {v.name: (v.repeat, v.is_s3, v.is_numeric) for v in each.layout.variables}
        for each in (one, other)
    ]
    shared = {name for name in names if name in shapes[0] and name in shapes[1]}
    if any(shapes[0][name] != shapes[1][name] for name in shared):
        return None
    first, second = (usable(s.tables[PERSONS], weighted=weighted) for s in (one, other))
    mine, theirs = first[UNIT].combine_chunks(), second[UNIT].combine_chunks()
    both = mine.filter(pc.is_in(mine, value_set=theirs))
    changed = _newly_weighted(first, second, both)
    for repeat, s3 in {shapes[0][name][:2] for name in shared}:
        columns = [n for n in shared if shapes[0][n][:2] == (repeat, s3)]
        table = table_name(repeat, s3=s3)
        before, after = (_rows(s.tables[table], both) for s in (one, other))
        changed |= _answered_otherwise(before, after, columns, len(both))
    apart = len(mine) + len(theirs) - 2 * len(both) + int(changed.sum())
    return apart or int(_elsewhere(first, second, both).sum())


def _newly_weighted(first: "pa.Table", second: "pa.Table", both: "pa.Array") -> _Flags:
    """Who is in the base of one snapshot alone, because a weight was not known in the other."""
    known = (
        np.stack([_carries(table, name, both) for name in _WEIGHTS]) for table in (first, second)
    )
    before, after = known
    return np.asarray((before != after).any(axis=0))


def _carries(table: "pa.Table", name: str, both: "pa.Array") -> _Flags:
    weights = _of(table, name, both).to_numpy(zero_copy_only=False)
    return np.asarray(np.nan_to_num(weights.astype(np.float64)) > 0)


def _elsewhere(first: "pa.Table", second: "pa.Table", both: "pa.Array") -> _Flags:
    moved = np.zeros(len(both), dtype=np.bool_)
    for name in _PLACES:
        moved |= _unlike(_of(first, name, both), _of(second, name, both))
    return moved


def _of(table: "pa.Table", name: str, units: "pa.Array") -> "pa.Array":
    """A column of `interviews` in the order of `units`."""
    place = pc.index_in(units, value_set=table[UNIT].combine_chunks())
    return _plain(table[name]).take(place)


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """Rows of the people in both snapshots, sorted; `person` is the place of each one's."""

    table: "pa.Table"
    person: NDArray[np.int64]


def _rows(table: "pa.Table", both: "pa.Array") -> _Rows:
    place = pc.index_in(_plain(table[UNIT]), value_set=both)
    inside = pc.is_valid(place)
    kept = table.filter(inside)
    person = place.filter(inside).to_numpy(zero_copy_only=False).astype(np.int64)
    row = kept[ROW].to_numpy() if ROW in kept.column_names else np.zeros(len(person))
    order = np.lexsort((row, person))
    return _Rows(kept.take(pa.array(order)), person[order])


def _answered_otherwise(one: _Rows, other: _Rows, columns: list[str], people: int) -> _Flags:
    """Who has another number of rows, or another answer in one of them."""
    counts = [np.bincount(each.person, minlength=people) for each in (one, other)]
    changed = np.asarray(counts[0] != counts[1])
    first, second = (each.table.filter(pa.array(~changed[each.person])) for each in (one, other))
    person = one.person[~changed[one.person]]
    unlike = _left_open_otherwise(first, second, frozenset(columns))
    for name in columns:
        unlike |= _unlike(_plain(first[name]), _plain(second[name]))
    changed[person[unlike]] = True
    return changed


def _left_open_otherwise(first: "pa.Table", second: "pa.Table", columns: frozenset[str]) -> _Flags:
    """Rows in which other questions of these were left open; others may not have been read."""
    one, other = _plain(first[UNANSWERED]), _plain(second[UNANSWERED])
    unlike = _unlike(one, other)
    for at in np.flatnonzero(unlike).tolist():
        before, after = ({*(text[at].as_py() or "").split()} & columns for text in (one, other))
        unlike[at] = before != after
    return unlike


def _plain(column: "pa.ChunkedArray") -> "pa.Array":
    """A column in one piece, its text not as codes."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(pa.string())
    return column.combine_chunks()


def _unlike(one: "pa.Array", other: "pa.Array") -> _Flags:
    alike = pc.fill_null(pc.equal(one, other), fill_value=False)
    neither = pc.and_(pc.is_null(one), pc.is_null(other))
    return ~np.asarray(pc.or_(alike, neither).to_numpy(zero_copy_only=False), dtype=np.bool_)
