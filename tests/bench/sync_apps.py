"""The servers that bench_sync measures: the product, and the plain line to compare it with."""

import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from sqlalchemy import Column, LargeBinary, MetaData, String, Table
from usga_assessment.app import create_app
from usga_assessment.settings import Settings
from usga_assessment.storage.bulk import Bulk
from usga_shared.database.engine import Database
from usga_shared.http.bodies import read_body

from tests.support.collecting import SERVICE_TOKEN, KnownActors

PLAIN = Table(
    "plain_interview",
    MetaData(),
    Column("id", String(36), primary_key=True),
    Column("assessment", String(32)),
    Column("instrument", String(64)),
    Column("install", String(36)),
    Column("digest", LargeBinary),
    Column("document", LargeBinary),
)
_NAMES = ("id", "assessment", "instrument", "install", "digest", "document")


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
    """Decode and insert the same interviews: no check, no sealing, no receipt."""
    database = Database(os.environ["BENCH_DATABASE"])

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with database.engine.begin() as connection:
            await connection.run_sync(PLAIN.metadata.create_all)
        yield
        await database.close()

    app = FastAPI(lifespan=lifespan)

    @app.post("/v1/sync/submissions")
    async def push(request: Request) -> Response:
        body = await read_body(request, max_plain=8 * 2**20)
        rows: list[tuple[Any, ...]] = []
        for line in body.splitlines():
            envelope = orjson.loads(line)
            rows.append(
                (
                    envelope["id"], envelope["assessment"], envelope["instrument"],
                    envelope["install"], hashlib.sha256(line).digest(), line,
                )
            )  # fmt: skip
        async with database.write() as session:
            await Bulk(await session.connection()).insert(PLAIN, _NAMES, rows)
        return Response(orjson.dumps({"count": len(rows)}), media_type="application/json")

    @app.post("/v1/submissions")
    async def push_one(request: Request) -> Response:
        await request.body()
        return Response(b"{}", media_type="application/json")

    return app
