"""What every benchmark reports: a figure, its budget, and the reference line of the same run."""

import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

#: A ratio below this is told as a fraction.
SMALL = 0.1


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; `ratio` is figure over reference, both measured in this run."""

    what: str
    database: str
    figure: float
    unit: str
    budget: str
    reference: str = ""
    reference_figure: float | None = None

    @property
    def ratio(self) -> float | None:
        return None if not self.reference_figure else self.figure / self.reference_figure


def median_seconds(work: Callable[[], object], *, rounds: int = 5, warm: int = 1) -> float:
    """Median wall seconds of a piece of work after a warm-up."""
    for _ in range(warm):
        work()
    taken: list[float] = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def machine() -> dict[str, str | int | None]:
    """The facts without which a figure says nothing."""
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((x.partition(":")[2].strip() for x in lines if x.startswith("model name")), "?")


def table(rows: Sequence[Row]) -> str:
    """The rows for a terminal."""
    head = ("what", "database", "measured", "budget", "reference line", "ratio")
    cells = [head]
    for row in rows:
        reference = (
            f"{row.reference}: {_number(row.reference_figure)} {row.unit}" if row.reference else ""
        )
        ratio = "" if row.ratio is None else _times(row.ratio)
        measured = f"{_number(row.figure)} {row.unit}"
        cells.append((row.what, row.database, measured, row.budget, reference, ratio))
    widths = [max(len(line[i]) for line in cells) for i in range(len(head))]
    return "\n".join(
        "  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)) for line in cells
    )


def write(rows: Sequence[Row], path: Path) -> None:
    """The rows and the machine as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {"machine": machine(), "rows": [{**asdict(r), "ratio": r.ratio} for r in rows]}
    path.write_text(json.dumps(document, indent=1) + "\n", "utf-8")


def _times(ratio: float) -> str:
    """The ratio; where little of it is left, how many times the reference line takes."""
    return f"{ratio:.2f}" if ratio >= SMALL else f"1/{1 / ratio:,.0f}"


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
