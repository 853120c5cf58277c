"""What is kept of a file, who may read it, and what nobody finds on the disk."""

import hashlib
import io
from pathlib import Path
from uuid import UUID

import orjson
import pytest
from joserfc import jws
from joserfc.jwk import KeySet
from PIL import Image

from tests.support.attaching import PLACE, File, Tus, door, photo, recording, story
from tests.support.collecting import HERE, Collecting


async def files_of(here: Collecting, id_: UUID, by: str = "supervisor") -> list[dict[str, object]]:
    answer = await here.get(f"/v1/submissions/{id_}/attachments", by=by)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, object]] = answer.json()["items"]
    return found


async def kept(here: Collecting, tus: Tus, file: File) -> tuple[UUID, str]:
    """An interview with its file; the address of the download."""
    one = await tus.pushed(file)
    await tus.upload(one.id, file)
    (listed,) = await files_of(here, one.id)
    assert listed["state"] == "kept"
    return one.id, f"/v1/submissions/{one.id}/attachments/{listed['id']}"


class TestPictures:
    @pytest.mark.parametrize("codec", ["JPEG", "PNG", "WEBP"])
    async def test_a_picture_is_drawn_anew_without_place_P89(
        self, here: Collecting, tus: Tus, codec: str
    ) -> None:
        taken = photo()
        if codec != "JPEG":
            out = io.BytesIO()
            with Image.open(io.BytesIO(taken)) as picture:
                picture.save(out, codec, exif=picture.getexif())
            taken = out.getvalue() + PLACE
        name = codec.lower()
        _, address = await kept(here, tus, File(f"d.{name}", taken, f"image/{name}"))
        answer = await here.get(address)
        assert answer.status_code == 200
        assert PLACE in taken
        assert PLACE not in answer.content
        with Image.open(io.BytesIO(answer.content)) as got:
            assert got.format == codec
            assert not got.getexif()
            assert got.size == (200, 320)  # turned as its EXIF had said
            assert "comment" not in got.info

    async def test_what_only_begins_as_a_picture_is_refused_and_gone_P89(
        self, here: Collecting, tus: Tus
    ) -> None:
        broken = door(photo()[:2000])
        one, upload = await tus.begun(broken)
        answer = await tus.send(upload, broken.content)
        assert answer.status_code == 415
        assert answer.json()["type"].endswith("/attachment-unreadable")
        assert (await tus.head(upload)).status_code == 410
        assert await tus.states(one.id) == ["missing"]

    async def test_a_bomb_of_pixels_is_not_unpacked_P89_I14(
        self, here: Collecting, tus: Tus
    ) -> None:
        out = io.BytesIO()
        Image.new("1", (20_000, 20_000)).save(out, "PNG")
        bomb = File("d.png", out.getvalue(), "image/png")
        _, upload = await tus.begun(bomb)
        assert (await tus.send(upload, bomb.content)).status_code == 415


class TestTypes:
    @pytest.mark.parametrize(
        ("content", "type_"),
        [
            (b"<html><script>alert(1)</script>" + b" " * 40, "image/jpeg"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>" + b" " * 40, "text/csv"),
            (b"MZ\x90\x00" + bytes(60), "text/plain"),
            (photo(), "image/png"),
            (recording(5000), "video/mp4"),
            (b"%PDF-1.7 " + b"x" * 60, "audio/ogg"),
        ],
    )
    async def test_a_file_that_is_not_its_type_ends_at_its_first_bytes_P89(
        self, here: Collecting, tus: Tus, content: bytes, type_: str
    ) -> None:
        lying = File("x", content, type_, "sheet")
        _, upload = await tus.begun(lying)
        answer = await tus.send(upload, content[:40])
        assert answer.status_code == 415
        assert (await tus.head(upload)).status_code == 410

    async def test_a_text_must_be_one_to_its_end_P89(self, here: Collecting, tus: Tus) -> None:
        for tail, status in ((b"4;\xc3\xa4\r\n", 204), (b"\xff\xfe", 415), (b"\x00", 415)):
            sheet = File("s.csv", b"event;start\r\n" * 10 + tail, "text/csv", "sheet")
            _, upload = await tus.begun(sheet)
            assert (await tus.send(upload, sheet.content)).status_code == status

    async def test_other_bytes_than_announced_are_gone_P89(
        self, here: Collecting, tus: Tus
    ) -> None:
        file = story()
        one, upload = await tus.begun(file)
        answer = await tus.send(upload, recording(seed=2))
        assert (answer.status_code, answer.json()["title"]) == (
            409, "The file is not the one that was announced",
        )  # fmt: skip
        assert await tus.states(one.id) == ["missing"]
        await tus.upload(one.id, file)
        assert await tus.states(one.id) == ["kept"]

    async def test_of_two_unlisted_contents_the_first_stands_P89(
        self, here: Collecting, tus: Tus
    ) -> None:
        first, second = story(), story(recording(seed=2))
        one = await tus.pushed(first, listed=False)
        await tus.upload(one.id, first)
        upload = await tus.begin(one.id, second)
        assert (await tus.send(upload, second.content)).status_code == 409
        again = Tus(here, "device-b")  # the same bytes from another tablet are simply held
        theirs = await again.upload(one.id, first)
        assert await again.offset(theirs) == len(first.content)
        (listed,) = await files_of(here, one.id)
        assert listed["sha256"] == first.sha256


class TestReading:
    async def test_a_recording_comes_back_byte_for_byte_and_is_only_saved_P93(
        self, here: Collecting, tus: Tus
    ) -> None:
        file = story()
        _, address = await kept(here, tus, file)
        answer = await here.get(address)
        assert answer.content == file.content
        assert answer.headers["content-type"] == "audio/ogg"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-disposition"].startswith("attachment; ")
        assert "sandbox" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"
        assert file.name not in answer.headers["content-disposition"]

    async def test_a_download_can_be_checked_with_what_the_list_says_P93(
        self, here: Collecting, tus: Tus
    ) -> None:
        one = await tus.pushed(door())
        assert [f["stored_sha256"] for f in await files_of(here, one.id)] == [None]
        await tus.upload(one.id, door())
        (listed,) = await files_of(here, one.id)
        got = await here.get(f"/v1/submissions/{one.id}/attachments/{listed['id']}")
        found = (hashlib.sha256(got.content).hexdigest(), len(got.content))
        assert found == (listed["stored_sha256"], listed["size"])
        assert listed["sha256"] == door().sha256
        assert listed["stored_sha256"] != listed["sha256"], "a picture is drawn anew"

    @pytest.mark.parametrize(
        ("by", "door_status", "wound_status"),
        [
            ("supervisor", 200, 403), ("coordinator", 200, 403), ("statistician", 403, 200),
            ("admin", 403, 403), ("analyst", 403, 403), ("partner", 403, 403),
            ("device", 403, 403), ("supervisor-elsewhere", 404, 404),
        ],
    )  # fmt: skip
    async def test_only_those_who_read_the_class_read_the_file_P93(
        self, here: Collecting, tus: Tus, by: str, door_status: int, wound_status: int
    ) -> None:
        wound = File("wound-1.jpg", photo(noise=2), "image/jpeg", "wound")
        one = await tus.pushed(door(), wound)
        for file in (door(), wound):
            await tus.upload(one.id, file)
        listed = {f["pointer"]: f for f in await files_of(here, one.id)}
        assert listed["/answers/wound"]["field_class"] == "s3"
        for pointer, status in (("/answers/door", door_status), ("/answers/wound", wound_status)):
            address = f"/v1/submissions/{one.id}/attachments/{listed[pointer]['id']}"
            assert (await here.get(address, by=by)).status_code == status

    async def test_each_reading_stands_in_the_audit_log_P93(
        self, here: Collecting, tus: Tus
    ) -> None:
        _, address = await kept(here, tus, door())
        await here.get(address)
        await here.get(address, by="analyst")
        rows = await here.rows("SELECT actor, action, subject FROM audit_entry ORDER BY seq")
        told = [(r["actor"], r["action"]) for r in rows if r["action"].startswith("file.")]
        assert [action for _, action in told] == ["file.kept", "file.read"]
        assert told[1][0] == "person:supervisor-1"

    async def test_a_file_is_read_only_under_its_own_interview_P93(
        self, here: Collecting, tus: Tus
    ) -> None:
        _, address = await kept(here, tus, door())
        other = await tus.pushed(story(), seq=2)
        attachment = address.rpartition("/")[2]
        answer = await here.get(f"/v1/submissions/{other.id}/attachments/{attachment}")
        assert answer.status_code == 404


class TestSealed:
    async def test_nothing_of_a_file_stands_anywhere_in_the_clear_P92(
        self, here: Collecting, tus: Tus, tmp_path: Path
    ) -> None:
        marker = b"MARKER-0123456789" * 40
        sheet = File("secret-name.csv", b"a;b\n" + marker, "text/csv", "story")
        one, upload = await tus.begun(sheet)
        await tus.send(upload, sheet.content[:500])

        def everything() -> bytes:
            return b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())

        for needle in (b"MARKER-0123", b"secret-name"):
            assert needle not in everything()
        await tus.send(upload, sheet.content[500:], 500)
        assert await tus.states(one.id) == ["kept"]
        for needle in (b"MARKER-0123", b"secret-name"):
            assert needle not in everything()

    @pytest.mark.parametrize(
        ("file", "kind"),
        [
            (File("s.csv", b"a;b", "text/csv", "sheet"), "text"),
            (File("s.jpg", photo(), "image/jpeg", "sheet"), "identifier"),
        ],
    )
    async def test_a_file_is_never_open_P92(
        self, here: Collecting, tus: Tus, file: File, kind: str
    ) -> None:
        one = await tus.pushed(file)
        await tus.upload(one.id, file)
        (listed,) = await files_of(here, one.id)
        assert listed["field_class"] == kind

    async def test_a_changed_or_cut_file_is_not_given_out_P92(
        self, here: Collecting, tus: Tus, folder: Path
    ) -> None:
        _, address = await kept(here, tus, story(recording(5000)))
        (blob,) = (folder / "kept" / HERE).iterdir()
        whole = blob.read_bytes()
        for damaged in (whole[:-1], whole[:40] + b"\0" + whole[41:], b"", whole + b"\0"):
            blob.write_bytes(damaged)
            answer = await here.get(address)
            assert answer.status_code == 409
            assert answer.json()["type"].endswith("/answers-unreadable")
        blob.write_bytes(whole)
        assert (await here.get(address)).status_code == 200

    async def test_the_end_of_a_classs_retention_ends_its_files_P92(
        self, here: Collecting, tus: Tus
    ) -> None:
        from usga_assessment.domain.sealing.box import SealedClass

        _, address = await kept(here, tus, door())
        here.app.state.sync.keyring.destroy_class(HERE, SealedClass.IDENTIFIER)
        assert (await here.get(address)).status_code == 409


class TestProof:
    async def test_the_proof_names_what_is_kept_and_verifies_P88_I17(
        self, here: Collecting, tus: Tus
    ) -> None:
        here_, gone = door(), story()
        one = await tus.pushed(here_, gone)
        await tus.upload(one.id, here_)
        answer = await tus.check(one.id)
        keys = KeySet.import_key_set((await here.client.get("/.well-known/jwks.json")).json())
        signed = jws.deserialize_compact(answer["proof"], keys, algorithms=["ES256"])
        assert signed.protected["typ"] == "usga-files+jwt"
        payload = orjson.loads(signed.payload)
        assert payload["files"] == [{"submission": str(one.id), "sha256": here_.sha256}]
        assert payload["assessment"] == HERE

    async def test_a_file_is_sent_once_for_all_revisions_P88(
        self, here: Collecting, tus: Tus
    ) -> None:
        file = door()
        one = await tus.pushed(file)
        await tus.upload(one.id, file)
        later = one.edited(answers={"withdraw_code": "x"})
        await here.push(later)
        assert await tus.states(later.id) == ["kept"]
        (listed,) = await files_of(here, later.id)
        address = f"/v1/submissions/{later.id}/attachments/{listed['id']}"
        assert (await here.get(address)).status_code == 200

    async def test_only_devices_check_and_only_their_assessment_P88(
        self, here: Collecting, tus: Tus
    ) -> None:
        one = await tus.pushed(door())
        body = {"submissions": [str(one.id)]}
        path = "/v1/sync/attachments/check"
        assert (await here.post(path, body, by="supervisor")).status_code == 403
        elsewhere = await here.post(path, body, by="device-elsewhere")
        assert elsewhere.json()["items"][0]["known"] is False
        assert (await here.client.post(path, json=body)).status_code == 401
