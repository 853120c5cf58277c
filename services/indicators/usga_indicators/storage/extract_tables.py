"""The extract in memory: Arrow tables, one for interviews and one per repeat, S3 apart."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray
from usga_shared.wire.extract import ExtractItem

from usga_indicators.domain.codebook.codebook import Variable
from usga_indicators.domain.codebook.layout import Layout
from usga_indicators.domain.codebook.raw import (
    RawInterviews,
    RawRows,
    RawText,
    as_number,
    as_text,
    narrow,
)
from usga_indicators.storage.arrow import pa, pc

UNIT, ROW, UNANSWERED = "#unit", "#row", "#unanswered"
_WORDS = ("#version", "#disposition", "#stratum", "#psu", "#area")
_NUMBERS = ("#fpc_psu", "#w_household", "#w_person")
_DESIGN = _WORDS + _NUMBERS
#: AAPOR complete and partial interviews enter estimates (domain dossier 3.3).
INTERVIEWS = ("1.1", "1.2")
PERSONS = "interviews"
Tables = dict[str, "pa.Table"]
#: Rows that are plain values at once.
_AT_ONCE = 50_000


def table_name(repeat: str | None, *, s3: bool) -> str:
    """The name of a table: `interviews`, a repeat's, or either with `.s3`."""
    return (repeat or PERSONS) + (".s3" if s3 else "")


def names_of(layout: Layout) -> list[tuple[str | None, bool]]:
    """Every table of a layout as (repeat, s3)."""
    return [(repeat, s3) for repeat in (None, *layout.repeats) for s3 in (False, True)]


def empty_tables(layout: Layout) -> Tables:
    """Tables without rows."""
    return {
        table_name(repeat, s3=s3): _schema(layout, repeat, s3=s3).empty_table()
        for repeat, s3 in names_of(layout)
    }


def _schema(layout: Layout, repeat: str | None, *, s3: bool) -> "pa.Schema":
    fields: list[tuple[str, pa.DataType]] = [(UNIT, pa.string())]
    if repeat is not None:
        fields.append((ROW, pa.int32()))
    fields.append((UNANSWERED, pa.string()))
    if repeat is None and not s3:
        fields += [(name, pa.string()) for name in _WORDS]
        fields += [(name, pa.float64()) for name in _NUMBERS]
    fields += [
        (v.name, pa.float64() if v.is_numeric else pa.string())
        for v in layout.of_table(repeat, s3=s3)
    ]
    return pa.schema(fields)


def text_columns(layout: Layout, repeat: str | None, *, s3: bool) -> list[str]:
    """Columns of a table that are best read as codes."""
    schema = _schema(layout, repeat, s3=s3)
    return [f.name for f in schema if f.type == pa.string() and f.name != UNIT]


def merge(tables: Tables, layout: Layout, items: Iterable[ExtractItem]) -> Tables:
    """Take in a batch: the last word about each unit counts; rows stay sorted by unit."""
    latest = {item.unit: item for item in items}
    included = [i for i in latest.values() if i.status == "included"]
    changed = pa.array(sorted(latest), type=pa.string())
    result: Tables = {}
    for repeat, s3 in names_of(layout):
        name = table_name(repeat, s3=s3)
        before = tables[name].cast(_schema(layout, repeat, s3=s3))
        kept = before.filter(pc.invert(pc.is_in(before[UNIT], value_set=changed)))
        fresh = _table(layout, repeat, included, s3=s3)
        keys = [(UNIT, "ascending")] + ([(ROW, "ascending")] if repeat else [])
        result[name] = pa.concat_tables([kept, fresh]).sort_by(keys).combine_chunks()
    return result


def _table(
    layout: Layout, repeat: str | None, items: Sequence[ExtractItem], *, s3: bool
) -> "pa.Table":
    schema = _schema(layout, repeat, s3=s3)
    rows = [
        (item, at, row)
        for item in items
        for at, row in enumerate(_rows(item.s3 if s3 else item.answers, repeat))
    ]
    columns: dict[str, list[Any]] = {UNIT: [item.unit for item, _, _ in rows]}
    columns[UNANSWERED] = [
        _left_open(item.s3_unanswered if s3 else item.unanswered, repeat, at)
        for item, at, _ in rows
    ]
    if repeat is not None:
        columns[ROW] = [at for _, at, _ in rows]
    elif not s3:
        for name in _DESIGN:
            columns[name] = [getattr(item, name[1:]) for item, _, _ in rows]
    for variable in layout.of_table(repeat, s3=s3):
        columns[variable.name] = [_value(variable, row.get(variable.name)) for *_, row in rows]
    return pa.table([pa.array(columns[f.name], f.type) for f in schema], schema=schema)


def _left_open(names: Sequence[str], repeat: str | None, row: int) -> str | None:
    """The names that belong to a row, joined; those of repeats are told as `repeat/row/name`."""
    start = "" if repeat is None else f"{repeat}/{row}/"
    own = [name.removeprefix(start) for name in names if name.startswith(start)]
    return " ".join(sorted(name for name in own if "/" not in name)) or None


def _rows(answers: Mapping[str, Any], repeat: str | None) -> list[Mapping[str, Any]]:
    if repeat is None:
        return [answers]
    found = answers.get(repeat)
    return [r for r in found if isinstance(r, dict)] if isinstance(found, list) else []


def _value(variable: Variable, value: Any) -> Any:
    if variable.is_numeric:
        number = as_number(value)
        return None if number != number else number  # noqa: PLR0124 -- NaN is absent
    if value is None or value == "" or isinstance(value, (dict, list)):
        return None
    return as_text(value)


def versions_in(tables: Tables) -> list[str]:
    """The versions of the form that the interviews of an extract were made with."""
    found = usable(tables[PERSONS], weighted=False)["#version"].unique().to_pylist()
    return sorted(version for version in found if version)


def snapshot_digest(tables: Tables) -> str:
    """SHA-256 of the data, independent of the order in which they arrived."""
    digest = hashlib.sha256()
    for name in sorted(tables):
        table = tables[name]
        for column in sorted(table.column_names):
            digest.update(orjson.dumps([name, column]))
            for piece in _json_of(table[column]):
                digest.update(piece)
    return digest.hexdigest()


def _json_of(column: "pa.ChunkedArray") -> Iterator[bytes]:
    """A column as one JSON array, some rows at a time."""
    yield b"["
    separator = b""
    for chunk in column.chunks:
        for start in range(0, len(chunk), _AT_ONCE):
            yield separator
            yield _json_items(chunk.slice(start, _AT_ONCE))
            separator = b","
    yield b"]"


def _json_items(values: "pa.Array") -> bytes:
    """The items of a JSON array; Arrow's own plain values take ten times as long to make."""
    if pa.types.is_dictionary(values.type):
        levels = [*(orjson.dumps(level) for level in values.dictionary.to_pylist()), b"null"]
        codes = values.indices.fill_null(-1)  # the last
        return b",".join([levels[code] for code in codes.to_numpy().tolist()])
    if pa.types.is_float64(values.type) or pa.types.is_string(values.type):
        plain = values.to_numpy(zero_copy_only=False).tolist()
    else:
        plain = values.to_pylist()
    return orjson.dumps(plain)[1:-1]


def interviews_of(tables: Tables, layout: Layout, *, weighted: bool = True) -> RawInterviews:
    """Complete and partial interviews that carry a weight, as raw columns; or all of them.

    A weight that is not known is zero: the interview stays in the sample, outside every base that
    takes that weight.
    """
    table = usable(tables[PERSONS], weighted=weighted)
    columns = _columns(table, layout.of_table(None, s3=False))
    left_open = [_text(table[UNANSWERED])]
    sealed = layout.of_table(None, s3=True)
    if sealed:
        apart = tables[table_name(None, s3=True)]
        place = pc.index_in(table[UNIT], value_set=apart[UNIT].combine_chunks())
        beside = apart.take(place)
        columns |= _columns(beside, sealed)
        left_open.append(_text(beside[UNANSWERED]))
    return RawInterviews(
        size=table.num_rows,
        version=_text(table["#version"]),
        stratum=_text(table["#stratum"]),
        psu=_text(table["#psu"]),
        w_person=np.nan_to_num(_floats(table["#w_person"])),
        w_household=np.nan_to_num(_floats(table["#w_household"])),
        columns=columns,
        repeats={name: _repeat(tables, layout, name, table[UNIT]) for name in layout.repeats},
        unanswered=left_open,
    )


def places_of(tables: Tables, *, weighted: bool = True) -> tuple[list[str], RawText]:
    """Pseudonym and area of the rows that `interviews_of` gives."""
    table = usable(tables[PERSONS], weighted=weighted)
    return table[UNIT].to_pylist(), _text(table["#area"])


def usable(table: "pa.Table", *, weighted: bool) -> "pa.Table":
    """The rows of `interviews` that enter estimates; with `weighted` those with a weight alone."""
    counts = pc.is_in(table["#disposition"], value_set=pa.array(INTERVIEWS))
    if weighted:
        known = pc.or_(pc.is_valid(table["#w_person"]), pc.is_valid(table["#w_household"]))
        counts = pc.and_(counts, known)
    return table if pc.all(counts).as_py() else table.filter(counts)


def _repeat(tables: Tables, layout: Layout, name: str, units: "pa.ChunkedArray") -> RawRows:
    table = tables[name]
    place = pc.index_in(table[UNIT], value_set=units.combine_chunks())
    inside = pc.is_valid(place)
    kept = table.filter(inside)
    columns = _columns(kept, layout.of_table(name, s3=False))
    left_open = [_text(kept[UNANSWERED])]
    sealed = tables[table_name(name, s3=True)]
    variables = layout.of_table(name, s3=True)
    if sealed.num_rows and variables:
        beside = _beside(kept, sealed)
        columns |= _columns(beside, variables)
        left_open.append(_text(beside[UNANSWERED]))
    person = place.filter(inside).to_numpy().astype(np.int64)
    return RawRows(person, columns, left_open)


def _beside(kept: "pa.Table", sealed: "pa.Table") -> "pa.Table":
    """The sealed rows that belong to `kept`, in its order."""
    place = {key: at for at, key in enumerate(_keys(sealed))}
    return sealed.take(pa.array([place.get(key) for key in _keys(kept)], pa.int64()))


def _keys(table: "pa.Table") -> list[tuple[str, int]]:
    return list(zip(table[UNIT].to_pylist(), table[ROW].to_pylist(), strict=True))


def _columns(
    table: "pa.Table", variables: Sequence[Variable]
) -> dict[str, RawText | NDArray[np.float64]]:
    return {
        v.name: _floats(table[v.name]) if v.is_numeric else _text(table[v.name]) for v in variables
    }


def _floats(column: "pa.ChunkedArray") -> NDArray[np.float64]:
    return np.asarray(column.to_numpy(), dtype=np.float64)


def _text(column: "pa.ChunkedArray") -> RawText:
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    encoded = column.unify_dictionaries().combine_chunks()
    if isinstance(encoded, pa.ChunkedArray):  # no rows, no chunks
        return RawText(np.zeros(0, dtype=np.int64), ())
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    levels = tuple(encoded.dictionary.to_pylist())
    return RawText(narrow(codes, len(levels)), levels)
