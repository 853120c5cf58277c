"""Draft, preview and publish a definition of an assessment's own."""

import asyncio
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from usga_expressions.findings import Severity
from usga_shared.auth.actors import Actor
from usga_shared.clock import Clock
from usga_shared.database.engine import Database
from usga_shared.problems import ErrorItem, Forbidden, NotFound
from usga_shared.wire.extract import AssessmentContext
from usga_shared.wire.release import Observation

from usga_indicators.domain.codebook.codebook import S3
from usga_indicators.domain.definition import Definition
from usga_indicators.messages import DefinitionExists, DefinitionInvalid
from usga_indicators.messages.findings import said_in
from usga_indicators.operations.authorise import policy
from usga_indicators.operations.check_definition import Checked, Forms, check_definition
from usga_indicators.operations.estimate import estimate
from usga_indicators.operations.follow_feed import FeedFollower
from usga_indicators.operations.known_definitions import KnownDefinitions, read
from usga_indicators.operations.put_beside import definitions_beside
from usga_indicators.operations.read_weights import weighing_of
from usga_indicators.storage.definitions import Definitions, Stored
from usga_indicators.storage.weights import Weights


class Assessments(Forms, Protocol):
    """What a preview needs of the assessment service."""

    async def context(self, assessment: str) -> AssessmentContext:
        """Everything of an assessment that a release freezes."""
        ...


@dataclass(frozen=True, slots=True)
class Key:
    """Which version of which definition."""

    assessment: str
    code: str
    version: str


async def draft_definition(
    assessment: str,
    content: Mapping[str, Any],
    *,
    actor: Actor,
    forms: Forms,
    known: KnownDefinitions,
    database: Database,
    clock: Clock,
    language: str = "en",
) -> Stored:
    """Store a version; the same again is the same. Raises DefinitionInvalid, DefinitionExists."""
    checked = await check_definition(assessment, content, forms=forms, shipped=known.shipped)
    definition = _valid(checked, language)
    stored = Stored(
        assessment,
        definition.code,
        definition.version,
        dict(content),
        digest_of(content),
        clock.now(),
    )
    async with database.write() as session:
        definitions = Definitions(session)
        if await definitions.add(stored, created_by=f"{actor.kind}:{actor.id}"):
            return stored
        before = await definitions.find(assessment, definition.code, definition.version)
    if before is None or before.sha256 != stored.sha256:
        raise DefinitionExists(code=definition.code, version=definition.version)
    return before


async def publish_definition(
    key: Key,
    *,
    actor: Actor,
    forms: Forms,
    known: KnownDefinitions,
    database: Database,
    clock: Clock,
    language: str = "en",
) -> Stored:
    """Publish a version for good; again changes nothing. Raises NotFound, DefinitionInvalid.

    It is checked once more: a form may have changed since it was drafted.
    """
    stored = await find_definition(key, database=database)
    if stored.is_published:
        return stored
    checked = await check_definition(
        key.assessment, stored.content, forms=forms, shipped=known.shipped
    )
    _valid(checked, language)
    async with database.write() as session:
        definitions = Definitions(session)
        await definitions.publish(
            key.assessment,
            key.code,
            key.version,
            published_by=f"{actor.kind}:{actor.id}",
            at=clock.now(),
        )
        found = await definitions.find(key.assessment, key.code, key.version)
    assert found is not None  # versions are never removed
    return found


async def find_definition(key: Key, *, database: Database) -> Stored:
    """One version; raises NotFound."""
    async with database.read() as session:
        found = await Definitions(session).find(key.assessment, key.code, key.version)
    if found is None:
        raise NotFound
    return found


async def preview_definition(
    key: Key,
    *,
    actor: Actor,
    assessments: Assessments,
    follower: FeedFollower,
    known: KnownDefinitions,
    database: Database,
    period: Callable[[AssessmentContext], str],
    weight_set: str | None = None,
) -> list[Observation]:
    """Its cells as a draft release of this moment would show them; nothing is stored.

    Protected like any release, and beside the published ones; with base weights unless a weight
    set is named. Raises NotFound, NothingToEstimate, DesignRefused, UnknownWeightSet; Forbidden
    where it is of S3 and the actor may not read such answers.
    """
    definition = read(await find_definition(key, database=database))
    readers = policy()["definition.preview_s3"]  # an admin runs the platform, and reads no S3
    if definition.sensitivity >= S3 and actor.roles(key.assessment).isdisjoint(readers):
        raise Forbidden.except_for(readers)
    async with database.read() as session:
        weighing = await weighing_of(Weights(session), key.assessment, weight_set)
    context = await assessments.context(key.assessment)
    sources = await follower.follow(key.assessment, await known.asked(key.assessment))
    published = await known.published(key.assessment)
    told = await definitions_beside(database, key.assessment, published, only=None)
    estimated = await asyncio.to_thread(
        estimate,
        sources,
        [definition],
        context,
        release="preview",
        time_period=period(context),
        weighing=weighing,
        rivals=[*known.shipped, *(d for d in told if d not in known.shipped)],
    )
    return [cell.observation for cell in estimated.cells]


def digest_of(content: Mapping[str, Any]) -> str:
    """SHA-256 of a definition as sent, independent of the order of its fields."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _valid(checked: Checked, language: str) -> Definition:
    if checked.definition is None or not checked.valid:
        raise DefinitionInvalid(
            errors=[
                ErrorItem(
                    f"/definition/{p.field}",
                    p.finding.code,
                    said_in(language, p.finding.message) or "",
                )
                for p in checked.findings
                if p.finding.severity is Severity.ERROR
            ]
        )
    return checked.definition
