"""Interviews that were too short, overlapped, or began at night."""

from dataclasses import dataclass

import numpy as np

from usga_indicators.domain.quality.records import BoolArray, FloatArray, Interviews

#: Iglewicz and Hoaglin (1993): modified z-scores beyond 3.5 are outliers.
SHORT = -3.5
_NORMAL = 0.6745
_MINUTE = 60.0
#: Hours of the day in which an interview may begin.
DAY = (6, 21)


@dataclass(frozen=True, slots=True, eq=False)
class Durations:
    """Minutes, and the logarithm's modified z-score; NaN where a time is missing."""

    minutes: FloatArray
    median: float
    log_median: float
    log_mad: float
    short: BoolArray
    below_half_median: BoolArray


def durations(interviews: Interviews) -> Durations:
    """0.6745 (ln d - median) / MAD; short below -3.5. Also shorter than half the median.

    Durations that are not above zero have no logarithm: they are short by both rules.
    """
    minutes = (interviews.end - interviews.start) / _MINUTE
    positive = minutes > 0
    logs = np.log(minutes[positive])
    if not len(logs):
        nan, never = float("nan"), minutes <= 0
        return Durations(minutes, nan, nan, nan, never, never)
    middle = float(np.median(logs))
    mad = float(np.median(np.abs(logs - middle)))
    short = minutes <= 0
    if mad > 0:
        short[positive] = _NORMAL * (logs - middle) / mad < SHORT
    median = float(np.nanmedian(minutes))
    return Durations(minutes, median, middle, mad, short, minutes < median / 2.0)


def overlapping(interviews: Interviews) -> list[int]:
    """Rows that start before an earlier interview of the same interviewer ended.

    By interviewer and start.
    """
    found: list[int] = []
    for rows in interviews.of_interviewer():
        known = rows[~np.isnan(interviews.start[rows]) & ~np.isnan(interviews.end[rows])]
        ordered = known[np.argsort(interviews.start[known], kind="stable")]
        ended = np.maximum.accumulate(interviews.end[ordered])
        late = interviews.start[ordered][1:] < ended[:-1]
        found += [int(row) for row in ordered[1:][late]]
    return found


def at_night(interviews: Interviews) -> BoolArray:
    """Rows that begin outside the day, by the clock of the place."""
    hour = interviews.start_hour
    return np.asarray((hour >= 0) & ((hour < DAY[0]) | (hour > DAY[1])))
