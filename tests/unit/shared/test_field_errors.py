"""What a caller reads about each field that is wrong: where, which rule, in his language."""

from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from usga_shared.http.render import error_items
from usga_shared.i18n import LANGUAGES, Messages
from usga_shared.wire.refused import FieldsRefused

SECRET = "Juma 0712"


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")

    begins: int = 0
    ends: int = 1
    kind: Literal["a", "b"] = "a"
    key: Annotated[str, Field(pattern="^[a-z]{2}$", max_length=3)] = "ab"

    @model_validator(mode="after")
    def _ordered(self) -> "Inner":
        if self.begins > self.ends:
            raise FieldsRefused("ends-before-it-begins", "no", "begins", "ends")
        if self.begins < 0:
            raise ValueError(SECRET)
        return self


class Outer(BaseModel):
    inner: Inner


def items(inner: dict[str, Any] | None, language: str = "en") -> list[tuple[str, str, str]]:
    with pytest.raises(ValidationError) as refused:
        Outer.model_validate({} if inner is None else {"inner": inner})
    found = [{**e, "loc": ("body", *e["loc"])} for e in refused.value.errors()]
    return [(item.pointer, item.code, item.message) for item in error_items(found, language)]


def test_a_rule_over_several_fields_names_each_and_says_why() -> None:
    words = "Fieldwork ends before it begins."
    assert items({"begins": 2}) == [
        ("/inner/begins", "ends-before-it-begins", words),
        ("/inner/ends", "ends-before-it-begins", words),
    ]


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        (None, ("/inner", "missing", "Es obligatorio y no se indicó.")),
        ({"kind": SECRET}, ("/inner/kind", "literal_error", "Debe ser uno de: 'a', 'b'.")),
        ({"begins": SECRET}, ("/inner/begins", "int_parsing", "Debe ser un número entero.")),
        (
            {"key": "abcd"},
            ("/inner/key", "string_too_long", "Se permiten como máximo 3 caracteres."),
        ),
        (
            {"key": "A"},
            (
                "/inner/key",
                "string_pattern_mismatch",
                "No está escrito como se espera: ^[a-z]{2}$",
            ),
        ),
        ({"begins": -1}, ("/inner", "value_error", "No es válido.")),
    ],
)
def test_words_are_the_callers(
    inner: dict[str, Any] | None, expected: tuple[str, str, str]
) -> None:
    assert items(inner, "es") == [expected]


def test_every_language_has_every_word() -> None:
    words = Messages.load(["usga_shared.locale"], "fields")
    for language in LANGUAGES:
        assert words.keys(language) == words.keys("en")
