"""The published numbers."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field
from usga_shared.http.etag import conditional
from usga_shared.pagination import CursorText, Limit, next_link
from usga_shared.problems import InvalidCursor, NotFound, ReleaseRetracted, responses
from usga_shared.wire.page import Page
from usga_shared.wire.release import Observation

from usga_indicators.dependencies import OptionalActor, ReaderDep
from usga_indicators.operations import read_observations as reading
from usga_indicators.storage.observations import Selection

router = APIRouter(prefix="/v1/observations", tags=["observations"])
_PUBLIC = "public, no-cache"
"""Copies are kept and asked about each time: none outlives a retraction (ADR-0061)."""
_PRIVATE = "private, no-cache"
_WITHHELD = "USGA-Withheld"
_READ: dict[int | str, dict[str, Any]] = {
    200: {
        "headers": {
            _WITHHELD: {
                "description": "Indicators of S3 answers that you do not read before the release "
                "is published, with commas: none of their cells is in the answer.",
                "schema": {"type": "string"},
            }
        }
    }
}
_Code = Annotated[str | None, Query(max_length=64)]


class ObservationPage(Page[Observation]):
    """A page of cells."""

    withheld: list[str] = Field(
        default_factory=list,
        description="Indicators of S3 answers that you do not read before the release is "
        "published: none of their cells is in the list. The header `USGA-Withheld` says the same, "
        "of CSV, too.",
        examples=[["VIO-01"]],
    )


@router.get(
    "",
    summary="Read observations",
    response_model=ObservationPage,
    responses=_READ | responses(NotFound, ReleaseRetracted, InvalidCursor),
)
async def read_observations(
    *,
    request: Request,
    actor: OptionalActor,
    reader: ReaderDep,
    release: Annotated[
        str | None,
        Query(
            max_length=36,
            description="Default: the newest published one, of any assessment unless "
            "`assessment` names one.",
        ),
    ] = None,
    assessment: Annotated[
        str | None,
        Query(
            max_length=64,
            description="Code of the assessment whose newest published release is read. Without "
            "it and `release` another city's may be the newest.",
            examples=["KE-MATHARE-2026"],
        ),
    ] = None,
    indicator: Annotated[
        str | None, Query(max_length=64, description="404 when the release has none of this code.")
    ] = None,
    ref_area: _Code = None,
    stratum: _Code = None,
    sex: _Code = None,
    age: _Code = None,
    item: _Code = None,
    subgroup: _Code = None,
    format: Annotated[reading.Format, Query(description="CSV comes whole.")] = "json",
    limit: Limit = 1000,
    cursor: CursorText = None,
) -> Response:
    """Cells of a release; `_T` asks for totals. Published ones need no login.

    A hidden cell has `obs_status` `Q` and no numbers, a missing one `M`, a zero is a number.
    Of a release that is not published, cells of S3 answers are left out for callers who may not
    read such answers: `withheld` names their indicators.
    A release that was retracted is refused (410), whatever copy a reader holds.
    """
    selection = Selection(release or "", indicator, ref_area, stratum, sex, age, item, subgroup)
    query = reading.Query(selection, assessment, format, limit, cursor)
    found = await reader.read(query, actor)
    return conditional(
        request,
        found.content,
        media_type=reading.MEDIA_TYPES[format],
        cache_control=_PUBLIC if found.published else _PRIVATE,
        etag=found.etag,
        headers=next_link(request, found.next) | _said(found.withheld),
    )


def _said(withheld: tuple[str, ...]) -> dict[str, str]:
    return {_WITHHELD: ", ".join(withheld)} if withheld else {}
