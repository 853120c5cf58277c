"""Durable before ack; nothing sealed anywhere in clear; crashes at every point."""

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DataError
from usga_assessment.storage.ingest import IngestWriter
from usga_shared.auth.headers import SERVICE_HEADER
from usga_shared.database.direct import PostgresDirect, SqliteDirect
from usga_shared.database.engine import Database

from tests.support.collecting import (
    CODED,
    SERVICE_TOKEN,
    Collecting,
    add_form,
    coded_interview,
    collecting,
    interview,
    review,
    withdraw,
)

_OF_INTERVIEWS = (
    "review",
    "submission_content",
    "submission_revision",
    "audit_entry",
    "sync_counter",
)
CANARY = "canary-7f3a-do-not-leak"


class Crash(RuntimeError):
    """The process is gone."""


def crash_at(here: Collecting, name: str, *, times: int = 1) -> None:
    """Let the ingest writer die at a named point."""
    left = [times]

    def point(reached: str) -> None:
        if reached == name and left[0]:
            left[0] -= 1
            raise Crash(name)

    writer: IngestWriter = here.app.state.sync._writer
    writer._crash_point = point


def holding(folder: Path, canary: str) -> list[Path]:
    """The files that hold these bytes."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return [path for path in files if canary.encode() in path.read_bytes()]


class TestCommit:
    @pytest.mark.parametrize("point", ["before_transaction", "before_commit"])
    async def test_a_commit_that_fails_is_never_answered_2xx_P43_I1(
        self, here: Collecting, point: str
    ) -> None:
        crash_at(here, point)
        one = interview()
        response = await here.push_bytes(one.line + b"\n")
        assert response.status_code == 500
        assert "receipt" not in response.text
        assert not await here.rows("SELECT 1 FROM submission_revision")
        assert (await here.push(one)).state(one) == "stored"

    async def test_a_crash_after_the_commit_loses_and_doubles_nothing_I2(
        self, here: Collecting
    ) -> None:
        crash_at(here, "after_commit")
        one = interview()
        assert (await here.push_bytes(one.line + b"\n")).status_code == 500
        answer = await here.push(one)  # in doubt: sent again
        assert answer.state(one) == "duplicate"
        assert len(await here.rows("SELECT 1 FROM submission_content")) == 1

    async def test_a_failed_commit_of_the_driver_is_never_answered_2xx_I1(
        self, here: Collecting, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def fail(_direct: Any) -> None:
            raise sqlite3.OperationalError("database or disk is full")

        for driver in (SqliteDirect, PostgresDirect):
            monkeypatch.setattr(driver, "_commit", fail)
        one = interview()
        response = await here.push_bytes(one.line + b"\n")
        assert response.status_code >= 500
        monkeypatch.undo()
        assert (await here.push(one)).state(one) == "stored"

    @pytest.mark.parametrize("error", [DataError("", None, ValueError()), OverflowError()])
    async def test_neighbours_of_a_failing_request_are_stored_I6(
        self, here: Collecting, error: Exception
    ) -> None:
        writer: IngestWriter = here.app.state.sync._writer
        commit = writer._commit
        poison = interview(66)

        async def poisoned(pushes: list[Any]) -> list[Any]:
            if any(i.envelope.id == poison.id for push in pushes for i in push.items):
                raise error
            return await commit(pushes)

        writer._commit = poisoned  # type: ignore[method-assign]
        others = [interview(seq) for seq in range(1, 9)]
        responses = await asyncio.gather(
            *(here.push_bytes(each.line + b"\n") for each in (*others[:4], poison, *others[4:]))
        )
        assert [r.status_code for r in responses] == [200] * 4 + [500] + [200] * 4
        assert len(await here.rows("SELECT 1 FROM submission_revision")) == 8

    async def test_group_commit_joins_waiting_requests(self, here: Collecting) -> None:
        transactions = 0

        def count(name: str) -> None:
            nonlocal transactions
            transactions += name == "after_commit"

        here.app.state.sync._writer._crash_point = count
        answers = await asyncio.gather(*(here.push(interview(seq)) for seq in range(1, 25)))
        assert all(a.receipt.batch.count == 1 for a in answers)
        assert transactions < 24
        assert len(await here.rows("SELECT 1 FROM submission_revision")) == 24


class TestFeedOrder:
    async def test_the_feed_has_no_holes_and_no_twins(self, here: Collecting) -> None:
        await asyncio.gather(
            *(here.push(*(interview(10 * n + k) for k in range(5))) for n in range(1, 7))
        )
        rows = await here.rows("SELECT feed FROM submission_revision ORDER BY feed")
        assert [row["feed"] for row in rows] == list(range(1, 31))


class TestTwoProcesses:
    async def test_racing_writers_of_two_applications_store_once_I3(
        self, assessment_db_url: str, tmp_path: Path
    ) -> None:
        async with (
            collecting(assessment_db_url, tmp_path) as one,
            collecting(assessment_db_url, tmp_path) as two,
        ):
            batch = [interview(seq) for seq in range(1, 6)]
            answers = await asyncio.gather(
                *(app.push(*batch) for _ in range(4) for app in (one, two))
            )
            for each in batch:
                states = sorted(a.state(each) for a in answers)
                assert states == ["duplicate"] * 7 + ["stored"]
            feeds = await one.rows("SELECT feed FROM submission_revision ORDER BY feed")
            assert [row["feed"] for row in feeds] == [1, 2, 3, 4, 5]


class TestSecrecy:
    async def test_sealed_answers_stand_nowhere_in_clear(
        self, here: Collecting, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        async with here.database.write() as session:
            await add_form(session, CODED.encode())
        one = coded_interview(remark=CANARY, visit=[{"who": CANARY, "minutes": 1}])
        one.document["answers"]["withdraw_code"] = CANARY
        one.document["paradata"] = {"note": CANARY}
        one.__post_init__()
        broken = coded_interview(2, remark=CANARY, age=CANARY)
        unknown = coded_interview(3, remark=CANARY, surprise=CANARY)
        await here.push(one, broken, unknown)
        await here.push_bytes(f'{{"id": "{CANARY}", "x": "{CANARY}"}}\n{{"'.encode())
        await here.get(f"/v1/submissions/{one.id}")
        printed = capsys.readouterr()
        assert CANARY not in printed.out + printed.err
        for table in ("submission_revision", "audit_entry", "review", "install_sequence"):
            for row in await here.rows(f"SELECT * FROM {table}"):
                assert CANARY not in str(row)
        for row in await here.rows("SELECT * FROM submission_content"):
            for name, value in row.items():
                # An answer of class open may hold anything; it is what the form says it is.
                if name != "open" and isinstance(value, bytes):
                    assert CANARY.encode() not in value

    async def test_the_database_file_holds_no_canary(self, tmp_path: Path) -> None:
        from tests.support.databases import create_tables

        url = f"sqlite+aiosqlite:///{tmp_path}/a.db"
        await create_tables(url, "assessment")
        async with collecting(url, tmp_path) as here:
            async with here.database.write() as session:
                await add_form(session, CODED.encode())
            await here.push(coded_interview(remark=CANARY))
            await here.push(coded_interview(2, remark=CANARY, age="x"))
        assert not holding(tmp_path, CANARY)

    async def test_a_destroyed_class_key_makes_its_parts_unreadable(
        self, here: Collecting
    ) -> None:
        from usga_assessment.domain.sealing.box import SealedClass

        async with here.database.write() as session:
            await add_form(session, CODED.encode())
        one = coded_interview(remark="secret")
        await here.push(one)
        here.app.state.sync.keyring.destroy_class("KE-TEST-2026", SealedClass.TEXT)
        detail = (await here.get(f"/v1/submissions/{one.id}")).json()
        assert "remark" not in detail["answers"]
        assert detail["answers"]["withdraw_code"] == "7KQ4-9XPM"


async def test_the_epoch_changes_after_a_restore_I16(here: Collecting) -> None:
    from usga_assessment.storage.installation import renew_epoch

    before = (await here.push(interview(1))).receipt.epoch
    database: Database = here.database
    await renew_epoch(database, here.app.state.clock, restores=1)
    after = (await here.push(interview(2))).receipt.epoch
    assert before != after
    answer = await here.post("/v1/sync/check", {}, by="device")
    assert answer.json()["epoch"] == after


async def test_a_restored_backup_forgets_what_was_withdrawn_P17_I16(
    coded: Collecting, tmp_path: Path
) -> None:
    """The withdrawn interview comes back with the backup, and goes again with the replay."""
    from usga_assessment.cli.restored import restored

    held, unknown = coded_interview(1), coded_interview(2, withdraw_code="OTHER-CODE")
    await coded.push(held, unknown)
    await withdraw(coded)
    await withdraw(coded, code="OTHER-CODE")
    async with coded.database.write() as session:  # a backup from before both
        connection = await session.connection()
        await connection.execute(
            text("UPDATE submission_revision SET state = 'stored' WHERE seq = 1")
        )
        await connection.execute(text("DELETE FROM submission_revision WHERE seq = 2"))
    before = (await coded.push(held)).receipt.epoch
    epoch, again, _ = await restored(coded.app.state.sync.settings)
    assert again == 2
    assert epoch != before
    for one in (held, unknown, held.edited(seq=9)):
        assert (await coded.push(one)).state(one) == "withdrawn"
    assert (await restored(coded.app.state.sync.settings))[1] == 0


async def test_after_a_restore_old_cursors_skip_nothing(coded: Collecting) -> None:
    """Places in the feed that were given in the lost time are given again; cursors know them."""
    from usga_assessment.cli.restored import restored

    first, *lost = (coded_interview(seq) for seq in range(1, 6))
    await coded.push(first)
    backup = await coded.rows("SELECT feed FROM sync_counter")
    for one in lost:
        await coded.push(one)
        await review(coded, one.id, "return")
    cursor = (await coded.get("/v1/sync/changes", by="device")).json()["next"]
    for _ in range(2):  # restored twice from the same backup
        async with coded.database.write() as session:
            connection = await session.connection()
            await connection.execute(text("DELETE FROM review"))
            for table in ("submission_content", "submission_revision"):
                await connection.execute(
                    text(
                        f"DELETE FROM {table} WHERE pk NOT IN "
                        "(SELECT pk FROM submission_revision WHERE seq = 1)"
                    )
                )
            await connection.execute(text("UPDATE sync_counter SET feed = :feed"), backup[0])
        await restored(coded.app.state.sync.settings)
        await review(coded, first.id, "return")
        page = await coded.get("/v1/sync/changes", by="device", cursor=cursor)
        assert str(first.id) in {item["id"] for item in page.json()["items"]}
        cursor = page.json()["next"]
        async with coded.database.write() as session:
            await (await session.connection()).execute(
                text("UPDATE submission_revision SET state = 'stored', feed = 1")
            )


async def test_after_a_restore_to_the_beginning_old_cursors_skip_nothing(
    coded: Collecting,
) -> None:
    from usga_assessment.cli.restored import restored

    one = coded_interview(1)
    await coded.push(one)
    await review(coded, one.id, "return")
    cursor = (await coded.get("/v1/sync/changes", by="device")).json()["next"]
    async with coded.database.write() as session:  # a backup from before the first interview
        for table in _OF_INTERVIEWS:
            await (await session.connection()).execute(text(f"DELETE FROM {table}"))
    await restored(coded.app.state.sync.settings)
    await coded.push(one)
    await review(coded, one.id, "return")
    page = await coded.get("/v1/sync/changes", by="device", cursor=cursor)
    assert [item["id"] for item in page.json()["items"]] == [str(one.id)]


async def test_a_tablet_that_enrolled_again_hears_of_what_it_sent_before(
    coded: Collecting,
) -> None:
    """Its install is the same, its device is new and has sent nothing yet."""
    one = coded_interview(1)
    await coded.push(one, by="device")
    await review(coded, one.id, "return")
    page = await coded.get("/v1/sync/changes", by="device-b")
    assert str(one.id) in {item["id"] for item in page.json()["items"]}


async def test_the_tombstone_of_what_the_backup_lacks_is_counted_and_told(
    coded: Collecting,
) -> None:
    """Its number is no gap, and who follows the feed hears that the interview is gone."""
    from usga_assessment.cli.restored import restored

    one, gone = coded_interview(1), coded_interview(2, withdraw_code="OTHER-CODE")
    await coded.push(one, gone)
    await withdraw(coded, code="OTHER-CODE")
    async with coded.database.write() as session:  # a backup from before it came
        connection = await session.connection()
        await connection.execute(text("DELETE FROM submission_revision WHERE seq = 2"))
        await connection.execute(text("UPDATE install_sequence SET ranges = '[[1,1]]'"))
    await restored(coded.app.state.sync.settings)
    answer = await coded.push(coded_interview(3))
    assert answer.receipt.sequence is not None
    assert answer.receipt.sequence.contiguous == 3
    page = await coded.client.post(
        "/internal/v1/assessments/KE-TEST-2026/extract",
        json={"instrument": "coded", "variables": ["age"]},
        headers={SERVICE_HEADER: SERVICE_TOKEN},
    )
    found = [item["removed_because"] for item in page.json()["items"]]
    assert sorted(map(str, found)) == ["None", "None", "withdrawn"]
