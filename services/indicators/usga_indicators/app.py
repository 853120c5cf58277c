"""The composition root of the indicators service."""

import asyncio
from collections.abc import AsyncIterator, Callable
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
from usga_shared.http.metrics import Metrics

from usga_indicators.domain.definition import catalogue
from usga_indicators.operations.follow_feed import FeedFollower
from usga_indicators.operations.keep_embargoes import keep_embargoes
from usga_indicators.operations.keep_following import keep_following
from usga_indicators.operations.known_definitions import KnownDefinitions
from usga_indicators.operations.live_statistics import Check, LiveStatistics
from usga_indicators.operations.quiet_solvers import send_prints_of_c_to_standard_error
from usga_indicators.operations.read_live import LiveDesk
from usga_indicators.operations.read_observations import ObservationReader
from usga_indicators.operations.read_quality import QualityDesk
from usga_indicators.operations.read_spatial import SpatialDesk
from usga_indicators.operations.verifier import Verifier
from usga_indicators.operations.weight_desk import WeightDesk
from usga_indicators.routes import (
    definitions,
    indicators,
    indices,
    internal,
    live,
    observations,
    quality,
    releases,
    retractions,
    shares,
    spatial,
    weights,
)
from usga_indicators.settings import Settings
from usga_indicators.storage.extract_files import ExtractFiles
from usga_indicators.storage.pictures import Pictures
from usga_indicators.storage.sealing import ExtractKeys
from usga_indicators.storage.statistics_files import StatisticsFiles

#: Of the memory for kept answers, patterns in space may take one part in so many beside it.
_SHARE_OF_SPACE = 8


def create_app(
    settings: Settings | None = None,
    *,
    clock: Clock | None = None,
    upstream: httpx.AsyncBaseTransport | None = None,
) -> FastAPI:
    """Make the application; `upstream` lets tests stand in for the assessment service."""
    settings = settings or Settings()
    logging.configure(settings.log_level)
    send_prints_of_c_to_standard_error()
    clock = clock or SystemClock()
    token = settings.service_token.get_secret_value()
    database = Database(settings.database_url, pool=settings.database_pool)
    client = AssessmentClient(settings.assessment_url, token, transport=upstream)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        working: list[asyncio.Task[None]] = []
        if settings.feed_seconds > 0:
            follow = keep_following(
                app.state.follower,
                database,
                app.state.catalogue,
                seconds=settings.feed_seconds,
            )
            working.append(asyncio.create_task(follow))
        if settings.embargo_seconds > 0:
            known = KnownDefinitions(database, app.state.catalogue)
            lift = keep_embargoes(
                database, known, app.state.files, clock, seconds=settings.embargo_seconds
            )
            working.append(asyncio.create_task(lift))
        try:
            yield
        finally:
            for task in working:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
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
    keys = ExtractKeys(settings.key_dir)
    state.files = ExtractFiles(settings.data_dir, keys)
    state.kept = StatisticsFiles(settings.data_dir, keys)
    statistics = LiveStatistics(_counted_checks(state.metrics))
    state.follower = FeedFollower(
        client,
        database,
        state.files,
        clock,
        page=settings.feed_page_size,
        listener=statistics.moved,
    )
    state.live = LiveDesk(
        contexts=client,
        follower=state.follower,
        statistics=statistics,
        pictures=Pictures(settings.data_dir, keys),
        database=database,
        clock=clock,
    )
    state.verifier = Verifier(database, state.files, state.kept, clock)
    state.reader = ObservationReader(database, state.cursors, memory=settings.answer_memory_bytes)
    state.spatial = SpatialDesk(database, memory=settings.answer_memory_bytes // _SHARE_OF_SPACE)
    state.quality = QualityDesk(client, page=settings.feed_page_size)
    state.weight_desk = WeightDesk(client, state.follower, database)
    for router in (
        quality.router,
        definitions.router,
        indicators.router,
        indices.router,
        releases.router,
        retractions.router,
        shares.router,
        spatial.router,
        weights.router,
        live.router,
        observations.router,
        internal.router,
    ):
        app.include_router(router)
    return app


def _counted_checks(metrics: Metrics) -> Callable[[Check], None]:
    checks = metrics.counter(
        "usga_live_statistics_checks",
        "Full computations that the sums of the live view were compared with, by outcome.",
        "outcome",
    )
    for outcome in Check:
        checks.labels(outcome.value)
    return lambda outcome: checks.labels(outcome.value).inc()
