"""Samples, areas and rates, for any input."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from usga_assessment.domain.assessment.areas import feature_collection, read_areas
from usga_assessment.domain.sampling.rates import Counts, outcome_rates
from usga_assessment.domain.sampling.sample import COLUMNS, read_sample

number = st.integers(0, 10_000)
counts = st.builds(
    Counts, i=number, p=number, r=number, nc=number, o=number, uh=number, uo=number, ne=number
)
leaf = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats() | st.text(max_size=9)
json = st.recursive(
    leaf,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)


class TestRates:
    @given(counts)
    def test_are_shares_in_their_order(self, of: Counts) -> None:
        rates = outcome_rates(of)
        for name in ("rr1", "rr2", "rr3", "rr4", "rr5", "rr6", "coop1", "ref1", "con1", "e"):
            rate = getattr(rates, name)
            assert rate is None or 0 <= rate <= 1 + 1e-12
        if rates.rr5 is not None and rates.rr1 is not None and rates.rr3 is not None:
            assert rates.rr1 <= rates.rr3 + 1e-12 <= rates.rr5 + 2e-12
        if rates.rr2 is not None and rates.con1 is not None and rates.rr1 is not None:
            assert rates.rr1 <= rates.rr2 <= rates.con1

    @given(counts, st.integers(1, 1000))
    def test_do_not_depend_on_the_scale_of_weights(self, of: Counts, scale: int) -> None:
        scaled = Counts(**{n: getattr(of, n) * scale for n in Counts.__dataclass_fields__})
        one, other = outcome_rates(of), outcome_rates(scaled)
        for name in ("e", "rr1", "rr4", "rr6", "coop1", "ref1", "con1"):
            assert getattr(other, name) == pytest.approx(getattr(one, name))


class TestReading:
    @given(
        st.lists(
            st.dictionaries(st.sampled_from(COLUMNS) | st.text(max_size=5), leaf, max_size=9),
            max_size=6,
        )
    )
    def test_any_rows_are_a_sample_or_findings(self, rows: list[dict[str, Any]]) -> None:
        sample, findings = read_sample(rows, areas=())
        assert (sample is None) is bool(findings)
        assert all(0 <= finding.row <= len(rows) for finding in findings)

    @given(
        st.integers(2, 5),
        st.integers(1, 4),
        st.floats(1e-6, 1),
        st.floats(1e-6, 1),
        st.randoms(use_true_random=False),
    )
    def test_weights_add_up_to_the_population(
        self, psus: int, size: int, pi1: float, pi2: float, random: Any
    ) -> None:
        rows = [
            {"case_id": f"c{p}-{n}", "stratum": "s", "psu": f"p{p}", "pi1": pi1, "pi2": pi2}
            for p in range(psus)
            for n in range(size)
        ]
        random.shuffle(rows)
        sample, _ = read_sample(rows, areas=())
        assert sample is not None
        total = sum(case.design.w_household for case in sample.cases)
        assert total == pytest.approx(psus * size / (pi1 * pi2))

    @given(json)
    def test_any_document_is_areas_or_findings(self, document: Any) -> None:
        areas, findings = read_areas(document)
        assert bool(areas) is not bool(findings)

    @given(json, json, json)
    def test_any_feature_is_an_area_or_a_finding(
        self, properties: Any, coordinates: Any, kind: Any
    ) -> None:
        feature = {
            "type": "Feature",
            "properties": properties,
            "geometry": {"type": kind, "coordinates": coordinates},
        }
        plain = feature | {
            "properties": {"code": "a", "title": {"en": "A"}},
            "geometry": {"type": "Polygon", "coordinates": coordinates},
        }
        for one in (feature, plain):
            areas, findings = read_areas(feature_collection([]) | {"features": [one]})
            assert bool(areas) is not bool(findings)
