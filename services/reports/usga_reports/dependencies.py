"""What routes ask for: repositories, the caller, the parts of the application."""

from typing import Annotated

from fastapi import Depends
from usga_shared.auth.dependencies import KnownActor, OptionalActor
from usga_shared.clients.indicators import IndicatorsClient
from usga_shared.database.session import SessionDep
from usga_shared.http.state import ClockDep, CursorDep, DatabaseDep, kept

from usga_reports.operations.check_standing import Standings
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
    "StandingsDep",
    "VerifierDep",
    "WorkerDep",
]


async def _reports(session: SessionDep) -> Reports:
    return Reports(session)


async def _order_desk(database: DatabaseDep) -> OrderDesk:
    return OrderDesk(database)


OrderDeskDep = Annotated[OrderDesk, Depends(_order_desk)]
"""For orders, which ask another service first: no transaction is open while they wait for it."""
ReportsDep = Annotated[Reports, Depends(_reports)]
IndicatorsDep = Annotated[IndicatorsClient, kept("indicators")]
ArtefactsDep = Annotated[Artefacts, kept("artefacts")]
StandingsDep = Annotated[Standings, kept("standings")]
VerifierDep = Annotated[Verifier, kept("verifier")]
WorkerDep = Annotated[Worker, kept("worker")]
