"""What supervisors see of their tablets (P-67)."""

from typing import Any
from uuid import UUID

import pytest

from tests.support.collecting import DEVICE, INSTALL, Collecting, bearer, interview

TELLS = {"USGA-Client": "field-app/3.1.4", "USGA-Unsent": "7"}


async def pull(here: Collecting, **headers: str) -> None:
    given = {**bearer("device"), **headers}
    response = await here.client.get("/v1/sync/changes", headers=given)
    assert response.status_code == 200, response.text


async def seen(here: Collecting) -> dict[str, Any]:
    page = (await here.get("/v1/devices")).json()
    (found,) = [item for item in page["items"] if item["id"] == DEVICE]
    return dict(found)


async def test_a_tablet_tells_version_unsent_and_clock_P67(here: Collecting) -> None:
    assert (await seen(here))["report"] is None
    await pull(here)
    assert (await seen(here))["report"] is None, "who says nothing is not guessed at"
    await pull(here, **TELLS, Date="Mon, 01 Jun 2026 10:00:00 GMT")
    told = (await seen(here))["report"]
    assert (told["client"], told["unsent"]) == ("field-app/3.1.4", 7)
    assert told["clock_skew"] == pytest.approx(3600, abs=30)
    await pull(here, **{**TELLS, "USGA-Unsent": "0"})
    told = (await seen(here))["report"]
    assert (told["unsent"], told["clock_skew"]) == (0, None)


async def test_a_push_that_pulls_tells_too_and_gaps_show_P67(here: Collecting) -> None:
    bodies = b"".join(interview(seq).line + b"\n" for seq in (1, 2, 5))
    response = await here.client.post(
        "/v1/sync/submissions?changes_since=",
        content=bodies,
        headers={"Content-Type": "application/x-ndjson", **bearer("device"), **TELLS},
    )
    assert response.status_code == 200
    found = await seen(here)
    assert found["report"]["unsent"] == 7
    assert UUID(found["held"]["install"]) == INSTALL
    assert (found["held"]["contiguous"], found["held"]["gaps"]) == (2, [[3, 4]])


@pytest.mark.parametrize("header", [
    {"USGA-Client": "x" * 200}, {"USGA-Client": "<script>/1"}, {"USGA-Client": ""},
])  # fmt: skip
async def test_odd_words_are_not_kept_P67(here: Collecting, header: dict[str, str]) -> None:
    await pull(here, **header)
    assert (await seen(here))["report"] is None


@pytest.mark.parametrize("header", [
    {"USGA-Unsent": "-1"}, {"USGA-Unsent": "9" * 40}, {"Date": "soon"}, {"USGA-Unsent": "many"},
    {"Date": "Mon, 99 Jun 2026 10:00:00 GMT"},
])  # fmt: skip
async def test_odd_numbers_fail_no_sync_P67(here: Collecting, header: dict[str, str]) -> None:
    await pull(here, **{"USGA-Client": "a/1", **header})
    told = (await seen(here))["report"]
    assert (told["unsent"], told["clock_skew"]) == (None, None)
