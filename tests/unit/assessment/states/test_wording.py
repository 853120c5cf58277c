"""Titles and names that no page could show, or that read otherwise than they are."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError
from usga_assessment.domain.assessment.wording import is_one_line
from usga_assessment.schemas.assessment import City
from usga_assessment.schemas.base import Label, Text, Title
from usga_assessment.schemas.records import Name, Reference

UNFIT = [
    "Bell\a",
    "\x7f",
    "C1 \x85",
    "\u202eright to left",
    "\u2066isolated\u2069",
    "two\u2028lines",
]
FIT = ["Mathare", "Ñuñoa", "Кибера", "مخيم", "می\u200cخواهم", "Ward 3 – \u200f(א)", "🏘️"]


@pytest.mark.parametrize(
    "kind", [City, Label, Name, Reference], ids=["city", "label", "name", "ref"]
)
class TestOneLine:
    @pytest.mark.parametrize("text", [*UNFIT, "two\nlines"])
    def test_unfit(self, kind: Any, text: str) -> None:
        with pytest.raises(ValidationError):
            TypeAdapter(kind).validate_python(f"a{text}b")
        assert not is_one_line(f"a{text}b")

    @pytest.mark.parametrize("text", FIT)
    def test_every_script_is_fit(self, kind: Any, text: str) -> None:
        assert TypeAdapter(kind).validate_python(text) == text
        assert is_one_line(text)


def test_a_title_is_of_such_lines() -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(Title)
    assert adapter.validate_python({"en": "Mathare"}) == {"en": "Mathare"}
    for text in ("Bell\a", "\u202etitle", " "):
        with pytest.raises(ValidationError):
            adapter.validate_python({"en": text})


def test_a_remark_may_have_lines_but_nothing_unseen() -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(Text)
    assert adapter.validate_python("one\n\ttwo") == "one\n\ttwo"
    for text in ("Bell\a", "\u202etitle"):
        with pytest.raises(ValidationError):
            adapter.validate_python(text)


def test_a_line_that_ends_in_a_break_is_two() -> None:
    assert not is_one_line("Mathare\n")
