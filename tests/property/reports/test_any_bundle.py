"""Whatever the numbers and statuses are: a report comes out, and no hidden number is in it."""

import math
import re
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from usga_reports.domain.published import CellState, state_of
from usga_reports.domain.render.report import freeze, render_report
from usga_reports.domain.report import ReportFormat
from usga_shared.wire.release import Observation
from usga_shared.wire.vocabulary import TOTAL, ConfStatus, ObsStatus

from tests.unit.reports.specimen import specimen

BASE = specimen()
FEW = [
    i
    for i in BASE.indicators
    if i.code in {"PER-01", "PER-02", "VIC-07", "VIC-12", "COH-01", "PER-11"}
]
NO_NUMBER = re.compile(rb"(?i)(?<![a-z])(nan|inf(inity)?)(?![a-z])")
VALUES = st.one_of(
    st.none(),
    st.just(math.nan),
    st.just(math.inf),
    st.floats(-1e9, 1e9),
    st.sampled_from([0.0, -0.0, 100.0, 99.96, 0.04, 50.0]),
)
PLACES = st.sampled_from(
    [
        {}, {"sex": "F"}, {"sex": "M"}, {"sex": "?"}, {"age": "Y18T24"}, {"age": "old"},
        {"stratum": "s01"}, {"stratum": "s02", "ref_area": "A02"}, {"ref_area": "A03"},
        {"stratum": "nowhere"}, {"item": "lighting"}, {"item": "a_new_one"}, {"sex": "F", "age": "65+"},
    ]
)  # fmt: skip


@st.composite
def cells(draw: st.DrawFn) -> Observation:
    indicator = draw(st.sampled_from(FEW))
    place: dict[str, Any] = draw(PLACES)
    return Observation(
        **{"stratum": TOTAL, **place},
        indicator=indicator.code,
        time_period="2026",
        unit_measure=indicator.unit_measure,
        obs_value=draw(VALUES),
        bound=draw(st.sampled_from([None, "<", ">"])),
        standard_error=draw(VALUES),
        lower_bound=draw(VALUES),
        upper_bound=draw(VALUES),
        design_effect=draw(VALUES),
        sample_size=draw(st.one_of(st.none(), st.integers(0, 10**7))),
        obs_status=draw(st.sampled_from(ObsStatus)),
        conf_status=draw(st.sampled_from(ConfStatus)),
        reason=draw(st.sampled_from([None, "D-01", "X-99"])),
        release=BASE.release.id,
        method_version="1",
    )


def bare(code: str) -> Observation:
    """A value that came without base or interval."""
    return Observation(
        stratum=TOTAL, indicator=code, time_period="2026", unit_measure="percent", obs_value=0.0,
        obs_status=ObsStatus.NORMAL, conf_status=ConfStatus.FREE, release=BASE.release.id,
        method_version="1",
    )  # fmt: skip


class TestAnyBundle:
    @example(drawn=[bare("PER-01"), bare("VIC-07")], probability=False)
    @example(drawn=[bare("PER-01"), bare("VIC-07")], probability=True)
    @settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(cells(), max_size=25), st.booleans())
    def test_it_renders_and_hides_D11(self, drawn: list[Observation], probability: bool) -> None:
        canary = 8_765_432
        hidden = [
            cell.model_copy(update={"obs_value": float(canary), "sample_size": canary})
            if state_of(cell) is CellState.HIDDEN
            else cell
            for cell in drawn
        ]
        context = BASE.context.model_copy(update={"probability_sample": probability})
        bundle = BASE.model_copy(
            update={"observations": hidden, "indicators": FEW, "context": context}
        )
        frozen = freeze(bundle)
        html = render_report(frozen, template="city-report", language="en", kind=ReportFormat.HTML)
        for form in (b"8765432", b"8,765,432"):
            assert form not in frozen
            assert form not in html
        assert not NO_NUMBER.search(html)
