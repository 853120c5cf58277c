"""Revocations stand outside the database too: a restored backup must not make them undone."""

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import orjson
from sqlalchemy import update
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from usga_assessment.storage.credentials import Credentials
from usga_assessment.storage.folders import open_folder, sync_folder
from usga_assessment.storage.tables.field import DeviceRow, EnrolmentCodeRow
from usga_assessment.storage.tables.hub import HubRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """Whose credentials were ended and when; `wipe`: its tablet is to be erased."""

    subject: str
    at: datetime
    revoked: bool = True
    wipe: bool = False


class Revocations:
    """One append-only file beside the keys, backed up apart from the database."""

    def __init__(self, key_dir: Path) -> None:
        self._file = key_dir / "revocations.ndjson"

    def note(self, ended: Ended) -> None:
        """Append what is about to be revoked; on disk when this returns."""
        line = {
            "subject": ended.subject, "at": ended.at.isoformat(), "revoked": ended.revoked,
            "wipe": ended.wipe,
        }  # fmt: skip
        open_folder(self._file.parent)
        descriptor = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "ab") as file:
            file.write(b"\n" + orjson.dumps(line) + b"\n")  # a crash may have left half a line
            file.flush()
            os.fsync(file.fileno())
        sync_folder(self._file.parent)  # it may be new

    def read(self) -> list[Ended]:
        """Everything that was noted, in order; half a line was never answered for."""
        lines = self._file.read_bytes().split(b"\n") if self._file.exists() else []
        return [ended for line in lines if (ended := _ended(line)) is not None]


def _ended(line: bytes) -> Ended | None:
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(value, dict):  # rubbish of a loss of power may be a number
        return None
    return Ended(
        subject=value["subject"], at=datetime.fromisoformat(value["at"]),
        revoked=value["revoked"], wipe=value["wipe"],
    )  # fmt: skip


async def end_again(session: AsyncSession, every: list[Ended], now: datetime) -> int:
    """End what was ended, after a restore; how many credentials were active again.

    Enrolment codes that the backup holds as unused end too: which of them were used since is lost
    with the database.
    """
    again = 0
    for ended in every:
        if ended.revoked:
            again += await Credentials(session).revoke(subject=ended.subject, at=ended.at)
        await _mark(session, ended)
    await session.exec(
        update(EnrolmentCodeRow)
        .where(col(EnrolmentCodeRow.used_at).is_(None))
        .where(col(EnrolmentCodeRow.expires_at) > now)
        .values(expires_at=now)
    )
    return again


async def _mark(session: AsyncSession, ended: Ended) -> None:
    """The tablet or hub itself, if it is one: partners' keys and people have no row of it."""
    try:
        subject = UUID(ended.subject)
    except ValueError:
        return
    if ended.revoked:
        for table in (DeviceRow, HubRow):
            await session.exec(
                update(table)
                .where(col(table.id) == subject)
                .where(col(table.revoked_at).is_(None))
                .values(revoked_at=ended.at)
            )
    if ended.wipe:
        await session.exec(update(DeviceRow).where(col(DeviceRow.id) == subject).values(wipe=True))
