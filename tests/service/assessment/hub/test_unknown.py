"""A tablet that enrolled since the hub met the centre: told what to do, and taken later."""

from pathlib import Path

import pytest
from usga_tablet.cli import main as usga_tablet
from usga_tablet.link import UnknownHere
from usga_tablet.outbox import Outbox

from tests.support.attaching import door
from tests.support.collecting import bearer
from tests.support.hubs import District, RunningHub

WORDS = {
    "en": "come again|visit it again", "es": "visítelo otra vez", "ru": "обратитесь к хабу снова",
    "sw": "kitembelee tena",
}  # fmt: skip


@pytest.mark.usefixtures("files")
async def test_who_enrolled_since_is_told_what_to_do_and_comes_again_H63(
    field: District, hub: RunningHub
) -> None:
    late = await field.tablet("late")
    late.photographed(door())
    for language, words in WORDS.items():
        late.outbox.remember("language", language)
        with pytest.raises(UnknownHere, match=words) as told:
            await late.visit(hub)
        assert "2026-06-01" in str(told.value), "when it met the centre last"
    assert late.lines() == 1
    assert late.files() == ["door-1.jpg"]
    assert late.outbox.pulled("instrument"), "nothing is wiped"
    assert late.outbox.setting("courier_key")
    await hub.round()
    visit = await late.visit(hub)
    assert (visit.carried, visit.files.carried) == (1, 1)


async def test_a_hubs_refusal_of_a_tablet_is_no_other_401_H63(
    field: District, hub: RunningHub
) -> None:
    async with hub.client() as http:
        strange = await http.get("/v1/hub/mail", headers=bearer("usgac_" + "A" * 43))
        other = await http.get("/v1/hub/mail", headers=bearer("usgad_" + "A" * 43))
    assert strange.status_code == other.status_code == 401
    assert strange.json()["type"].endswith("/tablet-unknown-here")
    assert strange.headers["www-authenticate"]
    assert "wipe" not in strange.json()
    assert other.json()["type"].endswith("/invalid-credential")


def test_the_command_line_remembers_the_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LC_ALL", "sw_KE.UTF-8")
    assert usga_tablet(["--data-dir", str(tmp_path), "status"]) == 0
    assert usga_tablet(["--data-dir", str(tmp_path), "visit", "https://[", "--plain"]) == 1
    assert "no address of a hub" in capsys.readouterr().err
    outbox = Outbox(tmp_path / "outbox.db")
    assert outbox.setting("language") == "sw"
    assert usga_tablet(["--data-dir", str(tmp_path), "--lang", "ru", "status"]) == 0
    assert outbox.setting("language") == "ru"
    outbox.close()
