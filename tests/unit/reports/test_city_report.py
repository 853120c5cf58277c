"""What the report holds: everything published, nothing hidden, nothing unsaid."""

import re
from typing import Any

import pytest
from usga_reports.domain.locale import Catalogue
from usga_reports.domain.published import CellState, state_of
from usga_reports.domain.render.report import freeze
from usga_reports.domain.template.blocks import Document, Figure, KeyFigures, Table
from usga_reports.domain.template.city_report import VERSION, city_report
from usga_shared.wire.release import ReleaseBundle
from usga_shared.wire.vocabulary import ReleaseState

from tests.unit.reports.canary import canary_bundle
from tests.unit.reports.reading import texts
from tests.unit.reports.specimen import NAMES, specimen


def blocks(document: Document, kind: type) -> list[Any]:
    return [b for section in document.sections for b in section.blocks if isinstance(b, kind)]


def chapter_titles(document: Document) -> list[str]:
    return [s.title for s in document.sections if s.level == 1]


class TestContents:
    def test_chapters_and_annexes(self, document: Document) -> None:
        assert chapter_titles(document) == [
            "Executive summary", "Approach and method", "Perception of safety",
            "Crime and violence", "Access to justice and policing",
            "Integrity of public services", "Social cohesion", "Services and governance",
            "Indicator tables", "Indicator metadata", "Hidden and flagged cells", "Glossary",
            "Provenance",
        ]  # fmt: skip
        assert [s.number for s in document.sections if s.level == 1][-5:] == list("ABCDE")
        anchors = [s.anchor for s in document.sections]
        assert len(set(anchors)) == len(anchors)

    def test_ten_key_figures_with_intervals_bases_and_periods_Q02(
        self, document: Document
    ) -> None:
        (figures,) = blocks(document, KeyFigures)
        assert len(figures.items) == 10
        for figure in figures.items:
            evidence = " ".join(figure.evidence)
            assert "CI" in evidence
            assert "n\xa0=\xa0" in evidence
            assert re.search("present situation|past 12 months", evidence)

    def test_every_figure_has_alternative_source_and_base(self, document: Document) -> None:
        figures = blocks(document, Figure)
        assert len(figures) >= 15
        for figure in figures:
            assert len(figure.alt) > 60
            assert figure.source.startswith("Specimen City")
            assert re.search(r"\d|not published", figure.base)
        assert any(figure.caption.endswith("map of settlements") for figure in figures)
        numbers = [int(re.match(r"Figure (\d+)\.", f.caption)[1]) for f in figures]  # type: ignore[index]
        assert numbers == list(range(1, len(figures) + 1))

    def test_every_published_cell_stands_in_the_annex(
        self, document: Document, bundle: ReleaseBundle
    ) -> None:
        annex = [s for s in document.sections if s.title == "Indicator tables"]
        rows = [r for b in annex[0].blocks if isinstance(b, Table) for r in b.rows if len(r) > 1]
        assert len(rows) == len(bundle.observations)
        kinds: list[str] = [row[1].kind for row in rows]
        states = [state_of(cell) for cell in bundle.observations]
        for kind, state in (
            ("hidden", CellState.HIDDEN), ("missing", CellState.MISSING), ("flagged", CellState.FLAGGED),
        ):  # fmt: skip
            assert kinds.count(kind) == states.count(state) > 0

    def test_settlements_keep_the_order_of_the_sample_Q04(self, document: Document) -> None:
        for table in blocks(document, Table):
            names = [c.text for row in table.rows for c in row[:2] if c.text in NAMES]
            assert names == sorted(names, key=NAMES.index)

    def test_an_indicator_of_an_unknown_theme_is_told_last(self, words: Catalogue) -> None:
        bundle = specimen()
        strange = bundle.indicators[0].model_copy(update={"theme": "ZZZ"})
        changed = bundle.model_copy(update={"indicators": [strange, *bundle.indicators[1:]]})
        titles = chapter_titles(city_report(changed, words))
        assert titles[titles.index("Indicator tables") - 1] == "Further indicators"

    def test_an_empty_release_still_makes_a_report(self, words: Catalogue) -> None:
        bundle = specimen()
        context = bundle.context.model_copy(
            update={"areas": {}, "strata": [], "rates": None, "records": {}}
        )
        empty = bundle.model_copy(
            update={"observations": [], "indicators": [], "context": context}
        )
        assert "Glossary" in chapter_titles(city_report(empty, words))

    def test_without_dates_of_fieldwork_the_summary_is_silent_about_them(
        self, words: Catalogue
    ) -> None:
        bundle = specimen()
        context = bundle.context.model_copy(update={"fieldwork_to": None})
        document = city_report(bundle.model_copy(update={"context": context}), words)
        (lead,) = document.sections[0].blocks
        assert "fieldwork" not in lead.text  # type: ignore[union-attr]
        assert "fieldwork 2 March 2026" in city_report(bundle, words).sections[0].blocks[0].text  # type: ignore[union-attr]

    def test_a_map_needs_polygons(self, words: Catalogue) -> None:
        bundle = specimen()
        context = bundle.context.model_copy(update={"areas": {}})
        document = city_report(bundle.model_copy(update={"context": context}), words)
        assert not any("map" in figure.caption for figure in blocks(document, Figure))


class TestRecords:
    def test_a_report_shows_what_of_a_record_is_public_and_no_remark(
        self, words: Catalogue
    ) -> None:
        bundle = specimen()
        internal = {"note": "canary-1", "reason": "canary-2", "approved_by": "canary-3"}
        records = {
            "ethics": {"board": "Ethics Board", "approval_id": "ERC-17", **internal},
            "validation": {"method": "waiver", "held_on": "2026-09-10", **internal},
            "controller": {"name": "The Council", "contact": "canary-4", **internal},
            "pilot": {"interviews": 30, "changes": "canary-5"},
        }
        context = bundle.context.model_copy(update={"records": records})
        told = "\n".join(texts(city_report(bundle.model_copy(update={"context": context}), words)))
        assert "Ethics Board; ERC-17" in told
        assert "2026-09-10" in told
        assert "The Council" in told
        assert "canary" not in told


class TestComparability:
    @pytest.mark.parametrize("how", ["partial", "broken"])
    def test_what_was_not_asked_the_same_is_flagged(self, words: Catalogue, how: str) -> None:
        bundle = specimen()
        first, *others = bundle.observations
        flagged = first.model_copy(update={"comparability": how})
        changed = bundle.model_copy(update={"observations": [flagged, *others]})
        told = texts(city_report(changed, words))
        assert sum(text.endswith(f", {how}") for text in told) == 1
        assert not any(text.endswith(f", {how}") for text in texts(city_report(bundle, words)))

    def test_open_questions_and_other_versions_count_as_missing(self, words: Catalogue) -> None:
        bundle = specimen()
        first, *others = bundle.observations
        assert first.missing is not None
        counts = first.missing.model_copy(update={"no_answer": 35, "not_in_version": None})
        changed = first.model_copy(update={"missing": counts})
        document = city_report(
            bundle.model_copy(update={"observations": [changed, *others]}), words
        )
        assert any(text.endswith(" / 35 / <10") for text in texts(document))


class TestHonesty:
    def test_numbers_of_hidden_cells_are_nowhere_D11(self, words: Catalogue) -> None:
        planted, forms = canary_bundle()
        assert len(forms) > 500
        everything = "\n".join([*texts(city_report(planted, words)), freeze(planted).decode()])
        assert [form for form in forms if form in everything] == []

    def test_a_hidden_cell_changes_nothing_that_is_drawn_D11(
        self, words: Catalogue, document: Document
    ) -> None:
        planted, _ = canary_bundle()
        assert city_report(planted, words) == document

    def test_without_a_probability_sample_there_is_no_interval_Q03(self, words: Catalogue) -> None:
        document = city_report(specimen(probability=False), words)
        told = "\n".join(texts(document))
        assert not re.search(r"\bCI\b[\xa0 ]\d", told)
        assert "describe all residents" not in told
        assert "Not a probability sample" in told
        for table in blocks(document, Table):
            assert not any("CI" in c.title or c.title == "Deff" for c in table.columns)
        (figures,) = blocks(document, KeyFigures)
        assert all(item.gauge is None for item in figures.items)

    @pytest.mark.parametrize("where", ["context", "release"])
    def test_synthetic_data_say_so_whoever_knows_it(self, words: Catalogue, where: str) -> None:
        bundle = specimen(synthetic=False)
        assert city_report(bundle, words).banner == ""
        part = getattr(bundle, where).model_copy(update={"synthetic": True})
        document = city_report(bundle.model_copy(update={where: part}), words)
        assert document.banner.startswith("SYNTHETIC DATA")
        assert all("synthetic" in figure.source for figure in blocks(document, Figure))

    def test_an_unpublished_release_says_so(self, words: Catalogue) -> None:
        bundle = specimen(synthetic=False)
        release = bundle.release.model_copy(
            update={"state": ReleaseState.FROZEN, "published_at": None}
        )
        document = city_report(bundle.model_copy(update={"release": release}), words)
        assert document.banner.startswith("FOR VALIDATION")

    def test_provenance_names_release_digests_and_versions_Q01(self, document: Document) -> None:
        told = list(texts(document.sections[-1]))
        for value in (
            "a1" * 32,
            "b2" * 32,
            "c3" * 32,
            "d4" * 32,
            "0.1.0",
            "20260601",
            f"city-report {VERSION}",
        ):
            assert value in told


class TestCounts:
    """What the report says of its counts is true."""

    @pytest.mark.parametrize(
        ("quarantined", "withdrawn", "told"),
        [
            (31, 4, "Interviews in quarantine: 30; withdrawn at the respondent’s wish: fewer than 5"),
            (0, 33, "Interviews in quarantine: fewer than 5; withdrawn at the respondent’s wish: 35"),
            (1, 5, "Interviews in quarantine: fewer than 5; withdrawn at the respondent’s wish: 5"),
            (1007, 8, "Interviews in quarantine: 1,005; withdrawn at the respondent’s wish: 10"),
        ],
    )  # fmt: skip
    def test_interviews_set_aside_are_rounded_D05(
        self, words: Catalogue, quarantined: int, withdrawn: int, told: str
    ) -> None:
        bundle = specimen()
        context = bundle.context.model_copy(
            update={"quarantined": quarantined, "withdrawn": withdrawn}
        )
        document = city_report(bundle.model_copy(update={"context": context}), words)
        assert told in texts(document)

    def test_fieldwork_is_exact_and_the_text_says_so(self, document: Document) -> None:
        (table,) = [b for b in blocks(document, Table) if "RR2" in {c.title for c in b.columns}]
        assert [cell.text for cell in table.rows[1][:4]] == ["Baobab", "16", "208", "187"]
        said = " ".join(texts(document))
        assert "Sampled households, interviews and response rates are exact" in said

    def test_it_claims_no_more_of_protection_than_is_done(self, document: Document) -> None:
        said = " ".join(texts(document))
        assert "no check can prove" in said  # docs/methods/disclosure.md, "Limits"
        assert "whatever could be worked out" not in said
