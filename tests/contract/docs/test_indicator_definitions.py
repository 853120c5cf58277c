"""docs/methods/indicators.md says what the definitions say (S-13)."""

import pytest
from usga_indicators.domain.definition import Definition, catalogue

from tools.docs import indicators


def test_the_document_is_current() -> None:
    assert indicators.TARGET.read_text("utf-8") == indicators.text(), "run `make docs`"


@pytest.mark.parametrize("definition", catalogue(), ids=lambda d: d.code)
def test_every_definition_shows_its_expressions(definition: Definition) -> None:
    page = indicators.TARGET.read_text("utf-8")
    section = page.partition(f"\n### {definition.code}\n")[2].partition("\n### ")[0]
    assert all(text in section for _, text in definition.expressions())
