"""Numbers of two values are a share, whatever the values: hidden when the share is (D-01, D-12)."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from usga_indicators.domain.definition import Definition
from usga_indicators.domain.incremental import SufficientStatistics, estimates_from
from usga_indicators.domain.tabulation import tabulate

from tests.support.disguised import MEAN, RATIO, TOTAL, decided, people, said

FEW = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
sizes = st.sampled_from([130, 300, 900])
shares = st.sampled_from([0.0, 0.01, 0.04, 0.06, 0.1, 0.3, 0.5, 0.93, 1.0])
steps = st.sampled_from([1.0, -1.0, 7.0, 1e8, -1e8, 1e-6])
starts = st.sampled_from([0.0, 1.0, -1.0, 100.0, 12345.678])


@FEW
@given(sizes, shares, st.tuples(steps, starts), st.integers(1, 3), st.integers(0, 5))
def test_a_mean_of_two_values_is_hidden_exactly_when_the_share_is_D01(
    size: int, share: float, values: tuple[float, float], sensitivity: int, seed: int
) -> None:
    """Of either value: who knows how many have one knows how many have the other."""
    random = np.random.default_rng(seed)
    frame = people({"z": random.random(size) < share}, seed=seed)
    step, start = values[0], values[1] * abs(values[0])
    shown = f"if(${{z}} = 1, {start + step:.10f}, {start:.10f})"
    found = decided(
        [
            said("YES", "${z} = 1", sensitivity),
            said("NO", "${z} = 0", sensitivity),
            said("MEAN", shown, sensitivity, **MEAN),
            said("RATIO", f"{shown} * 3", sensitivity, denominator="3", **RATIO),
        ],
        frame,
    )
    for cell, yes in found["YES"].items():
        no = found["NO"][cell]
        for code in ("MEAN", "RATIO"):
            other = found[code][cell]
            assert other.hidden >= (yes.hidden or no.hidden), cell
            if other.hidden and not (yes.hidden or no.hidden):
                # without any variation zero has no CV: the one thing that a share has and not a mean
                assert share in {0.0, 1.0} or other.reason == "D-02", cell


@FEW
@given(sizes, shares, st.integers(0, 5))
def test_sums_that_move_tell_the_same_of_peoples_numbers(
    size: int, share: float, seed: int
) -> None:
    random = np.random.default_rng(seed)
    frame = people({"z": random.random(size) < share, "k": random.integers(0, 5, size)}, seed=seed)
    definitions = [
        said("A", "if(${z} = 1, 101, 100)", **MEAN),
        said("B", "${k}", denominator="${k} + ${z}", **RATIO),
        said("C", "${z} = 1", count_by="${k}"),
    ]
    statistics = SufficientStatistics(definitions, {})
    statistics.add(frame)
    statistics.add(frame.part(0, 40))
    statistics.take_away(frame.part(0, 40))
    wanted = tabulate(definitions, frame, {})
    for one, other in zip(estimates_from(statistics), wanted, strict=True):
        assert one.values == other.values
        assert (one.values is None) == (one.estimate.n == 0)


HIDES = (
    said("AGE", "if(${z} = 1, 100000000, ${age})", **MEAN),
    said("NOISE", "if(${z} = 1, 100, 0) + ${age} * 0.0001", **MEAN),
    said("SIZE", "if(${z} = 1, 7, 5) * ${k}", denominator="${k}", **RATIO),
    said("TOTAL", "if(${z} = 1, 101, 100)", **TOTAL),
    said("PERCENT", "if(${z} = 1, 0.51, 0.5)", 1),
    said("COUNTED", "${age} > 40", count_by="if(${z} = 1, 1000000, 1)"),
)


@pytest.mark.parametrize("few", [1, 4, 9])
@pytest.mark.parametrize("definition", HIDES, ids=lambda d: d.code)
def test_few_people_hide_behind_no_other_numbers_D01(definition: Definition, few: int) -> None:
    """A few of each stratum have z: no stratum is shown."""
    size = 900
    z = np.zeros(size)
    z[: few * 5] = 1
    frame = people({"z": z, "k": np.random.default_rng(1).integers(1, 9, size)})
    found = decided([definition], frame)[definition.code]
    strata = [decision for cell, decision in found.items() if cell.stratum != "_T"]
    assert len(strata) == 5
    assert all(decision.hidden for decision in strata)
