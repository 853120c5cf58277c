"""How far the two raters of the governance scorecard agree (domain dossier 4.7)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from usga_shared.auth.actors import Actor
from usga_shared.clients.base import UpstreamProblem
from usga_shared.problems import NotFound
from usga_shared.wire.extract import ExtractItem, ExtractPage, ExtractRequest

from usga_indicators.domain.codebook import codebook_of
from usga_indicators.domain.quality import Agreement, agreement
from usga_indicators.operations.authorise import require_action
from usga_indicators.operations.follow_feed import documents_of

SCORECARD = "gsc"
TOP = 4
_ITEM = re.compile(r"(?P<item>(?P<domain>g\d)[a-z])_(?P<rater>[ab])")
_STAGES = {"a": "rater_a", "b": "rater_b"}
_PAGE = 500
_NOT_FOUND = 404


class Records(Protocol):
    """What the comparison needs of the assessment service."""

    async def instruments(self, assessment: str) -> list[dict[str, object]]:
        """The instrument documents of an assessment."""
        ...

    async def extract(self, assessment: str, request: ExtractRequest) -> ExtractPage:
        """One page of answers, in commit order."""
        ...


@dataclass(frozen=True, slots=True)
class Raters:
    """Agreement over everything, and by domain of the scorecard."""

    institutions: int
    """Scored by both."""
    alone: int
    """Scored by one of them so far."""
    overall: Agreement
    domains: Mapping[str, Agreement]


async def read_raters(records: Records, assessment: str, actor: Actor) -> Raters:
    """Compare the newest record of each rater for each institution. Raises NotFound, Forbidden."""
    require_action(actor, assessment, "quality.read")
    try:
        documents = documents_of(await records.instruments(assessment))
        if SCORECARD not in documents:
            raise NotFound
        codebook = codebook_of(documents[SCORECARD])
        items = sorted(name for name in codebook.variables if _ITEM.fullmatch(name))
        found = await _all(records, assessment, ["gs_inst", "gs_stage", *items])
    except UpstreamProblem as refusal:
        if refusal.upstream_status == _NOT_FOUND:
            raise NotFound from refusal
        raise
    return compared(found, items)


async def _all(records: Records, assessment: str, variables: Sequence[str]) -> list[ExtractItem]:
    """Scorecards are few: they are read whole, and nothing of them is kept."""
    standing: dict[str, ExtractItem] = {}
    cursor, more = None, True
    while more:
        page = await records.extract(
            assessment,
            ExtractRequest(
                cursor=cursor, limit=_PAGE, instrument=SCORECARD, variables=list(variables)
            ),
        )
        for item in page.items:
            standing.pop(item.unit, None)
            if item.status == "included":
                standing[item.unit] = item
        cursor, more = page.next, page.more
    return list(standing.values())


def compared(found: Iterable[ExtractItem], items: Iterable[str]) -> Raters:
    """Pair the scores of both raters by institution and item."""
    by_stage: dict[str, dict[str, Mapping[str, Any]]] = {stage: {} for stage in _STAGES.values()}
    for record in found:
        stage, institution = record.answers.get("gs_stage"), record.answers.get("gs_inst")
        if stage in by_stage and institution:
            by_stage[stage][str(institution)] = record.answers
    first, second = (by_stage[stage] for stage in _STAGES.values())
    both = sorted(first.keys() & second.keys())
    named = sorted({m["item"] for name in items if (m := _ITEM.fullmatch(name))})
    scores = {
        item: (
            np.array([_score(first[i].get(f"{item}_a")) for i in both]),
            np.array([_score(second[i].get(f"{item}_b")) for i in both]),
        )
        for item in named
    }
    domains = sorted({item[:2] for item in named})
    return Raters(
        institutions=len(both),
        alone=len(first.keys() ^ second.keys()),
        overall=_agreement(scores[item] for item in named),
        domains={
            domain: _agreement(pair for item, pair in scores.items() if item[:2] == domain)
            for domain in domains
        },
    )


_Pair = tuple[np.ndarray[Any, np.dtype[np.float64]], np.ndarray[Any, np.dtype[np.float64]]]


def _agreement(pairs: Iterable[_Pair]) -> Agreement:
    known = list(pairs)
    if not known:
        return agreement(np.empty(0), np.empty(0), top=TOP)
    return agreement(
        np.concatenate([a for a, _ in known]), np.concatenate([b for _, b in known]), top=TOP
    )


def _score(answer: Any) -> float:
    """0 to 4; `na` and an open answer are no score."""
    text = str(answer)
    return float(text) if text in {str(step) for step in range(TOP + 1)} else float("nan")
