"""What the expression engine finds is said in the author's words, at the cell."""

import pytest
from usga_assessment.domain.xlsform.compiler import compile_form
from usga_assessment.domain.xlsform.wording import in_language

FORM = """| survey |
| | type | name | label | calculation |
| | begin repeat | person | Person | |
| | integer | age | Age | |
| | calculate | older | | {calculation} |
| | end repeat | | | |
"""


@pytest.mark.parametrize(
    ("calculation", "code", "severity", "said"),
    [
        ("count(${person}[age > ${age}])", "expression-reference-in-condition", "warning",
         "current()/../"),
        ("digest('a', 'CRC')", "expression-unknown-digest", "error", "SHA-256"),
        (" + ".join(["1"] * 90), "expression-too-complex", "error", "80"),
    ],
)  # fmt: skip
def test_a_finding_has_words_of_its_own(
    calculation: str, code: str, severity: str, said: str
) -> None:
    made = compile_form(FORM.format(calculation=calculation).encode())
    found = next(each for each in made.findings if each.code == code)
    assert (found.severity, found.cell) == (severity, "survey!D4")
    assert said in f"{found.expected}"
    for language in ("es", "ru", "sw"):
        assert in_language(found, language).message != found.message
        assert in_language(found, language).hint != found.hint


FOREIGN = """| survey |
| | type | name | label | relevant |
| | integer | a | A | |
| | text | b | B | {relevant} |
"""


@pytest.mark.parametrize(
    ("relevant", "hint"),
    [
        ("${a} == 3", "Write '=' instead of '=='."),
        ("${a} <> 3", "Write '!=' instead of '<>'."),
        ("${a} => 3", "Write '>=' instead of '=>'."),
        ("${a} > 3 && ${a} < 9", "Write 'and' instead of '&'."),
        ("${a} > 3 AND ${a} < 9", "Write 'and' instead of 'AND'."),
        ("${a} / 3 > 1", "Write 'div' instead of '/'."),
        ("${a} % 3 = 1", "Write 'mod' instead of '%'."),
        ("!(${a} > 3)", "Write 'not(...)' instead of '!'."),
        ("{a} > 3", "Write '${a}' instead of '{a}'."),
        ("${a} > 0,5", "Write '0.5' instead of '0,5'."),
        ("${a} = 'x", "Close the text with the sign that opens it: '"),
        ("NOT(${a} > 3)", "Did you mean 'not()'?"),
        ("sums(${a}, 3)", "Did you mean 'sum()'?"),
        ("sumif(${a}, 3)", "Write 'sum(${repeat}[condition]/x)' instead of 'sumif(...)'."),
        ("len(${a}) > 3", "Write 'string-length(...)' instead of 'len(...)'."),
        ("IFELSE(${a} > 3, 1, 2)", "Write 'if(condition, a, b)' instead of 'IFELSE(...)'."),
        ("${a} > 50%", "Write '0.5' instead of '50%'."),
        ("${a} ^ 2 > 3", "Write 'pow(x, y)' instead of '^'."),
        ("${a} \u2265 3", "Write '>=' instead of '\u2265'."),
        ("${a} \u2013 1 > 3", "Write '-' instead of '\u2013'."),
        ("${a} != 'it''s'", "Write '\"it's\"' instead of ''it''s''."),
    ],
)
def test_signs_of_other_languages_hear_what_to_write(relevant: str, hint: str) -> None:
    made = compile_form(FOREIGN.format(relevant=relevant).encode())
    (found,) = [each for each in made.findings if each.severity == "error"]
    assert (found.cell, found.hint) == ("survey!D3", hint)
    assert in_language(found, "sw").hint != hint


@pytest.mark.parametrize(
    ("relevant", "instead"),
    [
        ("floor(${a}) = 3", "int("), ("substring('abc', 2) = 'bc'", "substr("),
        ("jr:choice-name(${a}, ${a}) = ''", "'${x}'"),
    ],
)  # fmt: skip
def test_what_collect_does_not_know_is_a_warning_with_another_way(
    relevant: str, instead: str
) -> None:
    made = compile_form(FOREIGN.format(relevant=relevant).encode())
    found = next(f for f in made.findings if f.code == "expression-not-in-collect")
    assert (made.refused, found.severity, found.cell) == (False, "warning", "survey!D3")
    assert instead in (found.expected or "")


@pytest.mark.parametrize(
    ("relevant", "code"),
    [
        ("upper-case(${a}) = 'X'", "expression-unknown-function"),  # no client has it
        ("version(${a}) = 1", "expression-wrong-argument-count"),
        ("indexed-repeat(${a}, ${a}, 1) = 1", "expression-not-a-repeat"),
        ("indexed-repeat(${a}, ${a}, 1, 2) = 1", "expression-wrong-argument-count"),
        ("area(${a}, ${a}) > 1", "expression-wrong-argument-count"),
    ],
)
def test_what_fails_on_every_tablet_refuses_the_form(relevant: str, code: str) -> None:
    made = compile_form(FOREIGN.format(relevant=relevant).encode())
    assert [(f.code, f.cell) for f in made.findings if f.severity == "error"] == [
        (code, "survey!D3")
    ]


@pytest.mark.parametrize(
    ("relevant", "takes"),
    [
        ("if(${a} = 1, 2)", "if() with this many arguments: 3"),
        ("1 + round() = 2", "round() with this many arguments: 1-2"),
        ("checklist(1) = 1", "checklist() with this many arguments: 2+"),
        ("version(1) = 1", "version() with this many arguments: 0"),
    ],
)
def test_a_function_says_how_many_arguments_it_takes(relevant: str, takes: str) -> None:
    made = compile_form(FOREIGN.format(relevant=relevant).encode())
    (found,) = [f for f in made.findings if f.severity == "error"]
    assert (found.code, found.expected) == ("expression-wrong-argument-count", takes)
