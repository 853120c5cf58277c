"""Kept files in an S3-compatible store: sealed there too, and patient when it is away."""

import httpx
import pytest
from usga_assessment.storage.attachments.s3 import S3Objects
from usga_shared.clock import FixedClock

from tests.support.attaching import Tus, recording, story
from tests.support.bucket import NOW, SIGNER, Bucket
from tests.support.collecting import Collecting


@pytest.fixture
async def bucket(here: Collecting) -> Bucket:
    made, desk = Bucket(), here.app.state.attachments
    desk.objects = desk._keeper._objects = S3Objects(
        "http://store:9000", "files", SIGNER, FixedClock(NOW),
        transport=httpx.MockTransport(made.answer),
    )  # fmt: skip
    return made


async def test_files_are_sealed_in_the_bucket_and_read_from_it(
    here: Collecting, tus: Tus, bucket: Bucket
) -> None:
    file = story(recording(200_000))
    one = await tus.pushed(file)
    await tus.upload(one.id, file)
    ((name, sealed),) = bucket.held.items()
    assert name.startswith("/files/KE-TEST-2026/")
    assert file.content[5000:5100] not in sealed
    (listed,) = (await here.get(f"/v1/submissions/{one.id}/attachments")).json()["items"]
    address = f"/v1/submissions/{one.id}/attachments/{listed['id']}"
    assert (await here.get(address)).content == file.content
    bucket.status = 503
    assert (await here.get(address)).status_code == 503


async def test_a_store_that_is_away_is_503_and_asking_again_keeps_the_file(
    here: Collecting, tus: Tus, bucket: Bucket
) -> None:
    file = story()
    one, upload = await tus.begun(file)
    bucket.status = 500
    assert (await tus.send(upload, file.content)).status_code == 503
    bucket.status = 507
    assert (await tus.head(upload)).status_code == 507
    bucket.status = None
    assert await tus.offset(upload) == len(file.content)
    assert await tus.states(one.id) == ["kept"]
