"""Give the indicators service how interviews were made: pseudonyms, times, distances."""

import hmac
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from usga_shared.wire.paradata import ParadataItem, ParadataRequest
from usga_shared.wire.vocabulary import FieldClass, SubmissionState

from usga_assessment.domain.assessment.areas import Area
from usga_assessment.domain.assessment.distance import Placed, place_in, spots_of, sun_hour
from usga_assessment.domain.sampling.case import CaseDesign
from usga_assessment.domain.sampling.dispositions import INTERVIEWS
from usga_assessment.domain.sealing.content import Content, Opener
from usga_assessment.domain.submission.held import Held

_COUNTED = frozenset({SubmissionState.STORED, SubmissionState.APPROVED})
_NOWHERE = Placed(None, None)


class Feed(Protocol):
    """What paradata need of the storage."""

    async def heads_after(self, place: int, *, limit: int) -> list[tuple[Held, Content | None]]:
        """Production interviews whose standing revision changed after a place."""
        ...


class Cases(Protocol):
    """What paradata need to know of the sample."""

    async def design_for(self, assessment: str, case_ids: Iterable[str]) -> dict[str, CaseDesign]:
        """The designs of these cases."""
        ...


@dataclass(frozen=True, slots=True)
class Paradata:
    """One page: how far it came, whether there is more, how many positions were measured."""

    items: list[ParadataItem]
    place: int
    more: bool
    positions_opened: int


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """Of interviews and of interviewers: the same in an assessment for ever."""

    unit: Callable[[UUID], str]
    key: bytes

    def interviewer(self, held: Held) -> str:
        """HMAC of the device; of the install where no device is known."""
        name = (held.device or str(held.install)).encode()
        return hmac.digest(self.key, name, "sha256").hex()[:16]


async def read_paradata(
    feed: Feed,
    cases: Cases,
    opener: Opener,
    *,
    assessment: str,
    request: ParadataRequest,
    place: int,
    pseudonyms: Pseudonyms,
    areas: Sequence[Area],
) -> Paradata:
    """One page after `place`, in the order of commits.

    Positions are opened to be measured against the area of their case, and never leave.
    """
    found = await feed.heads_after(place, limit=request.limit + 1)
    page, more = found[: request.limit], len(found) > request.limit
    designs = await cases.design_for(assessment, {h.case_id for h, _ in page if h.case_id})
    by_code = {area.code: area for area in areas}
    items: list[ParadataItem] = []
    opened = 0
    for held, content in page:
        items += [_removed(pseudonyms.unit(root)) for root in held.former]
        unit = pseudonyms.unit(held.root)
        if content is None or not _counts(held, request.instrument):
            items.append(_removed(unit))
            continue
        design = designs.get(held.case_id or "")
        area = by_code.get(design.area or "") if design else None
        wanted = {FieldClass.OPEN} | ({FieldClass.LOCATION} if area else set())
        parts = opener.parts(content, held.id.bytes, wanted)
        placed, spots = _NOWHERE, list[str]()
        if area is not None and FieldClass.LOCATION in parts:
            opened += 1
            positions = list(parts[FieldClass.LOCATION].values())
            placed = place_in(area.geometry, positions)
            spots = spots_of(area.geometry, positions, pseudonyms.key)
        answers: Mapping[str, Any] = parts.get(FieldClass.OPEN, {})
        items.append(
            ParadataItem(
                unit=unit,
                status="included",
                interviewer=pseudonyms.interviewer(held),
                psu=design.psu if design else "",
                started_at=held.started_at,
                ended_at=held.ended_at,
                outside=placed.outside,
                distance_m=placed.distance_m,
                hour=sun_hour(area.geometry, held.started_at) if area else None,
                spots=spots,
                answers={n: answers[n] for n in request.variables if _is_plain(answers.get(n))},
            )
        )
    last = page[-1][0].feed if page else place
    return Paradata(items, last, more, opened)


def _counts(held: Held, instrument: str) -> bool:
    return (
        held.state in _COUNTED and held.instrument == instrument and held.disposition in INTERVIEWS
    )


def _is_plain(value: Any) -> bool:
    """Answers outside repeats."""
    return type(value) in {str, int, float}


def _removed(unit: str) -> ParadataItem:
    return ParadataItem(unit=unit, status="removed")
