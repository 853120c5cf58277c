"""A hub signs that a file came whole; that permits nothing, and a lie costs only the visit."""

from uuid import UUID

import httpx
import pytest
from usga_assessment.domain.hub.words import HUB_FILE
from usga_assessment.domain.sync.receipt import verify_content
from usga_shared.wire.hub import HubFilePayload
from usga_tablet.link import SyncStopped

from tests.service.assessment.hub.test_tablets import Twisting
from tests.support.attaching import door, story
from tests.support.hubs import District, FieldTablet, Road, RunningHub

pytestmark = pytest.mark.usefixtures("files")


class Tampering(httpx.AsyncBaseTransport):
    """Somebody between tablet and hub, or a hub that lies about its word."""

    def __init__(self, hub: RunningHub, word: str | None = None) -> None:
        self._hub, self._word = hub, word
        self.words: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await Road(self._hub.app).handle_async_request(request)
        word = response.headers.pop("usga-carried", None)
        if word is not None:
            self.words.append(word)
            if self._word != "none":
                response.headers["usga-carried"] = self._word or word
        return response


def through(hub: RunningHub, word: str | None = None) -> tuple[Twisting, Tampering]:
    made = Twisting(hub.app, hub.road, hub.folder)
    made.transport = transport = Tampering(hub, word)
    return made, transport


async def test_a_hub_signs_that_a_file_came_whole_H65(
    tablet: FieldTablet, hub: RunningHub
) -> None:
    tablet.photographed(door())
    honest, seen = through(hub)
    assert (await tablet.visit(honest)).files.carried == 1
    said = verify_content(seen.words[-1], HUB_FILE, {"keys": [hub.app.state.hub.key.public_jwk()]})
    payload = HubFilePayload.model_validate(said)
    assert (payload.hub, payload.state) == (hub.app.state.hub.told.hub, "carried")
    assert payload.device == UUID(str(tablet.outbox.setting("device")))
    assert payload.size == len(door().content)
    assert tablet.files() == ["door-1.jpg"], "it permits nothing"
    assert (await tablet.visit(hub)).files.carried == 0, "it is not given once more"


async def test_a_word_that_does_not_verify_carries_nothing_H65(
    field: District, tablet: FieldTablet, hub: RunningHub
) -> None:
    honest, seen = through(hub)
    tablet.photographed(story())
    await tablet.visit(honest)
    of_another_file, another = seen.words[-1], await field.hub("another")
    tablet.photographed(door())
    for word in ("none", "e30.e30.e30", of_another_file):
        with pytest.raises(SyncStopped, match="the hub's word"):
            await tablet.visit(through(hub, word)[0])
        with pytest.raises(SyncStopped, match="the hub's word"):
            await tablet.visit(through(another, word)[0])
    assert sorted(tablet.files()) == ["door-1.jpg", "story-1.ogg"]
    assert tablet.box is not None
    assert tablet.box.carried() == {str(hub.app.state.hub.told.hub): 1}
    assert (await tablet.visit(hub)).files.carried == 1, "it has the bytes: its word is enough"
    assert (await hub.round()).files == 2
    await tablet.visit(hub)
    assert tablet.files() == []
