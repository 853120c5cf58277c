"""Measure fieldwork from paradata, and remember it until the feed moves on."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Protocol

import numpy as np
from usga_shared.auth.actors import Actor
from usga_shared.clients.base import UpstreamProblem
from usga_shared.problems import InvalidCursor, NotFound
from usga_shared.wire.paradata import ParadataItem, ParadataPage, ParadataRequest

from usga_indicators.domain.codebook import codebook_of
from usga_indicators.domain.definition import Source as Kind
from usga_indicators.domain.quality import Fieldwork, Interviews, Measured, codes, measure
from usga_indicators.domain.quality.durations import at_night
from usga_indicators.domain.quality.items import Items
from usga_indicators.domain.quality.places import shared_spots
from usga_indicators.domain.quality.words import MEASURES
from usga_indicators.domain.sources import source_of
from usga_indicators.operations.authorise import require_action
from usga_indicators.operations.follow_feed import documents_of
from usga_indicators.operations.read_raters import Raters, Records, read_raters
from usga_indicators.schemas_quality import (
    Effect,
    InterviewerFlag,
    InterviewerView,
    MeasureWords,
    QualityView,
)

#: Of an interviewer with fewer interviews no measures are told: they would be those of people.
LEAST_WORKLOAD = 10
#: The form that ships; a form of a city's own does not take its place.
SURVEY = "hvs"
#: All interviews are compared with all: the newest so many.
MOST_INTERVIEWS = 20_000
_NOT_FOUND = 404
_NAN = float("nan")


class Paradata(Records, Protocol):
    """What the measures need of the assessment service."""

    async def paradata(self, assessment: str, request: ParadataRequest) -> ParadataPage:
        """One page of how interviews were made, in commit order."""
        ...


@dataclass(slots=True)
class _Known:
    """What was read of one form so far, and the answer to it."""

    items: Items
    cursor: str | None = None
    interviews: dict[str, ParadataItem] = field(default_factory=dict)
    content: bytes | None = None


class QualityDesk:
    """Follows paradata in memory: a second look without news costs one empty page."""

    def __init__(self, paradata: Paradata, *, page: int) -> None:
        self._paradata, self._page = paradata, page
        self._known: dict[tuple[str, str], _Known] = {}
        self._turns: dict[str, asyncio.Lock] = {}

    async def read(self, assessment: str, actor: Actor, form: str | None = None) -> bytes:
        """The measures of a survey's fieldwork as JSON. Raises NotFound, Forbidden.

        Without `form` those of the household survey, else of the survey published last.
        """
        require_action(actor, assessment, "quality.read")
        async with self._turns.setdefault(assessment, asyncio.Lock()):
            try:
                return await self._read(assessment, form)
            except UpstreamProblem as refusal:
                if refusal.upstream_status == _NOT_FOUND:
                    raise NotFound from refusal
                raise

    async def raters(self, assessment: str, actor: Actor) -> Raters:
        """How far the raters of the scorecard agree. Raises NotFound, Forbidden."""
        return await read_raters(self._paradata, assessment, actor)

    async def _read(self, assessment: str, form: str | None) -> bytes:
        documents = documents_of(await self._paradata.instruments(assessment))
        surveys = [name for name in documents if source_of(name) is Kind.SURVEY]
        if not surveys or form not in {None, *surveys}:
            raise NotFound
        name = form or (SURVEY if SURVEY in surveys else surveys[0])
        items = Items.of(codebook_of(documents[name]))
        known = self._known.get((assessment, name))
        if known is None or known.items != items:  # other questions: from the beginning
            known = self._known[assessment, name] = _Known(items)
        try:
            news = await self._follow(assessment, name, known)
        except UpstreamProblem as refusal:
            if known.cursor is None or refusal.kind != InvalidCursor.slug:
                raise
            known = self._known[assessment, name] = _Known(items)  # the server was restored
            news = await self._follow(assessment, name, known)
        if news or known.content is None:
            known.content = await asyncio.to_thread(
                _content, assessment, name, items, list(known.interviews.values())
            )
        return known.content

    async def _follow(self, assessment: str, instrument: str, known: _Known) -> bool:
        news, more = False, True
        while more:
            page = await self._paradata.paradata(
                assessment,
                ParadataRequest(
                    cursor=known.cursor,
                    limit=self._page,
                    instrument=instrument,
                    variables=known.items.variables,
                ),
            )
            for item in page.items:
                news = True
                known.interviews.pop(item.unit, None)
                if item.status == "included":
                    known.interviews[item.unit] = item
            known.cursor, more = page.next, page.more
            known.content = None if news else known.content
        return news


def _content(
    assessment: str, instrument: str, items: Items, found: Sequence[ParadataItem]
) -> bytes:
    newest = found[-MOST_INTERVIEWS:]
    view = QualityView(
        assessment=assessment,
        instrument=instrument,
        interviews=len(newest),
        left_out=len(found) - len(newest),
        interviewers=len({item.interviewer for item in newest}),
        rating_items=list(items.scale),
        measures=[MeasureWords(measure=m, title=t, check=c) for m, (t, c) in MEASURES.items()],
    )
    if newest:
        interviews = interviews_of(items, newest)
        view = _measured(view, measure(interviews), _share_at_night(interviews))
    return view.model_dump_json().encode()


def _share_at_night(interviews: Interviews) -> dict[str, float]:
    """By interviewer, of the interviews whose hour is known; NaN where none is."""
    night, known = at_night(interviews), interviews.start_hour >= 0
    return {
        name: float(night[rows].sum() / known[rows].sum()) if known[rows].any() else _NAN
        for name, rows in zip(interviews.interviewers, interviews.of_interviewer(), strict=True)
    }


def interviews_of(items: Items, found: Sequence[ParadataItem]) -> Interviews:
    """Paradata as the measures read them; positions were measured where they are kept."""
    answers = [item.answers for item in found]
    interviewer, interviewers = codes([item.interviewer for item in found])
    return Interviews(
        ids=tuple(item.unit for item in found),
        interviewer=interviewer,
        interviewers=interviewers,
        area=tuple(item.psu for item in found),
        areas={},
        start=np.array([i.started_at.timestamp() if i.started_at else _NAN for i in found]),
        end=np.array([i.ended_at.timestamp() if i.ended_at else _NAN for i in found]),
        start_hour=np.array([-1 if i.hour is None else i.hour for i in found], dtype=np.int64),
        latitude=np.full(len(found), _NAN),
        longitude=np.full(len(found), _NAN),
        age=items.ages(answers),
        income=np.full(len(found), _NAN),
        scale=items.ratings(answers),
        scale_items=items.scale or ("", ""),
        categories=items.choices(answers),
        category_items=items.categories,
        measured=Measured(
            np.array([bool(i.outside) for i in found]),
            np.array([_NAN if i.distance_m is None else i.distance_m for i in found]),
            shared_spots([i.interviewer for i in found], [i.spots for i in found]),
        ),
    )


def _measured(view: QualityView, fieldwork: Fieldwork, night: Mapping[str, float]) -> QualityView:
    flags: dict[str, list[InterviewerFlag]] = {}
    for flag in fieldwork.flags:
        one = InterviewerFlag(measure=flag.measure, p=_number(flag.p, 6) or 0.0)
        flags.setdefault(flag.interviewer, []).append(one)
    effects = [
        Effect(item=item, icc=_number(e.icc), design_effect=_number(e.interviewer_deff))
        for item, e in fieldwork.effects.items()
        if item
    ]
    rows = [
        _few(name)
        if quality.n < LEAST_WORKLOAD
        else InterviewerView(
            interviewer=name,
            interviews=quality.n,
            median_minutes=_number(quality.median_duration, 1),
            share_short=_number(quality.share_short),
            share_straight_lined=_number(quality.straightline_share),
            share_near_duplicates=_number(quality.max_percent_match_share_085),
            whipple=_number(quality.whipple, 1),
            share_outside=_number(quality.share_outside),
            median_distance_m=_number(quality.median_distance_m, 0),
            share_same_spot=_number(quality.gps_within_5m_share),
            share_night=_number(night[name]),
            share_missing=_number(quality.item_missing),
            flags=flags.get(name, []),
        )
        for name, quality in fieldwork.by_interviewer.items()
    ]
    return view.model_copy(
        update={
            "median_minutes": _number(fieldwork.durations.median, 1),
            "overlapping": len(fieldwork.overlapping),
            "effects": effects,
            "by_interviewer": rows,
            "flagged": [row.interviewer for row in rows if row.flags],
        }
    )


def _few(name: str) -> InterviewerView:
    return InterviewerView(interviewer=name, few=True)


def _number(value: Any, digits: int = 4) -> float | None:
    return round(float(value), digits) if isfinite(value) else None
