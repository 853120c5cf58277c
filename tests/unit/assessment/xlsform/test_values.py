"""Values that can never be are said: of defaults, comparisons, lists and settings."""

import pytest
from usga_assessment.domain.xlsform.compiler import compile_form

from .support import SETTINGS, codes, compiled, one

LISTS = """
| list_name | name | label |
| yn | yes | Yes |
| yn | no | No |
"""
NEVER = {"default-of-other-type", "no-such-choice", "choice-without-list", "submission-url"}


def rows(line: str, more: str = "") -> str:
    return f"| type | name | label | default | relevant |\n| {line} |\n{more}"


@pytest.mark.parametrize(
    ("kind", "default", "code"),
    [
        ("integer", "abc", "default-of-other-type"),
        ("date", "31/12/2024", "default-of-other-type"),
        ("select_one yn", "Yes", "no-such-choice"),
        ("select_multiple yn", "yes maybe", "no-such-choice"),
    ],
)
def test_a_default_that_cannot_be_an_answer_is_doubted(kind: str, default: str, code: str) -> None:
    result = compiled(rows(f"{kind} | a | A | {default} |"), LISTS)
    assert (one(result, code).cell, one(result, code).severity) == ("survey!D2", "warning")


@pytest.mark.parametrize(
    ("kind", "default"),
    [
        ("integer", "-3"), ("decimal", ".5"), ("date", "2024-12-31"), ("date", "today()"),
        ("time", "14:30"), ("select_one yn", "yes"), ("select_multiple yn", "yes no"),
        ("text", "31/12/2024"),
    ],
)  # fmt: skip
def test_a_default_that_can_be_an_answer_is_not(kind: str, default: str) -> None:
    result = compiled(rows(f"{kind} | a | A | {default} |"), LISTS)
    assert not NEVER & {f.code for f in result.findings}


@pytest.mark.parametrize(
    ("relevant", "doubted"),
    [
        ("${a} = 'Yes'", True), ("${a}!= 'maybe'", True), ("selected(${a}, 'Yes')", True),
        ("${a} = 'yes'", False), ("${a} = ''", False), ("${b} = 'Yes'", False),
        ("${c} = 'other'", False),
    ],
)  # fmt: skip
def test_a_comparison_with_a_choice_that_is_not_there_is_doubted(
    relevant: str, doubted: str
) -> None:
    more = f"| text | b | B | | |\n| select_one yn or_other | c | C | | |\n| text | d | D | | {relevant} |"
    result = compiled(rows("select_one yn | a | A | |", more), LISTS)
    assert [f.cell for f in result.findings if f.code == "no-such-choice"] == (
        ["survey!E5"] if doubted else []
    )


def test_a_reference_to_nothing_is_an_error() -> None:
    assert one(compiled(rows("text | a | Say ${} | |")), "broken-reference").cell == "survey!C2"


def test_a_choice_without_a_list_is_doubted() -> None:
    result = compiled(rows("select_one yn | a | A | |"), LISTS + "| | lost | Lost |")
    assert one(result, "choice-without-list").cell == "choices!A4"


@pytest.mark.parametrize(
    ("url", "refused"), [("javascript:alert(1)", True), ("https://x.org", False)]
)
def test_answers_are_submitted_to_the_web_alone(url: str, refused: bool) -> None:
    first, names, values = SETTINGS.strip().splitlines()
    settings = f"{first}\n{names} submission_url |\n{values} {url} |\n"
    result = compiled(rows("text | a | A | |"), settings=settings)
    assert result.refused is refused
    assert [f.code for f in result.findings if f.severity == "error"] == (
        ["submission-url"] if refused else []
    )


XFORM = b"""<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
 xmlns:jr="http://openrosa.org/javarosa"><h:head><h:title>T</h:title><model>
<instance><d id="t" version="1"><n>many</n><yn/><why/></d></instance>
<instance id="yn"><root><item><name>yes</name><label>Yes</label></item></root></instance>
<bind nodeset="/d/n" type="int"/>
<bind nodeset="/d/yn" type="string"/>
<bind nodeset="/d/why" type="string" relevant="/d/yn = 'Yes'"/>
</model></h:head><h:body><input ref="/d/n"><label>N</label></input>
<select1 ref="/d/yn"><label>Y</label><itemset nodeset="instance('yn')/root/item"><value ref="name"/>
<label ref="label"/></itemset></select1>
<input ref="/d/why"><label>W</label></input></h:body></h:html>"""


def test_they_are_doubted_in_a_ready_xform_too() -> None:
    result = compile_form(XFORM)
    assert one(result, "default-of-other-type").cell == "xform!3"
    said = one(result, "no-such-choice")
    assert (said.cell, said.name, said.expected) == ("xform!3", "why", "one of: yes")


ENTITIES = """
| entities |
| | list_name | entity_id | label |
| | trees | ${tree} | ${tree} |
"""


@pytest.mark.parametrize(("kind", "attached"), [("text", False), ("csv-external", True)])
def test_entities_that_are_updated_need_their_list(kind: str, attached: bool) -> None:
    rows = f"| type | name | label |\n| text | tree | T |\n| {kind} | trees | L |"
    result = compiled(rows, settings=SETTINGS + ENTITIES)
    cells = [f.cell for f in result.findings if f.code == "entity-list-not-attached"]
    assert cells == ([] if attached else ["entities!A2"])


def test_labels_that_an_assessment_still_has_to_write_are_told_by_list() -> None:
    choices = (
        "| list_name | name | label |\n| yn | yes | Yes |\n"
        "| band | b1 | Lowest (KES, to be set) |\n| band | b2 | Band 2 (KES, to be set) |"
    )
    survey = "| type | name | label |\n| select_one band | a | A |\n| select_one yn | b | B |"
    found = one(compiled(survey, choices), "label-to-be-set")
    assert (found.cell, dict(found.values)["count"]) == ("choices!C3", "2")
    written = choices.replace("to be set", "to 9,999")
    assert "label-to-be-set" not in codes(compiled(survey, written))
