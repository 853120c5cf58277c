"""A restored backup brings nobody back who was revoked (I-16)."""

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from usga_assessment.cli.restored import restored
from usga_assessment.storage.revocations import Ended, Revocations

from tests.service.assessment.sync.test_pull import _AlsoTheirOwn
from tests.support.collecting import (
    HERE,
    INSTALL,
    NOW,
    SERVICE_TOKEN,
    Collecting,
    TickingClock,
    bearer,
    coded_interview,
    interview,
    withdraw,
)


@pytest.fixture
async def open_to_all(here: Collecting) -> Any:
    """Tokens that were really handed out open something, beside those of the tests."""
    here.app.state.authenticator = _AlsoTheirOwn(here.database, TickingClock(NOW))
    yield here
    await here.app.state.authenticator.aclose()


async def enrol(here: Collecting) -> dict[str, Any]:
    invited = await here.post("/v1/devices/enrolments", {"assessment": HERE, "label": "x"})
    code = {"code": invited.json()["code"], "install": str(uuid4()), "name": "x"}
    answer = await here.client.post("/v1/devices", json=code)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def backup_of_before(here: Collecting) -> None:
    """The tables as they stood before anything was revoked."""
    async with here.database.write() as session:
        connection = await session.connection()
        await connection.execute(text("UPDATE credential SET revoked_at = NULL"))
        await connection.execute(text("UPDATE device SET revoked_at = NULL, wipe = false"))
    here.app.state.authenticator.forget()


async def opens(here: Collecting, token: str) -> int:
    return (await here.get("/v1/auth/me", by=token)).status_code


@pytest.mark.parametrize("wipe", [True, False])
async def test_a_revoked_tablet_stays_revoked_I16(open_to_all: Collecting, wipe: bool) -> None:
    here = open_to_all
    lost, kept = await enrol(here), await enrol(here)
    await here.post(f"/v1/devices/{lost['device']}/revocation", {"wipe": wipe})
    await backup_of_before(here)
    assert await opens(here, lost["token"]) == 200, "the backup alone lets it in again"

    done = await restored(here.app.state.sync.settings)
    here.app.state.authenticator.forget()
    assert done.revoked == 1
    refused = await here.get("/v1/sync/changes", by=lost["token"])
    assert (refused.status_code, refused.json().get("wipe", False)) == (401, wipe)
    assert await opens(here, kept["token"]) == 200
    page = (await here.get("/v1/devices")).json()["items"]
    assert {d["id"] for d in page if d["revoked_at"]} == {lost["device"]}
    assert (await restored(here.app.state.sync.settings)).revoked == 0


async def test_a_wipe_that_was_asked_for_is_asked_for_again_I16(open_to_all: Collecting) -> None:
    here = open_to_all
    tablet = await enrol(here)
    changed = await here.client.patch(
        f"/v1/devices/{tablet['device']}", json={"wipe": True}, headers=bearer("supervisor")
    )
    assert changed.status_code == 200, changed.text
    await backup_of_before(here)
    await restored(here.app.state.sync.settings)
    page = (await here.get("/v1/sync/changes", by=tablet["token"])).json()
    assert "wipe" in {item["kind"] for item in page["items"]}


async def test_a_partners_key_stays_revoked_I16(open_to_all: Collecting) -> None:
    here = open_to_all
    body = {"name": "gis", "assessments": [HERE], "expires_at": "2026-07-01T00:00:00Z"}
    key = (await here.post("/v1/auth/api-keys", body, by="coordinator")).json()
    gone = await here.client.delete(
        f"/v1/auth/api-keys/{key['id']}", headers=bearer("coordinator")
    )
    assert gone.status_code == 204, gone.text
    await backup_of_before(here)
    assert (await restored(here.app.state.sync.settings)).revoked == 1
    assert await opens(here, key["key"]) == 401


async def test_codes_that_nobody_used_end_with_a_restore_I16(open_to_all: Collecting) -> None:
    """Which of them were used since the backup is lost with the database."""
    here = open_to_all
    invited = await here.post("/v1/devices/enrolments", {"assessment": HERE, "label": "x"})
    await restored(here.app.state.sync.settings, clock=TickingClock(NOW))
    body = {"code": invited.json()["code"], "install": str(uuid4())}
    answer = await here.client.post("/v1/devices", json=body)
    assert answer.json()["type"].endswith("/enrolment-code-refused")


@pytest.mark.parametrize("path", ["extract", "paradata"])
async def test_who_follows_the_feed_begins_anew_I16(here: Collecting, path: str) -> None:
    """What a follower took in may be lost here: its place is refused, the beginning is not."""

    async def page(cursor: str | None) -> Any:
        return await here.client.post(
            f"/internal/v1/assessments/{HERE}/{path}",
            json={"instrument": "skeleton", "variables": ["sex"], "cursor": cursor},
            headers={"X-USGA-Service": SERVICE_TOKEN},
        )

    await here.push(interview(1))
    first = (await page(None)).json()
    assert (await page(first["next"])).json()["items"] == []
    await restored(here.app.state.sync.settings)
    refused = await page(first["next"])
    assert refused.status_code == 400
    assert refused.json()["type"].endswith("/invalid-cursor")
    assert (await page(None)).json()["items"] == first["items"]


async def test_numbers_of_what_came_after_a_withdrawal_are_not_lost_I16_P17(
    coded: Collecting,
) -> None:
    """Its tablet deleted it; without its number no range digest would match any more."""
    first = coded_interview(1)
    edit = first.edited()
    await coded.push(first)
    await withdraw(coded)
    assert (await coded.push(edit)).state(edit) == "withdrawn"
    query = {"ranges": [{"install": str(INSTALL), "first": 1, "last": 2}]}
    before = (await coded.post("/v1/sync/check", query, by="device")).json()["ranges"]
    async with coded.database.write() as session:  # a backup from before the edit came
        connection = await session.connection()
        await connection.execute(text("DELETE FROM submission_revision WHERE seq = 2"))
        await connection.execute(text("UPDATE install_sequence SET ranges = '[[1,1]]'"))
    await restored(coded.app.state.sync.settings)
    after = (await coded.post("/v1/sync/check", query, by="device")).json()
    assert after["ranges"] == before
    assert after["sequence"][0]["gaps"] == []
    assert (await coded.push(edit)).state(edit) == "withdrawn"


def test_half_a_line_spoils_no_other_I16(tmp_path: Path) -> None:
    """A crash in the middle of a note: nobody was told that it was done."""
    revocations = Revocations(tmp_path / "keys")
    first, second = (Ended(subject=str(UUID(int=n)), at=NOW, wipe=n == 2) for n in (1, 2))
    revocations.note(first)
    path = tmp_path / "keys" / "revocations.ndjson"
    path.write_bytes(path.read_bytes() + b'{"subject": "00')
    assert revocations.read() == [first]
    revocations.note(second)
    assert revocations.read() == [first, second]
    assert path.stat().st_mode & 0o777 == 0o600
