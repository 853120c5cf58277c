"""Indicators by real processes: one small city, from definitions to what anybody may read."""

import pytest

from tests.e2e.indicators.definitions import TestCatalogue, TestChecks, TestVersions
from tests.e2e.indicators.disclosure import TestDifferencing, TestHidden
from tests.e2e.indicators.live import TestLiveView
from tests.e2e.indicators.releases import TestOneAfterAnother, TestOnTheWayOut
from tests.e2e.indicators.results import TestIndices, TestMaps, TestQuality, TestSources
from tests.e2e.indicators.retraction import TestRetraction
from tests.e2e.indicators.weights import TestRefusals, TestReplicates, TestWeightSets

__all__ = [
    "TestCatalogue",
    "TestChecks",
    "TestDifferencing",
    "TestHidden",
    "TestIndices",
    "TestLiveView",
    "TestMaps",
    "TestOnTheWayOut",
    "TestOneAfterAnother",
    "TestQuality",
    "TestRefusals",
    "TestReplicates",
    "TestRetraction",
    "TestSources",
    "TestVersions",
    "TestWeightSets",
]

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.parametrize(
        "stack",
        [
            "sqlite",
            pytest.param("postgres", marks=[pytest.mark.postgres, pytest.mark.slow]),
        ],
        indirect=True,
        scope="module",
    ),
]
