"""A client that is too old gets no new work, and strands nothing (P-71)."""

from typing import Any

import pytest
from usga_assessment.domain.access.clients import MinimumClients
from usga_shared.wire.vocabulary import ItemState

from tests.support.collecting import DEVICE, INSTALL, Collecting, bearer, interview

OLD, NEW = {"USGA-Client": "field-app/3.1.4"}, {"USGA-Client": "field-app/3.2"}


@pytest.fixture
def here(here: Collecting) -> Collecting:
    here.app.state.minimum_clients = MinimumClients.of("field-app/3.2")
    return here


async def get(here: Collecting, path: str, headers: dict[str, str]) -> Any:
    return await here.client.get(path, headers={**bearer("device"), **headers})


@pytest.mark.parametrize("path", ["/v1/sync/changes", "/v1/sync/snapshot"])
async def test_an_old_client_is_told_what_to_do_P71(here: Collecting, path: str) -> None:
    refused = await get(here, path, {**OLD, "Accept-Language": "es"})
    assert refused.status_code == 403
    problem = refused.json()
    assert problem["type"].endswith("/client-outdated")
    assert (problem["client"], problem["minimum"]) == ("field-app/3.1.4", "3.2")
    assert "Instale" in problem["detail"]
    for given in (NEW, {}, {"USGA-Client": "field-app/dev"}, {"USGA-Client": "other/0.1"}):
        assert (await get(here, path, given)).status_code == 200


async def test_what_an_old_client_finished_is_always_taken_P71(here: Collecting) -> None:
    one, two, three = interview(1), interview(2), interview(3)
    answer = await here.push(one, **OLD)
    assert answer.state(one) == ItemState.STORED
    pulling = await here.client.post(
        "/v1/sync/submissions?changes_since=",
        content=two.line + b"\n",
        headers={"Content-Type": "application/x-ndjson", **bearer("device"), **OLD},
    )
    assert pulling.status_code == 200
    assert here.read(pulling, [two]).state(two) == ItemState.STORED
    assert pulling.json()["changes"] is None, "no new work comes along"
    single = await here.client.post(
        "/v1/submissions", content=three.line,
        headers={"Content-Type": "application/json", **bearer("device"), **OLD},
    )  # fmt: skip
    assert here.read(single, [three]).state(three) == ItemState.STORED
    checked = await here.client.post(
        "/v1/sync/check", headers={**bearer("device"), **OLD},
        json={"ranges": [{"install": str(INSTALL), "first": 1, "last": 3}]},
    )  # fmt: skip
    assert checked.json()["ranges"][0]["count"] == 3


async def test_the_fleet_shows_who_is_to_be_updated_P71(here: Collecting) -> None:
    for headers, is_old in ((OLD, True), (NEW, False)):
        await get(here, "/v1/sync/changes", headers)
        page = (await here.get("/v1/devices")).json()
        (found,) = [item for item in page["items"] if item["id"] == DEVICE]
        assert found["report"]["client"] == headers["USGA-Client"]
        assert found["report"]["outdated"] is is_old
