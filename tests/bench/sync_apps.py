"""The servers that bench_sync measures: the product, and the plain line to compare it with."""

import hashlib
import os
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from fastapi import FastAPI, Request, Response
from usga_assessment.app import create_app
from usga_assessment.domain.sealing.box import KEY_BYTES, ClassKeys, KeyWrap, SealedClass
from usga_assessment.domain.submission.check import Form, check
from usga_assessment.domain.submission.envelope import read_envelope
from usga_assessment.domain.submission.prepared import Sealer
from usga_assessment.settings import Settings
from usga_assessment.storage import rows
from usga_assessment.storage.bulk import Bulk
from usga_expressions.instrument import Instrument
from usga_shared.database.engine import Database
from usga_shared.http.bodies import read_body
from usga_shared.http.heap import settle_heap
from usga_shared.ids import many_uuid7

from tests.bench.sync_load import answered, form_of
from tests.support.collecting import SERVICE_TOKEN, KnownActors
from tests.support.forms import compiled

NO_KEY = bytes(61)
_PLAIN = "ZZ-PLAIN-2026"
"""The line's rows stand in the product's tables under an assessment of their own."""


def product() -> FastAPI:
    """The assessment service with known actors instead of credentials."""
    folder = Path(os.environ["BENCH_FOLDER"])
    app = create_app(
        Settings(
            database_url=os.environ["BENCH_DATABASE"], service_token=SERVICE_TOKEN,
            data_dir=folder / "data", key_dir=folder / "keys", log_level="WARNING",
        )
    )  # fmt: skip
    app.state.authenticator = KnownActors()
    return app


def plain() -> FastAPI:
    """Decode and insert the same rows into the same tables: no check, no sealing, no receipt.

    An interview is a row in each of the product's two tables with all of their indexes, written
    by the product's own way past SQLAlchemy, and a request ends with a durable commit. The
    garbage collector is set as the product's. Its contents are cut to the sizes that the product's have: compressing is part of sealing, and
    rows that were not compressed would cost the line more than they cost the product.
    """
    database = Database(os.environ["BENCH_DATABASE"])
    raw, open_, text = sealed_sizes()

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        settle_heap()
        yield
        await database.close()

    app = FastAPI(lifespan=lifespan)

    @app.post("/v1/sync/submissions")
    async def push(request: Request) -> Response:
        body = await read_body(request, max_plain=8 * 2**20)
        now, feed = datetime.now(UTC), time.time_ns()
        revisions: list[tuple[Any, ...]] = []
        contents: list[tuple[Any, ...]] = []
        lines = body.splitlines()
        for line, pk in zip(lines, many_uuid7(now, len(lines)), strict=True):
            envelope = orjson.loads(line)
            feed += 1
            revisions.append(revision_row(envelope, pk, hashlib.sha256(line).digest(), now, feed))
            answers = orjson.dumps(envelope["answers"])
            contents.append(
                (pk, NO_KEY, line[:raw], answers[:open_], None, None, line[:text], None)
            )
        async with database.direct() as direct, database.writing(direct):
            bulk = Bulk(direct)
            await bulk.insert(rows.REVISION, rows.REVISION_NAMES, revisions)
            await bulk.insert(rows.CONTENT, rows.CONTENT_NAMES, contents)
        return Response(orjson.dumps({"count": len(revisions)}), media_type="application/json")

    @app.post("/v1/submissions")
    async def push_one(request: Request) -> Response:
        await request.body()
        return Response(b"{}", media_type="application/json")

    return app


def sealed_sizes() -> tuple[int, int, int]:
    """The sizes of the sealed whole, the open part and the sealed texts of the load's interviews.

    They differ by few bytes from each other.
    """
    envelope = read_envelope(answered(1, UUID(int=1), random.Random(0)).line)
    document = compiled(form_of().encode()).document
    assert document is not None
    form = Form.of(document, Instrument.load(document), lists={})
    keys = ClassKeys(envelope.assessment, dict.fromkeys(SealedClass, bytes(KEY_BYTES)))
    sealer = Sealer(keys, KeyWrap(bytes(KEY_BYTES)), bytes(KEY_BYTES), os.urandom)
    checked = check(envelope, form, age_floor=18, collecting=True)
    content = sealer.prepare(envelope, checked, form).content
    assert checked.code is None
    assert content.raw is not None
    assert content.open is not None
    assert content.parts.keys() == {SealedClass.TEXT}
    return len(content.raw), len(content.open), len(content.parts[SealedClass.TEXT])


def revision_row(  # noqa: PLR0917 - one call, in the order of the columns
    envelope: dict[str, Any],
    pk: UUID,
    digest: bytes,
    now: datetime,
    feed: int,
    assessment: str = _PLAIN,
) -> tuple[Any, ...]:
    """The row of an interview, in the order of the product's columns."""
    id_, install = UUID(envelope["id"]), UUID(envelope["install"])
    started, ended = map(datetime.fromisoformat, (envelope["started_at"], envelope["ended_at"]))
    return (
        pk, id_, 0, digest, id_, None, assessment, "bench", install, envelope["seq"],
        envelope["instrument"], envelope["version"], "production", envelope["case"], started,
        ended, envelope["language"], now, "stored", True, None, None, None, False, "1.1", None,
        None, None, feed, None,
    )  # fmt: skip
