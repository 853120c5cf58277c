"""What a template gets wrong is found before anybody reads it."""

import pickle
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from usga_reports.domain.locale import Catalogue
from usga_reports.domain.presenter import distinct
from usga_reports.domain.template.blocks import (
    Block,
    Document,
    Figure,
    KeyFigure,
    KeyFigures,
    Table,
)
from usga_reports.domain.template.city_report import city_report
from usga_reports.domain.template.lint import Finding, UnsoundReport, lint, sound
from usga_shared.wire.release import ReleaseBundle

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

    @pytest.mark.parametrize("lost", ["interval", "base", "period"])
    def test_a_key_figure_needs_all_its_evidence_whatever_its_unit_Q02(
        self, document: Document, lost: str
    ) -> None:
        at = ("interval", "base", "period").index(lost)

        def bare(figure: KeyFigure) -> KeyFigure:
            return replace(figure, evidence=figure.evidence[:at] + figure.evidence[at + 1 :])

        def change(block: Block) -> Block:
            if isinstance(block, KeyFigures):
                assert {bool(figure.unit) for figure in block.items} == {True, False}
                return replace(block, items=tuple(map(bare, block.items)))
            return block

        found = lint(changed(document, change))
        assert [f.rule for f in found] == ["Q-02"] * 10
        assert found[0].where == "Feel safe walking alone after dark"

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

    def test_a_refusal_comes_back_from_another_process_as_it_is(self) -> None:
        refusal = UnsoundReport((Finding("Q-04", "Baobab", "m"), Finding("Q-02", "n", "m")))
        again = pickle.loads(pickle.dumps(refusal))
        assert again.findings == refusal.findings
        assert again.rules == ("Q-02", "Q-04")
        assert str(again) == "Q-04 Baobab: m; Q-02 n: m"


class TestTiedTitles:
    """Settlements of one title are told apart by their codes, and a report comes out."""

    def tied(self, *, strata: bool, areas: bool, turned: bool = False) -> ReleaseBundle:
        bundle = specimen()
        features = [dict(f, properties=dict(f["properties"])) for f in areas_of(bundle)]
        if areas:
            for feature in features[:3]:
                feature["properties"]["title"] = "Acacia"
        if turned:
            features.reverse()
        titles = {s.stratum: {"en": "Acacia"} for s in bundle.context.strata[:3]} if strata else {}
        named = [
            s.model_copy(update={"title": titles.get(s.stratum, s.title)})
            for s in bundle.context.strata
        ]
        cells = [  # breakdowns by stratum and by area in one table
            c.model_copy(update={"stratum": "_T", "ref_area": f"A{c.stratum[1:]}"})
            for c in bundle.observations
            if c.stratum != "_T"
        ]
        context = bundle.context.model_copy(
            update={
                "strata": named,
                "areas": {"type": "FeatureCollection", "features": features},
            }
        )
        return bundle.model_copy(
            update={"context": context, "observations": [*bundle.observations, *cells]}
        )

    @pytest.mark.parametrize("turned", [False, True])
    @pytest.mark.parametrize(("strata", "areas"), [(True, False), (False, True), (True, True)])
    def test_a_report_comes_out(
        self, words: Catalogue, strata: bool, areas: bool, turned: bool
    ) -> None:
        document = city_report(self.tied(strata=strata, areas=areas, turned=turned), words)
        assert lint(document) == ()
        for order in document.places:
            assert len(set(order)) == len(order)

    def test_a_reader_can_tell_them_apart(self, words: Catalogue) -> None:
        document = city_report(self.tied(strata=True, areas=True), words)
        sample, on_map, _ = document.places
        assert sample[:4] == ("Acacia (s01)", "Acacia (s02)", "Acacia (s03)", "Dogwood")
        assert on_map[:4] == ("Acacia (A01)", "Acacia (A02)", "Acacia (A03)", "Dogwood")

    def test_a_title_that_looks_like_another_with_its_code(self) -> None:
        named = distinct({"A1": "X", "A2": "X", "A3": "X (A1)"})
        assert named == {"A1": "X (A1)", "A2": "X (A2)", "A3": "X (A1) (A3)"}


def areas_of(bundle: ReleaseBundle) -> list[dict[str, Any]]:
    features: list[dict[str, Any]] = bundle.context.areas["features"]
    return features
