"""Weights and replicate weights as files, one at a time: each reads a whole extract."""

import asyncio
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import orjson
from usga_shared.clients.base import UpstreamProblem
from usga_shared.database.engine import Database
from usga_shared.problems import Conflict, NotFound, Unavailable
from usga_shared.wire.extract import AssessmentContext

from usga_indicators.domain.definition import Definition
from usga_indicators.domain.weighting.make import Weights as WeightsByKind
from usga_indicators.domain.weighting.make import apply_steps
from usga_indicators.domain.weighting.recipe import Of
from usga_indicators.domain.weighting.refusals import WeightFinding, WeightingRefused
from usga_indicators.domain.weighting.replicate_weights import Asked
from usga_indicators.domain.weighting.units import Units
from usga_indicators.operations.follow_feed import FeedFollower, Source
from usga_indicators.operations.known_definitions import KnownDefinitions
from usga_indicators.operations.make_weight_set import Sampled, frame_with
from usga_indicators.operations.weigh import (
    Weighing,
    plain_asked,
    refusal_of,
    replicates_of,
    units_of,
    weights_digest,
)
from usga_indicators.storage.arrow import pa, pa_csv, pq
from usga_indicators.storage.extract_tables import snapshot_digest
from usga_indicators.storage.weights import StoredWeightSet, Weights

Format = Literal["json", "csv", "parquet"]
MEDIA_TYPES: dict[str, str] = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
}
#: More numbers than this are given as Parquet alone.
MAX_TEXT_NUMBERS = 5_000_000
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class File:
    """A file, with the digest of the interviews that it was made from."""

    content: bytes
    media_type: str
    snapshot_sha256: str


class WeightDesk:
    """Weighs the interviews of now by a stored weight set."""

    def __init__(self, sampled: Sampled, follower: FeedFollower, database: Database) -> None:
        self._sampled, self._follower, self._database = sampled, follower, database
        self._turn = asyncio.Lock()

    async def weights(
        self, stored: StoredWeightSet, file: Literal["csv", "parquet"], known: KnownDefinitions
    ) -> File:
        """Both weights of every interview, by pseudonym. Raises WeightsRefused, Unavailable."""
        async with self._turn:
            source, _ = await self._source(stored, known)
            definitions = await known.computed(stored.assessment)
            return await asyncio.to_thread(_weights, stored, source, definitions, file)

    async def replicates(
        self,
        stored: StoredWeightSet,
        asked: Asked,
        *,
        of: Of,
        file: Format,
        known: KnownDefinitions,
    ) -> File:
        """Replicate weights of one set, or what they are like (`json`)."""
        async with self._turn:
            source, context = await self._source(stored, known)
            async with self._database.read() as session:
                rules = await Weights(session).design(stored.assessment)
            definitions = await known.computed(stored.assessment)
            weighing = Weighing(rules, stored, asked)
            return await asyncio.to_thread(
                _replicates, weighing, source, definitions, context, of=of, file=file
            )

    async def _source(
        self, stored: StoredWeightSet, known: KnownDefinitions
    ) -> tuple[Source, AssessmentContext]:
        for _ in range(_ATTEMPTS):
            try:
                asked = await known.asked(stored.assessment)
                sources = await self._follower.follow(stored.assessment, asked)
                context = await self._sampled.context(stored.assessment)
            except UpstreamProblem as refusal:
                raise NotFound from refusal
            except Conflict:  # another process follows the same feed
                continue
            chosen = [s for s in sources if s.layout.instrument == stored.instrument]
            if not chosen:
                raise NotFound
            return chosen[0], context
        raise Unavailable


def _weighed(
    stored: StoredWeightSet, source: Source, definitions: list[Definition]
) -> tuple[Units, WeightsByKind]:
    units = units_of(source, frame_with(source, definitions))
    try:
        return units, apply_steps(Weighing(weight_set=stored).steps, units)
    except WeightingRefused as reason:
        raise refusal_of(reason.findings) from reason


def _weights(
    stored: StoredWeightSet, source: Source, definitions: list[Definition], file: str
) -> File:
    units, weights = _weighed(stored, source, definitions)
    table = pa.table(
        {
            "unit": pa.array(units.unit, pa.string()),
            "w_person": weights[Of.PERSON],
            "w_household": weights[Of.HOUSEHOLD],
        }
    )
    facts = {"weight_set": stored.id, "weights_sha256": weights_digest(units, weights)}
    return File(_written(table, facts, file), MEDIA_TYPES[file], snapshot_digest(source.tables))


def _replicates(
    weighing: Weighing,
    source: Source,
    definitions: list[Definition],
    context: AssessmentContext,
    *,
    of: Of,
    file: str,
) -> File:
    assert weighing.weight_set is not None
    assert weighing.asked is not None
    units, weights = _weighed(weighing.weight_set, source, definitions)
    try:
        made = replicates_of(units, weights, weighing, context)
    except WeightingRefused as reason:
        raise refusal_of(reason.findings) from reason
    facts = {
        "weight_set": weighing.weight_set.id,
        "set": of.value,
        **plain_asked(weighing.asked),
        "replicates": made.factors.count,
        "scale": made.factors.scale,
        "rscales": made.factors.rscales.tolist(),
    }
    snapshot = snapshot_digest(source.tables)
    if file == "json":
        return File(orjson.dumps(facts), MEDIA_TYPES[file], snapshot)
    numbers = len(units) * made.factors.count
    if file == "csv" and numbers > MAX_TEXT_NUMBERS:
        message = f"{numbers} numbers are too many for CSV"
        raise refusal_of([WeightFinding("/format", "too-many-numbers", message, "format=parquet")])
    columns: dict[str, Any] = {
        "unit": pa.array(units.unit, pa.string()),
        "weight": made.weights[of],
    }
    for r in range(made.factors.count):
        columns[f"rep_{r + 1}"] = made.replicates[of][:, r]
    return File(_written(pa.table(columns), facts, file), MEDIA_TYPES[file], snapshot)


def _written(table: "pa.Table", facts: Mapping[str, Any], file: str) -> bytes:
    """Full precision in both; Parquet carries `facts` in its metadata."""
    sink = io.BytesIO()
    if file == "csv":
        options = pa_csv.WriteOptions(quoting_style="needed")
        pa_csv.write_csv(table, sink, options)
    else:
        table = table.replace_schema_metadata({"usga": orjson.dumps(facts)})
        pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()
