"""The household instrument as it compiles, and somebody who answers it at random."""

import csv
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from usga_assessment.domain.catalogue.instruments import form_bytes
from usga_expressions.instrument import RepeatAsk

from tests.support.forms import compiled, loaded

GOLDEN = Path("tests/golden/hvs")
FORM = compiled(form_bytes("hvs"))
DOCUMENT: dict[str, Any] = FORM.document or {}
INSTRUMENT = loaded(form_bytes("hvs"))
NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
LISTS = {
    "psu": [
        {"name": f"p{i:02d}", "label": f"P{i}", "stratum": f"s{i % 12 + 1:02d}"} for i in range(24)
    ],
    "enumerators": [{"name": "e01", "label": "Interviewer 1"}],
}
SPOKEN = set(DOCUMENT["languages"])
REACHES_THE_GATE = {
    "consent_hh": "yes", "hh_size": 4, "n_elig": 2, "sel_avail": "now", "consent": "yes",
    "consent_sens": "yes", "prot_partner": "yes", "prot_child": "yes", "assess_code": "KE-TEST-2026",
    "today": "2026-11-20", "age": 24, "ever_part": "yes",
}  # fmt: skip


def flat(nodes: list[dict[str, Any]], relevant: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """All nodes in form order, each with its effective relevance."""
    found = []
    for node in nodes:
        mine = (*relevant, node["relevant"]) if node["relevant"] else relevant
        found.append({**node, "universe": mine})
        found += flat(node["children"], mine)
    return found


NODES = [node for node in flat(DOCUMENT["nodes"]) if node["kind"] != "group"]
BY_NAME = {node["attributes"].get("variable", node["name"]): node for node in NODES}


def rows(name: str) -> list[dict[str, str]]:
    with (GOLDEN / name).open() as stream:
        return list(csv.DictReader(stream))


class Respondent:
    """Answers at random, but as a test tells for some questions."""

    def __init__(self, seed: int, told: dict[str, Any]) -> None:
        self.draw = random.Random(seed)
        self.told = told
        self.asked: list[str] = []

    def interview(self) -> dict[str, Any]:
        walk = INSTRUMENT.walk(now=NOW, lists=LISTS, draw=self.draw.random)
        for ask in walk:
            if isinstance(ask, RepeatAsk):
                ask.count = self.draw.randint(0, 2)
                continue
            self.asked.append(ask.name)
            if ask.name in self.told:
                ask.answer(self.told[ask.name])
                continue
            for value in self.values(ask):
                if ask.accepts(value):
                    ask.answer(value)
                    break
        return walk.answers()

    def values(self, ask: Any) -> list[Any]:
        choices = list(ask.choices)
        self.draw.shuffle(choices)
        by_type: dict[str, list[Any]] = {
            "select_multiple": [" ".join(choices[:most]) for most in (3, 2, 1) if choices],
            "integer": [self.draw.randint(0, 80) for _ in range(30)] + [1],
            "date": ["2026-06-01"],
            "dateTime": ["2026-11-20T10:00:00.000+03:00"],
            "text": ["A"],
            "geopoint": ["0 0 0 5"],
        }
        return by_type.get(ask.type, choices)


GATES = {"priv_ok": "yes", "priv_ok_i": "yes", "priv_ok_j": "yes", "dm_interrupt": "none"}
S3 = {node["name"] for node in NODES if node["sensitivity"] == 3}
SEALED_BLOCK = [name for name in BY_NAME if name.startswith("incp_")]
