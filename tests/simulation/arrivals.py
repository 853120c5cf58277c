"""What arrives at the centre: each answer is checked before anybody hears it."""

import hashlib
from typing import TYPE_CHECKING

import httpx

from tests.simulation.coding import decoded, lines_of, needs_dictionary
from tests.simulation.oracle import Violation
from tests.simulation.uploads import File

if TYPE_CHECKING:
    from tests.simulation.network import Link
    from tests.simulation.tablets import Interviewer
    from tests.simulation.world import World

_REFUSED, _BROKEN, _NO_ENTRY = 400, 500, {401, 403, 415}  # 415: an unknown dictionary
_REVOKED_BY = 60.0
PUSH = "/v1/sync/submissions"


class Arrivals:
    """What tablets say to the centre themselves."""

    def __init__(self, world: "World") -> None:
        self._world = world

    async def deliver(self, link: "Link", request: httpx.Request, heard: bool) -> httpx.Response:
        """A tablet's request arrives."""
        world = self._world
        generation, sender = world.generation, self._named(link.name)
        world.files.uploads.arrives(request)
        come = world.files.come
        was_full = world.server is not None and world.server.is_full
        answer = await world.call(request)
        digest = hashlib.sha256(request.content).hexdigest()[:8]
        world.say(link.name, request.method, request.url.path, digest, answer.status_code)
        lines = self._lines(request, answer)
        if was_full and heard and lines:
            self._on_a_full_disk(answer.status_code)
        self._check_credential(request, answer)
        if generation == world.generation:
            world.oracle.answered(
                sender.install, request, lines, answer, heard=heard, ledger=sender.outbox.ledger
            )
        try:
            if generation == world.generation:
                if world.has_files:
                    self._of_files(sender, request, answer, heard=heard, lines=lines, come=come)
                if request.method == "PATCH":
                    world.centre.pull()
            world.look()
        except Violation as violation:
            world.fail(str(violation))
        return answer

    def _of_files(
        self, sender: "Interviewer", request: httpx.Request, answer: httpx.Response, *,
        heard: bool, lines: list[bytes] | None, come: dict[File, str],
    ) -> None:  # fmt: skip
        """What the answer says of files, after what was committed before it."""
        files, server = self._world.files, self._world.server
        if server is not None and server.lives:
            self._world.oracle.look(server.path)
            files.look(server.path)
            files.answered(sender, request, answer, heard=heard)
            if lines and answer.status_code == httpx.codes.OK:
                files.told_missing(lines, answer, come)

    def _lines(self, request: httpx.Request, answer: httpx.Response) -> list[bytes] | None:
        """The lines of a push that came whole."""
        world = self._world
        if request.url.path != PUSH:
            return None
        has_one = needs_dictionary(request)
        world.seen["body with a dictionary"] += has_one
        is_strange = answer.status_code == httpx.codes.UNSUPPORTED_MEDIA_TYPE
        world.seen["strange dictionary refused"] += has_one and is_strange
        lines = lines_of(decoded(request, world.oracle.dictionaries))
        if answer.status_code == httpx.codes.OK and not lines:
            world.fail("a body that was cut was accepted")
        return lines

    def _on_a_full_disk(self, status: int) -> None:
        """Only that it cannot now; what a receipt says all the same is checked like any."""
        self._world.seen["push on a full disk refused"] += status >= _BROKEN
        if _REFUSED <= status < _BROKEN and status not in _NO_ENTRY:
            self._world.fail(f"a full disk refuses for good: {status}")

    def _check_credential(self, request: httpx.Request, answer: httpx.Response) -> None:
        world = self._world
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        _, since = world.office.revoked.get(token, ("", float("inf")))
        if answer.status_code == httpx.codes.OK and world.time() > since + _REVOKED_BY:
            world.fail("a revoked device is served")

    def _named(self, name: str) -> "Interviewer":
        return next(tablet for tablet in self._world.tablets if tablet.name == name)
