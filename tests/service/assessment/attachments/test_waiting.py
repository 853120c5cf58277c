"""Files that come before their interview, or for one that never comes; files of the withdrawn."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from usga_assessment.domain.attachments.attachment import Attachment
from usga_assessment.operations.sweep_attachments import Sweeper

from tests.support.attaching import FILES_FORM, File, Tus, door, story, with_files
from tests.support.collecting import HERE, Collecting, add_form, collecting, withdraw


@pytest.fixture
def sweeper(here: Collecting) -> Sweeper:
    return Sweeper(here.app.state.attachments)


async def row(here: Collecting, upload: str) -> dict[str, Any]:
    rows = await here.rows("SELECT * FROM attachment")
    id_ = UUID(upload.rpartition("/")[2])
    return next(r for r in rows if UUID(str(r["id"])) == id_)


def database_bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("*.db*"))


class TestWaiting:
    async def test_a_file_waits_for_its_interview_P90(
        self, here: Collecting, tus: Tus, sweeper: Sweeper
    ) -> None:
        file = door()
        one = with_files(file)
        upload = await tus.upload(one.id, file)
        assert await tus.offset(upload) == len(file.content)
        await sweeper.sweep()
        assert (await row(here, upload))["state"] == "waiting"
        await here.push(one)
        assert await tus.states(one.id) == ["waiting"]
        await sweeper.sweep()
        assert await tus.states(one.id) == ["kept"]

    async def test_a_sweeper_that_is_told_to_end_settles_the_file_in_hand_alone(
        self, here: Collecting, tus: Tus, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first, second = door(), story()
        one = with_files(first, second)
        for file in (first, second):
            await tus.upload(one.id, file)
        await here.push(one)
        desk = here.app.state.attachments
        sweeper, settle, begun = Sweeper(desk), desk.settle, asyncio.Event()

        async def slowly(attachment: Attachment) -> None:
            begun.set()
            await asyncio.sleep(0.02)
            await settle(attachment)

        monkeypatch.setattr(desk, "settle", slowly)
        sweeper.start(60)
        await begun.wait()
        await sweeper.stop()
        assert sorted(await tus.states(one.id)) == ["kept", "waiting"]

    async def test_what_waits_for_an_original_that_never_comes_is_missing_of_its_edit_P90(
        self, here: Collecting, tus: Tus
    ) -> None:
        """A restore may have lost the original that a tablet has freed: its edit came alone."""
        file = door()
        lost = with_files(file)
        await tus.upload(lost.id, file)
        edit = lost.edited()
        await here.push(edit)
        assert await tus.states(edit.id) == ["missing"]
        await tus.upload(edit.id, file)
        assert await tus.states(edit.id) == ["kept"]

    async def test_what_the_interview_does_not_name_is_destroyed_P90(
        self, here: Collecting, tus: Tus, sweeper: Sweeper, folder: Path
    ) -> None:
        one = with_files(story())
        upload = await tus.upload(one.id, door())
        assert list((folder / "coming").iterdir())
        await here.push(one)
        await sweeper.sweep()
        found = await row(here, upload)
        assert (found["state"], found["fate"]) == ("gone", "not-expected")
        assert found["wrapped_key"] is None
        assert not list((folder / "coming").iterdir())

    async def test_files_of_answers_without_consent_are_destroyed_P90_P18(
        self, here: Collecting, tus: Tus, sweeper: Sweeper, folder: Path
    ) -> None:
        """Dropped answers name nothing, so their files must not wait with the quarantined."""
        wound = File("wound-1.jpg", door().content, "image/jpeg", "wound")
        one = with_files(wound, consent_sens="no")
        await tus.upload(one.id, wound)
        assert (await here.push(one)).state(one) == "quarantined"
        await sweeper.sweep()
        assert not list((folder / "coming").iterdir())
        assert not list((folder / "kept").rglob("*.*"))

    async def test_a_form_that_is_to_come_keeps_its_files_waiting_P90(
        self, assessment_db_url: str, tmp_path: Path
    ) -> None:
        async with collecting(assessment_db_url, tmp_path) as here:
            tus, file = Tus(here), door()
            sweeper = Sweeper(here.app.state.attachments)
            one = with_files(file)
            assert (await here.push(one)).code(one) == "unknown-instrument"
            upload = await tus.upload(one.id, file)
            clock = here.app.state.clock
            clock.advance(timedelta(days=40))
            await sweeper.sweep()
            assert (await row(here, upload))["state"] == "waiting"
            async with here.database.write() as session:
                await add_form(session, FILES_FORM.encode())
            answer = await here.post(f"/v1/submissions/{one.id}/revalidation", {})
            assert answer.json()["state"] == "stored"
            await sweeper.sweep()
            assert await tus.states(one.id) == ["kept"]

    async def test_nobody_waits_for_ever_P90(
        self, here: Collecting, tus: Tus, sweeper: Sweeper, folder: Path
    ) -> None:
        whole, part = door(), story()
        await tus.upload(uuid4(), whole)
        upload = await tus.begin(uuid4(), part)
        await tus.send(upload, part.content[:100])
        clock = here.app.state.clock
        clock.advance(timedelta(days=8))
        assert (await tus.head(upload)).status_code == 410
        await sweeper.sweep()
        assert len(list((folder / "coming").iterdir())) == 1
        clock.advance(timedelta(days=23))
        await sweeper.sweep()
        assert not list((folder / "coming").iterdir())
        rows = await here.rows("SELECT fate, is_swept FROM attachment")
        assert [(r["fate"], bool(r["is_swept"])) for r in rows] == [("expired", True)] * 2
        clock.advance(timedelta(days=60))
        await tus.begin(uuid4(), story(name="x"))
        other = await tus.begin(uuid4(), part)
        await here.client.delete(
            other, headers={"Tus-Resumable": "1.0.0", "Authorization": "Bearer device"}
        )
        await sweeper.sweep()
        assert len(await here.rows("SELECT 1 FROM attachment")) == 2


class TestWithdrawal:
    async def test_withdrawal_destroys_keys_then_bytes_P91(
        self, here: Collecting, tus: Tus, sweeper: Sweeper, folder: Path, tmp_path: Path
    ) -> None:
        kept, coming = door(), story()
        one = await tus.pushed(kept, coming, withdraw_code="7KQ4-9XPM")
        upload = await tus.upload(one.id, kept)
        half = await tus.begin(one.id, coming)
        await tus.send(half, coming.content[:1000])
        keys = [(await row(here, each))["wrapped_key"] for each in (upload, half)]
        listed = (await here.get(f"/v1/submissions/{one.id}/attachments")).json()["items"]
        address = f"/v1/submissions/{one.id}/attachments/{listed[0]['id']}"
        assert (await withdraw(here)).status_code == 200
        assert (await here.get(address)).status_code == 404
        for each in (upload, half):
            found = await row(here, each)
            assert (found["state"], found["wrapped_key"], found["sha256"]) == ("gone", None, None)
            assert (await tus.head(each)).status_code == 410
        assert (await tus.send(half, coming.content[1000:], 1000)).status_code == 410
        if here.database.is_sqlite:
            assert not any(bytes(key) in database_bytes(tmp_path) for key in keys)
        await sweeper.sweep()
        assert not list((folder / "coming").iterdir())
        assert not [p for p in (folder / "kept").rglob("*") if p.is_file()]

    async def test_a_file_that_is_being_kept_meanwhile_is_not_P91(
        self, here: Collecting, tus: Tus, folder: Path
    ) -> None:
        file = door()
        one = await tus.pushed(file, withdraw_code="7KQ4-9XPM")
        desk = here.app.state.attachments
        put = desk.objects.put

        async def slow(name: str, pieces: Any) -> None:
            await put(name, pieces)
            assert (await withdraw(here)).status_code == 200

        desk.objects.put = slow
        upload = await tus.begin(one.id, file)
        answer = await tus.send(upload, file.content)
        assert answer.status_code == 410
        assert not [p for p in (folder / "kept").rglob("*") if p.is_file()]

    async def test_files_that_wait_for_a_withdrawn_interview_are_destroyed_P91(
        self, here: Collecting, tus: Tus, sweeper: Sweeper, folder: Path
    ) -> None:
        one = await tus.pushed(door(), withdraw_code="7KQ4-9XPM")
        await withdraw(here)
        later = one.edited()
        await tus.upload(later.id, door())
        assert (await here.push(later)).state(later) == "withdrawn"
        await sweeper.sweep()
        assert not list((folder / "coming").iterdir())


class TestCrashes:
    @pytest.mark.parametrize("point", ["whole", "sealed", "kept"])
    async def test_a_crash_at_any_point_loses_nothing_P94_I17(
        self, here: Collecting, tus: Tus, sweeper: Sweeper, folder: Path, point: str
    ) -> None:
        file = door()
        one = await tus.pushed(file)
        desk = here.app.state.attachments
        upload = await tus.begin(one.id, file)

        def crash(name: str) -> None:
            if name == point:
                raise RuntimeError("the power goes")

        desk._crash_point = desk._keeper._crash_point = crash
        assert (await tus.send(upload, file.content)).status_code == 500
        desk._crash_point = desk._keeper._crash_point = lambda _name: None
        desk._extents.clear()
        await sweeper.sweep(resume=True)
        assert await tus.states(one.id) == ["kept"]
        assert not list((folder / "coming").iterdir())
        assert len(list((folder / "kept" / HERE).iterdir())) == 1
        listed = (await here.get(f"/v1/submissions/{one.id}/attachments")).json()["items"]
        answer = await here.get(f"/v1/submissions/{one.id}/attachments/{listed[0]['id']}")
        assert answer.status_code == 200

    async def test_asking_finishes_what_a_crash_left_P94(self, here: Collecting, tus: Tus) -> None:
        file = door()
        one, upload = await tus.begun(file)
        desk = here.app.state.attachments

        def crash(_name: str) -> None:
            raise RuntimeError("the power goes")

        desk._crash_point = crash
        assert (await tus.send(upload, file.content)).status_code == 500
        desk._crash_point = lambda _name: None
        assert await tus.states(one.id) == ["coming"]
        assert await tus.offset(upload) == len(file.content)
        assert await tus.states(one.id) == ["kept"]

    async def test_a_restored_database_without_the_bytes_starts_anew_P85(
        self, here: Collecting, tus: Tus, folder: Path
    ) -> None:
        file = door()
        one, upload = await tus.begun(file)
        for part in (folder / "coming").iterdir():
            part.unlink()
        gone = await tus.head(upload)
        assert gone.status_code == 410
        assert await tus.begin(one.id, file) != upload
