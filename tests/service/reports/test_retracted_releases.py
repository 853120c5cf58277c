"""What was made of a release that is retracted is handed out no longer."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from usga_shared.wire.release import Retraction
from usga_shared.wire.vocabulary import ReleaseState, RetractionReason

from tests.service.reports.conftest import Service

TEXT = {"en": "Two strata were exchanged.", "es": "Se intercambiaron dos estratos."}


def take_back(service: Service) -> None:
    """As the indicators service tells it from then on."""
    bundle = service.others.bundle
    gone = Retraction(
        at=datetime(2026, 8, 3, 9, tzinfo=UTC), reason=RetractionReason.WRONG_METHOD, text=TEXT
    )
    changed = {"state": ReleaseState.RETRACTED, "retraction": gone}
    release = bundle.release.model_copy(update=changed)
    service.others.bundle = bundle.model_copy(update={"release": release})


async def ordered(
    client: httpx.AsyncClient, service: Service, staff: dict[str, str]
) -> httpx.Response:
    body = {
        "release": service.others.bundle.release.id,
        "template": "city-report",
        "language": "en",
        "format": "html",
    }
    return await client.post("/v1/reports", json=body, headers=staff)


async def finished(client: httpx.AsyncClient, path: str, staff: dict[str, str]) -> dict[str, Any]:
    async with asyncio.timeout(60):
        while True:
            found: dict[str, Any] = (await client.get(path, headers=staff)).json()
            if found["state"] in {"ready", "failed"}:
                return found
            await asyncio.sleep(0.02)


async def test_its_reports_are_410_and_no_304_outlives_it(
    service: Service, staff: dict[str, str]
) -> None:
    async with service.start() as client:
        path = (await ordered(client, service, staff)).headers["Location"]
        assert (await finished(client, path, staff))["state"] == "ready"
        whole = await client.get(f"{path}/content")
        assert whole.headers["Cache-Control"] == "public, no-cache"
        held = {"If-None-Match": whole.headers["ETag"]}
        assert (await client.get(f"{path}/content", headers=held)).status_code == 304
        service.others.indicators_down = True  # what stands is given without that service
        assert (await client.get(f"{path}/content")).status_code == 200
        service.others.indicators_down = False
        take_back(service)
        for headers in (held, staff, {}, {"Accept-Language": "es"}):
            answer = await client.get(f"{path}/content", headers=headers)
            assert answer.status_code == 410
        problem = answer.json()
        assert problem["type"].endswith("/release-retracted")
        assert (problem["since"], problem["because"]) == ("2026-08-03T09:00:00Z", TEXT["es"])
        assert (problem["reason"], problem["use_instead"]) == ("wrong_method", None)
        assert (await client.get(f"{path}/verification")).status_code == 410
    service.others.indicators_down = True  # it was heard of: silence does not undo it
    async with service.start() as client:  # nor does a restart
        assert (await client.get(f"{path}/content")).status_code == 410


async def test_no_report_of_it_is_ordered(
    service: Service, staff: dict[str, str], stranger: dict[str, str]
) -> None:
    take_back(service)
    async with service.start(work=False) as client:
        answer = await ordered(client, service, staff)
        assert (answer.status_code, answer.json()["because"]) == (410, TEXT["en"])
        assert (await ordered(client, service, stranger)).status_code == 403


async def test_one_in_the_making_is_given_up(
    service: Service, staff: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with service.start(work=False) as client:
        path = (await ordered(client, service, staff)).headers["Location"]
    take_back(service)
    others = service.others

    def answer(request: httpx.Request) -> httpx.Response:
        if not request.url.path.endswith("/bundle"):
            return others(request)
        media = {"Content-Type": "application/problem+json"}
        return httpx.Response(410, json={"status": 410}, headers=media)

    monkeypatch.setattr(service, "others", answer)
    async with service.start() as client:
        found = await finished(client, path, staff)
        assert (found["state"], found["problem"]) == ("failed", "release-gone")
