"""Every refusal of the platform: RFC 9457 problem documents with a stable type (S-7)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from usga_shared.i18n import Messages

TYPE_BASE = "https://usga.example/problems/"
"""Problem types are names, not pages; docs/problems.md describes each."""

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class ErrorItem:
    """One thing wrong in a request: where, which rule, and words for a person."""

    pointer: str
    code: str
    message: str

    def as_dict(self) -> dict[str, str]:
        return {"pointer": self.pointer, "code": self.code, "message": self.message}


class Problem(Exception):
    """A refusal that the caller can act on; subclasses are the catalogue.

    `members` become extension members of the document and fill the detail's `{fields}`.
    """

    slug: ClassVar[str] = "problem"
    title: ClassVar[str] = "The request could not be carried out"
    status: ClassVar[int] = 400
    retry_after: ClassVar[int | None] = None
    detail_key = "detail"

    def __init__(
        self,
        *,
        errors: Sequence[ErrorItem] = (),
        headers: dict[str, str] | None = None,
        **members: Any,
    ) -> None:
        super().__init__(self.slug)
        self.errors = tuple(errors)
        self.members = members
        self.headers = dict(headers or {})
        if self.retry_after is not None:
            self.headers.setdefault("Retry-After", str(self.retry_after))

    def document(self, messages: Messages, language: str, instance: str) -> dict[str, Any]:
        """The problem document in the caller's language."""
        title = messages.text(f"{self.slug}.title", language) or self.title
        detail = messages.text(f"{self.slug}.{self.detail_key}", language, **self.members)
        body: dict[str, Any] = {
            "type": TYPE_BASE + self.slug,
            "title": title,
            "status": self.status,
            "detail": detail or title,
            "instance": instance,
        }
        for name, value in self.members.items():
            body.setdefault(name, value)
        if self.errors:
            body["errors"] = [_in_words(error, messages, language) for error in self.errors]
        return body


def _in_words(error: ErrorItem, messages: Messages, language: str) -> dict[str, str]:
    """With the words of the table `[field]` for its code, where the service has some."""
    return {
        **error.as_dict(),
        "message": messages.text(f"field.{error.code}", language) or error.message,
    }


class InvalidRequest(Problem):
    """The body or a parameter has the wrong shape; `errors` point at each place."""

    slug = "invalid-request"
    title = "The request has the wrong shape"
    status = 422


class MalformedBody(Problem):
    """The body cannot be parsed at all; `limit` when it has more objects and lists than that."""

    slug = "malformed-body"
    title = "The body cannot be read"
    status = 400

    @classmethod
    def of_many_parts(cls, limit: int) -> "MalformedBody":
        """The refusal of a document that would cost more to read than to send."""
        refusal = cls(limit=limit)
        refusal.detail_key = "parts"
        return refusal


class BadRequest(Problem):
    """It is no request of HTTP that the gateway can read."""

    slug = "bad-request"
    title = "The request cannot be read"
    status = 400


class AddressTooLong(Problem):
    """The address is longer than the gateway reads."""

    slug = "address-too-long"
    title = "The address is too long"
    status = 414


class InvalidCursor(Problem):
    """The cursor was not made by this server, or belongs to another list."""

    slug = "invalid-cursor"
    title = "The cursor is not valid here"
    status = 400


class MissingCredential(Problem):
    """The operation needs a credential and none was sent."""

    slug = "missing-credential"
    title = "A credential is needed"
    status = 401


class InvalidCredential(Problem):
    """The credential is unknown, expired or revoked."""

    slug = "invalid-credential"
    title = "The credential is not accepted"
    status = 401


class Forbidden(Problem):
    """The caller is known, sees the thing, and may not do this with it; `roles` may."""

    slug = "forbidden"
    title = "Your role does not allow this"
    status = 403

    @classmethod
    def except_for(cls, roles: Iterable[str]) -> "Forbidden":
        """The refusal of whoever has none of these roles; nobody is named where nobody may."""
        able = sorted(str(role) for role in roles)
        refusal = cls(roles=able)
        refusal.detail_key = "roles" if able else "detail"
        return refusal


class NotFound(Problem):
    """It does not exist, or the caller may not know that it does."""

    slug = "not-found"
    title = "There is nothing here"
    status = 404


class MethodNotAllowed(Problem):
    """The path exists, for other methods."""

    slug = "method-not-allowed"
    title = "The method is not allowed here"
    status = 405


class ReleaseRetracted(Problem):
    """It was taken back at `since`; `reason` and `because` say why, `use_instead` what to read.

    `because` is given by language and told in the caller's; `use_instead` is null where nothing
    stands for it.
    """

    slug = "release-retracted"
    title = "The release was retracted"
    status = 410

    def document(self, messages: Messages, language: str, instance: str) -> dict[str, Any]:
        """With the words that were given for the caller's language, else English ones."""
        words = self.members["because"]
        because = words if isinstance(words, str) else words.get(language, words.get("en", ""))
        said = ReleaseRetracted(**{**self.members, "because": because})
        said.detail_key = "instead" if self.members.get("use_instead") else "detail"
        return super(ReleaseRetracted, said).document(messages, language, instance)


class Conflict(Problem):
    """The request contradicts the state of the resource."""

    slug = "conflict"
    title = "The state of the resource does not allow this"
    status = 409


class PreconditionFailed(Problem):
    """If-Match names another version than the current one."""

    slug = "precondition-failed"
    title = "The resource has changed meanwhile"
    status = 412


class ContentTooLarge(Problem):
    """The body is larger than this operation accepts; `limit` is in bytes.

    `fits` says how many of a batch would have been taken, where the body was read.
    """

    slug = "content-too-large"
    title = "The body is too large"
    status = 413


class UnsupportedMedia(Problem):
    """Content-Type or Content-Encoding is not accepted; `accepted` lists what is.

    `window` is the largest window of zstd that is decoded here, where that is why.
    """

    slug = "unsupported-media"
    title = "The media type or encoding is not accepted"
    status = 415

    @classmethod
    def of_a_large_window(cls, window: int, accepted: Sequence[str]) -> "UnsupportedMedia":
        """The refusal of a frame of zstd that needs more memory than decoding may take."""
        headers = {"Accept-Encoding": ", ".join(accepted)}
        refusal = cls(window=window, accepted=list(accepted), headers=headers)
        refusal.detail_key = "window"
        return refusal


class TooManyRequests(Problem):
    """Slow down; Retry-After says how long."""

    slug = "too-many-requests"
    title = "Too many requests"
    status = 429
    retry_after = 10


class Unavailable(Problem):
    """A part of the platform is not reachable now; try again later."""

    slug = "unavailable"
    title = "The service is not available now"
    status = 503
    retry_after = 15


class UnexpectedError(Problem):
    """A defect of the platform; the request id finds it in the log."""

    slug = "unexpected-error"
    title = "Something went wrong on our side"
    status = 500


def responses(*problems: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """Document problems for OpenAPI, grouped by status."""
    grouped: dict[int, list[type[Problem]]] = defaultdict(list)
    for problem in problems:
        grouped[problem.status].append(problem)
    return {
        status: {
            "description": "; ".join(f"`{p.slug}`: {p.title}" for p in kinds),
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}},
        }
        for status, kinds in grouped.items()
    }


PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "title": "ProblemDocument",
    "description": "RFC 9457 problem document; `type` is stable and listed in docs/problems.md.",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string", "format": "uri", "examples": [TYPE_BASE + "not-found"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string", "description": "urn of the request id."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "message"],
                "properties": {
                    "pointer": {"type": "string", "examples": ["/answers/age"]},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                },
            },
        },
    },
    "additionalProperties": True,
}
