"""A list of tablets names tablets that there are."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from usga_shared.problems import ErrorItem, InvalidRequest


class Devices(Protocol):
    """What is asked of the storage."""

    async def known(self, devices: Sequence[UUID], assessments: Sequence[str]) -> set[UUID]: ...


async def check_devices(
    devices: Devices, listed: Sequence[UUID] | None, assessments: Sequence[str]
) -> None:
    """Raise InvalidRequest at the place of each tablet that these assessments do not have.

    A hub that is kept to such a tablet would carry nobody, and nobody would know why.
    """
    if not listed:
        return
    known = await devices.known(listed, assessments)
    errors = [
        ErrorItem(f"/devices/{place}", "unknown-device", "These assessments have no such tablet.")
        for place, device in enumerate(listed)
        if device not in known
    ]
    if errors:
        raise InvalidRequest(errors=errors)
