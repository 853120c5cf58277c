"""`select_one ${name}`: the same form from a sheet and from the XForm made of it."""

from usga_assessment.domain.xlsform.codebook import codebook
from usga_assessment.domain.xlsform.compiler import compile_form
from usga_expressions.instrument import Instrument
from usga_shared.wire.vocabulary import FieldClass

from tests.unit.expressions.build import codes

FORM = b"""| survey |
| | type | name | label | choice_filter | calculation |
| | begin repeat | person | Person | | |
| | text | name | Name | | |
| | integer | age | Age | | |
| | select_one ${name} | friend | Friend | ${name} != current()/../name | |
| | calculate | shown | | | jr:choice-name(${friend}, '${friend}') |
| | end repeat | | | | |
| | select_one ${name} | head | Head | ${age} > 17 | |
| | select_multiple ${name} | workers | Workers | | |
| settings |
| | form_id | form_title | version |
| | rows | Rows | 1 |
"""
ANSWERS = {
    "person": [
        {"name": "Ann", "age": 30, "friend": "Bob", "shown": "Bob"},
        {"name": "Bob", "age": 4, "friend": "Bob"},
    ],
    "head": "Bob",
    "workers": "Bob Cy",
}
WRONG = [
    ("/person/1/friend", "choice-not-offered"),
    ("/head", "choice-not-offered"),
    ("/workers", "unknown-choice"),
]


def test_sheet_and_xform_check_alike() -> None:
    sheet = compile_form(FORM)
    assert sheet.document is not None
    assert sheet.xform is not None
    xform = compile_form(sheet.xform.encode())
    assert xform.document is not None
    for document in (sheet.document, xform.document):
        assert codes(Instrument.load(document), ANSWERS) == WRONG


def test_several_choices_stay_several_in_the_xform() -> None:
    xform = compile_form(FORM).xform
    assert xform is not None
    assert '<select ref="/data/workers">' in xform
    assert '<select1 ref="/data/head">' in xform
    assert "usga-many" not in xform


def test_the_codebook_says_where_choices_come_from() -> None:
    document = compile_form(FORM).document
    assert document is not None
    found = {each.name: (each.code_list, each.codes) for each in codebook(document)}
    assert found["head"] == found["friend"] == ("from the repeat person", ())
    assert found["age"] == (None, ())


def test_a_choice_among_sealed_answers_is_sealed() -> None:
    document = compile_form(FORM).document
    assert document is not None
    classes = {each.name: each.field_class for each in codebook(document)}
    assert classes["head"] == classes["name"] == FieldClass.TEXT
    assert classes["age"] == FieldClass.OPEN


def test_a_list_of_no_question_is_refused_at_its_cell() -> None:
    made = compile_form(FORM.replace(b"select_multiple ${name}", b"select_multiple ${nam}"))
    assert made.document is None
    assert [each.cell for each in made.findings if each.severity == "error"] == ["survey!A9"]
