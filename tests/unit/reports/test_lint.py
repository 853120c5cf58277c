"""What a template gets wrong is found before anybody reads it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from usga_reports.domain.locale import Catalogue
from usga_reports.domain.template.blocks import Block, Document, Figure, KeyFigures, Table
from usga_reports.domain.template.city_report import city_report
from usga_reports.domain.template.lint import UnsoundReport, lint, sound

from tests.unit.reports.specimen import specimen


def changed(document: Document, change: Callable[[Block], Block]) -> Document:
    sections = tuple(
        replace(section, blocks=tuple(change(block) for block in section.blocks))
        for section in document.sections
    )
    return replace(document, sections=sections)


def without(role: str) -> Callable[[Block], Block]:
    def change(block: Block) -> Block:
        if isinstance(block, Table):
            return replace(block, columns=tuple(c for c in block.columns if c.role != role))
        return block

    return change


class TestLint:
    @pytest.mark.parametrize("probability", [True, False])
    def test_the_city_report_is_sound(self, words: Catalogue, probability: bool) -> None:
        document = city_report(specimen(probability=probability), words)
        assert lint(document) == ()
        assert sound(document) is document

    @pytest.mark.parametrize("role", ["interval", "base"])
    def test_values_need_interval_and_base_Q02(self, document: Document, role: str) -> None:
        found = lint(changed(document, without(role)))
        assert len(found) > 30
        assert {f.rule for f in found} == {"Q-02"}

    def test_values_need_a_reference_period_Q02(self, document: Document) -> None:
        def change(block: Block) -> Block:
            return replace(block, reference="") if isinstance(block, Table) else block

        assert {f.rule for f in lint(changed(document, change))} == {"Q-02"}

    def test_a_key_figure_needs_its_evidence_Q02(self, document: Document) -> None:
        def change(block: Block) -> Block:
            if isinstance(block, KeyFigures):
                bare = (replace(block.items[0], evidence=("95% CI 1-2",)), *block.items[1:])
                return replace(block, items=bare)
            return block

        (finding,) = lint(changed(document, change))
        assert (finding.rule, finding.where) == ("Q-02", "Feel safe walking alone after dark")

    @pytest.mark.parametrize("name", ["alt", "source", "base"])
    def test_a_figure_needs_its_lines_Q02(self, document: Document, name: str) -> None:
        def change(block: Block) -> Block:
            blank: dict[str, Any] = {name: " "}
            return replace(block, **blank) if isinstance(block, Figure) else block

        assert {f.rule for f in lint(changed(document, change))} == {"Q-02"}

    def test_no_interval_without_a_probability_sample_Q03(self, document: Document) -> None:
        found = lint(replace(document, probability_sample=False))
        assert {f.rule for f in found} == {"Q-03"}
        assert len(found) > 40

    def test_settlements_sorted_by_value_are_found_Q04(self, document: Document) -> None:
        def change(block: Block) -> Block:
            if isinstance(block, Figure) and block.caption.endswith("by settlement"):
                return replace(block, categories=tuple(reversed(block.categories)))
            return block

        found = lint(changed(document, change))
        assert {f.rule for f in found} == {"Q-04"}
        with pytest.raises(UnsoundReport, match="Q-04"):
            sound(changed(document, change))

    def test_a_table_sorted_by_value_is_found_Q04(self, document: Document) -> None:
        def change(block: Block) -> Block:
            if isinstance(block, Table) and block.caption.endswith("by settlement"):
                return replace(block, rows=tuple(sorted(block.rows, key=lambda row: row[2].text)))
            return block

        assert {f.rule for f in lint(changed(document, change))} == {"Q-04"}
