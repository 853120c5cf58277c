"""A tablet from its QR code to its wipe, against the application itself."""

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import segno
from usga_assessment.cli import main
from usga_tablet.enrolment import read_payload
from usga_tablet.outbox import Outbox
from usga_tablet.sync import SyncStopped, Tablet

from tests.service.assessment.sync.test_pull import _AlsoTheirOwn
from tests.support.collecting import (
    ANSWERS,
    HERE,
    NOW,
    SERVICE_TOKEN,
    Collecting,
    TickingClock,
    bearer,
)

DRAFT = {
    "assessment": HERE, "instrument": "skeleton", "version": "2026.1.0", "language": "en",
    "started_at": "2026-06-01T08:00:00+03:00", "ended_at": "2026-06-01T08:25:00+03:00",
    "answers": ANSWERS,
}  # fmt: skip


@pytest.fixture
async def open_to_all(
    here: Collecting, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Collecting]:
    settings = here.app.state.settings
    monkeypatch.setenv("USGA_ASSESSMENT_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("USGA_ASSESSMENT_SERVICE_TOKEN", SERVICE_TOKEN)
    monkeypatch.setenv("USGA_ASSESSMENT_PUBLIC_URL", "https://usga.example")
    here.app.state.authenticator = _AlsoTheirOwn(here.database, TickingClock(NOW))
    yield here
    await here.app.state.authenticator.aclose()


@pytest.fixture
async def tablet(
    open_to_all: Collecting, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> AsyncIterator[Tablet]:
    """A tablet that read its invitation from the screen of a supervisor."""
    assert await asyncio.to_thread(main, ["enrolment-qr", HERE, "--label", "tablet 07"]) == 0
    *drawing, payload = capsys.readouterr().out.strip().splitlines()
    assert len(drawing) > 10
    origin, code = read_payload(payload)
    assert origin == "https://usga.example"
    outbox = Outbox(tmp_path / "tablet" / "outbox.db")
    transport = httpx.ASGITransport(open_to_all.app)
    async with httpx.AsyncClient(base_url=origin, transport=transport) as http:
        made = Tablet(outbox, http, rng=random.Random(1))
        await made.enrol(code)
        with pytest.raises(SyncStopped, match="code"):
            await made.enrol(code)
        yield made
    outbox.close()


def sealed_bytes(tablet: Tablet) -> bytes:
    """Whatever stands in the files of the tablet."""
    return b"".join(p.read_bytes() for p in tablet.outbox.path.parent.iterdir() if p.is_file())


class TestLife:
    async def test_a_first_sync_by_file_then_a_wipe_by_the_pull(
        self, open_to_all: Collecting, tablet: Tablet
    ) -> None:
        report = await tablet.sync()
        assert report.pulled >= 2
        assert tablet.outbox.pulled("instrument")
        sent = tablet.outbox.finalise(dict(DRAFT))
        assert (await tablet.sync()).outcomes == {"stored": 1}
        tablet.outbox.path.with_name("snapshot.part").write_bytes(b"MARKER-OF-A-PART")
        device = tablet.outbox.setting("device")
        changed = await open_to_all.client.patch(
            f"/v1/devices/{device}", json={"wipe": True}, headers=bearer("supervisor")
        )
        assert changed.status_code == 200, changed.text
        await tablet.sync()
        assert tablet.outbox.pulled("instrument") == {}
        assert tablet.outbox.ledger(1, 9) == [(1, str(sent.id), sent.digest)], "the proofs stay"
        kept = sealed_bytes(tablet)
        assert b"safe_night" not in kept
        assert b"MARKER-OF-A-PART" not in kept

    async def test_a_revoked_tablet_is_wiped_by_its_refusal_and_keeps_its_queue_P66(
        self, open_to_all: Collecting, tablet: Tablet
    ) -> None:
        await tablet.sync()
        unsent = tablet.outbox.finalise(dict(DRAFT))
        device = tablet.outbox.setting("device")
        await open_to_all.post(f"/v1/devices/{device}/revocation", {"wipe": True})
        with pytest.raises(SyncStopped):
            await tablet.sync()
        assert tablet.outbox.pulled("instrument") == {}
        assert [one.id for one in tablet.outbox.queued(most=9, most_bytes=10**6)] == [unsent.id]


class TestCodes:
    async def test_the_command_knows_its_assessments(
        self, open_to_all: Collecting, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert await asyncio.to_thread(main, ["enrolment-qr", "KE-NONE-2026"]) == 1
        file = tmp_path / "code.svg"
        assert await asyncio.to_thread(main, ["enrolment-qr", HERE, "--svg", str(file)]) == 0
        assert file.read_text().startswith("<svg")
        assert file.stat().st_mode & 0o777 == 0o600
        assert "USGA1" not in capsys.readouterr().out, "a file was asked for, not the screen"

    async def test_the_command_says_which_address_it_took_when_none_is_set(
        self,
        open_to_all: Collecting,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        assert await asyncio.to_thread(main, ["enrolment-qr", HERE]) == 0
        assert capsys.readouterr().err == "", "it is set"
        monkeypatch.delenv("USGA_ASSESSMENT_PUBLIC_URL")
        assert await asyncio.to_thread(main, ["enrolment-qr", HERE]) == 0
        (line,) = capsys.readouterr().err.splitlines()
        assert "http://127.0.0.1:8080" in line
        assert "--url" in line
        given = ["enrolment-qr", HERE, "--url", "http://10.0.0.2:8090"]
        assert await asyncio.to_thread(main, given) == 0
        told = capsys.readouterr()
        assert told.err == ""
        assert "USGA1 HTTP://10.0.0.2:8090 " in told.out

    async def test_an_invitation_says_what_its_qr_code_shows_P72(self, here: Collecting) -> None:
        answer = await here.post("/v1/devices/enrolments", {"assessment": HERE, "label": "x"})
        made = answer.json()
        assert made["qr"] == f"USGA1 HTTP://127.0.0.1:8080 {made['code']}"
        assert read_payload(made["qr"]) == ("http://127.0.0.1:8080", made["code"])
        assert segno.make(made["qr"], micro=False).mode == "alphanumeric"

    @pytest.mark.parametrize(
        "text",
        [
            "", "USGA1", "USGA2 HTTPS://A.EXAMPLE 7K3M-Q9TX-2HVN", "https://a.example",
            "USGA1 HTTP://A.EXAMPLE 7K3M-Q9TX-2HVN", "USGA1 HTTPS://A.EXAMPLE/X 7K3M-Q9TX-2HVN",
            "USGA1 HTTPS://U:P@A.EXAMPLE 7K3M-Q9TX-2HVN", "USGA1 HTTPS://A.EXAMPLE 7;K",
            "USGA1 HTTPS:// 7K3M-Q9TX-2HVN", "USGA1 A.EXAMPLE 7K3M-Q9TX-2HVN",
            "USGA1 HTTPS://A.EXAMPLE 7K3M-Q9TX-2HVN MORE",
        ],
    )  # fmt: skip
    def test_other_codes_are_not_invitations_P72(self, text: str) -> None:
        with pytest.raises(SyncStopped):
            read_payload(text)
