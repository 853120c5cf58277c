"""The composition root of the assessment service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI
from usga_shared import logging
from usga_shared.clock import Clock, SystemClock
from usga_shared.database.engine import Database
from usga_shared.http.app import build_app
from usga_shared.pagination import CursorCodec

from usga_assessment.dependencies import GUARD
from usga_assessment.domain.access.enrolment import Attempts
from usga_assessment.routes import assessments, auth, devices, instruments
from usga_assessment.settings import Settings
from usga_assessment.storage.authenticator import LocalAuthenticator


def create_app(settings: Settings | None = None, *, clock: Clock | None = None) -> FastAPI:
    """Make the application; `uvicorn --factory usga_assessment.app:create_app` runs it."""
    settings = settings or Settings()
    logging.configure(settings.log_level)
    clock = clock or SystemClock()
    database = Database(settings.database_url, pool=settings.database_pool)
    authenticator = LocalAuthenticator(database, clock)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await authenticator.aclose()
            await database.close()

    app = build_app(
        service="assessment",
        title="USGA assessment",
        version=version("usga-assessment"),
        settings=settings,
        lifespan=lifespan,
        ready=database.check,
        larger_bodies=[instruments.UPLOADS],
    )
    app.state.database = database
    app.state.clock = clock
    app.state.authenticator = authenticator
    app.state.cursors = CursorCodec(settings.service_token.get_secret_value().encode())
    app.state.enrolment_attempts = Attempts()
    app.state.receipt_jwks = {"keys": []}
    for guarded in (instruments, auth, devices, assessments):
        app.include_router(guarded.router, dependencies=[GUARD])
    return app
