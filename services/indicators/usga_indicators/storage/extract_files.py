"""The extract on disk: Parquet files in numbered generations; S3 tables sealed."""

import os
import shutil
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from usga_indicators.domain.codebook.layout import Layout
from usga_indicators.storage.extract_tables import Tables, names_of, table_name, text_columns
from usga_indicators.storage.sealing import ExtractKeys, seal, unseal

_DOCUMENTS = "instrument.json"


class ExtractFiles:
    """Generations are written whole, never changed, and removed when nothing needs them."""

    def __init__(self, data_dir: Path, keys: ExtractKeys) -> None:
        self._dir, self._keys = data_dir, keys

    def _folder(self, assessment: str, instrument: str, generation: int) -> Path:
        return self._dir / assessment / instrument / f"{generation:06d}"

    def write(
        self,
        assessment: str,
        layout: Layout,
        generation: int,
        tables: Tables,
        documents: list[dict[str, object]],
    ) -> None:
        """Write a generation; what a crash left of the same number is replaced."""
        folder = self._folder(assessment, layout.instrument, generation)
        draft = folder.with_name(folder.name + ".draft")
        for leftover in (draft, folder):
            shutil.rmtree(leftover, ignore_errors=True)
        draft.mkdir(parents=True, mode=0o700)
        for repeat, s3 in names_of(layout):
            name = table_name(repeat, s3=s3)
            content = _parquet(tables[name])
            if s3:
                bound = _bound(assessment, layout.instrument, generation, name)
                content = seal(content, self._keys.of(assessment), bound)
            _write(draft / _file(name, s3=s3), content)
        _write(draft / _DOCUMENTS, orjson.dumps(documents))
        draft.rename(folder)

    def read(self, assessment: str, layout: Layout, generation: int) -> Tables:
        """Every table of a generation; S3 ones are opened in memory alone."""
        folder = self._folder(assessment, layout.instrument, generation)
        tables: Tables = {}
        for repeat, s3 in names_of(layout):
            name = table_name(repeat, s3=s3)
            content = (folder / _file(name, s3=s3)).read_bytes()
            if s3:
                bound = _bound(assessment, layout.instrument, generation, name)
                content = unseal(content, self._keys.of(assessment), bound)
            tables[name] = pq.read_table(
                pa.BufferReader(content), read_dictionary=text_columns(layout, repeat, s3=s3)
            )
        return tables

    def documents(
        self, assessment: str, instrument: str, generation: int
    ) -> list[dict[str, object]]:
        """The instrument versions that a generation was read with."""
        path = self._folder(assessment, instrument, generation) / _DOCUMENTS
        found: list[dict[str, object]] = orjson.loads(path.read_bytes())
        return found

    def exists(self, assessment: str, instrument: str, generation: int) -> bool:
        """Whether a generation is still there."""
        return (self._folder(assessment, instrument, generation) / _DOCUMENTS).is_file()

    def keep_only(self, assessment: str, instrument: str, generations: set[int]) -> None:
        """Remove every other generation."""
        home = self._dir / assessment / instrument
        names = {f"{generation:06d}" for generation in generations}
        for folder in home.iterdir() if home.is_dir() else ():
            if folder.name not in names:
                shutil.rmtree(folder)


def _file(name: str, *, s3: bool) -> str:
    return f"{name}.parquet{'.sealed' if s3 else ''}"


def _bound(assessment: str, instrument: str, generation: int, name: str) -> str:
    return f"usga-extract/1 {assessment} {instrument} {generation} {name}"


def _parquet(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
