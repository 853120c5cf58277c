"""The composition root of the indicators service."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib.metadata import version

import httpx
from fastapi import FastAPI
from usga_shared import logging
from usga_shared.auth.remote import RemoteAuthenticator
from usga_shared.clients.assessment import AssessmentClient
from usga_shared.clock import Clock, SystemClock
from usga_shared.database.engine import Database
from usga_shared.http.app import build_app

from usga_indicators.domain.definition import catalogue
from usga_indicators.operations.follow_feed import FeedFollower
from usga_indicators.operations.keep_following import keep_following
from usga_indicators.operations.read_observations import ObservationReader
from usga_indicators.operations.read_quality import QualityDesk
from usga_indicators.operations.verifier import Verifier
from usga_indicators.routes import (
    definitions,
    indicators,
    indices,
    internal,
    observations,
    quality,
    releases,
)
from usga_indicators.settings import Settings
from usga_indicators.storage.extract_files import ExtractFiles
from usga_indicators.storage.sealing import ExtractKeys


def create_app(
    settings: Settings | None = None,
    *,
    clock: Clock | None = None,
    upstream: httpx.AsyncBaseTransport | None = None,
) -> FastAPI:
    """Make the application; `upstream` lets tests stand in for the assessment service."""
    settings = settings or Settings()
    logging.configure(settings.log_level)
    clock = clock or SystemClock()
    token = settings.service_token.get_secret_value()
    database = Database(settings.database_url, pool=settings.database_pool)
    client = AssessmentClient(settings.assessment_url, token, transport=upstream)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        following = None
        if settings.feed_seconds > 0:
            following = asyncio.create_task(
                keep_following(
                    app.state.follower,
                    database,
                    app.state.catalogue,
                    seconds=settings.feed_seconds,
                )
            )
        try:
            yield
        finally:
            if following is not None:
                following.cancel()
                with suppress(asyncio.CancelledError):
                    await following
            await client.close()
            await database.close()

    app = build_app(
        service="indicators",
        title="USGA indicators",
        version=version("usga-indicators"),
        settings=settings,
        lifespan=lifespan,
        database=database,
        clock=clock,
        authenticator=RemoteAuthenticator(client, clock),
        message_packages=["usga_indicators.messages"],
    )
    state = app.state
    state.assessment = client
    state.catalogue = catalogue()
    state.files = ExtractFiles(settings.data_dir, ExtractKeys(settings.key_dir))
    state.follower = FeedFollower(
        client, database, state.files, clock, page=settings.feed_page_size
    )
    state.verifier = Verifier(database, state.files, clock)
    state.reader = ObservationReader(database, state.cursors, memory=settings.answer_memory_bytes)
    state.quality = QualityDesk(client, page=settings.feed_page_size)
    for router in (
        quality.router,
        definitions.router,
        indicators.router,
        indices.router,
        releases.router,
        observations.router,
        internal.router,
    ):
        app.include_router(router)
    return app
