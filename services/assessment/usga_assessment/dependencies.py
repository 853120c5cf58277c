"""What routes ask for: sessions, repositories, keys, the caller."""

from typing import Annotated

from fastapi import Depends, Request
from usga_shared.auth.dependencies import KnownActor, OptionalActor, ServiceOnly
from usga_shared.clock import Clock
from usga_shared.database.session import ReadSessionDep, SessionDep
from usga_shared.pagination import CursorCodec

from usga_assessment.settings import Settings

__all__ = [
    "ClockDep",
    "CursorDep",
    "KnownActor",
    "OptionalActor",
    "ReadSessionDep",
    "ServiceOnly",
    "SessionDep",
    "SettingsDep",
]


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


def _clock(request: Request) -> Clock:
    clock: Clock = request.app.state.clock
    return clock


def _cursors(request: Request) -> CursorCodec:
    codec: CursorCodec = request.app.state.cursors
    return codec


SettingsDep = Annotated[Settings, Depends(_settings)]
ClockDep = Annotated[Clock, Depends(_clock)]
CursorDep = Annotated[CursorCodec, Depends(_cursors)]
