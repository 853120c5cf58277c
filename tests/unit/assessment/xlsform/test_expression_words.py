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
