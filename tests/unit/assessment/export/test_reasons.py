"""Why a value is missing: each reason of domain rule 5.1-11 told from the others."""

from datetime import UTC, datetime
from typing import Any

import pytest
from usga_assessment.domain.export.codes import missing_codes
from usga_assessment.domain.export.coding import Coding, written
from usga_assessment.domain.export.reasons import Cell, Reasons
from usga_assessment.domain.xlsform.compiler import compile_form
from usga_expressions.instrument import Instrument
from usga_shared.wire.implied import Implied, implied_by
from usga_shared.wire.vocabulary import FieldClass, Missing

AT = datetime(2026, 6, 1, 9, tzinfo=UTC)
FORM = """
| settings |
| | form_title | form_id | version | namespaces |
| | Gaps | gaps | 1 | usga="urn:usga:xlsform:1" |
| survey |
| | type | name | label | relevant | bind::usga:sensitivity | bind::usga:field_class | bind::usga:implied |
| | select_one yn | consent_sens | May we? | | 0 | open | |
| | select_one yn | priv_ok | Alone? | | 0 | open | |
| | integer | size | Household size | | 0 | open | |
| | select_one yn | ever | Ever? | | 0 | open | |
| | select_one yn | lately | Lately? | ${ever} = 'yes' | 0 | open | ever: no -> no |
| | select_multiple yn | which | Which? | ${ever} = 'yes' | 0 | open | |
| | text | who | Who? | | 1 | identifier | |
| | integer | since | Since? | ${who} != '' | 0 | open | |
| | begin_group | s | S | ${consent_sens} = 'yes' and ${priv_ok} = 'yes' | | | |
| | select_one yn | hit | Hit? | | 3 | s3 | |
| | select_one yn | hurt | Hurt? | ${hit} = 'yes' | 3 | s3 | |
| | end_group | | | | | | |
| | begin_repeat | child | Child | | | | |
| | integer | years | Years | | 0 | open | |
| | select_one yn | school | School? | ${years} > 5 | 0 | open | |
| | end_repeat | | | | | | |
| choices |
| | list_name | name | label |
| | yn | yes | Yes |
| | yn | no | No |
| | yn | dk | Does not know |
| | yn | ref | Prefers not |
"""
EVERY = frozenset(FieldClass)
OPEN = frozenset({FieldClass.OPEN})


def document() -> dict[str, Any]:
    made = compile_form(FORM.encode())
    assert made.document is not None, made.findings
    return made.document


def reasons(classes: frozenset[FieldClass] = EVERY) -> Reasons:
    form = document()
    return Reasons.of(form, Instrument.load(form), classes=classes)


def cell(name: str, classes: frozenset[FieldClass] = EVERY, **answers: Any) -> Cell:
    return reasons(classes).explain(answers, [name], at=AT)[name]


GATE = {"consent_sens": "yes", "priv_ok": "yes"}


@pytest.mark.parametrize(
    ("name", "answers", "expected"),
    [
        ("size", {"size": 30}, Cell(30)),
        ("size", {"size": -98}, Cell(-98, Missing.DK)),
        ("size", {"size": -99}, Cell(-99, Missing.REF)),
        ("size", {}, Cell(None, Missing.NO_ANSWER)),
        ("ever", {"ever": "dk"}, Cell("dk", Missing.DK)),
        ("lately", {"ever": "yes"}, Cell(None, Missing.NO_ANSWER)),
        ("lately", {"ever": "no"}, Cell("no", Missing.IMPLIED)),
        ("lately", {"ever": "ref"}, Cell(None, Missing.REF)),
        ("lately", {}, Cell(None, Missing.NOT_ASKED)),
        ("which", {"ever": "no"}, Cell(None, Missing.NOT_ASKED)),
        ("which", {"ever": "yes", "which": "dk"}, Cell("dk", Missing.DK)),
        ("hit", {}, Cell(None, Missing.GATE_FAILED)),
        ("hit", {**GATE, "priv_ok": "no"}, Cell(None, Missing.GATE_FAILED)),
        ("hit", GATE, Cell(None, Missing.NO_ANSWER)),
        ("hurt", {**GATE, "hit": "no"}, Cell(None, Missing.NOT_ASKED)),
        ("hurt", {**GATE, "consent_sens": "no"}, Cell(None, Missing.GATE_FAILED)),
        ("since", {"who": "x"}, Cell(None, Missing.NO_ANSWER)),
        ("since", {}, Cell(None, Missing.NOT_ASKED)),
        ("gone", {}, Cell(None, Missing.NOT_IN_VERSION)),
    ],
)
def test_each_reason_is_told_from_the_others(
    name: str, answers: dict[str, Any], expected: Cell
) -> None:
    assert cell(name, **answers) == expected


def test_a_reason_never_tells_of_an_answer_that_may_not_be_read() -> None:
    assert cell("since", OPEN) == Cell(None, Missing.UNSPECIFIED)
    assert cell("which", OPEN) == Cell(None, Missing.NOT_ASKED)


def test_entries_of_a_repeat_are_judged_one_by_one() -> None:
    rows = reasons().explain_rows(
        {"child": [{"years": 3}, {"years": 7}, {"years": 8, "school": "ref"}]},
        "child", ["school", "years"], at=AT,
    )  # fmt: skip
    assert [row["school"] for row in rows] == [
        Cell(None, Missing.NOT_ASKED), Cell(None, Missing.NO_ANSWER), Cell("ref", Missing.REF),
    ]  # fmt: skip
    assert [row["years"].value for row in rows] == [3, 7, 8]


@pytest.mark.parametrize(
    ("found", "shown"),
    [
        (Cell(5), 5),
        (Cell(-98, Missing.DK), ".dk"),
        (Cell(None, Missing.NOT_ASKED), ".not_asked"),
        (Cell("no", Missing.IMPLIED), "no"),
        (Cell(".not_asked"), "'.not_asked"),
    ],
)
def test_an_answer_never_looks_like_a_reason(found: Cell, shown: object) -> None:
    assert written(found) == shown


def test_a_version_that_is_gone_tells_answers_and_no_reasons() -> None:
    class Old:
        version, judged_by, ended_at = "0", None, None

    (row,) = Coding({}, ()).rows(Old(), {"size": 5}, ["size", "ever"], None)
    assert row == [5, ".unspecified"]


def test_the_codebook_lists_what_a_variable_can_lack() -> None:
    nodes = {n["name"]: n for n in document()["nodes"]}
    codes = frozenset({"yes", "no", "dk", "ref"})
    found = missing_codes(nodes["lately"], codes=codes, has_universe=True)
    assert [(m.code, m.sent) for m in found] == [
        (".dk", "dk"), (".ref", "ref"), (".implied", None), (".not_asked", None),
        (".no_answer", None), (".not_in_version", None),
    ]  # fmt: skip
    size = missing_codes(nodes["size"], codes=frozenset(), has_universe=False)
    assert [m.sent for m in size][:2] == ["-98", "-99"]


@pytest.mark.parametrize("text", ["", "ever", "ever: no", "ever no -> no", "->", "a:b->", 7])
def test_a_rule_that_cannot_be_read_is_none(text: object) -> None:
    assert implied_by({"attributes": {"implied": text}}) is None


def test_a_rule_names_screener_answers_and_value() -> None:
    given = {"attributes": {"implied": " sh_3y : none never -> no "}}
    assert implied_by(given) == Implied("sh_3y", ("none", "never"), "no")
