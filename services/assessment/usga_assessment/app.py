"""The composition root of the assessment service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI
from usga_shared import logging
from usga_shared.clock import Clock, SystemClock
from usga_shared.database.engine import Database
from usga_shared.http.app import build_app

from usga_assessment.dependencies import GUARD
from usga_assessment.domain.access.clients import MinimumClients
from usga_assessment.hub_app import create_hub
from usga_assessment.operations.attachment_desk import AttachmentDesk
from usga_assessment.operations.hub.centre import HubCentre
from usga_assessment.operations.make_snapshot import Press
from usga_assessment.operations.sweep_attachments import Sweeper
from usga_assessment.operations.sync_desk import SyncDesk
from usga_assessment.routes import (
    assessments,
    attachment_files,
    attachments,
    auth,
    branches,
    cases,
    clients,
    descriptions,
    devices,
    exports,
    hubs,
    instruments,
    internal,
    previews,
    pull,
    revalidation,
    samples,
    snapshot,
    submissions,
    sync,
    wellknown,
)
from usga_assessment.settings import Settings
from usga_assessment.storage.authenticator import LocalAuthenticator
from usga_assessment.storage.ingest import IngestWriter
from usga_assessment.storage.snapshots import Snapshots


def create_app(settings: Settings | None = None, *, clock: Clock | None = None) -> FastAPI:
    """Make the application; `uvicorn --factory usga_assessment.app:create_app` runs it.

    With an upstream it is a hub: see `usga_assessment.hub_app`.
    """
    settings = settings or Settings()
    logging.configure(settings.log_level)
    clock = clock or SystemClock()
    if settings.upstream:
        return create_hub(settings, clock=clock)
    database = Database(settings.database_url, pool=settings.database_pool)
    authenticator = LocalAuthenticator(database, clock)
    desk = SyncDesk(database, IngestWriter(database, clock), clock, settings)
    files = AttachmentDesk(database, desk, clock)
    centre = HubCentre(database, desk, clock)
    sweeper = Sweeper(files)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await desk.open()
        await centre.open()
        await database.forget_log()  # a crash may have come between a withdrawal and this
        app.state.receipt_jwks = desk.jwks
        await files.open()
        sweeper.start(settings.attachment_sweep_seconds)
        try:
            yield
        finally:
            await sweeper.stop()
            await files.close()
            await desk.close()
            await authenticator.aclose()
            await database.close()

    app = build_app(
        service="assessment",
        title="USGA assessment",
        version=version("usga-assessment"),
        settings=settings,
        lifespan=lifespan,
        database=database,
        clock=clock,
        authenticator=authenticator,
        larger_bodies=[
            instruments.UPLOADS,
            descriptions.LARGE,
            samples.LARGE,
            attachments.larger_bodies(settings),
        ],
        message_packages=["usga_assessment.locale"],
    )
    app.state.sync = desk
    app.state.minimum_clients = MinimumClients.of(settings.minimum_clients)
    app.state.press, app.state.snapshots = Press(), Snapshots(settings.data_dir)
    app.state.attachments = files
    app.state.hubs = centre
    app.add_middleware(attachments.TusProtocol, largest=settings.attachment_max_bytes)
    sync.add_single_posts(app)  # first: routes are matched in order, and tablets are many
    app.include_router(internal.router)
    for guarded in (
        sync,
        instruments,
        previews,
        auth,
        devices,
        hubs,
        assessments,
        pull,
        snapshot,
        submissions,
        branches,
        revalidation,
        exports,
        wellknown,
        descriptions,
        samples,
        cases,
        clients,
        attachments,
        attachment_files,
    ):
        app.include_router(guarded.router, dependencies=[GUARD])
    app.include_router(hubs.parcels, dependencies=[GUARD])
    app.include_router(attachments.checks, dependencies=[GUARD])
    return app
