"""Real forms of other teams have the outcome that pyxform 4.5.0 and ODK Validate gave them."""

from pathlib import Path

import pytest
from usga_assessment.cli import main
from usga_assessment.domain.xlsform.compiler import compile_form

HOME = Path("tests/golden/xlsforms")
CONVERTS = {
    "whova_form.xlsx": (["en", "fr"], "en"),
    "socio_economic_survey.xlsx": (["en", "fr"], "en"),
    "all_question_types.xlsx": (["und"], "und"),
    "liberia_standardisation_form.xlsx": (["und"], "und"),
}
REFUSED = {"liberia_village_form.xlsx": "choices!B6", "unhcr_demo.xlsx": "choices!B7"}


def nodes(items: list[dict[str, object]]) -> list[dict[str, object]]:
    found = []
    for item in items:
        found.append(item)
        children = item["children"]
        assert isinstance(children, list)
        found += nodes(children)
    return found


@pytest.mark.parametrize("name", CONVERTS)
def test_what_converts_is_accepted(name: str) -> None:
    form = compile_form((HOME / name).read_bytes())
    assert form.document is not None, form.findings
    assert (form.document["languages"], form.document["default_language"]) == CONVERTS[name]
    assert form.xform is not None


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_names_the_cell_and_a_way_out(name: str) -> None:
    form = compile_form((HOME / name).read_bytes())
    assert form.document is None
    first = next(f for f in form.findings if f.severity == "error")
    assert (first.code, first.cell) == ("duplicate-choice", REFUSED[name])
    assert first.hint is not None


def test_the_large_form_keeps_its_rules() -> None:
    document = compile_form((HOME / "whova_form.xlsx").read_bytes()).document
    assert document is not None
    found = nodes(document["nodes"])
    assert sum(bool(node["relevant"]) for node in found) == 420
    assert sum(bool(node["constraint"]) for node in found) == 93


def test_warnings_of_the_converter_are_findings() -> None:
    form = compile_form((HOME / "all_question_types.xlsx").read_bytes())
    assert sum(f.code == "image-size" for f in form.findings) == 8


@pytest.mark.parametrize(
    ("name", "status"),
    [("whova_form.xlsx", 0), ("unhcr_demo.xlsx", 1), ("README.md", 2), ("nowhere.xlsx", 2)],
)
def test_the_command_says_it_by_its_exit_status(
    name: str, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compile-form", str(HOME / name), "--json"]) == status
    assert capsys.readouterr().out or name == "nowhere.xlsx"
