"""What the indicators are."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from usga_shared.auth.dependencies import actor_or_anonymous
from usga_shared.http.etag import conditional
from usga_shared.pagination import Limit, next_link
from usga_shared.problems import InvalidCredential, InvalidCursor, NotFound, responses
from usga_shared.wire.page import Page
from usga_shared.wire.release import IndicatorView

from usga_indicators.dependencies import CatalogueDep
from usga_indicators.domain.publication import indicator_view
from usga_indicators.routes.paging import PagingDep

# Open to everybody, but a credential that is wrong is never taken for none.
router = APIRouter(
    prefix="/v1/indicators", tags=["indicators"], dependencies=[Depends(actor_or_anonymous)]
)
_CACHE = "public, max-age=300"


@router.get(
    "",
    summary="List indicator definitions",
    response_model=Page[IndicatorView],
    responses=responses(InvalidCursor, InvalidCredential),
)
async def list_indicators(
    *,
    request: Request,
    definitions: CatalogueDep,
    paging: PagingDep,
    theme: Annotated[str | None, Query(max_length=8, examples=["PER"])] = None,
    sdg: Annotated[str | None, Query(max_length=16, examples=["16.1.4"])] = None,
    limit: Limit = 200,
) -> Response:
    """Definitions by code, with the expressions that compute them. No login."""
    after = paging.after("indicators") or ""
    found = [
        indicator_view(d)
        for d in definitions
        if d.code > after and theme in {None, d.theme} and sdg in {None, d.sdg}
    ]
    page = paging.page("indicators", found, limit, place=lambda i: i.code, view=lambda i: i)
    return conditional(
        request,
        page.model_dump_json().encode(),
        media_type="application/json",
        cache_control=_CACHE,
        headers=next_link(request, page.next),
    )


@router.get(
    "/{code}",
    summary="Read one indicator definition",
    response_model=IndicatorView,
    responses=responses(NotFound, InvalidCredential),
)
async def read_indicator(
    request: Request,
    definitions: CatalogueDep,
    code: Annotated[str, Path(max_length=16, examples=["PER-01"])],
) -> Response:
    """What is counted, over whom, with which weight and which answers left out. No login."""
    for definition in definitions:
        if definition.code == code:
            return conditional(
                request,
                indicator_view(definition).model_dump_json().encode(),
                media_type="application/json",
                cache_control=_CACHE,
            )
    raise NotFound
