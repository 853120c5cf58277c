"""Which cases a tablet may be given."""

from collections.abc import Iterable

from usga_assessment.domain.access.credential import Device
from usga_assessment.domain.sampling.case import Case


def in_own_psu(device: Device, cases: Iterable[Case]) -> list[str]:
    """The cases that lie in the interviewer's own PSU: never assigned to them (E-08)."""
    if device.home_psu is None:
        return []
    return [case.case_id for case in cases if case.design.psu == device.home_psu]
