"""Order, follow, fetch, verify: through HTTP, on SQLite and PostgreSQL."""

import asyncio
import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from sqlalchemy.pool import QueuePool
from usga_reports.domain.template.lint import Finding, UnsoundReport
from usga_shared.wire.vocabulary import ReleaseState

from tests.service.reports import conftest
from tests.service.reports.conftest import SameProcess, Service

Headers = dict[str, str]

ORDER = {"release": "0199b0aa-0000-7000-8000-000000000001", "format": "html"}


async def ordered(client: httpx.AsyncClient, headers: Headers) -> str:
    """The address of a report that was ordered just now."""
    answer = await client.post("/v1/reports", json=ORDER, headers=headers)
    assert answer.status_code == 202, answer.text
    return answer.headers["Location"]


async def finished(
    client: httpx.AsyncClient, location: str, headers: dict[str, str]
) -> dict[str, Any]:
    view: dict[str, Any] = {}
    for _ in range(600):
        view = (await client.get(location, headers=headers)).json()
        if view["state"] in {"ready", "failed"}:
            return view
        await asyncio.sleep(0.05)
    raise AssertionError(f"never finished: {view}")


class TestOrdering:
    async def test_an_order_becomes_a_public_file_that_verifies(
        self, service: Service, staff: Headers
    ) -> None:
        async with service.start(own_process=True) as client:
            answer = await client.post(
                "/v1/reports", json={**ORDER, "format": "pdf"}, headers=staff
            )
            assert answer.status_code == 202
            location = answer.headers["Location"]
            view = await finished(client, location, staff)
            assert view["state"] == "ready"
            assert view["progress"] == 100
            fetched = await client.get(view["content"])  # no login
            assert fetched.status_code == 200
            assert fetched.headers["Content-Type"] == "application/pdf"
            assert fetched.headers["ETag"] == f'"{view["sha256"]}"'
            assert (
                'filename="XX-SPECIMEN-2026-city-report-en.pdf"'
                in fetched.headers["Content-Disposition"]
            )
            assert hashlib.sha256(fetched.content).hexdigest() == view["sha256"]
            assert len(fetched.content) == view["size"]
            again = await client.get(
                view["content"], headers={"If-None-Match": fetched.headers["ETag"]}
            )
            assert again.status_code == 304
            assert again.content == b""
            checked = (await client.get(f"{location}/verification")).json()
            assert checked["verified"] is True
            assert checked["recomputed_sha256"] == view["sha256"]

    async def test_the_same_order_is_the_same_report(
        self, service: Service, staff: Headers
    ) -> None:
        async with service.start(work=False) as client:
            answers = await asyncio.gather(
                *(client.post("/v1/reports", json=ORDER, headers=staff) for _ in range(4))
            )
            assert {a.status_code for a in answers} == {202}
            assert len({a.json()["id"] for a in answers}) == 1
            other = await client.post(
                "/v1/reports", json={**ORDER, "format": "pdf"}, headers=staff
            )
            assert other.json()["id"] != answers[0].json()["id"]

    async def test_an_idempotency_key_stands_for_one_order(
        self, service: Service, staff: Headers
    ) -> None:
        keyed = {**staff, "Idempotency-Key": "k-1"}
        async with service.start(work=False) as client:
            first = await client.post("/v1/reports", json=ORDER, headers=keyed)
            again = await client.post("/v1/reports", json=ORDER, headers=keyed)
            assert again.json()["id"] == first.json()["id"]
            other = await client.post(
                "/v1/reports", json={**ORDER, "format": "pdf"}, headers=keyed
            )
            assert other.status_code == 409
            assert other.json()["type"].endswith("/idempotency-key-reused")

    async def test_who_may_order(self, service: Service, stranger: Headers) -> None:
        async with service.start(work=False) as client:
            assert (await client.post("/v1/reports", json=ORDER)).status_code == 401
            assert (
                await client.post("/v1/reports", json=ORDER, headers=stranger)
            ).status_code == 403
            service.others.set_state(ReleaseState.FROZEN)  # then they may not even know of it
            assert (
                await client.post("/v1/reports", json=ORDER, headers=stranger)
            ).status_code == 404

    async def test_what_cannot_be_ordered(self, service: Service, staff: Headers) -> None:
        async with service.start(work=False) as client:

            async def status(**changed: Any) -> tuple[int, str]:
                answer = await client.post("/v1/reports", json={**ORDER, **changed}, headers=staff)
                return answer.status_code, answer.json()["type"].rpartition("/")[2]

            assert await status(release="no-such-release") == (404, "not-found")
            assert await status(language="tlh") == (422, "unknown-template")
            assert await status(template="love-letter") == (422, "unknown-template")
            assert await status(format="docx") == (422, "invalid-request")
            assert await status(release="../../secret") == (422, "invalid-request")
            assert await status(surprise=1) == (422, "invalid-request")
            service.others.set_state(ReleaseState.DRAFT)
            assert await status() == (409, "release-not-frozen")
            service.others.indicators_down = True
            assert await status() == (503, "unavailable")

    async def test_templates_are_listed_without_login(self, service: Service) -> None:
        async with service.start(work=False) as client:
            items = (await client.get("/v1/report-templates")).json()["items"]
            assert items[0]["name"] == "city-report"
            assert "en" in items[0]["languages"]
            assert items[0]["formats"] == ["pdf", "html"]
            wrong = {"Authorization": f"Bearer usgap_{'x' * 43}"}
            answer = await client.get("/v1/report-templates", headers=wrong)
            assert answer.status_code == 401


class TestVisibility:
    async def test_reports_of_an_unpublished_release_are_for_its_people(
        self, service: Service, staff: Headers, stranger: Headers
    ) -> None:
        service.others.set_state(ReleaseState.FROZEN)
        async with service.start() as client:
            location = await ordered(client, staff)
            view = await finished(client, location, staff)
            anybody: list[Headers] = [{}, stranger]
            for headers in anybody:
                for path in (location, view["content"], f"{location}/verification"):
                    assert (await client.get(path, headers=headers)).status_code == 404
                assert (await client.get("/v1/reports", headers=headers)).json()["items"] == []
            own = await client.get(view["content"], headers=staff)
            assert own.headers["Cache-Control"] == "private, no-cache"
            assert "FOR VALIDATION. Not published" in own.text

    async def test_the_public_sees_no_unfinished_report(
        self, service: Service, staff: Headers
    ) -> None:
        async with service.start(work=False) as client:
            location = await ordered(client, staff)
            assert (await client.get(location)).status_code == 404
            seen = await client.get(location, headers=staff)
            assert seen.json()["state"] == "queued"
            assert seen.headers["Retry-After"] == "1"
            early = await client.get(f"{location}/content", headers=staff)
            assert early.status_code == 409
            assert early.json()["type"].endswith("/report-not-ready")

    async def test_a_list_is_paged_without_a_cut(self, service: Service, staff: Headers) -> None:
        async with service.start(work=False) as client:
            ids = set()
            for kind in ("pdf", "html"):
                ids.add(
                    (
                        await client.post(
                            "/v1/reports", json={**ORDER, "format": kind}, headers=staff
                        )
                    ).json()["id"]
                )
            first = await client.get("/v1/reports?limit=1", headers=staff)
            page = first.json()
            assert 'rel="next"' in first.headers["Link"]
            rest = (
                await client.get(
                    "/v1/reports", params={"limit": 1, "cursor": page["next"]}, headers=staff
                )
            ).json()
            assert {page["items"][0]["id"], rest["items"][0]["id"]} == ids
            assert rest["next"] is None
            foreign = await client.get(
                "/v1/reports", params={"release": "x", "cursor": page["next"]}, headers=staff
            )
            assert foreign.status_code == 400

    async def test_html_is_served_in_a_sandbox(self, service: Service, staff: Headers) -> None:
        async with service.start() as client:
            location = await ordered(client, staff)
            view = await finished(client, location, staff)
            fetched = await client.get(view["content"])
            assert fetched.headers["Content-Type"] == "text/html; charset=utf-8"
            assert fetched.headers["Content-Security-Policy"].startswith(
                "sandbox; default-src 'none'"
            )
            assert fetched.headers["X-Content-Type-Options"] == "nosniff"


class TestJobs:
    async def test_a_job_ordered_before_a_restart_is_done_after_it(
        self, service: Service, staff: Headers
    ) -> None:
        async with service.start(work=False) as client:
            location = await ordered(client, staff)
        async with service.start() as client:
            assert (await finished(client, location, staff))["state"] == "ready"

    async def test_a_job_of_a_killed_process_is_taken_over(
        self, service: Service, staff: Headers
    ) -> None:
        async with service.start(work=False) as client:
            location = await ordered(client, staff)
        await service.claim_and_die()
        async with service.start() as client:
            await asyncio.sleep(0.3)
            waiting = (await client.get(location, headers=staff)).json()
            assert waiting["state"] == "rendering"  # as the dead process left it
            service.clock.advance(timedelta(seconds=31))
            assert (await finished(client, location, staff))["state"] == "ready"

    async def test_a_job_waits_until_indicators_are_back(
        self, service: Service, staff: Headers
    ) -> None:
        async with service.start(work=False) as client:
            location = await ordered(client, staff)
        service.others.indicators_down = True
        async with service.start(max_attempts=1) as client:
            await asyncio.sleep(0.5)
            view = (await client.get(location, headers=staff)).json()
            assert view["state"] == "queued"
            assert service.others.bundles_sent == 0
            service.others.indicators_down = False
            service.clock.advance(timedelta(seconds=61))
            assert (await finished(client, location, staff))["state"] == "ready"

    async def test_a_release_that_is_gone_fails_and_can_be_ordered_again(
        self, service: Service, staff: Headers
    ) -> None:
        async with service.start(work=False) as client:
            location = await ordered(client, staff)
        there = service.others.bundle
        gone = there.release.model_copy(update={"id": "another"})
        service.others.bundle = there.model_copy(update={"release": gone})
        async with service.start() as client:
            view = await finished(client, location, staff)
            assert (view["state"], view["problem"]) == ("failed", "release-gone")
            service.others.bundle = there
            again = await client.post("/v1/reports", json=ORDER, headers=staff)
            assert again.json()["id"] == view["id"]
            assert (await finished(client, location, staff))["state"] == "ready"

    async def test_a_refused_report_says_so_and_the_next_does_not_wait(
        self, service: Service, staff: Headers, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        refusals = [UnsoundReport((Finding("Q-04", "w", "m"),))]

        def render(frozen: bytes, **wanted: Any) -> bytes:
            if refusals:
                raise refusals.pop()
            return b"<html>"

        monkeypatch.setattr(conftest, "render_report", render)
        async with service.start(work=False) as client:
            first = await client.post("/v1/reports", json=ORDER, headers=staff)
            service.clock.advance(timedelta(seconds=1))
            other = {**ORDER, "format": "pdf"}
            second = await client.post("/v1/reports", json=other, headers=staff)
        async with service.start() as client:  # its clock stands still: nothing is tried later
            failed = await finished(client, first.headers["Location"], staff)
            assert (failed["state"], failed["problem"]) == ("failed", "unsound")
            assert (await finished(client, second.headers["Location"], staff))["state"] == "ready"

    async def test_a_verification_keeps_no_connection_while_it_renders(
        self, service: Service, staff: Headers
    ) -> None:
        busy: list[int] = []

        def pool() -> QueuePool:
            return cast("QueuePool", service.database.engine.pool)

        class Watching(SameProcess):
            async def render(self, frozen: bytes, **wanted: Any) -> bytes:
                busy.append(cast("QueuePool", service.database.engine.pool).checkedout())
                return await super().render(frozen, **wanted)

        service.renderer = Watching()
        async with service.start(poll_seconds=60) as client:
            location = await ordered(client, staff)
            await finished(client, location, staff)
            while pool().checkedout():  # noqa: ASYNC110 - the worker looks once more for a job
                await asyncio.sleep(0.01)
            busy.clear()
            checked = await client.get(f"{location}/verification")
            assert checked.json()["verified"]
            assert busy == [0]

    async def test_damage_on_disk_is_never_handed_out(
        self, service: Service, staff: Headers, tmp_path: Path
    ) -> None:
        async with service.start() as client:
            location = await ordered(client, staff)
            view = await finished(client, location, staff)
            sha256 = view["sha256"]
            (tmp_path / "data" / "artefacts" / sha256[:2] / sha256).write_bytes(b"other bytes")
            assert (await client.get(view["content"])).status_code == 503
            checked = (await client.get(f"{location}/verification")).json()
            assert checked["artefact_intact"] is False
            assert checked["verified"] is False
