"""Reading a sample: every fault at once, each with its row; all of it or nothing."""

import hashlib
import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from usga_assessment.domain.sampling.case import CaseDesign

COLUMNS = ("case_id", "stratum", "psu", "pi1", "pi2", "n_eligible", "fpc_psu", "area")
REQUIRED = ("case_id", "stratum", "psu", "pi1", "pi2")
MOST_ROWS = 100_000
_KEY = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$")
_MOST_ELIGIBLE = 99
_LEAST_PSUS = 2  # variance needs two PSUs in a stratum


@dataclass(frozen=True, slots=True)
class RowFinding:
    """One thing wrong: `row` counts data rows from 1 and is 0 for the whole sample."""

    row: int
    column: str
    code: str


@dataclass(frozen=True, slots=True)
class SampledCase:
    """One accepted row."""

    case_id: str
    design: CaseDesign


@dataclass(frozen=True, slots=True)
class Sample:
    """An accepted sample; the digest does not depend on the order of its rows."""

    cases: tuple[SampledCase, ...]
    certainty: frozenset[str]
    digest: str


def read_sample(
    rows: Sequence[Mapping[str, Any]],
    *,
    areas: Collection[str],
    certainty: Collection[str] = (),
) -> tuple[Sample | None, list[RowFinding]]:
    """The sample, or None and everything that is wrong with it.

    `certainty` names the strata whose single PSU is declared to be selected with certainty.
    """
    if not rows:
        return None, [RowFinding(0, "", "empty-sample")]
    if len(rows) > MOST_ROWS:
        return None, [RowFinding(0, "", "too-many-rows")]
    findings: list[RowFinding] = []
    cases: list[SampledCase] = []
    for number, row in enumerate(rows, start=1):
        reader = _Row(number, row)
        cases.append(reader.case())
        findings.extend(reader.findings)
    if not findings:
        findings = [*_across_rows(cases, areas), *_across_strata(cases, frozenset(certainty))]
    else:
        findings.extend(_duplicates(cases))
    if findings:
        return None, sorted(findings, key=lambda found: (found.row, found.column))
    return Sample(tuple(cases), frozenset(certainty), _digest(cases, certainty)), []


class _Row:
    """Reads one row, collecting what is wrong with it."""

    def __init__(self, number: int, row: Mapping[str, Any]) -> None:
        self._number, self._row = number, row
        self.findings: list[RowFinding] = []

    def case(self) -> SampledCase:
        for column in sorted(set(self._row) - set(COLUMNS)):
            self._fault(column[:64], "unknown-column")
        return SampledCase(
            self._key("case_id"),
            CaseDesign(
                stratum=self._key("stratum"),
                psu=self._key("psu"),
                pi1=self._probability("pi1"),
                pi2=self._probability("pi2"),
                n_eligible=self._eligible(),
                fpc_psu=self._fpc(),
                area=self._key("area") if self._given("area") else None,
            ),
        )

    def _given(self, column: str) -> bool:
        return self._row.get(column) not in (None, "")

    def _fault(self, column: str, code: str) -> None:
        self.findings.append(RowFinding(self._number, column, code))

    def _key(self, column: str) -> str:
        value = self._row.get(column)
        if not self._given(column):
            self._fault(column, "missing")
        elif not isinstance(value, str) or not _KEY.fullmatch(value):
            self._fault(column, "not-a-key")
        else:
            return value
        return ""

    def _number_in(self, column: str) -> float | None:
        value = self._row.get(column)
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            self._fault(column, "not-a-number")
            return None
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            self._fault(column, "not-a-number")
            return None
        return number

    def _probability(self, column: str) -> float:
        if not self._given(column):
            self._fault(column, "missing")
            return 1.0
        number = self._number_in(column)
        if number is None:
            return 1.0
        if not 0 < number <= 1:
            self._fault(column, "not-a-probability")
            return 1.0
        return number

    def _eligible(self) -> int | None:
        if not self._given("n_eligible"):
            return None
        number = self._number_in("n_eligible")
        if number is None:
            return None
        if number != int(number) or not 1 <= number <= _MOST_ELIGIBLE:
            self._fault("n_eligible", "out-of-range")
            return None
        return int(number)

    def _fpc(self) -> float | None:
        if not self._given("fpc_psu"):
            return None
        number = self._number_in("fpc_psu")
        if number is not None and number < 1:
            self._fault("fpc_psu", "out-of-range")
        return number


def _duplicates(cases: Iterable[SampledCase]) -> list[RowFinding]:
    seen: Counter[str] = Counter()
    found = []
    for number, case in enumerate(cases, start=1):
        seen[case.case_id] += 1
        if case.case_id and seen[case.case_id] > 1:
            found.append(RowFinding(number, "case_id", "duplicate-case"))
    return found


def _across_rows(cases: Sequence[SampledCase], areas: Collection[str]) -> list[RowFinding]:
    found = _duplicates(cases)
    first_pi1: dict[tuple[str, str], float] = {}
    first_fpc: dict[str, float | None] = {}
    for number, case in enumerate(cases, start=1):
        design = case.design
        if design.area is not None and design.area not in areas:
            found.append(RowFinding(number, "area", "unknown-area"))
        if first_pi1.setdefault((design.stratum, design.psu), design.pi1) != design.pi1:
            found.append(RowFinding(number, "pi1", "pi1-varies-in-psu"))
        if first_fpc.setdefault(design.stratum, design.fpc_psu) != design.fpc_psu:
            found.append(RowFinding(number, "fpc_psu", "fpc-varies-in-stratum"))
    return found


def _across_strata(cases: Sequence[SampledCase], certainty: frozenset[str]) -> list[RowFinding]:
    psus: dict[str, set[str]] = defaultdict(set)
    first_row: dict[str, int] = {}
    fpc: dict[str, float | None] = {}
    for number, case in enumerate(cases, start=1):
        psus[case.design.stratum].add(case.design.psu)
        first_row.setdefault(case.design.stratum, number)
        fpc[case.design.stratum] = case.design.fpc_psu
    found = [RowFinding(0, "certainty", "unknown-stratum") for _ in certainty - set(psus)]
    for stratum, members in psus.items():
        row, population = first_row[stratum], fpc[stratum]
        if len(members) < _LEAST_PSUS and stratum not in certainty:
            found.append(RowFinding(row, "psu", "single-psu-stratum"))
        if population is not None and population < len(members):
            found.append(RowFinding(row, "fpc_psu", "fpc-below-sample"))
    return found


def _digest(cases: Iterable[SampledCase], certainty: Collection[str]) -> str:
    content = {
        "cases": sorted(
            (
                [case.case_id, *(getattr(case.design, column) for column in COLUMNS[1:])]
                for case in cases
            ),
            key=lambda values: str(values[0]),
        ),
        "certainty": sorted(certainty),
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
