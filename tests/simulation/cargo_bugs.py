"""Planted bugs of files on their way by hubs, and of what is told of them."""

from contextlib import AbstractContextManager
from typing import Any

from usga_assessment.domain.attachments.attachment import Awaited
from usga_assessment.domain.hub import cargo
from usga_assessment.domain.hub.hub import Cargo
from usga_assessment.domain.hub.parcel import OVERHEAD
from usga_assessment.operations import finish_attachment
from usga_assessment.operations.hub import carry_files
from usga_assessment.operations.hub.carry_files import FileCarrier
from usga_assessment.operations.hub.upstream import Silence, Upstream
from usga_assessment.routes import sync as push_route
from usga_shared.wire.hub import FileAnswer
from usga_tablet.filebox import BoxedFile, FileBox

from tests.simulation.planting import both, put


def hub_forgets_files_when_they_were_sent() -> AbstractContextManager[None]:
    """The bytes go when the centre was asked, not when it said that it keeps them."""
    carry = FileCarrier._carry

    async def hasty(self: FileCarrier, token: str, file: Cargo) -> bool:
        try:
            return await carry(self, token, file)
        finally:
            await self._files.remove_bytes(file.id)

    return put(FileCarrier, "_carry", hasty)


def hub_believes_the_portal_about_files() -> AbstractContextManager[None]:
    """Whatever came instead of the centre's answer says that a file is kept."""
    deliver = Upstream.deliver_piece

    async def trusting(self: Upstream, *given: Any) -> FileAnswer:
        try:
            return await deliver(self, *given)
        except Silence:
            return FileAnswer(state="kept", offset=0, receipt="yes")

    return both(
        put(carry_files, "read_files", lambda *_args, **_options: None),
        put(Upstream, "deliver_piece", trusting),
    )


def hub_keeps_files_open() -> AbstractContextManager[None]:
    """What a hub stores of files is as they came."""
    room = bytes(OVERHEAD)
    return both(
        put(cargo, "_seal", lambda plain, *_: plain + room),
        put(cargo, "_open", lambda sealed, *_: sealed[: -len(room)]),
    )


def tablet_frees_files_that_a_hub_carries() -> AbstractContextManager[None]:
    """Carried is taken for kept."""
    carry = FileBox.carry

    def eager(self: FileBox, file: BoxedFile, hub: str, life: str, code: Any = None) -> None:
        carry(self, file, hub, life, code)
        if code is None:
            self.settle(file, "proven")

    return put(FileBox, "carry", eager)


def centre_vouches_for_files_that_come() -> AbstractContextManager[None]:
    """Its word names files of which only the beginning is there."""
    return put(Awaited, "is_kept", property(lambda self: self.come is not None))


def missing_files_are_not_told() -> AbstractContextManager[None]:
    """Nobody hears after a push that files are still to come."""

    async def nothing(*_: Any) -> None:
        return None

    return put(push_route, "_missing", nothing)


def pictures_keep_their_place() -> AbstractContextManager[None]:
    """Pictures are kept as cameras wrote them."""
    return put(finish_attachment, "redrawn", lambda picture, _kind: picture.getvalue())


CARGO_BUGS = (
    hub_forgets_files_when_they_were_sent,
    hub_believes_the_portal_about_files,
    hub_keeps_files_open,
    tablet_frees_files_that_a_hub_carries,
    centre_vouches_for_files_that_come,
    missing_files_are_not_told,
    pictures_keep_their_place,
)
