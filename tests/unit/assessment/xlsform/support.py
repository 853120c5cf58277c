"""Forms in a few lines, for tests."""

from usga_assessment.domain.xlsform.compiler import CompiledForm, compile_form
from usga_assessment.domain.xlsform.finding import Finding

SETTINGS = """
| settings |
| | form_title | form_id | version | namespaces |
| | Study | study | 1 | usga="urn:usga:xlsform:1" |
"""


def form(survey: str, choices: str = "", settings: str = SETTINGS) -> bytes:
    """A Markdown form of the given rows; the first row of each sheet names its columns."""
    sheets = [
        settings,
        "| survey |",
        *(f"| {line.strip()}" for line in survey.strip().splitlines()),
    ]
    if choices:
        sheets += ["| choices |", *(f"| {line.strip()}" for line in choices.strip().splitlines())]
    return "\n".join(sheets).encode()


def compiled(survey: str, choices: str = "", settings: str = SETTINGS) -> CompiledForm:
    return compile_form(form(survey, choices, settings))


def codes(result: CompiledForm) -> dict[str, str]:
    """Cell by code of finding; the last one when a code comes more than once."""
    return {finding.code: finding.cell for finding in result.findings}


def one(result: CompiledForm, code: str) -> Finding:
    """The only finding of a code."""
    found = [finding for finding in result.findings if finding.code == code]
    assert len(found) == 1, [f"{f.code} {f.cell} {f.message}" for f in result.findings]
    return found[0]
