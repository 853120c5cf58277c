"""Indicators by real processes: one small city, from definitions to what anybody may read."""

import pytest

from tests.e2e.indicators.definitions import TestCatalogue, TestChecks, TestVersions
from tests.e2e.indicators.weights import TestRefusals, TestReplicates, TestWeightSets

__all__ = [
    "TestCatalogue",
    "TestChecks",
    "TestRefusals",
    "TestReplicates",
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
