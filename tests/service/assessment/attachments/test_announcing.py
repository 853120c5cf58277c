"""Whatever can be refused is refused before a byte of the file was sent."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.support.attaching import FILES_FORM, File, Tus, door, story, with_files
from tests.support.collecting import (
    CODED,
    Collecting,
    add_form,
    bearer,
    coded_interview,
    collecting,
    withdraw,
)


def slug(answer: Any) -> str:
    return str(answer.json()["type"]).rpartition("/")[2]


class TestAnnouncing:
    async def test_what_is_too_large_is_413_with_the_limit_P87_I14(self, tus: Tus) -> None:
        answer = await tus.announce(
            uuid4(), story(), headers={"Upload-Length": str(10 * 2**20 + 1)}
        )
        assert (answer.status_code, slug(answer)) == (413, "attachment-too-large")
        assert answer.json()["limit"] == 10 * 2**20

    @pytest.mark.parametrize(
        "type_", ["text/html", "image/svg+xml", "application/zip", "application/x-dosexec"]
    )
    async def test_a_type_that_is_not_taken_is_415_P87(self, tus: Tus, type_: str) -> None:
        answer = await tus.announce(uuid4(), story(), said={"type": type_})
        assert (answer.status_code, slug(answer)) == (415, "unsupported-media")
        assert "image/jpeg" in answer.json()["accepted"]

    async def test_what_the_interview_does_not_name_is_409_P87(
        self, here: Collecting, tus: Tus, folder: Path
    ) -> None:
        one = await tus.pushed(door())
        answer = await tus.announce(one.id, story())
        assert (answer.status_code, slug(answer)) == (409, "attachment-unexpected")
        assert not list((folder / "coming").iterdir())

    async def test_another_content_than_the_envelope_lists_is_409_P87(
        self, here: Collecting, tus: Tus
    ) -> None:
        one = await tus.pushed(door())
        other = door(b"\xff\xd8\xff other")
        answer = await tus.announce(one.id, other)
        assert (answer.status_code, slug(answer)) == (409, "attachment-differs")

    async def test_answers_dropped_for_want_of_consent_name_no_file_P87_P18(
        self, here: Collecting, tus: Tus
    ) -> None:
        wound = File("wound-1.jpg", door().content, "image/jpeg", "wound")
        closed = with_files(wound, consent_sens="no")
        answer = await here.push(closed)
        assert answer.code(closed) == "E-01"
        refused = await tus.announce(closed.id, wound)
        assert (refused.status_code, slug(refused)) == (409, "attachment-unexpected")

    async def test_a_withdrawn_interview_takes_nothing_more_P87_P91(
        self, here: Collecting, tus: Tus
    ) -> None:
        one = await tus.pushed(door(), withdraw_code="7KQ4-9XPM")
        assert (await withdraw(here)).status_code == 200
        answer = await tus.announce(one.id, door())
        assert (answer.status_code, slug(answer)) == (410, "interview-withdrawn")
        check = await tus.check(one.id)
        assert check["items"][0] == {
            "submission": str(one.id), "known": True, "withdrawn": True, "files": [],
        }  # fmt: skip

    @pytest.mark.parametrize(
        "header",
        [
            {"Upload-Length": "-1"},
            {"Upload-Length": "01"},
            {"Upload-Length": "1e3"},
            {"Upload-Metadata": ""},
            {"Upload-Metadata": "name !!"},
            {"Upload-Metadata": "name YQ==,name YQ=="},
            {"Upload-Metadata": "submission YQ==,name YQ=="},
            {"Upload-Metadata": "a " + "Y" * 5000},
        ],
    )
    async def test_headers_that_cannot_be_read_are_422_P87(
        self, tus: Tus, header: dict[str, str]
    ) -> None:
        answer = await tus.announce(uuid4(), story(), headers=header)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"].startswith("/Upload-")

    async def test_files_of_an_interview_without_files_are_refused_P87(
        self, here: Collecting, tus: Tus
    ) -> None:
        async with here.database.write() as session:
            await add_form(session, CODED.encode())
        one = coded_interview()
        await here.push(one)
        answer = await tus.announce(one.id, story())
        assert answer.status_code == 409


class TestRoom:
    async def test_whole_files_that_wait_are_bounded_too_P87_I14(
        self, assessment_db_url: str, tmp_path: Path
    ) -> None:
        async with collecting(assessment_db_url, tmp_path, attachment_uploads=1) as here:
            tus = Tus(here)
            for number in range(10):
                small = story(b"OggS" + bytes([number]))
                await tus.send(await tus.begin(uuid4(), small), small.content)
            many = await tus.announce(uuid4(), story(b"OggS"))
            assert (many.status_code, slug(many)) == (429, "too-many-requests")

    async def test_a_tablets_day_and_its_uploads_are_bounded_P87_I14(
        self, assessment_db_url: str, tmp_path: Path
    ) -> None:
        async with collecting(
            assessment_db_url, tmp_path, attachment_device_daily_bytes=10_000,
            attachment_assessment_bytes=15_000, attachment_uploads=2,
        ) as here:  # fmt: skip
            async with here.database.write() as session:
                await add_form(session, FILES_FORM.encode())
            tus, other = Tus(here), Tus(here, "device-b")
            small = story(b"OggS" + bytes(4000))
            await tus.begin(uuid4(), small)
            upload = await tus.begin(uuid4(), small)
            full = await tus.announce(uuid4(), small)
            assert (full.status_code, slug(full)) == (507, "attachment-quota")
            assert full.json()["scope"] == "device"
            assert full.headers["retry-after"] == "3600"
            many = await tus.announce(uuid4(), story(b"OggS"))
            assert (many.status_code, slug(many)) == (429, "too-many-requests")
            await other.begin(uuid4(), small)
            whole = await other.announce(uuid4(), small)
            assert whole.json()["scope"] == "assessment"
            headers = {"Tus-Resumable": "1.0.0", **bearer("device")}
            await here.client.delete(upload, headers=headers)
            await tus.begin(uuid4(), small)  # what was given up takes no room
