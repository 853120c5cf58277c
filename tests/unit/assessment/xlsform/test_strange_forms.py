"""Forms with the habits of real authors: accepted and answered, or refused with a way out."""

import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from usga_assessment.domain.xlsform.wording import in_language
from usga_expressions.environment import Table

from tests.property.expressions.respondent import interview
from tests.support.forms import compiled, loaded

FORMS: list[dict[str, Any]] = orjson.loads(Path("tests/golden/xlsforms/strange.json").read_bytes())
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
STRICTER = {"bind_headers", "col_space_ext", "filter_no_column", "name_colon_known"}
"""`bind:constraint` beside columns with two colons, which ODK takes for a remark; a filter by a
column that nobody has; a name with the prefix of another vocabulary."""

WIDER = {"cond_repeat2", "date_math", "deep_refs_repeat", "repeat_select",
         "select_from_repeat_filter"}  # fmt: skip
"""last() and floor(), which Collect lacks; a question of a repeat outside of it, which a trial
interview of ODK Validate finds twice; select_multiple ${name}, which pyxform does not convert."""

GUESSED = {"required", "constraint"}
"""A respondent who knows no pattern breaks such rules, and no others."""

ROWS = [
    {
        "name": f"w{n}", "label": f"W{n}", "code": f"w{n}", "title": f"T{n}", "id": f"w{n}",
        "id_key": f"w{n}", "kind": "tree", "parent": "w1", "region": "w1", "age": "20",
        "pop": "100",
    }
    for n in range(3)
]  # fmt: skip


def bytes_of(form: dict[str, Any]) -> bytes:
    return str(form["form"]).encode()


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form["name"])
def test_it_is_taken_or_told_what_to_mend(form: dict[str, Any]) -> None:
    result = compiled(bytes_of(form))
    errors = [finding for finding in result.findings if finding.severity == "error"]
    assert [[each.code, each.cell] for each in errors] == form["errors"]
    assert result.readable
    assert (not result.refused) is (
        form["name"] in WIDER or (form["accepted"] and form["name"] not in STRICTER)
    )
    for each in result.findings:
        assert each.hint
        assert each.severity != "error" or each.place[1] is not None
        for language in ("es", "ru", "sw"):
            assert in_language(each, language).message != each.message
            assert in_language(each, language).hint


@pytest.mark.parametrize(
    "form", [form for form in FORMS if not form["errors"]], ids=lambda form: form["name"]
)
def test_its_interviews_are_valid(form: dict[str, Any]) -> None:
    result, instrument = compiled(bytes_of(form)), loaded(bytes_of(form))
    assert result.document is not None
    lists = {name: Table(ROWS) for name in instrument.external_lists}
    for seed in range(2):
        chance = random.Random(seed)
        answers = interview(instrument.walk(now=NOW, lists=lists, draw=chance.random), chance)
        found = instrument.check(answers, now=NOW, lists=lists).findings
        assert {each.code for each in found if each.severity == "error"} <= GUESSED
