"""Sums of the assessments that somebody looks at, moved by each batch of the feed."""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from usga_indicators.domain.codebook import Frame, frame_of, skip_rules
from usga_indicators.domain.definition import Definition, StatisticKind
from usga_indicators.domain.definition import Source as Kind
from usga_indicators.domain.design import DesignError
from usga_indicators.domain.disclosure import Sensitivity
from usga_indicators.domain.incremental import (
    MarginSums,
    SufficientStatistics,
    estimates_from,
    is_followed,
    largest_difference,
    parts_of,
)
from usga_indicators.domain.sources import source_of
from usga_indicators.domain.tabulation import Cell, CellEstimate, tabulate
from usga_indicators.domain.tabulation.analysis import Analysis
from usga_indicators.domain.tabulation.groups import GROUPS
from usga_indicators.operations.follow_feed import Moved, Source, wanted_names
from usga_indicators.operations.weigh import Adjustments, Weighing, with_steps
from usga_indicators.storage.extract_changes import rows_of
from usga_indicators.storage.extract_tables import Tables, interviews_of

_log = logging.getLogger("usga.indicators.live")
#: Between two full computations that the sums are compared with.
CHECK_EVERY = 20
TOLERANCE = 1e-9
#: Sums that are kept; those that were not looked at for longest are dropped.
_MOST = 8
#: Steps that an error may know of.
_CALIBRATING = frozenset({"rake", "calibrate"})
#: An assessment and its weight set, "" for base weights.
Key = tuple[str, str]


class Check(StrEnum):
    """What a full computation found."""

    EQUAL = "equal"
    DIFFERENT = "different"


def followed(definitions: Sequence[Definition]) -> list[Definition]:
    """What sums give and fieldwork may see: linear indicators of the survey, none of them S3.

    S3 answers are opened for releases alone (ADR-0012).
    """
    return [
        d
        for d in definitions
        if d.is_of_survey
        and d.statistic is not StatisticKind.QUANTILE
        and Sensitivity(d.sensitivity) is not Sensitivity.S3
    ]


@dataclass(slots=True)
class Followed:
    """The sums of one form at a generation of its extract."""

    generation: int
    layout_sha256: str
    statistics: SufficientStatistics
    drawn: Mapping[str, int]
    weighing: Weighing
    margins: MarginSums | None = None
    """Of raked weights: what takes the margins off the errors."""
    changed: set[str] = field(default_factory=set)
    """Interviews that came, changed or left since the last picture."""
    pictured: bool = False
    """Whether a picture was drawn since these sums were counted."""
    moves: int = 0


class LiveStatistics:
    """Thread-safe; what it cannot follow it forgets, and it is counted anew when asked for."""

    def __init__(
        self, checked: Callable[[Check], None], *, check_every: int = CHECK_EVERY
    ) -> None:
        self._checked, self._check_every = checked, check_every
        self._of: dict[Key, dict[str, Followed]] = {}
        self._lock = threading.Lock()

    def moved(self, move: Moved) -> None:
        """Follow a move of an extract; never raises, for the extract is right without it."""
        with self._lock:
            for (assessment, _), forms in self._of.items():
                if assessment == move.assessment and move.layout.instrument in forms:
                    self._moved(forms, move)

    def _moved(self, forms: dict[str, Followed], move: Moved) -> None:
        try:
            if not self._follow(forms[move.layout.instrument], move):
                del forms[move.layout.instrument]
        except Exception:  # noqa: BLE001 -- counted anew when somebody looks
            _log.exception("live_statistics_dropped", extra={"assessment": move.assessment})
            del forms[move.layout.instrument]

    def _follow(self, known: Followed, move: Moved) -> bool:
        if move.before is None or known.layout_sha256 != move.layout.digest():
            return False
        if known.generation != move.generations[0]:
            return False
        statistics, margins = known.statistics, known.margins
        for tables, goes in ((move.before, True), (move.after, False)):
            source = _source(move, rows_of(tables, move.units))
            frame, adjustments = _frame(source, statistics.definitions, known.weighing)
            (statistics.take_away if goes else statistics.add)(frame)
            if margins is not None and len(frame):
                (margins.take_away if goes else margins.add)(frame, adjustments)
        known.generation = move.generations[1]
        known.changed |= move.units
        known.moves += 1
        return known.moves % self._check_every != 0 or self._is_right(known, move)

    def _is_right(self, known: Followed, move: Moved) -> bool:
        """Compare with a full computation, and say so."""
        statistics = known.statistics
        source = _source(move, move.after)
        frame, adjustments = _frame(source, statistics.definitions, known.weighing)
        how = Analysis(adjustments={} if known.margins is None else adjustments)
        try:
            mine = _estimates(known)
            theirs = tabulate(statistics.definitions, frame, statistics.areas, known.drawn, how)
        except DesignError:
            return True
        found = largest_difference(mine, theirs)
        self._checked(Check.EQUAL if found <= TOLERANCE else Check.DIFFERENT)
        if found > TOLERANCE:
            _log.error(
                "live_statistics_differ",
                extra={"assessment": move.assessment, "difference": found},
            )
        return found <= TOLERANCE

    def current(
        self,
        assessment: str,
        generations: Mapping[str, int],
        definitions: Sequence[Definition],
        *,
        areas: Mapping[str, str],
        drawn: Mapping[str, int],
        weight_set: str = "",
    ) -> list[Followed] | None:
        """The sums of the survey's forms at these generations; None where they must be counted.

        The number of drawn PSUs is no part of the sums and may change.
        """
        with self._lock:
            forms = self._of.pop((assessment, weight_set), None)
            if forms is None:
                return None
            self._of[assessment, weight_set] = forms  # looked at last
            wanted = {name: g for name, g in generations.items() if _is_survey(name)}
            if {name: known.generation for name, known in forms.items()} != wanted:
                return None
            for known in forms.values():
                known.drawn = dict(drawn)
                statistics = known.statistics
                if (list(statistics.definitions), statistics.areas) != (
                    list(definitions),
                    dict(areas),
                ):
                    return None
            return list(forms.values())

    def count(
        self,
        assessment: str,
        sources: Sequence[Source],
        definitions: Sequence[Definition],
        *,
        areas: Mapping[str, str],
        drawn: Mapping[str, int],
        weighing: Weighing | None = None,
    ) -> list[Followed]:
        """Count the interviews of an extract; takes as long as a full computation.

        With a weight set in `weighing` its factors hold for whoever comes later, too. Raises
        WeightsRefused where it does not know an interview's class.
        """
        weighs = weighing or Weighing()
        forms: dict[str, Followed] = {}
        for source in sources:
            if not _is_survey(source.layout.instrument):
                continue
            statistics = SufficientStatistics(definitions, areas)
            frame, adjustments = _frame(source, definitions, weighs)
            for part in parts_of(frame):
                statistics.add(part)
            margins = None
            if is_followed(adjustments):
                margins = MarginSums(definitions, areas)
                margins.add(frame, adjustments)
            forms[source.layout.instrument] = Followed(
                source.generation, source.layout.digest(), statistics, dict(drawn), weighs, margins
            )
        key = assessment, weighs.weight_set.id if weighs.weight_set else ""
        with self._lock:
            self._of.pop(key, None)
            self._of[key] = forms
            while len(self._of) > _MOST:
                del self._of[next(iter(self._of))]
        return list(forms.values())

    def estimates(
        self, forms: Sequence[Followed], analysis: Analysis | None = None
    ) -> list[CellEstimate]:
        """Every indicator on the first form that can answer it. Raises a DesignError.

        `analysis` gives the rules of the design. Errors take the margins that weights were raked
        to into account; other calibration is taken as it is (`counts_margins`).
        """
        found: list[CellEstimate] = []
        with self._lock:
            for known in forms:
                done = {each.definition.code for each in found}
                found += [
                    each
                    for each in _estimates(known, analysis)
                    if each.definition.code not in done
                ]
        return found

    def people_of_places(self, forms: Sequence[Followed]) -> dict[str, Counter[str]]:
        """How many people of each stratum are in each group of places, "" for none."""
        counts: dict[str, Counter[str]] = {}
        people: Counter[str] = Counter()
        with self._lock:
            for known in forms:
                statistics = known.statistics
                of_psu = _groups_of_psus(statistics)
                for at in np.flatnonzero(statistics.interviews_of_psu > 0).tolist():
                    stratum, _ = statistics.psus.keys[at]
                    interviews = int(statistics.interviews_of_psu[at])
                    for code in of_psu.get(at, {""}):
                        counts.setdefault(stratum, Counter())[code] += interviews
                for code in {code for of in counts.values() for code in of}:
                    people[code] += statistics.people_in(Cell(subgroup=code))
        for code in people:
            if sum(of[code] for of in counts.values()) != people[code]:  # of some it is not known
                for of in counts.values():
                    of[""] += of[code]
        return {stratum: +of for stratum, of in counts.items()}

    def waiting(self, assessment: str, generations: Mapping[str, int]) -> int | None:
        """Interviews that came, changed or left since the last picture, whatever weights it has.

        None where no sums go back to it.
        """
        wanted = {name: g for name, g in generations.items() if _is_survey(name)}
        with self._lock:
            for (of, _), forms in self._of.items():
                at = {name: known.generation for name, known in forms.items()}
                if of == assessment and at == wanted and all(k.pictured for k in forms.values()):
                    return len(set().union(*(known.changed for known in forms.values())))
        return None

    def seen(self, assessment: str) -> None:
        """Its interviews are on a picture now, whatever weights that has."""
        with self._lock:
            for (of, _), forms in self._of.items():
                for known in forms.values() if of == assessment else ():
                    known.changed.clear()
                    known.pictured = True


def _groups_of_psus(statistics: SufficientStatistics) -> dict[int, set[str]]:
    """The groups of places that interviews of each PSU are in."""
    places = {code for group in GROUPS if group.of_places for code in group.codes()}
    found: dict[int, set[str]] = {}
    for psu, cell in zip(*(each.tolist() for each in statistics.pair_places()), strict=True):
        code = statistics.cells.keys[cell].subgroup
        if code in places:
            found.setdefault(psu, set()).add(code)
    return found


def _is_survey(instrument: str) -> bool:
    return source_of(instrument) is Kind.SURVEY


def _source(move: Moved, tables: Tables) -> Source:
    return Source(move.codebook, move.layout, move.generations[1], tables)


def _estimates(known: Followed, analysis: Analysis | None = None) -> list[CellEstimate]:
    found = estimates_from(known.statistics, known.drawn, analysis=analysis)
    if known.margins is None:
        return found
    return known.margins.respread(found, known.statistics, known.drawn, analysis)


def counts_margins(forms: Sequence[Followed]) -> bool | None:
    """Whether errors are those of calibrated weights; None where nothing was calibrated."""
    known = [
        form.margins is not None
        for form in forms
        if any(step.kind in _CALIBRATING for step in form.weighing.steps)
    ]
    return all(known) if known else None


def _frame(
    source: Source, definitions: Sequence[Definition], weighing: Weighing
) -> tuple[Frame, Adjustments]:
    """Interviews with the weights that they have under these steps, whoever else there is."""
    codebook = source.codebook
    rules = skip_rules().joined(codebook.skips)
    names = [*wanted_names(definitions, codebook), *weighing.variables]
    frame = frame_of(interviews_of(source.tables, source.layout), codebook, names, rules)
    return with_steps(source, frame, weighing)
