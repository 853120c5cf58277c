"""Load the sample of an assessment: all of it, or nothing."""

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, Protocol

from usga_shared.http.bodies import loads_strict
from usga_shared.problems import MalformedBody, Problem

from usga_assessment.domain.assessment.assessment import Assessment
from usga_assessment.domain.assessment.states import State, reached
from usga_assessment.domain.sampling.sample import COLUMNS, MOST_ROWS, Sample, read_sample
from usga_assessment.operations.findings import Fault, SampleRefused

MOST_BYTES = 16 * 2**20
_JSON_MEMBERS = frozenset({"rows", "certainty"})
_LONGEST_CELL = 200
_MORE_PARTS = 1_000  # so that a few rows too many are told as that


class SampleInUse(Problem):
    """Visits or outcomes exist: the sample can no longer change."""

    slug: ClassVar[str] = "sample-in-use"
    title: ClassVar[str] = "The sample is being worked on"
    status: ClassVar[int] = 409


class LoadedSample(Protocol):
    """What is compared of a sample that was loaded before."""

    @property
    def digest(self) -> str: ...


class Samples(Protocol):
    """What loading needs of the storage."""

    async def get(self, assessment: str) -> LoadedSample | None: ...

    async def is_worked_on(self, assessment: str) -> bool: ...

    async def replace(self, assessment: str, sample: Sample, *, at: datetime, by: str) -> None: ...


def parse_sample(
    data: bytes, *, is_json: bool, certainty: Sequence[str], areas: set[str]
) -> Sample:
    """The sample of a CSV or JSON body; pure computation, made for a worker thread.

    Raises SampleRefused with every fault, MalformedBody when it cannot be read at all.
    """
    if is_json:
        rows, declared = _json_rows(data)
        certainty = [*certainty, *declared]
    else:
        rows = _csv_rows(data)
    sample, findings = read_sample(rows, areas=areas, certainty=certainty)
    if sample is None:
        raise SampleRefused(
            [
                Fault(f"/rows/{found.row}/{found.column}" if found.row else "", found.code)
                for found in findings
            ]
        )
    return sample


async def load_sample(
    samples: Samples, assessment: Assessment, sample: Sample, *, by: str, now: datetime
) -> bool:
    """Put the sample in place; False when exactly this one is in place already.

    Raises SampleInUse once a case was visited or has an outcome, or collecting is over.
    """
    before = await samples.get(assessment.code)
    if before is not None and before.digest == sample.digest:
        return False
    if reached(assessment.state, State.PROCESSING) or await samples.is_worked_on(assessment.code):
        raise SampleInUse
    await samples.replace(assessment.code, sample, at=now, by=by)
    return True


def _json_rows(data: bytes) -> tuple[list[dict[str, Any]], list[str]]:
    document = loads_strict(
        data, max_keys=MOST_ROWS * (len(COLUMNS) + 1), max_parts=MOST_ROWS + _MORE_PARTS
    )
    if not isinstance(document, dict) or set(document) - _JSON_MEMBERS:
        raise SampleRefused([Fault("", "not-a-sample")])
    rows, certainty = document.get("rows"), document.get("certainty", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise SampleRefused([Fault("/rows", "not-a-sample")])
    if not isinstance(certainty, list) or not all(isinstance(name, str) for name in certainty):
        raise SampleRefused([Fault("/certainty", "not-a-sample")])
    return rows, certainty


def _csv_rows(data: bytes) -> list[dict[str, Any]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise MalformedBody from None
    if "\0" in text:
        raise MalformedBody
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip() for name in next(lines, [])]
        rows = [line for line in lines if any(line)]
    except csv.Error:
        raise MalformedBody from None
    faults = [Fault("/header", "duplicate-column")] if len(set(header)) != len(header) else []
    faults += [
        Fault(f"/rows/{number}", "wrong-number-of-cells")
        for number, row in enumerate(rows, start=1)
        if len(row) != len(header)
    ]
    faults += [
        Fault(f"/rows/{number}", "cell-too-long")
        for number, row in enumerate(rows, start=1)
        if any(len(cell) > _LONGEST_CELL for cell in row)
    ]
    if faults:
        raise SampleRefused(faults)
    return [dict(zip(header, (cell.strip() for cell in row), strict=True)) for row in rows]
