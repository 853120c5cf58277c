"""All measures of a survey's fieldwork, computed once: of interviews, and by interviewer."""

from dataclasses import dataclass

import numpy as np

from usga_indicators.domain.quality.detection import Counted, Flag, flags
from usga_indicators.domain.quality.digits import (
    FirstDigits,
    first_digit_counts,
    first_digits,
    heaped_counts,
    myers,
    whipple,
)
from usga_indicators.domain.quality.durations import (
    Durations,
    at_night,
    durations,
    overlapping,
)
from usga_indicators.domain.quality.effects import InterviewerEffect, interviewer_effect
from usga_indicators.domain.quality.matching import NEAR, Matches, matches
from usga_indicators.domain.quality.places import Positions, positions
from usga_indicators.domain.quality.ratings import Ratings, ratings
from usga_indicators.domain.quality.records import BoolArray, FloatArray, IntArray, Interviews

#: The key under which the effect on the mean of all rating items stands.
SCALE_MEAN = "scale_mean"


@dataclass(frozen=True, slots=True, eq=False)
class Fieldwork:
    """Everything that is measured; per-interview arrays are in the order of the file."""

    interviews: Interviews
    effects: dict[str, InterviewerEffect]
    durations: Durations
    ratings: Ratings
    matches: Matches
    positions: Positions
    overlapping: tuple[int, ...]
    night: BoolArray
    by_interviewer: dict[str, "InterviewerQuality"]
    flags: tuple[Flag, ...]


@dataclass(frozen=True, slots=True)
class InterviewerQuality:
    """The measures of one interviewer; shares are of interviews (of answers for missing)."""

    n: int
    median_duration: float
    share_short: float
    straightline_share: float
    mean_sd: float
    mean_longest_run: float
    mean_nondifferentiation: float
    max_percent_match_mean: float
    max_percent_match_share_085: float
    whipple: float
    myers: float
    benford: FirstDigits
    share_outside: float
    median_distance_m: float
    gps_within_5m_share: float
    item_missing: float
    mean_scale: float
    within_person_sd: float
    answer_variance: float


def measure(interviews: Interviews) -> Fieldwork:
    """Compute all measures; quadratic in the number of interviews, in bounded memory."""
    late = overlapping(interviews)
    parts = _Parts(
        durations(interviews),
        ratings(interviews.scale),
        matches(interviews),
        positions(interviews),
        at_night(interviews),
        _marked(late, len(interviews)),
    )
    rows = interviews.of_interviewer()
    by_interviewer = {
        name: _quality(interviews, parts, own)
        for name, own in zip(interviews.interviewers, rows, strict=True)
    }
    return Fieldwork(
        interviews,
        _effects(interviews),
        parts.durations,
        parts.ratings,
        parts.matches,
        parts.positions,
        tuple(late),
        parts.night,
        by_interviewer,
        tuple(_flags(interviews, parts, rows, by_interviewer)),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Parts:
    durations: Durations
    ratings: Ratings
    matches: Matches
    positions: Positions
    night: BoolArray
    overlaps: BoolArray

    def straight(self) -> BoolArray:
        return np.asarray(self.ratings.sd == 0)

    def near(self) -> BoolArray:
        return np.asarray(self.matches.largest >= NEAR - 1e-9)


def _marked(rows: list[int], size: int) -> BoolArray:
    found = np.zeros(size, dtype=np.bool_)
    found[rows] = True
    return found


def _effects(interviews: Interviews) -> dict[str, InterviewerEffect]:
    found = {
        item: interviewer_effect(interviews.scale[:, at], interviews.interviewer)
        for at, item in enumerate(interviews.scale_items)
    }
    mean = _row_means(interviews.scale)
    return {**found, SCALE_MEAN: interviewer_effect(mean, interviews.interviewer)}


def _row_means(scale: FloatArray) -> FloatArray:
    known = ~np.isnan(scale)
    answered = known.sum(axis=1)
    mean = np.where(known, scale, 0.0).sum(axis=1) / np.maximum(answered, 1)
    return np.where(answered > 0, mean, np.nan)


def _quality(interviews: Interviews, parts: _Parts, rows: IntArray) -> InterviewerQuality:
    scale = interviews.scale[rows]
    sd = _mean(parts.ratings.sd[rows])
    return InterviewerQuality(
        n=len(rows),
        median_duration=_median(parts.durations.minutes[rows]),
        share_short=_share(parts.durations.short[rows]),
        straightline_share=_share(parts.straight()[rows]),
        mean_sd=sd,
        mean_longest_run=_mean(parts.ratings.longest_run[rows].astype(np.float64)),
        mean_nondifferentiation=_mean(parts.ratings.nondifferentiation[rows]),
        max_percent_match_mean=_mean(parts.matches.largest[rows]),
        max_percent_match_share_085=_share(parts.near()[rows]),
        whipple=whipple(interviews.age[rows]),
        myers=myers(interviews.age[rows]),
        benford=first_digits(interviews.income[rows]),
        share_outside=_share(parts.positions.outside[rows]),
        median_distance_m=_median(parts.positions.distance_m[rows]),
        gps_within_5m_share=_share(parts.positions.same_spot[rows]),
        item_missing=_mean((interviews.categories[rows] < 0).astype(np.float64).ravel()),
        mean_scale=_mean(scale.ravel()),
        within_person_sd=sd,
        answer_variance=_mean(np.array([_variance(item) for item in scale.T])),
    )


def _flags(
    interviews: Interviews,
    parts: _Parts,
    rows: list[IntArray],
    by_interviewer: dict[str, InterviewerQuality],
) -> list[Flag]:
    def counted(marks: BoolArray) -> Counted:
        return Counted(
            np.array([int(marks[own].sum()) for own in rows]),
            np.array([len(own) for own in rows]),
        )

    missing = interviews.categories < 0
    heaped = [heaped_counts(interviews.age[own]) for own in rows]
    return flags(
        interviews.interviewers,
        {
            "speed": counted(parts.durations.short),
            "straightline": counted(parts.straight()),
            "duplicate": counted(parts.near()),
            "heaping": Counted(*(np.array(part) for part in zip(*heaped, strict=True))),
            "gps_out": counted(parts.positions.outside),
            "gps_same": counted(parts.positions.same_spot),
            "overlap": counted(parts.overlaps),
            "night": counted(parts.night),
            "missing": Counted(
                np.array([int(missing[own].sum()) for own in rows]),
                np.array([missing[own].size for own in rows]),
            ),
        },
        first_digits=np.array([first_digit_counts(interviews.income[own]) for own in rows]),
        answer_variance=np.array([each.answer_variance for each in by_interviewer.values()]),
    )


def _share(marks: BoolArray) -> float:
    return float(marks.mean())


def _mean(values: FloatArray) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")


def _median(values: FloatArray) -> float:
    known = values[~np.isnan(values)]
    return float(np.median(known)) if len(known) else float("nan")


def _variance(values: FloatArray) -> float:
    known = values[~np.isnan(values)]
    return float(known.var(ddof=1)) if len(known) > 1 else float("nan")
