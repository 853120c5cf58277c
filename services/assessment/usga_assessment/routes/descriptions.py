"""What an assessment consists of: areas, records, reference lists."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Path, Request, Response
from usga_shared.http.bodies import loads_strict, read_body
from usga_shared.http.etag import conditional
from usga_shared.http.strict import StrictRoute
from usga_shared.problems import (
    ContentTooLarge,
    Forbidden,
    MalformedBody,
    MissingCredential,
    NotFound,
    UnsupportedMedia,
    responses,
)

from usga_assessment.dependencies import AssessmentDep, ClockDep, KnownActor, SessionDep
from usga_assessment.domain.assessment.areas import MOST_POSITIONS, feature_collection
from usga_assessment.operations.describe_assessment import (
    AssessmentArchived,
    put_list,
    put_record,
    replace_areas,
)
from usga_assessment.operations.findings import AreasRefused, ListRefused
from usga_assessment.schemas.lists import ListBody, ListInfo, ListView
from usga_assessment.schemas.records import RECORD_KINDS, RecordBody, RecordView
from usga_assessment.storage.areas import Areas
from usga_assessment.storage.lists import Lists
from usga_assessment.storage.records import Records

router = APIRouter(prefix="/v1/assessments/{code}", tags=["assessments"], route_class=StrictRoute)
_GEOJSON = "application/geo+json"
_PRIVATE = "private, no-cache"
_MOST_BYTES = 8 * 2**20
LARGE = (r"^/v1/assessments/[^/]+/(areas|lists/[^/]+)$", _MOST_BYTES)
"""The exception to the body limit that polygons and lists need."""

ListName = Annotated[
    str, Path(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,63}$", description="The file's stem.")
]
_COLLECTION = {
    "schema": {
        "type": "object",
        "required": ["type", "features"],
        "properties": {
            "type": {"const": "FeatureCollection"},
            "features": {"type": "array", "items": {"type": "object"}},
        },
        "description": "RFC 7946. Each feature: a Polygon or MultiPolygon (WGS 84) with the "
        "properties `code`, `title` (by language), `kind`, `parent` (a code or null).",
    }
}


async def _collection(request: Request, _: KnownActor) -> Any:
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given != "application/json" and not given.endswith("+json"):
        raise UnsupportedMedia(accepted=[_GEOJSON, "application/json"])
    data = await read_body(request, max_plain=_MOST_BYTES)
    return await asyncio.to_thread(
        loads_strict, data, max_keys=MOST_POSITIONS, max_parts=MOST_POSITIONS
    )


# Solved before the session is opened, so that no transaction waits for a slow sender.
Collection = Annotated[Any, Depends(_collection)]


@router.put(
    "/areas",
    summary="Replace the areas",
    status_code=204,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/geo+json": _COLLECTION, "application/json": _COLLECTION},
        }
    },
    responses=responses(
        MissingCredential,
        Forbidden,
        NotFound,
        AssessmentArchived,
        AreasRefused,
        MalformedBody,
        ContentTooLarge,
        UnsupportedMedia,
    ),
)
async def put_areas(
    document: Collection, assessment: AssessmentDep, session: SessionDep
) -> Response:
    """All areas at once, as GeoJSON: at most 8 MiB, 2,000 features and 200,000 points in all.

    Every fault is told at once, and then nothing is stored.
    """
    await replace_areas(Areas(session), assessment, document)
    return Response(status_code=204)


@router.get(
    "/areas",
    summary="Read the areas as GeoJSON",
    response_class=Response,
    responses={
        200: {"description": "A FeatureCollection.", "content": {_GEOJSON: _COLLECTION}},
        304: {"description": "The caller has them."},
        **responses(MissingCredential, NotFound),
    },
)
async def get_areas(assessment: AssessmentDep, request: Request, session: SessionDep) -> Response:
    """Every area with its polygon; WGS 84 as RFC 7946 says."""
    areas = await Areas(session).of(assessment.code)
    content = orjson.dumps(feature_collection(areas), option=orjson.OPT_SORT_KEYS)
    return conditional(request, content, media_type=_GEOJSON, cache_control=_PRIVATE)


@router.get(
    "/records",
    summary="Read the records",
    responses=responses(MissingCredential, Forbidden, NotFound),
)
async def get_records(assessment: AssessmentDep, session: SessionDep) -> list[RecordView]:
    """Every revision of every record; the highest revision of a kind holds."""
    return [RecordView.of(record) for record in await Records(session).revisions(assessment.code)]


def _put(kind: str, model: type[RecordBody]) -> Callable[..., Any]:
    async def put(
        *,
        body: model,  # type: ignore[valid-type]
        assessment: AssessmentDep,
        actor: KnownActor,
        session: SessionDep,
        clock: ClockDep,
        response: Response,
    ) -> RecordView:
        record, is_new = await put_record(
            Records(session),
            assessment,
            kind,
            body.model_dump(mode="json"),  # type: ignore[attr-defined]
            by=f"{actor.kind}:{actor.id}",
            now=clock.now(),
        )
        response.status_code = 201 if is_new else 200
        return RecordView.of(record)

    put.__name__ = f"put_{kind}"
    put.__doc__ = (
        f"{model.__doc__}\n\nA new revision is kept; the same content again changes nothing."
    )
    return put


for _kind, _model in RECORD_KINDS.items():
    router.add_api_route(
        f"/records/{_kind}",
        _put(_kind, _model),
        methods=["PUT"],
        status_code=201,
        summary=f"Record: {_kind.replace('_', ' ')}",
        responses={
            200: {"model": RecordView, "description": "Exactly this is recorded already."},
            **responses(MissingCredential, Forbidden, NotFound, AssessmentArchived),
        },
    )


@router.put(
    "/lists/{name}",
    summary="Replace a reference list",
    responses=responses(
        MissingCredential, Forbidden, NotFound, AssessmentArchived, ListRefused, ContentTooLarge
    ),
)
async def replace_list(
    *,
    name: ListName,
    body: ListBody,
    assessment: AssessmentDep,
    session: SessionDep,
    clock: ClockDep,
) -> ListInfo:
    """Choices that a form reads from `<name>.csv`; tablets get them at their next sync."""
    made = await put_list(Lists(session), assessment, name, body.rows, now=clock.now())
    return ListInfo(
        name=made.name, digest=made.digest, size=len(made.rows), updated_at=made.updated_at
    )


@router.get(
    "/lists",
    summary="List the reference lists",
    responses=responses(MissingCredential, Forbidden, NotFound),
)
async def get_lists(assessment: AssessmentDep, session: SessionDep) -> list[ListInfo]:
    """Names, sizes and digests, without rows."""
    return [
        ListInfo(name=one.name, digest=one.digest, size=len(one.rows), updated_at=one.updated_at)
        for one in await Lists(session).of(assessment.code)
    ]


@router.get(
    "/lists/{name}",
    summary="Read a reference list",
    response_model=ListView,
    responses={
        304: {"description": "The caller has it."},
        **responses(MissingCredential, Forbidden, NotFound),
    },
)
async def get_list(
    name: ListName, assessment: AssessmentDep, request: Request, session: SessionDep
) -> Response:
    """With its rows; the ETag is its digest."""
    found = await Lists(session).get(assessment.code, name)
    if found is None:
        raise NotFound
    view = ListView(
        name=found.name,
        digest=found.digest,
        size=len(found.rows),
        updated_at=found.updated_at,
        rows=found.rows,
    )
    return conditional(
        request,
        view.model_dump_json().encode(),
        media_type="application/json",
        cache_control=_PRIVATE,
        etag=f'"{found.digest}"',
    )
