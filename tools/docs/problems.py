"""docs/problems.md: every refusal, from the catalogue of problems and their messages."""

import importlib
import json
import tomllib
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

from usga_shared.i18n import Messages
from usga_shared.problems import ErrorItem, Problem

TARGET = Path(__file__).parents[2] / "docs" / "problems.md"
ADVICE = Path(__file__).with_suffix(".toml")
_BEYOND_HTTP = {460: "Checksum Mismatch"}
"""Statuses that the upload protocol adds to those of HTTP."""
OWNERS = {
    "usga_shared": "every service",
    "usga_assessment": "assessment",
    "usga_indicators": "indicators",
    "usga_reports": "reports",
}
MESSAGES = ("usga_shared.locale", "usga_assessment.locale", "usga_indicators.messages",
            "usga_reports.locale")  # fmt: skip
UNRAISED = frozenset({"faults-found"})
"""Bases of several problems, never raised themselves."""

_HEAD = """# Problems

Made by `make docs` from the catalogue of problems; do not edit.

Every refusal of the platform is a problem document (RFC 9457, `application/problem+json`):

- `type` is stable and never reused: branch on it, never on `title` or `detail`. It is a name, not
  a page; its last part is the heading below.
- `title` and `detail` are for people, in the language of `Accept-Language` (en, es, ru, sw).
- `instance` names the request: an administrator finds its line in the log by it.
- `errors` points at each place that is wrong: `pointer` (JSON pointer, or a cell of a form),
  `code` (stable), `message`.
- Further members are named in each section.

The gateway answers in the same form. Where no section fits a refusal of the protocol itself (an
address that is too long, say) `type` is `about:blank` and `title` says all. An answer that is not
`application/problem+json`, whatever its status, is not ours: a captive portal or a proxy. Treat
it as silence and try again later.

**Trying again.** Reads, pushes of interviews and writes with an `Idempotency-Key` may always be
repeated. Of the statuses, only 429, 500, 502, 503 and 504 are worth repeating unchanged, after
`Retry-After` seconds and a random while.
"""


def catalogue() -> dict[str, type[Problem]]:
    """Every problem that a caller can meet, by slug, shared ones first."""
    for service in ("assessment", "indicators", "reports"):
        importlib.import_module(f"usga_{service}.app")
    found: dict[str, type[Problem]] = {}
    for problem in sorted(_below(Problem), key=_order):
        if problem.slug not in UNRAISED:
            found.setdefault(problem.slug, problem)
    return found


def _below(problem: type[Problem]) -> Iterator[type[Problem]]:
    for kind in problem.__subclasses__():
        if "slug" in vars(kind):  # one that keeps its base's slug is the same problem to a caller
            yield kind
        yield from _below(kind)


def _order(problem: type[Problem]) -> tuple[int, int, str]:
    return list(OWNERS).index(owner(problem)), problem.status, problem.slug


def owner(problem: type[Problem]) -> str:
    """The distribution that defines it."""
    return problem.__module__.partition(".")[0]


def advice() -> dict[str, dict[str, Any]]:
    """What a caller's program does, and members of the example, by slug."""
    return tomllib.loads(ADVICE.read_text())


def example(problem: type[Problem], added: Mapping[str, Any], messages: Messages) -> str:
    """A document as a caller would meet it, in English."""
    made = _made(problem, added)
    body = made.document(messages, "en", "urn:usga:request:3f0c9a7d5be84c21")
    return json.dumps(body, indent=2, ensure_ascii=False)


def _made(problem: type[Problem], added: Mapping[str, Any]) -> Problem:
    """An instance with the members of the example; a few problems are made from findings."""
    match added.get("example"):
        case "faults":
            from usga_assessment.operations.findings import Fault, FaultsFound  # noqa: PLC0415

            assert issubclass(problem, FaultsFound)
            return problem([Fault("/features/3/geometry", "invalid-polygon")])
        case "missing":
            from usga_assessment.domain.assessment.states import State  # noqa: PLC0415
            from usga_assessment.operations.move_assessment import (  # noqa: PLC0415
                PreconditionsMissing,
            )

            return PreconditionsMissing(
                ["mandate", "controller"], state=State.SCOPED, to=State.APPROVED
            )
        case "form":
            from usga_assessment.domain.xlsform.finding import Finding, Severity  # noqa: PLC0415
            from usga_assessment.operations.findings import FormFaults  # noqa: PLC0415

            assert issubclass(problem, FormFaults)
            told = (
                "There is no question `agee`.",
                "the name of a question",
                "Did you mean `age`?",
            )
            return problem([Finding("unknown-reference", Severity.ERROR, "survey!F12", *told)])
    errors = [ErrorItem(**item) for item in added.get("errors", [])]
    return problem(errors=errors, **added.get("members", {}))


def section(problem: type[Problem], added: Mapping[str, Any], messages: Messages) -> str:
    """One problem: its status, when it comes, what to do, what it looks like."""
    if "do" not in added:
        raise LookupError(f"say in {ADVICE.name} what a caller does about {problem.slug!r}")
    meaning = _BEYOND_HTTP.get(problem.status) or HTTPStatus(problem.status).phrase
    wait = f", `Retry-After: {problem.retry_after}`" if problem.retry_after else ""
    return "\n".join(
        (
            f"\n## {problem.slug}\n",
            f"**{problem.status} {meaning}**{wait} · from {OWNERS[owner(problem)]}\n",
            f"**When:** {' '.join((problem.__doc__ or '').split())}\n",
            f"**What to do:** {added['do']}\n",
            f"```json\n{example(problem, added, messages)}\n```",
        )
    )


_ITEMS = """
# Codes of a push

What became of one interview is no refusal: the push is 200, and the receipt's exceptions and the
`items` of the answer carry these codes. Those of a form's rules point at the answer (`pointer`).

| code | words |
|---|---|
"""
_FINDINGS = """
# Codes in `errors` of samples, areas and lists

| code | words |
|---|---|
"""
_PRECONDITIONS = """
# Codes in `missing` of a move

| code | words |
|---|---|
"""


def items() -> Messages:
    """The words about single interviews of a push."""
    return Messages.load(["usga_assessment.locale"], "items")


def codes(messages: Messages, prefix: str = "") -> str:
    """A table of codes with their English words."""
    found = sorted(key for key in messages.keys("en") if key.startswith(prefix))
    rows = (f"| `{key.removeprefix(prefix)}` | {messages.text(key, 'en')} |" for key in found)
    return "\n".join(rows) + "\n"


def text() -> str:
    """The whole document."""
    messages, added = Messages.load(MESSAGES, "problems"), advice()
    parts = [
        section(problem, added.get(slug, {}), messages) for slug, problem in catalogue().items()
    ]
    tables = (
        _ITEMS + codes(items()),
        _FINDINGS + codes(messages, "finding."),
        _PRECONDITIONS + codes(messages, "precondition."),
    )
    return _HEAD + "\n".join(parts) + "\n" + "".join(tables)
