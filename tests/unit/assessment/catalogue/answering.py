"""Synthetic answers to the instruments of the catalogue, for tests of what they ask."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from usga_assessment.domain.catalogue.instruments import (
    form_bytes,
)
from usga_assessment.domain.xlsform.compiler import CompiledForm
from usga_expressions.environment import Table
from usga_expressions.instrument import Instrument, RepeatAsk
from usga_tablet.habits import Habits
from usga_tablet.respondent import Respondent, Situation

from tests.support import forms

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
HABITS = Habits.read(Path("tools/demo/habits.toml"))
PLACES = ("psu", "enumerators", "cells", "points", "institutions")
LISTS = {
    name: Table(
        [
            {
                "name": f"{name}{n}",
                "label": f"{n}",
                "stratum": "s01",
                "settlement": ("informal", "mixed", "formal")[n],
                "geometry": "0 0.0004 0 0",
                "length": ("85.5", "0", "")[n],
            }
            for n in range(3)
        ]
    )
    for name in PLACES
}
WILLING: dict[str, Any] = {
    "assess_code": "KE-TEST-2026", "consent": "yes", "consent_hh": "yes", "sel_avail": "now",
    "n_elig": 2, "hh_size": 4, "consent_sens": "yes", "priv_ok": "yes", "ki_consent": "yes",
    "ki_id": "K-001", "fg_consent_all": "yes", "fg_id": "G-001", "rap_answer": "yes",
    "rap_adult": "yes", "rap_speak": "yes", "rec_id": "ab" * 16, "nat_code": "PC 203",
}  # fmt: skip
DOSSIER = Path("tests/golden/catalogue/variables.csv")


@cache
def compiled(name: str) -> CompiledForm:
    return forms.compiled(form_bytes(name))


@cache
def instrument(name: str) -> Instrument:
    return forms.loaded(form_bytes(name))


def flat(nodes: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for node in nodes:
        yield node
        yield from flat(node["children"])


def questions(name: str) -> dict[str, dict[str, Any]]:
    document = compiled(name).document
    assert document is not None
    return {node["name"]: node for node in flat(document["nodes"]) if node["kind"] != "group"}


def interview(
    name: str, told: Mapping[str, Any] | None = None, *, number: int = 0
) -> dict[str, Any]:
    situation = Situation(cluster="psu0", started=NOW, fixed={**WILLING, **(told or {})})
    respondent = Respondent(HABITS, seed=1, number=number)
    return respondent.interview(instrument(name), situation, lists=LISTS)


def answered(name: str, told: dict[str, Any]) -> dict[str, Any]:
    """Walk a form giving only what is told; nothing else is answered."""
    walk = instrument(name).walk(now=NOW, lists=LISTS, draw=lambda: 0.5)
    for ask in walk:
        if isinstance(ask, RepeatAsk):
            ask.count = 1
        elif ask.name in told:
            assert ask.accepts(told[ask.name]), ask.name
            ask.answer(told[ask.name])
    return walk.answers()
