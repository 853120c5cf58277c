"""A synthetic respondent: walks any instrument, answers what it is offered, is never real.

Its interviews are valid by construction: relevance, choice filters and constraints are those of
the compiled instrument, the same that the server checks with.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from usga_expressions.instrument import Ask, Instrument, RepeatAsk

from usga_tablet.habits import Habits, cluster_shift

_TRIES = 40
_SKIPPED = frozenset({"note", "image", "audio", "video", "file", "audit", "background-audio"})
_MOMENTS = frozenset({"start", "end", "today", "date", "dateTime", "time"})
_NUMBERS = frozenset({"integer", "int", "decimal", "range"})
_METADATA = {"username": "synthetic", "email": "", "phonenumber": "", "simserial": ""}


@dataclass(frozen=True, slots=True)
class Situation:
    """Where and when an interview takes place, and what is known before it begins.

    `fixed` are preloaded or decided answers (stratum, cluster, disposition); they are given where
    the form offers their question and accepts them.
    """

    cluster: str
    started: datetime
    minutes: int = 42
    place: tuple[float, float] = (0.0, 0.0)
    device: str = "synthetic"
    fixed: Mapping[str, Any] = field(default_factory=dict)
    repeats: Mapping[str, int] = field(default_factory=dict)


class CannotAnswer(Exception):
    """A required question accepts nothing that this respondent can think of."""


class Respondent:
    """One invented person; the same seed and situation give the same answers."""

    def __init__(self, habits: Habits, *, seed: int, number: int) -> None:
        self._habits, self._seed = habits, seed
        self._rng = random.Random(f"{seed}/{number}")  # noqa: S311 - synthetic data

    def interview(
        self,
        instrument: Instrument,
        situation: Situation,
        *,
        lists: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Answer the whole form; returns the answers as an envelope carries them."""
        walk = instrument.walk(now=situation.started, lists=lists, draw=self._rng.random)
        for ask in walk:
            if isinstance(ask, RepeatAsk):
                ask.count = situation.repeats.get(ask.name, 1)
            else:
                self._answer(ask, situation)
        return walk.answers()

    def _answer(self, ask: Ask, situation: Situation) -> None:
        fixed = situation.fixed.get(ask.name)
        if fixed is not None and ask.accepts(fixed):
            ask.answer(fixed)
            return
        for _ in range(_TRIES):
            value = self._think(ask, situation)
            if value is None:
                break
            if ask.accepts(value):
                ask.answer(value)
                return
        if ask.required:
            raise CannotAnswer(ask.name)
        ask.answer(None)

    def _think(self, ask: Ask, situation: Situation) -> Any:
        kind = ask.type
        if kind in _SKIPPED:
            return None
        if kind in _MOMENTS:
            return _moment(kind, situation, self._rng)
        if kind.startswith("select_") or kind == "rank":
            return self._choose(ask, situation)
        if kind in _NUMBERS:
            number = self._number(ask)
            return round(number + self._rng.random(), 2) if kind == "decimal" else number
        if kind.startswith("geo"):
            return self._shape(kind, situation)
        return self._text(ask, situation)

    def _text(self, ask: Ask, situation: Situation) -> str | None:
        match ask.type:
            case "deviceid":
                return situation.device
            case "acknowledge" | "trigger":
                return "OK"
            case "hidden":
                return ask.default
            case kind if kind in _METADATA:
                return _METADATA[kind] or None
        return f"synthetic {self._rng.randrange(10**6):06}"

    def _choose(self, ask: Ask, situation: Situation) -> str | None:
        names = ask.choices
        if not names:
            return None
        shift = cluster_shift(self._seed, situation.cluster, ask.name, self._habits.spread)
        if ask.type == "rank":
            return " ".join(self._rng.sample(names, len(names)))
        pick = (
            self._habits.pick_several
            if ask.type.startswith("select_multiple")
            else self._habits.pick
        )
        return pick(ask.name, ask.node.get("list"), names, shift, self._rng)

    def _number(self, ask: Ask) -> int:
        low, high = self._habits.numbers.get(ask.name, (0.0, 9.0))
        if ask.name not in self._habits.numbers and ask.bounds:
            wide = max(ask.bounds, key=lambda b: b.high - b.low)
            low, high = max(wide.low, -1e6), min(wide.high, max(wide.low, 0) + 60)
        return round(self._rng.triangular(low, high, low + (high - low) / 4))

    def _shape(self, kind: str, situation: Situation) -> str:
        if kind == "geopoint":
            return self._point(situation)
        corner = self._point(situation)
        return ";".join([corner, self._point(situation), self._point(situation), corner])

    def _point(self, situation: Situation) -> str:
        latitude, longitude = situation.place
        jitter = self._rng.uniform
        return (
            f"{latitude + jitter(-0.0008, 0.0008):.6f} {longitude + jitter(-0.0008, 0.0008):.6f}"
            f" 0 {jitter(3, 15):.1f}"
        )


def _moment(kind: str, situation: Situation, rng: random.Random) -> str:
    started = situation.started
    match kind:
        case "start":
            return started.isoformat(timespec="seconds")
        case "end":
            return (started + timedelta(minutes=situation.minutes)).isoformat(timespec="seconds")
        case "today":
            return started.date().isoformat()
        case "date":
            return (started.date() - timedelta(days=rng.randrange(360))).isoformat()
        case "dateTime":
            return (started - timedelta(minutes=rng.randrange(600))).isoformat(timespec="seconds")
    return f"{rng.randrange(7, 19):02}:{rng.randrange(60):02}:00"
