"""Synthetic interviews of the household instrument, valid by construction, without a server."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from usga_assessment.domain.catalogue.instruments import form_bytes
from usga_expressions.environment import Table
from usga_expressions.instrument import Instrument
from usga_tablet.habits import Habits
from usga_tablet.respondent import Respondent, Situation

from tests.support.forms import compiled, loaded

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
HABITS = Path(__file__).parents[2] / "tools" / "demo" / "habits.toml"
FIXED: Mapping[str, Any] = {
    "assess_code": "KE-TEST-2026",
    "psu_code": "p01",
    "enum_code": "e1",
    "disp_final": "d1_1",
    "consent_hh": "yes",
    "hh_size": 5,
    "n_elig": 3,
    "sel_avail": "now",
    "consent": "yes",
}


def document() -> dict[str, Any]:
    """The compiled household instrument."""
    document = compiled(form_bytes("hvs")).document
    assert document is not None
    return document


def instrument() -> Instrument:
    """The same, ready to check and walk."""
    return loaded(form_bytes("hvs"))


def lists() -> dict[str, Table]:
    """The external lists that the form names, with one row each."""
    return {
        "psu": Table([{"name": "p01", "label": "p01", "stratum": "s01"}]),
        "enumerators": Table([{"name": "e1", "label": "e1"}]),
    }


def interviews(count: int, *, seed: int = 1) -> list[dict[str, Any]]:
    """Answers of `count` complete synthetic interviews."""
    habits, situation = Habits.read(HABITS), Situation(cluster="p01", started=NOW, fixed=FIXED)
    return [
        Respondent(habits, seed=seed, number=number).interview(
            instrument(), situation, lists=lists()
        )
        for number in range(count)
    ]
