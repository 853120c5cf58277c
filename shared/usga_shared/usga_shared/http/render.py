"""Only here does a Problem become a response."""

from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from usga_shared.http.addresses import allowed_methods
from usga_shared.i18n import Messages, negotiate
from usga_shared.problems import (
    MEDIA_TYPE,
    ContentTooLarge,
    ErrorItem,
    InvalidRequest,
    MalformedBody,
    MethodNotAllowed,
    NotFound,
    Problem,
    Unavailable,
    UnsupportedMedia,
)
from usga_shared.wire.refused import FieldsRefused

_BY_STATUS: dict[int, type[Problem]] = {
    404: NotFound,
    405: MethodNotAllowed,
    413: ContentTooLarge,
    415: UnsupportedMedia,
}
_fallback = Messages.load(["usga_shared.locale"], "problems")
_fields = Messages.load(["usga_shared.locale"], "fields")


def language_of(scope: Scope) -> str:
    """The language of the caller, from Accept-Language."""
    for name, value in scope["headers"]:
        if name == b"accept-language":
            return negotiate(value.decode("latin-1"))
    return negotiate(None)


def messages_of(scope: Scope) -> Messages:
    """The catalogues of the application that serves this request."""
    state = getattr(scope.get("app"), "state", None)
    found = getattr(state, "messages", None)
    return found if isinstance(found, Messages) else _fallback


def problem_response(problem: Problem, scope: Scope) -> Response:
    """The problem document in the caller's language; notes the slug for the canonical line."""
    state = scope.setdefault("state", {})
    state["problem"] = problem.slug
    language = language_of(scope)
    document = problem.document(
        messages_of(scope), language, f"urn:usga:request:{state.get('request_id', '')}"
    )
    return Response(
        orjson.dumps(document, default=str),
        problem.status,
        media_type=MEDIA_TYPE,
        headers={"Content-Language": language, "Cache-Control": "no-store", **problem.headers},
    )


async def send_problem(problem: Problem, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with a problem from a middleware."""
    await problem_response(problem, scope)(scope, receive, send)


def install_handlers(app: FastAPI) -> None:
    """Make the application answer every refusal as a problem document."""

    @app.exception_handler(Problem)
    async def _problem(request: Request, error: Problem) -> Response:
        return problem_response(error, request.scope)

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> Response:
        kinds = {item["type"] for item in error.errors()}
        if "json_invalid" in kinds:
            return problem_response(MalformedBody(), request.scope)
        if isinstance(error.body, bytes):  # its Content-Type said that it is no JSON
            problem = UnsupportedMedia(accepted=["application/json"])
            return problem_response(problem, request.scope)
        items = error_items(error.errors(), language_of(request.scope))
        return problem_response(InvalidRequest(errors=items), request.scope)

    @app.exception_handler(NoConnectionFree)
    async def _crowded(request: Request, _error: NoConnectionFree) -> Response:
        return problem_response(Unavailable(), request.scope)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        if isinstance(error.__cause__, Problem):  # raised while the framework read the body
            return problem_response(error.__cause__, request.scope)
        kind = _BY_STATUS.get(error.status_code, MalformedBody)
        headers = dict(error.headers or {})
        if kind is MethodNotAllowed:  # the framework knows the methods of one route only
            headers["Allow"] = ", ".join(allowed_methods(request.scope))
        problem = kind(headers=headers)
        return problem_response(problem, request.scope)


def error_items(errors: Any, language: str) -> list[ErrorItem]:
    """Pydantic's errors in the caller's language, without the offending values (answers)."""
    return [item for error in errors for item in _items(error, language)]


def _items(error: Any, language: str) -> list[ErrorItem]:
    code, pointer, context = error["type"], _pointer(error["loc"]), error.get("ctx") or {}
    refused = context.get("error")
    if isinstance(refused, FieldsRefused):
        words = _fields.text(refused.code, language) or refused.message
        places = [f"{pointer}/{member}" for member in refused.members] or [pointer]
        return [ErrorItem(place, refused.code, words) for place in places]
    if "expected" in context:  # pydantic joins the choices in English
        context = {**context, "expected": context["expected"].replace(" or ", ", ")}
    return [ErrorItem(pointer, code, _fields.text(code, language, **context) or error["msg"])]


def _pointer(place: tuple[int | str, ...]) -> str:
    """A JSON pointer (RFC 6901) into the body; a parameter's is its name."""
    inside = place[1:] if place[:1] in {("body",), ("query",)} else place
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in inside)
