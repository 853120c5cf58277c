"""Each spelling and each mistake has the outcome that pyxform and ODK Validate gave it."""

import io
from pathlib import Path
from typing import Any

import openpyxl
import orjson
import pytest
from usga_assessment.domain.xlsform.compiler import compile_form
from usga_assessment.domain.xlsform.wording import in_language

FORMS = orjson.loads(Path("tests/golden/xlsforms/dialects.json").read_bytes())
LISTS = [
    ["list_name", "name", "label"],
    ["yn", "yes", "Yes"], ["yn", "no", "No"], ["ab", "a", "A"], ["ab", "b", "B"],
]  # fmt: skip


def workbook(sheets: dict[str, Any]) -> bytes:
    made = openpyxl.Workbook()
    made.remove(made.worksheets[0])
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in LISTS if rows == "yn and ab" else rows:
            sheet.append(row)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


STRICTER = {"longname": "name-too-long", "rel4": "unknown-column"}
"""What ODK accepts and no interview could carry, or loses its rules; docs/forms.md says so."""


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form["name"])
def test_it_has_the_outcome_of_the_converter_and_its_validator(form: dict[str, Any]) -> None:
    result = compile_form(workbook(form["sheets"]))
    stricter = STRICTER.get(form["name"])
    if stricter is None:
        assert (not result.refused) is form["accepted"], result.findings
    else:
        assert stricter in {f.code for f in result.findings if f.severity == "error"}
    for finding in result.findings:
        assert finding.hint
        for language in ("es", "ru", "sw"):
            assert in_language(finding, language).message != finding.message
    errors = [finding for finding in result.findings if finding.severity == "error"]
    assert all(finding.cell for finding in errors if result.readable)
