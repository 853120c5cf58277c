"""Groups of respondents that indicators may be shown for (domain rule 5.1-7, approved by D-04).

Each is one breakdown alone: never crossed with stratum, sex or age. Cells are the same whoever
answered, and a group exists where somebody answered its question.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from usga_indicators.domain.codebook.column import Column
from usga_indicators.domain.codebook.frame import Frame
from usga_indicators.domain.definition.model import Breakdown

IntArray = NDArray[np.int64]

#: Short set of the Washington Group: six domains of difficulty.
WASHINGTON = ("wg_see", "wg_hear", "wg_walk", "wg_cog", "wg_self", "wg_comm")
DISABLED = frozenset({"lot", "cannot"})
"""Answers of much difficulty."""
_NOBODY = -1


@dataclass(frozen=True, slots=True)
class Group:
    """A breakdown: its categories, the questions behind it, and who is in which."""

    breakdown: Breakdown
    categories: tuple[str, ...]
    columns: tuple[str, ...]
    example: str
    """An answer to its questions that puts people in it."""
    place: Callable[[Frame], IntArray]
    """Of each interview the place of its category, -1 for none."""
    of_places: bool = False
    """Whether it is of places, so that anybody can know to which a stratum belongs."""
    answers: tuple[tuple[str, ...], ...] = ()
    """Of a group by one question the answers of each category; none are all the others."""

    def codes(self) -> tuple[str, ...]:
        """As cells name them: `disability:yes`."""
        return tuple(f"{self.breakdown.value}:{category}" for category in self.categories)


def group_of(code: str) -> str:
    """The breakdown that a cell's code belongs to."""
    return code.partition(":")[0]


def questions_of_group(code: str) -> tuple[str, ...]:
    """The questions behind a cell's code; none for `_T`."""
    return next((g.columns for g in GROUPS if g.breakdown.value == group_of(code)), ())


def groups_in(frame: Frame) -> Iterator[tuple[Group, IntArray]]:
    """The groups that interviews were put in, and the place of each interview."""
    for group in GROUPS:
        if all(name in frame.columns for name in group.columns):
            place = group.place(frame)
            if (place >= 0).any():
                yield group, place


def people_of_places(frames: Iterable[Frame]) -> dict[str, Counter[str]]:
    """How many people of each stratum are in each group of places, "" for none."""
    counts: dict[str, Counter[str]] = {}
    for frame in frames:
        for group, place in groups_in(frame):
            if group.of_places:
                codes = [*group.codes(), ""]  # -1, who is in none, takes the last
                strata = frame.stratum.levels
                drawn = frame.stratum.codes >= 0
                cells = (frame.stratum.codes * len(codes) + place % len(codes))[drawn]
                people = np.bincount(cells, minlength=len(strata) * len(codes))
                for cell in np.flatnonzero(people).tolist():
                    of = counts.setdefault(strata[cell // len(codes)], Counter())
                    of[codes[cell % len(codes)]] += int(people[cell])
    return counts


def is_of_nowhere(code: str, people: Mapping[str, Mapping[str, int]]) -> bool:
    """Whether it is a group of places in which nobody was interviewed: no cell of this sample.

    Which kinds of places the sample has is known to everybody, so nobody is to be protected.
    """
    of_places = any(g.of_places and g.breakdown.value == group_of(code) for g in GROUPS)
    return of_places and not any(of.get(code) for of in people.values())


def groups_of_strata(counts: Mapping[str, Mapping[str, int]]) -> dict[str, str]:
    """The group of places that each stratum is wholly part of, where it has no other parts.

    Whoever knows the city adds such strata up: their group tells what one of them hides.
    """
    split = {code for of in counts.values() if len(of) > 1 for code in of}
    alone = {stratum: next(iter(of)) for stratum, of in counts.items() if len(of) == 1}
    return {stratum: code for stratum, code in alone.items() if code and code not in split}


def _disability(frame: Frame) -> IntArray:
    """Much difficulty, or none possible, in one domain at least; no only where all were told."""
    columns = [frame.columns[name] for name in WASHINGTON]
    much = np.any([_is_any(column, DISABLED) for column in columns], axis=0)
    told = np.all([column.known for column in columns], axis=0)
    return np.where(much, 0, np.where(told, 1, _NOBODY)).astype(np.int64)


#: Answers that are no main language of an area; lists of countries name those themselves.
_OTHER_LANGUAGES = ("other_country", "neighbour_country", "other")


def _language(frame: Frame) -> IntArray:
    """The language first spoken at home: one of the area's, whichever, or another."""
    column = frame.columns["ethnic_lang"]
    of = {answer: at for at, answer in enumerate(_OTHER_LANGUAGES, start=1)}
    levels = [*(of.get(level, 0) for level in column.levels), _NOBODY]
    return np.array(levels, dtype=np.int64)[column.codes]


def _is_any(column: Column, answers: frozenset[str]) -> NDArray[np.bool_]:
    wanted = [at for at, level in enumerate(column.levels) if level in answers]
    return np.isin(column.codes, wanted)


def _answers(
    breakdown: Breakdown, name: str, *, of_places: bool = False, **categories: tuple[str, ...]
) -> Group:
    """A group by the answers to one question; each category joins some."""
    of = {answer: at for at, answers in enumerate(categories.values()) for answer in answers}

    def place(frame: Frame) -> IntArray:
        column = frame.columns[name]
        levels = [*(of.get(level, _NOBODY) for level in column.levels), _NOBODY]
        return np.array(levels, dtype=np.int64)[column.codes]

    return Group(
        breakdown,
        tuple(categories),
        (name,),
        next(iter(of)),
        place,
        of_places,
        tuple(categories.values()),
    )


GROUPS = (
    Group(Breakdown.DISABILITY, ("yes", "no"), WASHINGTON, "lot", _disability),
    _answers(
        Breakdown.SETTLEMENT,
        "settlement",
        formal=("formal",),
        informal=("informal",),
        mixed=("mixed",),
        of_places=True,
    ),
    _answers(
        Breakdown.EDUCATION,
        "edu",
        none=("none",),
        primary=("primary",),
        secondary=("lower_sec", "upper_sec"),
        higher=("vocational", "tertiary"),
    ),
    _answers(
        Breakdown.MIGRATION,
        "birthplace",
        here=("here",),
        elsewhere=("elsewhere_country",),
        abroad=("abroad",),
    ),
    _answers(
        Breakdown.WORK,
        "work_status",
        working=("emp", "self", "casual"),
        seeking=("unemp",),
        student=("student",),
        home=("home",),
        other=("retired", "disabled", "other"),
    ),
    _answers(
        Breakdown.INCOME,
        "income_band",
        b1=("b1",),
        b2=("b2",),
        b3=("b3",),
        b4=("b4",),
        b5=("b5",),
    ),
    Group(
        Breakdown.LANGUAGE,
        ("main", *_OTHER_LANGUAGES),
        ("ethnic_lang",),
        "main",
        _language,
        answers=((), *((answer,) for answer in _OTHER_LANGUAGES)),
    ),
    _answers(Breakdown.CHILD_SEX, "cd_sex", female=("female",), male=("male",)),
)
#: Every question by whose answers cells may be broken down.
QUESTIONS = ("sex", "age", *(name for group in GROUPS for name in group.columns))
