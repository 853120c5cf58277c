"""What routes ask for: sessions, repositories, the caller."""

from typing import Annotated

from fastapi import Depends, Request
from usga_shared.auth.dependencies import KnownActor, OptionalActor, ServiceOnly
from usga_shared.clients.assessment import AssessmentClient
from usga_shared.clock import Clock
from usga_shared.database.engine import Database
from usga_shared.database.session import SessionDep
from usga_shared.pagination import CursorCodec

from usga_indicators.domain.definition import Definition
from usga_indicators.operations.follow_feed import FeedFollower
from usga_indicators.operations.read_observations import ObservationReader
from usga_indicators.operations.verifier import Verifier
from usga_indicators.storage.extract_files import ExtractFiles
from usga_indicators.storage.observations import Observations
from usga_indicators.storage.releases import Releases

__all__ = [
    "AssessmentDep",
    "CatalogueDep",
    "ClockDep",
    "CursorDep",
    "DatabaseDep",
    "FilesDep",
    "FollowerDep",
    "KnownActor",
    "ObservationsDep",
    "OptionalActor",
    "ReaderDep",
    "ReleasesDep",
    "ServiceOnly",
    "VerifierDep",
]


async def _releases(session: SessionDep) -> Releases:
    return Releases(session)


async def _observations(session: SessionDep) -> Observations:
    return Observations(session)


async def _clock(request: Request) -> Clock:
    clock: Clock = request.app.state.clock
    return clock


async def _cursors(request: Request) -> CursorCodec:
    codec: CursorCodec = request.app.state.cursors
    return codec


async def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


async def _assessment(request: Request) -> AssessmentClient:
    client: AssessmentClient = request.app.state.assessment
    return client


async def _catalogue(request: Request) -> tuple[Definition, ...]:
    definitions: tuple[Definition, ...] = request.app.state.catalogue
    return definitions


async def _files(request: Request) -> ExtractFiles:
    files: ExtractFiles = request.app.state.files
    return files


async def _follower(request: Request) -> FeedFollower:
    follower: FeedFollower = request.app.state.follower
    return follower


async def _verifier(request: Request) -> Verifier:
    verifier: Verifier = request.app.state.verifier
    return verifier


async def _reader(request: Request) -> ObservationReader:
    reader: ObservationReader = request.app.state.reader
    return reader


ReleasesDep = Annotated[Releases, Depends(_releases)]
ObservationsDep = Annotated[Observations, Depends(_observations)]
ClockDep = Annotated[Clock, Depends(_clock)]
CursorDep = Annotated[CursorCodec, Depends(_cursors)]
DatabaseDep = Annotated[Database, Depends(_database)]
AssessmentDep = Annotated[AssessmentClient, Depends(_assessment)]
CatalogueDep = Annotated[tuple[Definition, ...], Depends(_catalogue)]
FilesDep = Annotated[ExtractFiles, Depends(_files)]
FollowerDep = Annotated[FeedFollower, Depends(_follower)]
VerifierDep = Annotated[Verifier, Depends(_verifier)]
ReaderDep = Annotated[ObservationReader, Depends(_reader)]
