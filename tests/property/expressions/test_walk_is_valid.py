"""Whoever answers what the walk offers is valid by construction."""

import random
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from usga_expressions.cases import markdown
from usga_expressions.environment import Table
from usga_expressions.instrument import Instrument

from tests.property.expressions.respondent import interview

FORMS = Path(__file__).parents[2] / "golden" / "expressions" / "forms"
LISTS = {name: Table(rows) for name, rows in markdown.tables(FORMS).items()}
INSTRUMENTS = {
    path.stem: Instrument.load(markdown.document(path.read_text())) for path in FORMS.glob("*.md")
}
NOW = datetime(2024, 3, 5, 7, 20, tzinfo=UTC)


@pytest.mark.parametrize("form", sorted(INSTRUMENTS))
@given(seed=st.integers(0, 2**32))
@settings(max_examples=40, deadline=None)
def test_a_walked_interview_breaks_no_rule_but_open_required_questions(
    form: str, seed: int
) -> None:
    instrument = INSTRUMENTS[form]
    chance = random.Random(seed)
    walk = instrument.walk(now=NOW, lists=LISTS, draw=chance.random)
    answers = interview(walk, chance)
    findings = instrument.check(answers, now=NOW, lists=LISTS).findings
    assert {finding.code for finding in findings} <= {"required"}


def test_the_forms_have_no_findings() -> None:
    assert {name: each.findings for name, each in INSTRUMENTS.items() if each.findings} == {}
