"""The reference tablet sends its files to the real application, over links that break."""

import random
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from usga_tablet.filebox import FileBox
from usga_tablet.files import FileSender
from usga_tablet.outbox import Finalised, Outbox
from usga_tablet.sync import Patience, SyncStopped, Tablet

from tests.support.attaching import door, recording, story, with_files
from tests.support.collecting import DEVICE, Collecting, withdraw


class BreakingLink(httpx.AsyncBaseTransport):
    """Cuts bodies, loses answers, and lets a captive portal answer."""

    def __init__(self, inner: httpx.AsyncBaseTransport, rng: random.Random, share: float) -> None:
        self.inner, self.rng, self.share = inner, rng, share
        self.faults = 0
        self.portal = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        if self.rng.random() < self.share:
            self.faults += 1
            if self.rng.random() < 0.5:
                raise httpx.ConnectError("no link", request=request)
            return httpx.Response(self.rng.choice([200, 201, 204]), html="<p>Welcome</p>")
        response = await self.inner.handle_async_request(request)
        if self.rng.random() < self.share:
            self.faults += 1
            await response.aread()
            raise httpx.ReadError("cut", request=request)
        return response


async def _no_sleep(_seconds: float) -> None:
    return None


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    made = Outbox(tmp_path / "tablet" / "outbox.db")
    yield made
    made.close()


@pytest.fixture
def box(tmp_path: Path) -> Iterator[FileBox]:
    made = FileBox(tmp_path / "tablet" / "files")
    yield made
    made.close()


Make = Callable[..., tuple[Tablet, FileSender, BreakingLink]]


@pytest.fixture
async def make(here: Collecting, outbox: Outbox, box: FileBox) -> AsyncIterator[Make]:
    clients: list[httpx.AsyncClient] = []
    jwks = (await here.client.get("/.well-known/jwks.json")).json()
    for name, value in (
        ("token", "device"), ("device", DEVICE), ("assessment", "KE-TEST-2026"),
        ("receipt_keys", orjson.dumps(jwks).decode()),
    ):  # fmt: skip
        outbox.remember(name, value)

    def making(share: float = 0.0, **options: Any) -> tuple[Tablet, FileSender, BreakingLink]:
        inner = httpx.ASGITransport(app=here.app, raise_app_exceptions=False)
        link = BreakingLink(inner, random.Random(5), share)
        http = httpx.AsyncClient(base_url="http://testserver", transport=link)
        clients.append(http)
        shared: dict[str, Any] = {
            "rng": random.Random(1),
            "sleep": _no_sleep,
            "patience": Patience(tries=30),
        }
        sender = FileSender(box, outbox, http, **shared, **options)
        return Tablet(outbox, http, **shared), sender, link

    yield making
    for client in clients:
        await client.aclose()


def finalised(outbox: Outbox, box: FileBox, *files: Any, **answers: Any) -> Finalised:
    """An interview as the app finalises it, its files in the box."""
    draft = with_files(*files, **answers).document
    draft["attachments"] = [box.keep(f.content, name=f.name, type_=f.type) for f in files]
    for given_later in ("install", "seq", "salt"):
        del draft[given_later]
    made = outbox.finalise(draft)
    box.queue(made.id, draft["attachments"])
    return made


def bytes_left(tmp_path: Path) -> list[str]:
    return [p.name for p in (tmp_path / "tablet" / "files").iterdir() if "files.db" not in p.name]


async def test_files_follow_their_interview_and_resume(
    here: Collecting, outbox: Outbox, box: FileBox, make: Make, tmp_path: Path
) -> None:
    tablet, sender, link = make(0.2, chunk=20_000)
    one = finalised(outbox, box, door(), story())
    before = await sender.send()
    assert (before.sent, before.bytes_sent) == (0, 0)  # its interview is not in yet
    await tablet.sync()
    report = await sender.send()
    assert link.faults > 5
    assert report.proven == 2
    sent = len(door().content) + len(story().content)
    assert report.bytes_sent < 2 * sent  # a break costs one piece, never the file
    assert bytes_left(tmp_path) == []
    listed = (await here.get(f"/v1/submissions/{one.id}/attachments")).json()
    assert listed["missing"] == 0
    address = f"/v1/submissions/{one.id}/attachments/{listed['items'][1]['id']}"
    assert (await here.get(address)).content == story().content


async def test_an_upload_that_is_gone_is_begun_anew(
    here: Collecting, outbox: Outbox, box: FileBox, make: Make, folder: Path
) -> None:
    tablet, sender, _ = make(chunk=20_000)
    finalised(outbox, box, story())
    await tablet.sync()
    original = sender._once

    async def once(method: str, path: str, **options: Any) -> httpx.Response | None:
        if method == "PATCH" and options["headers"]["Upload-Offset"] == "40000":
            raise SyncStopped("the app is closed")
        return await original(method, path, **options)

    sender._once = once  # type: ignore[method-assign]
    with pytest.raises(SyncStopped):
        await sender.send()
    sender._once = original  # type: ignore[method-assign]
    for part in (folder / "coming").iterdir():
        part.unlink()  # the server was restored without what was coming in
    report = await sender.send()
    assert (report.sent, report.proven) == (1, 1)


async def test_only_a_proof_frees_a_file(
    here: Collecting, outbox: Outbox, box: FileBox, make: Make, tmp_path: Path
) -> None:
    tablet, sender, _ = make()
    finalised(outbox, box, door())
    await tablet.sync()
    other_key = {"keys": [{**orjson.loads(outbox.setting("receipt_keys") or "")["keys"][0]}]}
    other_key["keys"][0]["kid"] = "another"
    outbox.remember("device", "somebody-else")
    report = await sender.send()
    assert (report.sent, report.proven) == (1, 0)
    assert len(bytes_left(tmp_path)) == 1
    outbox.remember("device", DEVICE)
    outbox.remember("receipt_keys", orjson.dumps(other_key).decode())  # it asks for the new ones
    report = await sender.send()
    assert (report.sent, report.proven) == (0, 1)
    assert bytes_left(tmp_path) == []


async def test_what_is_refused_for_good_is_kept_and_shown(
    here: Collecting, outbox: Outbox, box: FileBox, make: Make, tmp_path: Path
) -> None:
    tablet, sender, _ = make()
    broken = door(b"\xff\xd8\xff" + recording(4000))
    finalised(outbox, box, broken, story())
    await tablet.sync()
    report = await sender.send()
    assert (report.sent, report.refused, report.proven) == (1, 1, 1)
    assert box.refused() == [(broken.name, "attachment-unreadable")]
    assert bytes_left(tmp_path) == [broken.sha256]
    again = await sender.send()
    assert (again.bytes_sent, again.refused) == (0, 0)


async def test_files_of_a_withdrawn_interview_are_deleted(
    here: Collecting, outbox: Outbox, box: FileBox, make: Make, tmp_path: Path
) -> None:
    tablet, sender, _ = make()
    finalised(outbox, box, door(), withdraw_code="7KQ4-9XPM")
    await tablet.sync()
    assert (await withdraw(here)).status_code == 200
    report = await sender.send()
    assert (report.sent, report.bytes_sent) == (0, 0)
    assert bytes_left(tmp_path) == []


async def test_a_full_server_keeps_the_queue(
    here: Collecting, outbox: Outbox, box: FileBox, make: Make, tmp_path: Path
) -> None:
    tablet, sender, _ = make()
    finalised(outbox, box, door())
    await tablet.sync()
    desk = here.app.state.attachments
    limits, desk.limits = desk.limits, desk.limits.__class__(
        file=10**7, device_daily=1, hub_daily=1, assessment=1, coming=1,
        coming_for=desk.limits.coming_for, waiting_for=desk.limits.waiting_for,
    )  # fmt: skip
    with pytest.raises(SyncStopped, match="attachment-quota"):
        await sender.send()
    assert len(bytes_left(tmp_path)) == 1
    desk.limits = limits
    assert (await sender.send()).proven == 1


async def test_another_interview_of_the_same_id_does_not_give_up_a_file(
    here: Collecting, outbox: Outbox, box: FileBox, make: Make
) -> None:
    """The server may know somebody else's interview of that id before this one arrives."""
    tablet, sender, _ = make()
    mine = finalised(outbox, box, door())
    await here.push(with_files().replaced(id=str(mine.id)))
    waits = await sender.send()
    assert (waits.refused, len(box.queued())) == (0, 1)
    await tablet.sync()
    assert (await sender.send()).proven == 1
