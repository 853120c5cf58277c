"""`usga-indicators quality`: data quality of fieldwork as numbers.

Exit codes: 0 computed, 1 an input is wrong (each finding names its place), 2 a file could not be
read or written.
"""

import argparse
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from usga_indicators.cli.fieldwork import Findings, read_areas, read_interviews
from usga_indicators.cli.inputs import Unreadable, write_outcomes
from usga_indicators.domain.quality import Fieldwork, first_digits, measure, myers, whipple

_FIRST, _FIRST_MATCHES = 10, 20


def add(subparsers: Any) -> None:
    """Add the sub-command."""
    parser = subparsers.add_parser(
        "quality", help="interviewer effects, durations, duplicates, heaping, positions"
    )
    parser.add_argument("interviews", type=Path, help="interviews.csv: one line per interview")
    parser.add_argument("areas", type=Path, help="areas.json: enumeration areas")
    parser.add_argument("-o", "--output", type=Path, required=True, help="measures, JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Compute all measures, or say everything that is wrong with the files."""
    try:
        try:
            areas = read_areas(arguments.areas)
            fieldwork = measure(read_interviews(arguments.interviews, areas))
        except Findings as refused:
            told = [
                {"code": each.code, "place": each.place, "message": str(each)}
                for each in refused.findings
            ]
            wrong = {"error": True, "findings": told}
            write_outcomes("quality", arguments.output, wrong, refused.findings)
            return 1
        write_outcomes("quality", arguments.output, view(fieldwork), ())
    except Unreadable as error:
        sys.stderr.write(f"usga-indicators quality: {error}\n")
        return 2
    flagged = {flag.interviewer for flag in fieldwork.flags}
    size = len(fieldwork.interviews)
    sys.stdout.write(f"{size} interviews, {len(flagged)} interviewers flagged\n")
    return 0


def view(fieldwork: Fieldwork) -> dict[str, Any]:
    """Everything as the file of expected measures has it, and `flagged`."""
    interviews = fieldwork.interviews
    return {
        "n": len(interviews),
        "icc": {item: asdict(effect) for item, effect in fieldwork.effects.items()},
        "duration": _durations(fieldwork),
        "straightline": _ratings(fieldwork),
        "percent_match": _matches(fieldwork),
        "heaping": {"whipple": whipple(interviews.age), "myers": myers(interviews.age)},
        "benford": asdict(first_digits(interviews.income)),
        "gps": {
            "outside_polygon": interviews.named(fieldwork.positions.outside),
            "distance_first10": _first(fieldwork.positions.distance_m),
        },
        "overlapping": [interviews.ids[row] for row in fieldwork.overlapping],
        "night": interviews.named(fieldwork.night),
        "interviewers": {n: asdict(each) for n, each in fieldwork.by_interviewer.items()},
        "flagged": _flagged(fieldwork),
    }


def _durations(fieldwork: Fieldwork) -> dict[str, Any]:
    found, named = fieldwork.durations, fieldwork.interviews.named
    return {
        "median_min": found.median,
        "log_median": found.log_median,
        "log_mad": found.log_mad,
        "short_modified_z": named(found.short),
        "below_half_median": named(found.below_half_median),
    }


def _ratings(fieldwork: Fieldwork) -> dict[str, Any]:
    found = fieldwork.ratings
    return {
        "ids_sd0": fieldwork.interviews.named(np.asarray(found.sd == 0)),
        "modal_share_first10": _first(found.modal_share),
        "longest_first10": [int(run) for run in found.longest_run[:_FIRST]],
        "nondiff_first10": _first(found.nondifferentiation),
    }


def _matches(fieldwork: Fieldwork) -> dict[str, Any]:
    found, interviews = fieldwork.matches, fieldwork.interviews
    alone = bool(np.isnan(found.largest).all())
    items = [interviews.scale_items, interviews.category_items]
    left_out = found.near - len(found.pairs)
    return {
        "columns": ",".join(f"{each[0]}..{each[-1]}" for each in items if each),
        "pairs_085": [[interviews.ids[a], interviews.ids[b]] for a, b in found.pairs],
        "max_first20": _first(found.largest, _FIRST_MATCHES),
        "mean": None if alone else float(np.nanmean(found.largest)),
        "p95": None if alone else float(np.nanquantile(found.largest, 0.95)),
        **({"pairs_left_out": left_out} if left_out else {}),
    }


def _flagged(fieldwork: Fieldwork) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for flag in fieldwork.flags:
        found.setdefault(flag.interviewer, {})[flag.measure] = flag.p
    return found


def _first(values: Any, count: int = _FIRST) -> list[float]:
    return [float(value) for value in values[:count]]
