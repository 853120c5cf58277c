"""The composition root of the reports service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from importlib.metadata import version
from uuid import uuid4

import httpx
from fastapi import FastAPI
from usga_shared import logging
from usga_shared.auth.remote import RemoteAuthenticator
from usga_shared.clients.assessment import AssessmentClient
from usga_shared.clients.indicators import IndicatorsClient
from usga_shared.clock import Clock, SystemClock
from usga_shared.database.engine import Database
from usga_shared.http.app import build_app

from usga_reports.operations.check_standing import Standings
from usga_reports.operations.renderer import ProcessRenderer, Renderer
from usga_reports.operations.run_job import Workshop, run_job
from usga_reports.operations.verify_report import Verifier
from usga_reports.operations.worker import Worker
from usga_reports.routes import reports, templates
from usga_reports.settings import Settings
from usga_reports.storage.artefacts import Artefacts
from usga_reports.storage.desk import Desks
from usga_reports.storage.retractions import Retractions


def create_app(
    settings: Settings | None = None,
    *,
    clock: Clock | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
    renderer: Renderer | None = None,
) -> FastAPI:
    """Make the application; `uvicorn --factory usga_reports.app:create_app` runs it.

    Tests give a `transport` in place of the network to the other services, and a `renderer`.
    """
    settings = settings or Settings()
    logging.configure(settings.log_level)
    clock = clock or SystemClock()
    secret = settings.service_token.get_secret_value()
    database = Database(settings.database_url, pool=settings.database_pool)
    assessment = AssessmentClient(settings.assessment_url, secret, transport=transport)
    indicators = IndicatorsClient(settings.indicators_url, secret, transport=transport)
    renderer = renderer or ProcessRenderer()
    artefacts = Artefacts(settings.data_dir)
    lease = timedelta(seconds=settings.lease_seconds)
    desks = Desks(database, clock, worker=uuid4().hex, lease=lease)
    workshop = Workshop(
        desk=desks.open,
        bundles=indicators,
        renderer=renderer,
        files=artefacts,
        clock=clock,
        max_attempts=settings.max_attempts,
    )
    worker = Worker(
        lambda: run_job(workshop),
        renderer=renderer,
        poll_seconds=settings.poll_seconds,
        idle_seconds=settings.idle_seconds,
    )

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        if settings.work:
            worker.start()
        try:
            yield
        finally:
            await worker.stop()
            await renderer.close()
            await indicators.close()
            await assessment.close()
            await database.close()

    app = build_app(
        service="reports",
        title="USGA reports",
        version=version("usga-reports"),
        settings=settings,
        lifespan=lifespan,
        database=database,
        clock=clock,
        authenticator=RemoteAuthenticator(assessment, clock),
        message_packages=["usga_reports.locale"],
    )
    app.state.indicators = indicators
    app.state.artefacts = artefacts
    app.state.standings = Standings(indicators, Retractions(settings.data_dir))
    app.state.verifier = Verifier(artefacts, renderer, clock)
    app.state.worker = worker
    app.include_router(reports.router)
    app.include_router(templates.router)
    return app
