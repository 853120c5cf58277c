"""The digest of a snapshot is that of its columns as JSON, however many rows are read at once."""

import hashlib

import orjson
import pyarrow as pa
import pytest
from usga_indicators.storage import extract_tables
from usga_indicators.storage.extract_tables import Tables, snapshot_digest


def tables(rows: int) -> Tables:
    texts = [None if at % 3 == 0 else f"é{at}" for at in range(rows)]
    numbers = [None if at % 4 == 1 else at / 3 if at % 2 else float("nan") for at in range(rows)]
    columns = {
        "#unit": pa.array(texts, pa.string()),
        "tr_police": pa.array(texts, pa.string()).dictionary_encode(),
        "age": pa.array(numbers, pa.float64()),
        "#row": pa.array([None if at == 2 else at for at in range(rows)], pa.int32()),
    }
    whole = pa.table(columns)
    pieces = pa.concat_tables([whole.slice(0, 2), whole.slice(2)])
    return {"interviews": pieces, "inc": pa.table({"n": pa.array([], pa.float64())})}


@pytest.mark.parametrize("rows", [0, 1, 6, 7])
def test_in_parts_it_is_the_same(monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    monkeypatch.setattr(extract_tables, "_AT_ONCE", 3)
    digest = hashlib.sha256()
    for name, table in sorted(tables(rows).items()):
        for column in sorted(table.column_names):
            digest.update(orjson.dumps([name, column]))
            digest.update(orjson.dumps(table[column].to_pylist()))
    assert snapshot_digest(tables(rows)) == digest.hexdigest()
