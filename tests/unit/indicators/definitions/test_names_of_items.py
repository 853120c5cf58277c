"""Where a category is part of a name, the extract is asked for the names of all categories."""

from usga_assessment.domain.catalogue.instruments import form_bytes
from usga_indicators.domain.codebook import codebook_of
from usga_indicators.domain.definition import catalogue
from usga_indicators.domain.definition.names import variables_of
from usga_indicators.operations.follow_feed import wanted_names

from tests.support.forms import compiled

BY_DOMAIN = next(d for d in catalogue() if d.code == "GOV-06d")


def test_the_scorecard_by_domain_is_asked_for() -> None:
    document = compiled(form_bytes("gsc")).document
    assert document is not None
    asked = wanted_names([BY_DOMAIN], codebook_of([document]))
    assert {f"g{domain}_c_score" for domain in range(1, 10)} <= set(asked)


def test_a_name_is_told_once() -> None:
    names = variables_of(BY_DOMAIN)
    assert sorted(names) == sorted(["gs_stage", *(f"g{n}_c_score" for n in range(1, 10))])


def test_every_definition_that_counts_by_expression_names_what_it_counts() -> None:
    for definition in catalogue():
        for _, one in definition.by_item():
            for _, text in one.expressions():
                assert "{item}" not in text, definition.code
