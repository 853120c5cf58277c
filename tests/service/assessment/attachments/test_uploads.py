"""Files come in by tus 1.0.0, byte for byte, however the link behaves."""

import asyncio
import base64
import hashlib
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.support.attaching import PATH, STREAM, TUS, File, Tus, door, metadata, story
from tests.support.collecting import DEVICE, HERE, Collecting, bearer


async def cut(here: Collecting, upload: str, *pieces: bytes, offset: int = 0) -> None:
    """A PATCH whose connection breaks after these pieces."""
    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": piece, "more_body": True} for piece in pieces
    ]
    messages.append({"type": "http.disconnect"})
    waiting = iter(messages)

    async def receive() -> dict[str, Any]:
        return next(waiting)

    async def send(_message: Any) -> None:
        return None

    headers = {**TUS, **STREAM, **bearer("device"), "Upload-Offset": str(offset)}
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "PATCH",
        "path": upload, "raw_path": upload.encode(), "query_string": b"", "root_path": "",
        "scheme": "http", "server": ("testserver", 80), "client": ("test", 1),
        "headers": [(n.lower().encode(), v.encode()) for n, v in headers.items()],
    }  # fmt: skip
    await here.app(scope, receive, send)


class TestWholeWay:
    async def test_a_file_is_kept_and_the_check_says_so_P80_P88(
        self, here: Collecting, tus: Tus
    ) -> None:
        file = story()
        one = await tus.pushed(file)
        assert await tus.states(one.id) == ["missing"]
        upload = await tus.begin(one.id, file)
        first = await tus.send(upload, file.content[:100_000])
        assert (first.status_code, first.headers["upload-offset"]) == (204, "100000")
        assert "upload-expires" in first.headers
        assert await tus.states(one.id) == ["coming"]
        last = await tus.send(upload, file.content[100_000:], 100_000)
        assert last.headers["upload-offset"] == str(len(file.content))
        assert await tus.states(one.id) == ["kept"]
        assert await tus.offset(upload) == len(file.content)

    async def test_creation_with_upload_is_one_round_trip_P80(
        self, here: Collecting, tus: Tus
    ) -> None:
        file = story()
        one = await tus.pushed(file)
        answer = await here.client.post(
            PATH,
            content=file.content,
            headers={
                **TUS, **STREAM, **bearer("device"), "Upload-Length": str(len(file.content)),
                "Upload-Metadata": metadata(one.id, file),
            },
        )  # fmt: skip
        assert answer.status_code == 201
        assert answer.headers["upload-offset"] == str(len(file.content))
        assert await tus.states(one.id) == ["kept"]

    async def test_options_say_what_is_spoken_P80(self, here: Collecting) -> None:
        answer = await here.client.options(PATH)
        assert answer.status_code == 204
        assert answer.headers["tus-version"] == "1.0.0"
        assert set(answer.headers["tus-extension"].split(",")) == {
            "creation", "creation-with-upload", "expiration", "termination", "checksum",
        }  # fmt: skip
        assert answer.headers["tus-checksum-algorithm"] == "sha256,sha1"
        assert answer.headers["tus-max-size"] == str(10 * 2**20)

    @pytest.mark.parametrize("version", [None, "0.2.2"])
    async def test_another_version_is_412_P80(self, here: Collecting, version: str | None) -> None:
        headers = bearer("device") | ({"Tus-Resumable": version} if version else {})
        answer = await here.client.post(PATH, headers=headers)
        assert answer.status_code == 412
        assert answer.headers["tus-version"] == "1.0.0"
        assert answer.json()["type"].endswith("/tus-version")

    async def test_a_method_may_stand_in_a_header_P80(self, here: Collecting, tus: Tus) -> None:
        file = story()
        upload = await tus.begin(uuid4(), file)
        headers = {**TUS, **STREAM, **bearer("device"), "Upload-Offset": "0"}
        answer = await here.client.post(
            upload,
            content=file.content[:7],
            headers={**headers, "X-HTTP-Method-Override": "PATCH"},
        )
        assert (answer.status_code, answer.headers["upload-offset"]) == (204, "7")


class TestBrokenLinks:
    async def test_what_came_before_a_cut_counts_P82(self, here: Collecting, tus: Tus) -> None:
        file = story()
        one, upload = await tus.begun(file)
        await cut(here, upload, file.content[:70_000], file.content[70_000:70_001])
        assert await tus.offset(upload) == 70_001
        await tus.send(upload, file.content[70_001:], 70_001)
        assert await tus.states(one.id) == ["kept"]

    async def test_a_first_piece_of_a_few_bytes_is_judged_by_no_type_P82_P89(
        self, tus: Tus
    ) -> None:
        """Three bytes look like nothing: what follows tells, at the latest the whole file."""
        file = story()
        one, upload = await tus.begun(file)
        assert (await tus.send(upload, file.content[:3])).status_code == 204
        assert (await tus.send(upload, file.content[3:], 3)).status_code == 204
        assert await tus.states(one.id) == ["kept"]
        short = File("s.ogg", file.content[:3], "audio/ogg", "story")
        _, upload = await tus.begun(short)
        assert (await tus.send(upload, short.content)).status_code == 415

    async def test_bytes_that_do_not_go_on_are_refused_with_the_offset_P82(self, tus: Tus) -> None:
        file = story()
        upload = await tus.begin(uuid4(), file)
        await tus.send(upload, file.content[:10])
        for wrong in (0, 9, 11):
            answer = await tus.send(upload, b"x" * 20, wrong)
            assert answer.status_code == 409
            assert answer.json()["offset"] == 10
            assert answer.headers["upload-offset"] == "10"
        assert await tus.offset(upload) == 10

    async def test_more_bytes_than_announced_are_refused_unread_P82(self, tus: Tus) -> None:
        file = story()
        upload = await tus.begin(uuid4(), file)
        answer = await tus.send(upload, file.content + b"x")
        assert answer.status_code == 413
        assert await tus.offset(upload) == 0

    async def test_a_newer_request_takes_over_from_one_that_hangs_P83(
        self, here: Collecting, tus: Tus
    ) -> None:
        file = story()
        upload = await tus.begin(uuid4(), file)
        begun = asyncio.Event()

        async def hanging() -> Any:
            yield file.content[:50_000]
            begun.set()
            await asyncio.Event().wait()

        headers = {**TUS, **STREAM, **bearer("device"), "Upload-Offset": "0"}
        stale = asyncio.ensure_future(
            here.client.patch(upload, content=hanging(), headers=headers)
        )
        await begun.wait()
        loop = asyncio.get_running_loop()
        asked = loop.time()
        assert await tus.offset(upload) == 50_000
        assert loop.time() - asked < 2
        answer = await stale
        assert answer.status_code == 423
        assert answer.json()["type"].endswith("/upload-busy")
        again = await tus.send(upload, file.content[50_000:], 50_000)
        assert again.status_code == 204

    async def test_racing_writers_never_mix_their_bytes_P83(
        self, here: Collecting, tus: Tus
    ) -> None:
        file = story()
        one, upload = await tus.begun(file)
        answers = await asyncio.gather(*(tus.send(upload, file.content) for _ in range(8)))
        assert {answer.status_code for answer in answers} <= {204, 409, 423}
        at = await tus.offset(upload)
        if at < len(file.content):
            await tus.send(upload, file.content[at:], at)
        check = await tus.check(one.id)
        assert check["items"][0]["files"][0]["state"] == "kept"  # its SHA-256 was verified


class TestChecksum:
    @pytest.mark.parametrize("name", ["sha1", "sha256"])
    async def test_a_right_checksum_counts_P84(self, tus: Tus, name: str) -> None:
        file = story()
        upload = await tus.begin(uuid4(), file)
        piece = file.content[:150_000]
        checksum = base64.b64encode(hashlib.new(name, piece).digest()).decode()
        answer = await tus.send(upload, piece, headers={"Upload-Checksum": f"{name} {checksum}"})
        assert answer.status_code == 204
        assert await tus.offset(upload) == 150_000

    async def test_a_wrong_checksum_is_460_and_nothing_counts_P84(self, tus: Tus) -> None:
        file = story()
        upload = await tus.begin(uuid4(), file)
        await tus.send(upload, file.content[:10])
        wrong = base64.b64encode(hashlib.sha1(b"other").digest()).decode()
        answer = await tus.send(
            upload, file.content[10:150_010], 10, headers={"Upload-Checksum": f"sha1 {wrong}"}
        )
        assert answer.status_code == 460
        assert await tus.offset(upload) == 10

    async def test_bytes_cut_before_their_checksum_was_known_do_not_count_P84(
        self, here: Collecting, tus: Tus, folder: Path
    ) -> None:
        file = story()
        upload = await tus.begin(uuid4(), file)
        desk = here.app.state.attachments
        staged_file = folder / "coming" / f"{upload.rpartition('/')[2]}.part"
        found = await desk.find(UUID(upload.rpartition("/")[2]), assessment=HERE, device=DEVICE)
        async with desk._opened(found) as staged:
            staged.append(file.content[:1000], depends=True)  # and the process is killed here
        desk._extents.clear()
        assert staged_file.stat().st_size > 1000
        assert await tus.offset(upload) == 0
        assert staged_file.stat().st_size == 0

    @pytest.mark.parametrize("value", ["md5 AAAA", "sha1", "sha1 !!", "sha256 AAAA"])
    async def test_a_checksum_that_cannot_be_read_is_refused_P84(
        self, tus: Tus, value: str
    ) -> None:
        file = story()
        upload = await tus.begin(uuid4(), file)
        answer = await tus.send(upload, b"OggS", headers={"Upload-Checksum": value})
        assert answer.status_code == 422
        assert await tus.offset(upload) == 0


class TestWhoMay:
    async def test_without_a_credential_not_a_byte_is_read_P81(
        self, here: Collecting, tus: Tus, folder: Path
    ) -> None:
        file = story()
        upload = await tus.begin(uuid4(), file)
        part = folder / "coming" / f"{upload.rpartition('/')[2]}.part"
        read = 0

        async def body() -> Any:
            nonlocal read
            for start in range(0, len(file.content), 1000):
                read += 1
                yield file.content[start : start + 1000]

        for credential, status in (
            ({}, 401),
            (bearer("nobody"), 401),
            (bearer("supervisor"), 403),
            (bearer("device-b"), 404),
        ):
            answer = await here.client.patch(
                upload,
                content=body(),
                headers={**TUS, **STREAM, "Upload-Offset": "0", **credential},
            )
            assert answer.status_code == status
        assert read == 0
        assert part.stat().st_size == 0
        assert await tus.offset(upload) == 0

    async def test_another_device_sees_no_such_upload_P81(
        self, here: Collecting, tus: Tus
    ) -> None:
        upload = await tus.begin(uuid4(), story())
        for other in ("device-b", "device-elsewhere"):
            stranger = Tus(here, other)
            assert (await stranger.head(upload)).status_code == 404
            answer = await here.client.delete(upload, headers={**TUS, **bearer(other)})
            assert answer.status_code == 404
        assert await tus.offset(upload) == 0


class TestEnds:
    async def test_a_given_up_upload_is_gone_P85(
        self, here: Collecting, tus: Tus, folder: Path
    ) -> None:
        file = story()
        upload = await tus.begin(uuid4(), file)
        await tus.send(upload, file.content[:1000])
        answer = await here.client.delete(upload, headers={**TUS, **bearer("device")})
        assert answer.status_code == 204
        gone = await tus.head(upload)
        assert gone.status_code == 410
        assert not list((folder / "coming").iterdir())
        assert (await tus.send(upload, b"x", 1000)).status_code == 410

    async def test_what_is_kept_cannot_be_given_up_P85(self, here: Collecting, tus: Tus) -> None:
        file = story()
        one = await tus.pushed(file)
        upload = await tus.upload(one.id, file)
        answer = await here.client.delete(upload, headers={**TUS, **bearer("device")})
        assert answer.status_code == 409
        assert await tus.states(one.id) == ["kept"]
        assert await tus.offset(upload) == len(file.content)

    async def test_the_same_file_announced_again_is_the_same_upload_P86(self, tus: Tus) -> None:
        file, id_ = story(), uuid4()
        upload = await tus.begin(id_, file)
        await tus.send(upload, file.content[:500])
        assert await tus.begin(id_, file) == upload
        assert await tus.offset(upload) == 500
        assert await tus.begin(id_, door(name="another.jpg")) != upload
