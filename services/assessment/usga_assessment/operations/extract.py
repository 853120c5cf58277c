"""Give the indicators service its analysis extract: pseudonyms, and only the variables it asks."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from usga_shared.wire.extract import ExtractItem, ExtractRequest
from usga_shared.wire.vocabulary import FieldClass, SubmissionState

from usga_assessment.domain.export.pseudonym import pseudonyms
from usga_assessment.domain.sampling.case import CaseDesign
from usga_assessment.domain.sampling.dispositions import INTERVIEWS
from usga_assessment.domain.sealing.classes import Answers, join
from usga_assessment.domain.sealing.content import Content, Opener
from usga_assessment.domain.submission.held import Held


class Feed(Protocol):
    """What the extract needs of the storage."""

    async def heads_after(self, place: int, *, limit: int) -> list[tuple[Held, Content | None]]:
        """Production interviews whose standing revision changed after a place."""
        ...


class Cases(Protocol):
    """What the extract needs to know of the sample."""

    async def design_for(self, assessment: str, case_ids: Iterable[str]) -> dict[str, CaseDesign]:
        """The designs of these cases."""
        ...


class Explainer(Protocol):
    """What tells questions that were left open from those that were not asked."""

    def version_of(self, held: Held) -> str:
        """The version that an interview was made with, or the one that it was accepted by."""
        ...

    def unanswered(
        self, held: Held, answers: Answers, names: Sequence[str], *, s3: bool
    ) -> list[str]:
        """Those of these variables that were to be asked and were left open."""
        ...


@dataclass(frozen=True, slots=True)
class Extracted:
    """One page: how far it came, whether there is more, how many S3 parts were opened."""

    items: list[ExtractItem]
    place: int
    more: bool
    s3_opened: int


async def extract(
    feed: Feed,
    cases: Cases,
    opener: Opener,
    *,
    assessment: str,
    request: ExtractRequest,
    place: int,
    pseudonym: Callable[[UUID], str],
    require_approved: bool,
    explainer: Explainer | None = None,
) -> Extracted:
    """One page of the extract after `place`, in the order of commits.

    With an `explainer` each item says which of its variables were left open.
    """
    found = await feed.heads_after(place, limit=request.limit + 1)
    page, more = found[: request.limit], len(found) > request.limit
    designs = await cases.design_for(assessment, {h.case_id for h, _ in page if h.case_id})
    enters = {SubmissionState.APPROVED} | (set() if require_approved else {SubmissionState.STORED})
    items: list[ExtractItem] = []
    explained: list[tuple[ExtractItem, Held, Answers, Answers]] = []
    opened = 0
    for held, content in page:
        items += [_removed(held, pseudonym(root), "superseded") for root in held.former]
        reason = _reason(held, content, enters, request.instrument)
        if reason is not None or content is None:
            items.append(_removed(held, pseudonym(held.root), reason or "withdrawn"))
            continue
        item = _included(held, pseudonym(held.root), designs.get(held.case_id or ""))
        wanted = {FieldClass.OPEN} | ({FieldClass.S3} if request.s3_variables else set())
        parts = opener.parts(content, held.id.bytes, wanted)
        answers = parts.get(FieldClass.OPEN, {})
        item.answers = chosen(answers, request.variables)
        s3 = parts.get(FieldClass.S3, {})
        if FieldClass.S3 in parts:
            opened += 1
            item.s3 = chosen(s3, request.s3_variables)
        if explainer is not None:
            item.version = explainer.version_of(held)
            explained.append((item, held, answers, s3))
        if not item.stratum:
            item.stratum = str(answers.get("stratum", ""))
            item.psu = str(answers.get("psu_code", answers.get("psu", "")))
        items.append(item)
    if explainer is not None and explained:  # relevance anew: too long for the event loop
        await asyncio.to_thread(_explain, explained, explainer, request)
    last = page[-1][0].feed if page else place
    return Extracted(items, last, more, opened)


def _explain(
    found: Sequence[tuple[ExtractItem, Held, Answers, Answers]],
    explainer: Explainer,
    request: ExtractRequest,
) -> None:
    for item, held, answers, s3 in found:
        item.unanswered = explainer.unanswered(held, answers, request.variables, s3=False)
        if request.s3_variables:
            whole = join((answers, s3))
            item.s3_unanswered = explainer.unanswered(held, whole, request.s3_variables, s3=True)


def make_pseudonym(key: bytes) -> Callable[[UUID], str]:
    """Pseudonyms of interviews, as exports write them too."""
    pseudonym = pseudonyms(key)
    return lambda root: pseudonym(root.bytes)


def chosen(answers: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Only the asked variables; repeats as arrays of their asked variables."""
    wanted = set(names)
    kept: dict[str, Any] = {}
    for name, value in answers.items():
        if type(value) is list:
            rows = [
                {k: v for k, v in row.items() if k in wanted} for row in value if type(row) is dict
            ]
            if any(rows) or name in wanted:
                kept[name] = rows
        elif name in wanted:
            kept[name] = value
    return kept


def _reason(
    held: Held, content: Content | None, enters: set[SubmissionState], instrument: str
) -> str | None:
    """Why an interview does not enter; None when it does."""
    if held.state not in enters:
        return held.state.value
    if content is None:
        return SubmissionState.WITHDRAWN.value
    if held.instrument != instrument:
        return "other-instrument"
    return None if held.disposition in INTERVIEWS else "disposition"


def _removed(held: Held, unit: str, reason: str) -> ExtractItem:
    return ExtractItem(unit=unit, revision=str(held.pk), status="removed", removed_because=reason)


def _included(held: Held, unit: str, design: CaseDesign | None) -> ExtractItem:
    item = ExtractItem(
        unit=unit,
        revision=str(held.pk),
        status="included",
        instrument=held.instrument or "",
        version=held.instrument_version or "",
        language=held.language or "",
        disposition=held.disposition or "",
    )
    if design is not None:
        eligible = design.n_eligible or held.n_eligible
        item.stratum, item.psu, item.area = design.stratum, design.psu, design.area
        item.fpc_psu = design.fpc_psu
        item.w_household = design.w_household
        item.w_person = design.w_household * eligible if eligible else None
    return item
