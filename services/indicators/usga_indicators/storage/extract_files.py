"""The extract on disk: Parquet files in numbered generations; S3 tables sealed."""

import hashlib
import os
import re
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

import orjson

from usga_indicators.domain.codebook.layout import Layout
from usga_indicators.storage.arrow import pa, pq
from usga_indicators.storage.extract_tables import (
    PERSONS,
    UNIT,
    Tables,
    names_of,
    table_name,
    text_columns,
)
from usga_indicators.storage.sealing import ExtractKeys, seal, unseal
from usga_indicators.storage.steps import one_step

_DOCUMENTS = "instrument.json"
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True)
class MadeWith:
    """What a generation was made with."""

    documents: list[dict[str, object]]
    names: list[str]


class ExtractFiles:
    """Generations are written whole, never changed, and removed when nothing needs them."""

    def __init__(self, data_dir: Path, keys: ExtractKeys) -> None:
        self._dir, self._keys = data_dir, keys

    def _folder(self, assessment: str, instrument: str, generation: int) -> Path:
        return self._home(assessment, instrument) / f"{generation:06d}"

    def _home(self, assessment: str, instrument: str) -> Path:
        return self._dir / one_step(assessment) / _folder_name(instrument)

    def write(
        self,
        assessment: str,
        layout: Layout,
        generation: int,
        tables: Tables,
        documents: list[dict[str, object]],
    ) -> Path:
        """Write a generation beside the others; `adopt` gives it its name."""
        folder = self._folder(assessment, layout.instrument, generation)
        draft = folder.with_name(f"{folder.name}.{secrets.token_hex(4)}")
        draft.mkdir(parents=True, mode=0o700)
        for repeat, s3 in names_of(layout):
            name = table_name(repeat, s3=s3)
            content = _parquet(tables[name])
            if s3:
                bound = _bound(assessment, layout.instrument, generation, name)
                content = seal(content, self._keys.of(assessment), bound)
            write_durably(draft / _file(name, s3=s3), content)
        names = [v.name for v in layout.variables]
        write_durably(draft / _DOCUMENTS, orjson.dumps({"names": names, "documents": documents}))
        return draft

    def adopt(self, draft: Path, assessment: str, instrument: str, generation: int) -> None:
        """Make a draft the generation. Call it while the state of the extract is locked.

        A folder of that name can only be what a crash left before its commit.
        """
        folder = self._folder(assessment, instrument, generation)
        shutil.rmtree(folder, ignore_errors=True)
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

    def made_with(self, assessment: str, instrument: str, generation: int) -> MadeWith:
        """The instrument versions and the variables that a generation was read with."""
        path = self._folder(assessment, instrument, generation) / _DOCUMENTS
        found = orjson.loads(path.read_bytes())
        return MadeWith(found["documents"], found["names"])

    def exists(self, assessment: str, instrument: str, generation: int) -> bool:
        """Whether a generation is still there."""
        return (self._folder(assessment, instrument, generation) / _DOCUMENTS).is_file()

    def holding(
        self, assessment: str, instrument: str, generations: set[int], units: set[str]
    ) -> set[int]:
        """Which of these generations hold one of the units."""
        if not units:
            return set()
        return {
            generation
            for generation in generations
            if self.exists(assessment, instrument, generation)
            and not units.isdisjoint(self._units(assessment, instrument, generation))
        }

    def _units(self, assessment: str, instrument: str, generation: int) -> set[str]:
        path = self._folder(assessment, instrument, generation) / _file(PERSONS, s3=False)
        return set(pq.read_table(path, columns=[UNIT])[UNIT].to_pylist())

    @staticmethod
    def discard(draft: Path) -> None:
        """Remove a draft that was not adopted; an adopted one is no longer there."""
        shutil.rmtree(draft, ignore_errors=True)

    def keep_only(
        self, assessment: str, instrument: str, generations: set[int], *, current: int
    ) -> None:
        """Remove every other generation up to `current`, and drafts that came too late."""
        home = self._home(assessment, instrument)
        names = {f"{generation:06d}" for generation in generations}
        for folder in home.iterdir() if home.is_dir() else ():
            number = folder.name.partition(".")[0]
            if folder.name not in names and int(number) <= current:
                shutil.rmtree(folder, ignore_errors=True)


def _folder_name(instrument: str) -> str:
    """A form's id is free text of its author, and a path has meaning: others get their digest."""
    if _PLAIN.fullmatch(instrument):
        return instrument
    return f"sha256-{hashlib.sha256(instrument.encode()).hexdigest()}"


def _file(name: str, *, s3: bool) -> str:
    return f"{name}.parquet{'.sealed' if s3 else ''}"


def _bound(assessment: str, instrument: str, generation: int, name: str) -> str:
    return f"usga-extract/1 {assessment} {instrument} {generation} {name}"


def _parquet(table: "pa.Table") -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    content: bytes = sink.getvalue().to_pybytes()
    return content


def write_durably(path: Path, content: bytes) -> None:
    """Write a file to the disk, not only to its cache."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
