"""Two who bring the same file at the same time, and two instances: what was kept stays kept."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any
from uuid import UUID

from usga_assessment.operations.attachment_desk import AttachmentDesk
from usga_assessment.storage.attachments.objects import Objects
from usga_assessment.storage.attachments.staging import Busy, Staged, Staging

from tests.support.attaching import Tus, door
from tests.support.collecting import DEVICE, HERE, NOW, Collecting, TickingClock


class Meeting:
    """A store that says that an object stands when all who put one have come so far."""

    def __init__(self, inner: Objects) -> None:
        self._inner = inner
        self.both = asyncio.Barrier(2)

    async def put(self, name: str, pieces: Iterable[bytes]) -> None:
        await self._inner.put(name, pieces)
        await self.both.wait()

    def get(self, name: str) -> AsyncIterator[bytes]:
        return self._inner.get(name)

    async def delete(self, name: str) -> None:
        await self._inner.delete(name)

    async def close(self) -> None:
        await self._inner.close()


class Watched:
    """The folder of what comes in, as one instance sees it that finds an upload locked."""

    def __init__(self, inner: Staging) -> None:
        self._inner, self._loop = inner, asyncio.get_running_loop()
        self.found_busy = asyncio.Event()

    @contextlib.contextmanager
    def open(self, *given: Any) -> Iterator[Staged]:
        try:
            with self._inner.open(*given) as staged:
                yield staged
        except Busy:
            self._loop.call_soon_threadsafe(self.found_busy.set)
            raise

    def remove(self, upload: UUID) -> None:
        self._inner.remove(upload)


async def is_readable(here: Collecting, submission: UUID) -> bool:
    listed = (await here.get(f"/v1/submissions/{submission}/attachments")).json()["items"]
    address = f"/v1/submissions/{submission}/attachments/{listed[0]['id']}"
    return (await here.get(address)).status_code == 200


async def test_who_finishes_last_does_not_undo_who_finished_first_I17(
    here: Collecting, tus: Tus
) -> None:
    file, theirs = door(), Tus(here, "device-b")
    one, mine = await tus.begun(file)
    other = await theirs.begin(one.id, file)
    desk = here.app.state.attachments
    desk._keeper._objects = Meeting(desk.objects)
    sent = await asyncio.gather(tus.send(mine, file.content), theirs.send(other, file.content))
    assert [answer.status_code for answer in sent] == [204, 204]
    assert await tus.states(one.id) == ["kept"]
    rows = await here.rows("SELECT state, fate FROM attachment ORDER BY state DESC")
    assert [(row["state"], row["fate"]) for row in rows] == [
        ("kept", None), ("gone", "held-already"),
    ]  # fmt: skip
    assert await is_readable(here, one.id)


async def test_a_file_that_another_instance_finishes_meanwhile_is_not_lost_I17(
    here: Collecting, tus: Tus
) -> None:
    file = door()
    one, upload = await tus.begun(file)
    desk = here.app.state.attachments
    other = AttachmentDesk(here.database, here.app.state.sync, TickingClock(NOW))
    await other.open()
    other._keeper._objects = store = Meeting(other.objects)
    desk.staging = watched = Watched(desk.staging)

    async def body() -> dict[str, object]:
        return {"type": "http.request", "body": file.content, "more_body": False}

    finishing = asyncio.create_task(
        other.receive(
            UUID(upload.rpartition("/")[2]), 0, body, assessment=HERE, device=DEVICE,
            declared=None, checksum=None,
        )
    )  # fmt: skip
    while not store.both.n_waiting:  # noqa: ASYNC110 - a barrier has no event for the first
        await asyncio.sleep(0.005)
    asking = asyncio.create_task(tus.head(upload))  # it reads that the file is still coming
    await watched.found_busy.wait()
    await store.both.wait()
    await finishing
    assert (await asking).status_code == 423
    assert await tus.offset(upload) == len(file.content)
    assert await tus.states(one.id) == ["kept"]
    assert await is_readable(here, one.id)
