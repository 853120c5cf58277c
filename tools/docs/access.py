"""docs/access.md: who may do and read what, from the one policy file."""

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

from usga_indicators.operations.authorise import policy as of_indicators
from usga_indicators.storage.releases import DRAFT_READERS
from usga_reports.domain.access import ORDERERS, STAFF
from usga_shared.auth.actors import Role

TARGET = Path(__file__).parents[2] / "docs" / "access.md"
ROLES: dict[Role, str] = {
    Role.ADMIN: "runs the platform: assessments, credentials, devices; reads no sealed answer",
    Role.COORDINATOR: "leads an assessment: forms, records, states, keys, review, release",
    Role.STATISTICIAN: "loads samples, computes releases; S3 answers, never with identifiers",
    Role.SUPERVISOR: "leads fieldwork: tablets, cases, review, withdrawals",
    Role.ENUMERATOR: "a tablet: pushes and pulls its own; reads nothing back",
    Role.HUB: "a hub: brings tablets' sealed batches, takes along what is sealed to them",
    Role.ANALYST: "reads de-identified microdata and rates",
    Role.PARTNER: "a partner system: published data, and the facts of its assessments",
    Role.PUBLIC: "everybody, without a credential: published releases and reports",
}
"""What each role is for; a role without words fails the test of this document."""

_HEAD = """# Access

Made by `make docs` from the policy files of the assessment service (`domain/access/policy.toml`)
and of the indicators service (`policy.toml`), which is also what the services ask; do not edit.

Every role but `admin` holds in the assessments that it was granted for. What a caller may not see
at all reads as absent (404); what a caller sees and may not do is refused (403). A revocation
takes effect everywhere within 60 seconds.

The indicators and reports services keep no policy of their own credentials: they ask the
assessment service who a caller is, and read the same roles. Published releases and their reports
need no credential.

An API key is a `partner` or an `analyst`, and only where its maker may read and do all that this
role may. Personal access tokens, a statistician's among them, are made on the command line
(`usga-assessment create-token`).

A tablet enrols with a code of 60 random bits. Many wrong codes from one address are told to wait;
a right one is not, because tablets share addresses (ADR-0024). A hub enrols in the same way, and
reads nothing of what it carries (ADR-0038).

| role | what it is for |
|---|---|
"""


def policy() -> dict[str, Any]:
    """The policy file as it is."""
    source = files("usga_assessment.domain.access").joinpath("policy.toml")
    return tomllib.loads(source.read_text("utf-8"))


def _matrix(first: str, columns: list[str], rows: dict[str, set[str]]) -> list[str]:
    lines = [f"| {first} | {' | '.join(columns)} |", f"|---|{'---|' * len(columns)}"]
    for name, marked in rows.items():
        cells = ["x" if column in marked else "" for column in columns]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def _numbers() -> dict[str, set[str]]:
    """Who makes, moves and reads numbers before they are published."""
    admin = Role.ADMIN.value
    return {
        **{
            f"`{name}`": {role.value for role in allowed}
            for name, allowed in sorted(of_indicators().items())
        },
        "`release.read` of drafts": {admin, *(role.value for role in DRAFT_READERS)},
        "`report.order` of published releases": {admin, *(role.value for role in ORDERERS)},
        "`report.order` of others": {admin, *(role.value for role in STAFF)},
    }


def text() -> str:
    """The whole document."""
    rules = policy()
    classes = ["open", "identifier", "location", "text", "s3"]
    roles = [role.value for role in ROLES if role is not Role.PUBLIC]
    actions = {f"`{name}`": set(allowed) for name, allowed in rules["actions"].items()}
    lines = [f"| `{role.value}` | {words} |" for role, words in ROLES.items()]
    lines += [
        "",
        "## Answers",
        "",
        "What a role may read of an interview's answers, by field class. Nobody reads identifiers",
        "and S3 answers together; each read of a sealed part is an entry of the audit log. Who",
        "may read S3 answers is told no case of an interview, in exports neither (ADR-0052).",
        "",
        *_matrix("role", classes, {f"`{r}`": set(c) for r, c in rules["readable"].items()}),
        "",
        "## Actions",
        "",
        *_matrix("action", roles, actions),
        "",
        "## Actions of the indicators and reports services",
        "",
        "A release that is not published is read by those who may read drafts, and by partners",
        "that it was shared with (ADR-0055). Its cells of S3 answers, and what is made of them,",
        "are read by who may `release.read_s3_draft` and by such partners alone: drafts are not",
        "held against one another, and two of them tell of one person (ADR-0063). To others each",
        "answer names what it withholds.",
        "",
        *_matrix("action", roles, _numbers()),
        "",
        "## Operations of the assessment service",
        "",
        "An operation that is not listed is refused to everybody. `open` needs no credential.",
        "",
        "| operation | action |",
        "|---|---|",
        *(f"| `{operation}` | `{action}` |" for operation, action in rules["operations"].items()),
    ]
    return _HEAD + "\n".join(lines) + "\n"
