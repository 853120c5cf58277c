"""Reports of releases that are not published: with S3 answers for statisticians alone (ADR-0063)."""

import asyncio
from typing import Any

import httpx
import pytest
from usga_shared.wire.vocabulary import ReleaseState

from tests.service.reports.conftest import ADMIN, COORDINATOR, TOKEN, Service


def as_(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def ordered(client: httpx.AsyncClient, service: Service, token: str) -> dict[str, Any]:
    """An ordered report, once it is ready."""
    body = {
        "release": service.others.bundle.release.id,
        "template": "city-report",
        "language": "en",
        "format": "html",
    }
    answer = await client.post("/v1/reports", json=body, headers=as_(token))
    assert answer.status_code == 202, answer.text
    async with asyncio.timeout(60):
        while True:
            path = answer.headers["Location"]
            found: dict[str, Any] = (await client.get(path, headers=as_(token))).json()
            if found["state"] in {"ready", "failed"}:
                assert found["state"] == "ready"
                return found
            await asyncio.sleep(0.02)


async def content(client: httpx.AsyncClient, report: dict[str, Any], token: str) -> str:
    answer = await client.get(report["content"], headers=as_(token))
    assert answer.status_code == 200
    return answer.text


async def test_each_reads_a_report_of_their_own(service: Service) -> None:
    bundle = service.others.bundle
    severe = {i.code: i.title["en"] for i in bundle.indicators if i.sensitivity == 3}
    assert severe
    service.others.set_state(ReleaseState.FROZEN)
    async with service.start() as client:
        whole = await ordered(client, service, TOKEN)
        told = await ordered(client, service, COORDINATOR)
        assert (whole["without_s3"], told["without_s3"]) == (False, True)
        assert (await ordered(client, service, ADMIN))["id"] == told["id"]
        page = await content(client, told, COORDINATOR)
        assert await content(client, told, TOKEN) == page
        assert f"Not in this report: {', '.join(sorted(severe))}." in page
        assert not any(title in page for title in severe.values())
        full = await content(client, whole, TOKEN)
        assert all(title in full for title in severe.values())
        assert "Not in this report" not in full
        for token in (COORDINATOR, ADMIN):
            for path in ("", "/content", "/verification"):
                answer = await client.get(f"/v1/reports/{whole['id']}{path}", headers=as_(token))
                assert answer.status_code == 404
            listed = (await client.get("/v1/reports", headers=as_(token))).json()["items"]
            assert [each["id"] for each in listed] == [told["id"]]
        verified = await client.get(f"{told['content'][:-8]}/verification", headers=as_(ADMIN))
        assert verified.json()["verified"] is True


@pytest.mark.parametrize("token", [COORDINATOR, TOKEN])
async def test_once_published_there_is_one_for_all(service: Service, token: str) -> None:
    service.others.set_state(ReleaseState.FROZEN)
    async with service.start() as client:
        early = await ordered(client, service, COORDINATOR)
        service.others.set_state(ReleaseState.PUBLISHED)
        late = await ordered(client, service, token)
        assert late["id"] != early["id"]
        assert (late["release_state"], late["without_s3"]) == ("published", False)
        assert (await client.get(early["content"])).status_code == 404
        assert "Not in this report" not in (await client.get(late["content"])).text
