"""What routes ask for."""

from typing import Annotated

from fastapi import Depends, Request
from usga_shared.auth.dependencies import KnownActor, OptionalActor
from usga_shared.clients.indicators import IndicatorsClient
from usga_shared.clock import Clock
from usga_shared.database.session import SessionDep
from usga_shared.pagination import CursorCodec

from usga_reports.operations.verify_report import Verifier
from usga_reports.operations.worker import Worker
from usga_reports.storage.artefacts import Artefacts
from usga_reports.storage.desk import OrderDesk
from usga_reports.storage.reports import Reports

__all__ = [
    "ArtefactsDep",
    "ClockDep",
    "CursorDep",
    "IndicatorsDep",
    "KnownActor",
    "OptionalActor",
    "OrderDeskDep",
    "ReportsDep",
    "SessionDep",
    "VerifierDep",
    "WorkerDep",
]


def _reports(session: SessionDep) -> Reports:
    return Reports(session)


def _clock(request: Request) -> Clock:
    clock: Clock = request.app.state.clock
    return clock


def _cursors(request: Request) -> CursorCodec:
    codec: CursorCodec = request.app.state.cursors
    return codec


def _indicators(request: Request) -> IndicatorsClient:
    client: IndicatorsClient = request.app.state.indicators
    return client


def _artefacts(request: Request) -> Artefacts:
    artefacts: Artefacts = request.app.state.artefacts
    return artefacts


def _verifier(request: Request) -> Verifier:
    verifier: Verifier = request.app.state.verifier
    return verifier


def _worker(request: Request) -> Worker:
    worker: Worker = request.app.state.worker
    return worker


def _order_desk(request: Request) -> OrderDesk:
    return OrderDesk(request.app.state.database)


OrderDeskDep = Annotated[OrderDesk, Depends(_order_desk)]
"""For orders, which ask another service first: no transaction is open while they wait for it."""
ReportsDep = Annotated[Reports, Depends(_reports)]
ClockDep = Annotated[Clock, Depends(_clock)]
CursorDep = Annotated[CursorCodec, Depends(_cursors)]
IndicatorsDep = Annotated[IndicatorsClient, Depends(_indicators)]
ArtefactsDep = Annotated[Artefacts, Depends(_artefacts)]
VerifierDep = Annotated[Verifier, Depends(_verifier)]
WorkerDep = Annotated[Worker, Depends(_worker)]
