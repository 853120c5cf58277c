"""What routes ask for: sessions, repositories, the caller."""

from typing import Annotated

from fastapi import Depends
from usga_shared.auth.dependencies import KnownActor, OptionalActor, ServiceOnly
from usga_shared.clients.assessment import AssessmentClient
from usga_shared.database.session import SessionDep
from usga_shared.http.state import ClockDep, CursorDep, DatabaseDep, kept

from usga_indicators.domain.definition import Definition
from usga_indicators.operations.follow_feed import FeedFollower
from usga_indicators.operations.known_definitions import KnownDefinitions
from usga_indicators.operations.read_live import LiveDesk
from usga_indicators.operations.read_observations import ObservationReader
from usga_indicators.operations.read_quality import QualityDesk
from usga_indicators.operations.read_spatial import SpatialDesk
from usga_indicators.operations.verifier import Verifier
from usga_indicators.operations.weight_desk import WeightDesk
from usga_indicators.storage.extract_files import ExtractFiles
from usga_indicators.storage.observations import Observations
from usga_indicators.storage.releases import Releases
from usga_indicators.storage.statistics_files import StatisticsFiles
from usga_indicators.storage.weights import Weights

__all__ = [
    "AssessmentDep",
    "CatalogueDep",
    "ClockDep",
    "CursorDep",
    "DatabaseDep",
    "FilesDep",
    "FollowerDep",
    "KeptDep",
    "KnownActor",
    "KnownDep",
    "LiveDep",
    "ObservationsDep",
    "OptionalActor",
    "QualityDep",
    "ReaderDep",
    "ReleasesDep",
    "ServiceOnly",
    "SpatialDep",
    "VerifierDep",
    "WeightDeskDep",
    "WeightsDep",
]


CatalogueDep = Annotated[tuple[Definition, ...], kept("catalogue")]


def _known(database: DatabaseDep, shipped: CatalogueDep) -> KnownDefinitions:
    return KnownDefinitions(database, shipped)


async def _releases(session: SessionDep) -> Releases:
    return Releases(session)


async def _observations(session: SessionDep) -> Observations:
    return Observations(session)


async def _weights(session: SessionDep) -> Weights:
    return Weights(session)


ReleasesDep = Annotated[Releases, Depends(_releases)]
ObservationsDep = Annotated[Observations, Depends(_observations)]
AssessmentDep = Annotated[AssessmentClient, kept("assessment")]
KnownDep = Annotated[KnownDefinitions, Depends(_known)]
FilesDep = Annotated[ExtractFiles, kept("files")]
FollowerDep = Annotated[FeedFollower, kept("follower")]
VerifierDep = Annotated[Verifier, kept("verifier")]
ReaderDep = Annotated[ObservationReader, kept("reader")]
SpatialDep = Annotated[SpatialDesk, kept("spatial")]
QualityDep = Annotated[QualityDesk, kept("quality")]
KeptDep = Annotated[StatisticsFiles, kept("kept")]
WeightsDep = Annotated[Weights, Depends(_weights)]
WeightDeskDep = Annotated[WeightDesk, kept("weight_desk")]
LiveDep = Annotated[LiveDesk, kept("live")]
