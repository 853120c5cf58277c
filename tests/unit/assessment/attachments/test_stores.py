"""A folder and an S3-compatible store keep the same promises; signatures are AWS's own."""

import hashlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path, PosixPath
from typing import IO, Any
from uuid import UUID

import httpx
import pytest
from usga_assessment.domain.attachments.frames import Frames
from usga_assessment.storage.attachments.objects import FolderObjects, Objects, StoreRefused
from usga_assessment.storage.attachments.s3 import S3Objects
from usga_assessment.storage.attachments.staging import Staging, StoreFull
from usga_shared.clock import FixedClock

from tests.support.bucket import NOW, SIGNER, Bucket

EMPTY = hashlib.sha256(b"").hexdigest()


class TestSignature:
    def test_get_object_of_the_documentation(self) -> None:
        headers = SIGNER.headers(
            "GET", "https://examplebucket.s3.amazonaws.com/test.txt", EMPTY, NOW,
            more={"Range": "bytes=0-9"},
        )  # fmt: skip
        assert headers["Authorization"].endswith(
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
        )

    def test_put_object_of_the_documentation(self) -> None:
        digest = hashlib.sha256(b"Welcome to Amazon S3.").hexdigest()
        headers = SIGNER.headers(
            "PUT", "https://examplebucket.s3.amazonaws.com/test%24file.text", digest, NOW,
            more={
                "Date": "Fri, 24 May 2013 00:00:00 GMT",
                "x-amz-storage-class": "REDUCED_REDUNDANCY",
            },
        )  # fmt: skip
        assert headers["Authorization"].endswith(
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
        )


@pytest.fixture
def bucket() -> Bucket:
    return Bucket()


@pytest.fixture(params=["folder", "s3"])
async def objects(
    request: pytest.FixtureRequest, bucket: Bucket, tmp_path: Path
) -> AsyncIterator[Objects]:
    made: Objects = FolderObjects(tmp_path / "kept")
    if request.param == "s3":
        made = S3Objects(
            "http://store:9000/", "files", SIGNER, FixedClock(NOW),
            transport=httpx.MockTransport(bucket.answer),
        )  # fmt: skip
    yield made
    await made.close()


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def whole(objects: Objects, name: str) -> bytes:
    return b"".join([piece async for piece in objects.get(name)])


class TestObjects:
    async def test_what_is_put_is_got_until_it_is_deleted(self, objects: Objects) -> None:
        name = "KE-TEST-2026/019a7c1e-5b1a-7c3d-9e4f-5a6b7c8d9e0f"
        content = bytes(range(256)) * 1000
        await objects.put(name, iter([content[:7], content[7:]]))
        assert await whole(objects, name) == content
        await objects.put(name, [b"again"])
        assert await whole(objects, name) == b"again"
        await objects.delete(name)
        await objects.delete(name)
        with pytest.raises(FileNotFoundError):
            await whole(objects, name)

    async def test_what_fails_in_the_middle_leaves_nothing(
        self, objects: Objects, tmp_path: Path
    ) -> None:
        def failing() -> Iterator[bytes]:
            yield b"half"
            raise ValueError("the key is gone")

        with pytest.raises(ValueError, match="key is gone"):
            await objects.put("a/b", failing())
        with pytest.raises(FileNotFoundError):
            await whole(objects, "a/b")
        assert files_in(tmp_path) == []

    async def test_a_full_folder_says_so_and_leaves_no_draft(self, tmp_path: Path) -> None:
        def full() -> Iterator[bytes]:
            yield b"half"
            raise OSError(28, "No space left on device")

        store = FolderObjects(tmp_path / "kept")
        with pytest.raises(StoreFull):
            await store.put("a/b", full())
        assert files_in(tmp_path) == []


class TestS3:
    @pytest.mark.parametrize("status", [301, 403, 500, 503])
    async def test_another_answer_than_success_is_never_kept(
        self, bucket: Bucket, status: int
    ) -> None:
        store = S3Objects(
            "http://store:9000", "files", SIGNER, FixedClock(NOW),
            transport=httpx.MockTransport(bucket.answer),
        )  # fmt: skip
        bucket.status = status
        for attempt in (store.put("a", [b"x"]), whole(store, "a"), store.delete("a")):
            with pytest.raises(StoreRefused):
                await attempt
        bucket.status = 507
        with pytest.raises(StoreFull):
            await store.put("a", [b"x"])
        await store.close()


class Removed(PosixPath):
    """A file that its last writer removes while the next one waits for it."""

    def open(self, *args: Any, **options: Any) -> IO[Any]:  # type: ignore[override]
        file: IO[Any] = super().open(*args, **options)
        self.unlink()
        return file


class WaitedFor(Staging):
    """A folder whose uploads end while somebody waits for them."""

    def _path(self, upload: UUID) -> Path:
        return Removed(super()._path(upload))


def test_nobody_writes_what_was_removed_while_they_waited_I17(tmp_path: Path) -> None:
    upload, frames = UUID(int=1), Frames(bytes(32), bytes)
    Staging(tmp_path).create(upload)
    with pytest.raises(FileNotFoundError), WaitedFor(tmp_path).open(upload, frames):
        pass
