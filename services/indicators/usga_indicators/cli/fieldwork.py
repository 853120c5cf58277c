"""Interviews as CSV and enumeration areas as JSON: read, checked, every finding with its place."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from usga_indicators.cli.inputs import (
    InputError,
    listed,
    member,
    number,
    read_bytes,
    read_json,
    reject_unless,
)
from usga_indicators.domain.quality import Area, Interviews, codes

#: Interviews of one file: all are compared with all.
MAX_INTERVIEWS = 20_000
#: Findings that are told before reading stops.
MAX_FINDINGS = 100
#: Rating and category items each, areas, corners of an outline.
MAX_ITEMS, MAX_AREAS, MAX_CORNERS = 200, 50_000, 10_000
_LARGEST_AMOUNT = 1e15
_TEXTS = ("interview_id", "interviewer", "ea")
_TIMES = ("start", "end")
_NUMBERS: dict[str, tuple[float, float]] = {
    "lat": (-90.0, 90.0),
    "lon": (-180.0, 180.0),
    "age": (0.0, 130.0),
    "income": (0.0, _LARGEST_AMOUNT),
}
_SCALE, _CATEGORY = re.compile(r"q\d+"), re.compile(r"c\d+")
_HIGHEST_RATING, _HIGHEST_CODE = 10.0, 1e6
_EPOCH_MISSING = (float("nan"), -1)


class Findings(Exception):
    """Everything that is wrong with the inputs, at most MAX_FINDINGS."""

    def __init__(self, findings: Sequence[InputError]) -> None:
        super().__init__(f"{len(findings)} findings")
        self.findings = tuple(findings)


def read_areas(path: Path) -> dict[str, Area]:
    """Areas by code. Raises Unreadable, Findings."""
    document = read_json(path)
    found: dict[str, Area] = {}
    try:
        for at, each in enumerate(listed(document, path.name, most=MAX_AREAS)):
            here = f"{path.name}[{at}]"
            code = member(each, "ea", place=here)
            reject_unless(isinstance(code, str), f"{here}.ea", "must be a text")
            reject_unless(code not in found, f"{here}.ea", "is there twice", code="duplicate")
            found[code] = _area(each, here)
    except InputError as error:
        raise Findings([error]) from None
    return found


def _area(each: Mapping[str, Any], here: str) -> Area:
    corners = listed(
        member(each, "polygon", place=here), f"{here}.polygon", least=3, most=MAX_CORNERS
    )
    points = []
    for at, corner in enumerate(corners):
        place = f"{here}.polygon[{at}]"
        lat, lon = listed(corner, place, least=2, most=2)
        points.append((_degrees(lat, f"{place}[0]", "lat"), _degrees(lon, f"{place}[1]", "lon")))
    centre = tuple(
        _degrees(member(each, name, place=here), f"{here}.{name}", name) for name in ("lat", "lon")
    )
    return Area((centre[0], centre[1]), tuple(points))


def _degrees(value: Any, place: str, name: str) -> float:
    least, most = _NUMBERS[name]
    return number(value, place, least=least, most=most)


def read_interviews(path: Path, areas: Mapping[str, Area]) -> Interviews:
    """Interviews in the order of the file. Raises Unreadable, Findings."""
    header, lines = _lines(path)
    sheet = _Sheet(path.name, header, lines)
    texts = {name: sheet.texts(name) for name in _TEXTS}
    sheet.distinct("interview_id", texts["interview_id"])
    sheet.known("ea", texts["ea"], areas)
    times = {name: sheet.times(name) for name in _TIMES}
    numbers = {name: sheet.numbers(name, *limits) for name, limits in _NUMBERS.items()}
    scale_items = tuple(name for name in header if _SCALE.fullmatch(name))
    category_items = tuple(name for name in header if _CATEGORY.fullmatch(name))
    scale = [sheet.numbers(n, 0.0, _HIGHEST_RATING, whole=True) for n in scale_items]
    categories = [sheet.numbers(n, 0.0, _HIGHEST_CODE, whole=True) for n in category_items]
    sheet.ordered(times["start"], times["end"])
    sheet.raise_findings()
    interviewer, interviewers = codes(texts["interviewer"])
    return Interviews(
        ids=tuple(texts["interview_id"]),
        interviewer=interviewer,
        interviewers=interviewers,
        area=tuple(texts["ea"]),
        areas=areas,
        start=np.array([seconds for seconds, _ in times["start"]]),
        end=np.array([seconds for seconds, _ in times["end"]]),
        start_hour=np.array([hour for _, hour in times["start"]], dtype=np.int64),
        latitude=np.array(numbers["lat"]),
        longitude=np.array(numbers["lon"]),
        age=np.array(numbers["age"]),
        income=np.array(numbers["income"]),
        scale=np.array(scale).T,
        scale_items=scale_items,
        categories=_codes(categories, len(lines)),
        category_items=category_items,
    )


def _codes(columns: Sequence[Sequence[float]], size: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    if not columns:
        return np.empty((size, 0), dtype=np.int64)
    values = np.array(columns).T
    return np.where(np.isnan(values), -1.0, values).astype(np.int64)


def _lines(path: Path) -> tuple[list[str], list[list[str]]]:
    content = read_bytes(path)
    try:
        reader = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        header = next(reader, [])
        lines = [line for line in reader if line]
    except UnicodeDecodeError as error:
        raise Findings([InputError(f"{path.name} byte {error.start}", "is not UTF-8")]) from None
    except csv.Error as error:
        raise Findings([InputError(path.name, f"is no CSV: {error}")]) from None
    findings = _header_findings(path.name, header)
    if not 0 < len(lines) <= MAX_INTERVIEWS:
        message = f"has {len(lines)} interviews, not 1 to {MAX_INTERVIEWS}"
        findings.append(InputError(path.name, message))
    findings += [
        InputError(
            f"{path.name} line {at}", f"has {len(line)} cells, not {len(header)}", code="ragged"
        )
        for at, line in enumerate(lines, start=2)
        if len(line) != len(header)
    ]
    if findings:
        raise Findings(findings[:MAX_FINDINGS])
    return header, lines


def _header_findings(name: str, header: Sequence[str]) -> list[InputError]:
    place = f"{name} line 1"
    missing = [c for c in (*_TEXTS, *_TIMES, *_NUMBERS) if c not in header]
    found = [InputError(place, f"has no column {c}", code="missing") for c in missing]
    twice = sorted({c for c in header if header.count(c) > 1}) if len(header) < 1000 else []  # noqa: PLR2004
    found += [InputError(place, f"has column {c} twice", code="duplicate") for c in twice]
    items = [sum(bool(kind.fullmatch(c)) for c in header) for kind in (_SCALE, _CATEGORY)]
    if not 2 <= items[0] <= MAX_ITEMS or items[1] > MAX_ITEMS:  # noqa: PLR2004
        message = f"must have 2 to {MAX_ITEMS} columns q01, q02, ... and at most as many c01, ..."
        found.append(InputError(place, message, code="missing"))
    return found


class _Sheet:
    """Columns of a file; what is wrong is kept until all was read."""

    def __init__(self, name: str, header: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
        self._name, self._lines = name, lines
        self._column = {column: at for at, column in enumerate(header)}
        self._findings: list[InputError] = []

    def texts(self, column: str) -> list[str]:
        """A column without empty cells."""
        at = self._column[column]
        found = [line[at] for line in self._lines]
        for row, text in enumerate(found):
            if not text:
                self._say(row, column, "is empty", "missing")
        return found

    def distinct(self, column: str, values: Sequence[str]) -> None:
        """No value twice."""
        seen: set[str] = set()
        for row, value in enumerate(values):
            if value in seen:
                self._say(row, column, f"{value} is there twice", "duplicate")
            seen.add(value)

    def known(self, column: str, values: Sequence[str], known: Mapping[str, Area]) -> None:
        """Only values that are known."""
        for row, value in enumerate(values):
            if value not in known:
                self._say(row, column, f"{value} is no area of the file of areas", "unknown")

    def numbers(
        self, column: str, least: float, most: float, *, whole: bool = False
    ) -> list[float]:
        """Numbers within limits; an empty cell is NaN."""
        at = self._column[column]
        return [
            self._number(row, column, line[at], least, most, whole=whole)
            for row, line in enumerate(self._lines)
        ]

    def _number(
        self, row: int, column: str, text: str, least: float, most: float, *, whole: bool
    ) -> float:
        if not text:
            return float("nan")
        try:
            value = float(text)
        except ValueError:
            self._say(row, column, "is no number", "not-a-number")
            return float("nan")
        if not isfinite(value):
            self._say(row, column, "is not finite", "not-finite")
        elif value < least == 0:
            self._say(row, column, "is negative", "negative")
        elif not least <= value <= most:
            self._say(row, column, f"is not within {least:g} and {most:g}", "out-of-range")
        elif whole and value != int(value):
            self._say(row, column, "is no whole number", "not-a-number")
        return value

    def times(self, column: str) -> list[tuple[float, int]]:
        """Seconds since 1970 and the hour as written."""
        at = self._column[column]
        return [self._time(row, column, line[at]) for row, line in enumerate(self._lines)]

    def _time(self, row: int, column: str, text: str) -> tuple[float, int]:
        if not text:
            return _EPOCH_MISSING
        try:
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is None:
                self._say(row, column, "has no UTC offset", "not-a-time")
                return _EPOCH_MISSING
            return moment.timestamp(), moment.hour
        except (ValueError, OverflowError):
            self._say(row, column, "is no RFC 3339 time", "not-a-time")
            return _EPOCH_MISSING

    def ordered(
        self, start: Sequence[tuple[float, int]], end: Sequence[tuple[float, int]]
    ) -> None:
        """Nothing ends before it began."""
        for row, ((began, _), (ended, _)) in enumerate(zip(start, end, strict=True)):
            if ended < began:
                self._say(row, "end", "is before the start", "negative")

    def _say(self, row: int, column: str, message: str, code: str) -> None:
        if len(self._findings) < MAX_FINDINGS:
            place = f"{self._name} line {row + 2}, {column}"
            self._findings.append(InputError(place, message, code=code))

    def raise_findings(self) -> None:
        """Raises Findings, if there are any."""
        if self._findings:
            raise Findings(self._findings)
