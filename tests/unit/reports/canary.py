"""A bundle whose hidden cells wrongly carry numbers: none of them may reach a reader."""

from itertools import count

from usga_reports.domain.published import CellState, state_of
from usga_shared.wire.release import MissingCounts, ReleaseBundle

from tests.unit.reports.specimen import specimen

_FIRST = 700_001  # nothing else in a report looks like this


def canary_bundle() -> tuple[ReleaseBundle, list[str]]:
    """The bundle, and what its hidden numbers would look like in a text."""
    bundle = specimen()
    numbers = count(_FIRST)
    cells, planted = [], []
    for cell in bundle.observations:
        if state_of(cell) not in {CellState.HIDDEN, CellState.MISSING}:
            cells.append(cell)
            continue
        names = (
            "obs_value",
            "standard_error",
            "lower_bound",
            "upper_bound",
            "design_effect",
            "df",
        )
        values = {name: float(next(numbers)) for name in names}
        counts = {name: next(numbers) for name in ("sample_size", "numerator_size", "psus")}
        silent = {name: next(numbers) for name in ("dk", "ref")}
        missing = MissingCounts(**silent)
        cells.append(cell.model_copy(update={**values, **counts, "missing": missing}))
        planted += [int(v) for v in (*values.values(), *counts.values(), *silent.values())]
    forms = [form for n in planted for form in (f"{n}", f"{n:,}")]
    return bundle.model_copy(update={"observations": cells}), forms
