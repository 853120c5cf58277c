"""The gateway's own refusals as problem documents, from the same catalogue as the services'."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from usga_shared.i18n import LANGUAGES, Messages
from usga_shared.problems import (
    TYPE_BASE,
    AddressTooLong,
    BadRequest,
    ContentTooLarge,
    MethodNotAllowed,
    NotFound,
    Problem,
    TooManyRequests,
    Unavailable,
    UnexpectedError,
)

CONF = Path(__file__).parents[2] / "deploy" / "gateway" / "conf"
_MADE = "# Made by `make openapi` from the problem catalogue; do not edit.\n"


@dataclass(frozen=True, slots=True)
class Refusal:
    """One status that nginx answers by itself, and the problem that it stands for."""

    status: int
    problem: type[Problem] | None = None
    title: str = ""
    retry_after: int | None = None
    causes: tuple[int, ...] = ()
    allow: bool = False
    members: str = ""  # more of the document, in nginx's words
    early: bool = False  # can come before nginx knows the path, when no named location can answer


REFUSALS = (
    # 494 to 497: header too large, certificate of the client, plain HTTP on the port of TLS.
    Refusal(400, BadRequest, causes=(400, 494, 495, 496, 497), early=True),
    Refusal(403, title="Forbidden", causes=(403,)),
    Refusal(404, NotFound, causes=(404,)),
    Refusal(405, MethodNotAllowed, causes=(405,), allow=True, early=True),
    Refusal(408, title="The request took too long", causes=(408,)),
    Refusal(411, title="A length is needed", causes=(411,)),
    Refusal(
        413, ContentTooLarge, causes=(413,), members=', "limit": $usga_body_limit$usga_body_size'
    ),
    Refusal(414, AddressTooLong, causes=(414,), early=True),
    Refusal(416, title="The range is not in the resource", causes=(416,)),
    Refusal(421, title="This origin is served elsewhere", causes=(421,)),
    Refusal(429, TooManyRequests, retry_after=10, causes=(429,)),
    Refusal(500, UnexpectedError, causes=(500,)),
    Refusal(501, title="The transfer coding is not known", causes=(501,), early=True),
    Refusal(502, Unavailable, retry_after=5, causes=(502,)),
    Refusal(503, Unavailable, retry_after=15, causes=(503,)),
    Refusal(504, Unavailable, retry_after=15, causes=(504,)),
    Refusal(505, title="This version of HTTP is not spoken here", causes=(505,), early=True),
)


def document(refusal: Refusal, messages: Messages, language: str) -> str:
    """The problem document in one language; nginx fills in the `$` variables."""
    instance = "urn:usga:request:$usga_request_id"
    if refusal.problem is None:
        body: dict[str, object] = {"type": "about:blank", "title": refusal.title}
        body |= {"status": refusal.status, "detail": refusal.title, "instance": instance}
        return json.dumps(body)
    slug = refusal.problem.slug
    title = messages.text(f"{slug}.title", language) or refusal.problem.title
    detail = messages.text(f"{slug}.detail", language, limit="$usga_body_limit") or title
    assert "$" not in (title + detail).replace("$usga_body_limit", ""), slug
    body = {"type": TYPE_BASE + slug, "title": title, "status": refusal.status}
    body |= {"detail": detail, "instance": instance}
    return json.dumps(body, ensure_ascii=False).removesuffix("}") + refusal.members + "}"


def quoted(text: str) -> str:
    """The text as one single-quoted word of nginx's configuration."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def maps() -> Iterator[str]:
    """Lines for the http block: language of the caller, and each document by language."""
    messages = Messages.load(["usga_shared.locale"], "problems")
    choices = "|".join(LANGUAGES)
    yield "map $http_accept_language $usga_language {"
    yield "    default en;"
    yield f'    "~*(?:^|,)\\s*(?<lang>{choices})(?:[-;,\\s]|$)" $lang;'
    yield "}"
    for refusal in REFUSALS:
        yield f"map $usga_language $usga_problem_{refusal.status} {{"
        yield f"    default {quoted(document(refusal, messages, 'en'))};"
        if refusal.problem is not None:
            for language in LANGUAGES[1:]:
                yield f"    {language} {quoted(document(refusal, messages, language))};"
        yield "}"


def locations() -> Iterator[str]:
    """Lines for the server block: which status is answered by which document."""
    for refusal in REFUSALS:
        causes = " ".join(str(cause) for cause in refusal.causes)
        place = f"{'/_' if refusal.early else '@'}refuse_{refusal.status}"
        yield f"error_page {causes} = {place};"
        yield f"location {'= ' if refusal.early else ''}{place} {{"
        if refusal.early:
            yield "    internal;"
        yield "    include conf/headers.conf;"
        yield "    add_header X-Request-Id $usga_request_id always;"
        yield "    add_header Cache-Control no-store always;"
        yield "    add_header Content-Language $usga_language always;"
        if refusal.retry_after is not None:
            yield f"    add_header Retry-After {refusal.retry_after} always;"
        if refusal.allow:
            yield "    add_header Allow $usga_allow always;"
        yield "    types { }"  # or the name of the file that was asked for would give the type
        yield "    default_type application/problem+json;"
        yield f"    return {refusal.status} $usga_problem_{refusal.status};"
        yield "}"


def files() -> dict[Path, str]:
    """What this module makes: path to content."""
    return {
        CONF / "problems.conf": _MADE + "\n".join(maps()) + "\n",
        CONF / "refusals.conf": _MADE + "\n".join(locations()) + "\n",
    }
