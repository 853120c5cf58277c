"""A piece of a file that the centre cannot read: once is the link's fault, always is the hub's."""

import httpx
import pytest
from usga_assessment.operations.hub import carry_files

from tests.service.assessment.hub.test_files import kept
from tests.support.attaching import door
from tests.support.hubs import District, FieldTablet, RunningHub

pytestmark = pytest.mark.usefixtures("files")


class Cutting(httpx.AsyncBaseTransport):
    """A link that loses the last bytes of so many pieces of files, and says nothing of it."""

    def __init__(self, hub: RunningHub) -> None:
        self._real, self.left = hub.road._inner, 0
        hub.road._inner = self  # type: ignore[assignment]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "PATCH" and self.left:
            self.left -= 1
            request = httpx.Request(
                "PATCH", request.url, content=request.content[:-7],
                headers={k: v for k, v in request.headers.items() if k != "content-length"},
            )  # fmt: skip
        return await self._real.handle_async_request(request)


async def rounds(hub: RunningHub, count: int) -> list[tuple[int, int]]:
    """Files that were kept and refused in each of so many rounds, ten minutes apart."""
    came = []
    for _ in range(count):
        done = await hub.round()
        came.append((done.files, done.refused))
        hub.app.state.clock.advance(carry_files._WAITS)
    return came


async def test_a_piece_that_the_link_cut_is_brought_again_and_nobody_is_told_H67(
    field: District, tablet: FieldTablet, hub: RunningHub
) -> None:
    picture, link = door(), Cutting(hub)
    tablet.photographed(picture)
    await tablet.visit(hub)
    link.left = carry_files._MOST_UNREADABLE - 1
    assert (await hub.round()).files == 0
    assert (await hub.round()).files == 0, "not at once"
    assert (await tablet.visit(hub)).files.returned == 0
    hub.app.state.clock.advance(carry_files._WAITS)
    assert await rounds(hub, 3) == [(0, 0), (0, 0), (1, 0)]
    assert await kept(field) == [picture.sha256]
    assert (await tablet.visit(hub)).files.proven == 1


async def test_what_nobody_can_read_is_given_once_more_and_no_third_time_H67(
    field: District, tablet: FieldTablet, hub: RunningHub
) -> None:
    link = Cutting(hub)
    tablet.photographed(door())
    for offered_again in (1, 0):
        await tablet.visit(hub)
        link.left = 100
        assert await rounds(hub, 5) == [(0, 0)] * 3 + [(0, 1), (0, 0)]
        assert list((hub.folder / "data" / "hub-files").iterdir()) == []
        visit = await tablet.visit(hub)
        assert (visit.files.returned, visit.files.carried) == (1, offered_again)
    assert (await tablet.visit(hub)).files.carried == 0
    assert tablet.files() == ["door-1.jpg"]
    other = await field.hub("other")
    assert (await tablet.visit(other)).files.carried == 1


async def test_what_a_disk_changed_is_brought_anew_H67(
    field: District, tablet: FieldTablet, hub: RunningHub
) -> None:
    picture, link = door(), Cutting(hub)
    tablet.photographed(picture)
    await tablet.visit(hub)
    link.left = carry_files._MOST_UNREADABLE
    await rounds(hub, 4)
    visit = await tablet.visit(hub)
    assert (visit.files.returned, visit.files.carried) == (1, 1)
    assert (await hub.round()).files == 1
    assert (await tablet.visit(hub)).files.proven == 1
    assert await kept(field) == [picture.sha256]
