"""Findings about nothing: no text ends in a lonely dash, and none is half English."""

import pytest
from usga_assessment.domain.xlsform.compiler import CompiledForm, compile_form
from usga_assessment.domain.xlsform.wording import in_language
from usga_shared.i18n import LANGUAGES

from tests.unit.assessment.xlsform.support import compiled, one

NOTHING_OPEN = "| type | name | label |\n| integer | a | A |\n| end_group | | |"
NEVER_CLOSED = "| type | name | label |\n| begin_{kind} | g | G |\n| integer | a | A |"
ONE_GAP = "| type | name | label::English (en) | label::Kiswahili (sw) |\n| integer | a | A | |"
NO_LEVEL = "| type | name | label |\n| integer | a | A |"


def texts(form: CompiledForm, code: str, language: str) -> str:
    said = in_language(one(form, code), language)
    return " | ".join((said.message, said.expected or "", said.hint or ""))


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_empty_is_left_out_or_said(language: str) -> None:
    forms = {
        "group-not-opened": compiled(NOTHING_OPEN),
        "language-incomplete": compiled(ONE_GAP),
        "no-sensitivity": compiled(NO_LEVEL),
        "no-survey-sheet": compile_form(b"choices\n,list_name,name\n,l,x\n"),
    }
    for code, form in forms.items():
        said = texts(form, code, language)
        for dash in (": -", "(-)", " - ", "-;", "…", " 0 "):
            assert dash not in said, (code, said)
    assert one(forms["group-not-opened"], "group-not-opened").expected == (
        "a begin_group row before it"
    )


def test_an_end_of_another_kind_names_the_awaited_one() -> None:
    form = compiled(
        "| type | name | label |\n| begin_repeat | r | R |\n| integer | a | A |\n| end_group | | |"
    )
    assert one(form, "group-not-opened").expected == "end_repeat"


@pytest.mark.parametrize(
    ("language", "group", "repeat"),
    [("es", "grupo", "repetición"), ("ru", "группа", "повтор"), ("sw", "kundi", "marudio")],
)
def test_groups_and_repeats_are_named_in_the_language(
    language: str, group: str, repeat: str
) -> None:
    for kind, word in (("group", group), ("repeat", repeat)):
        form = compiled(NEVER_CLOSED.format(kind=kind))
        said = in_language(one(form, "group-not-closed"), language)
        assert f"{word} 'g'" in said.message
        assert kind not in said.message
        assert f"end_{kind}" in (said.expected or "")
