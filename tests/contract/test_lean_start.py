"""At rest a service holds no library that only rare work needs: it starts sooner and takes less."""

import subprocess
import sys

import pytest

HEAVY = {
    "assessment": {"pyxform", "openpyxl", "lark", "shapely", "numpy", "alembic"},
    "indicators": {
        "scipy.special",
        "scipy.linalg",
        "scipy.sparse",
        "scipy.spatial",
        "scipy.optimize",
        "scipy.stats",
        "pyarrow",
        "pandas",
        "ibis",
        "shapely",
        "alembic",
    },
    "reports": {"numpy", "scipy", "pyarrow", "typst", "alembic"},
}
"""`import scipy` loads its parts when they are first used, `from scipy import ...` at once."""


@pytest.mark.parametrize("service", HEAVY)
def test_a_service_starts_without_what_it_seldom_needs(service: str) -> None:
    command = f"import sys, usga_{service}.app; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", command], capture_output=True, text=True, check=True, timeout=60
    )
    assert not HEAVY[service] & set(done.stdout.split())
