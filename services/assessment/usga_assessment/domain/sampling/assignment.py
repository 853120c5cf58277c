"""Which cases a tablet may be given."""

from collections.abc import Mapping

from usga_assessment.domain.access.credential import Device
from usga_assessment.domain.sampling.case import CaseDesign


def in_own_psu(device: Device, designs: Mapping[str, CaseDesign]) -> list[str]:
    """The cases that lie in the interviewer's own PSU: never assigned to them (E-08)."""
    if device.home_psu is None:
        return []
    return [case_id for case_id, design in designs.items() if design.psu == device.home_psu]
