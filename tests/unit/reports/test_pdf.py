"""The PDF: archival, accessible, the same bytes everywhere, and inert."""

import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from usga_reports.domain.locale import Catalogue
from usga_reports.domain.render.pdf import render_pdf
from usga_reports.domain.render.report import freeze
from usga_reports.domain.template.blocks import Document
from usga_reports.domain.template.city_report import city_report

from tests.unit.reports.canary import canary_bundle
from tests.unit.reports.reading import pdf_pages
from tests.unit.reports.specimen import specimen


@pytest.fixture(scope="module")
def pdf(document: Document) -> bytes:
    return render_pdf(document)


def shortened(document: Document) -> Document:
    """Without the annexes, which take most of the time."""
    return replace(document, sections=tuple(s for s in document.sections if not s.annex)[:12])


class TestBytes:
    def test_two_processes_in_two_time_zones_give_the_same_bytes(
        self, pdf: bytes, tmp_path: Path
    ) -> None:
        bundle = tmp_path / "bundle.json"
        bundle.write_bytes(freeze(specimen()))
        digests = set()
        for zone, seed in (("UTC", "1"), ("Asia/Tashkent", "2")):
            out = tmp_path / f"{seed}.pdf"
            environment = {
                "PATH": os.environ["PATH"],
                "TZ": zone,
                "PYTHONHASHSEED": seed,
                "LC_ALL": "C",
            }
            command = "import sys; from usga_reports.cli import main; sys.exit(main(sys.argv[1:]))"
            subprocess.run(
                [sys.executable, "-c", command, "render", str(bundle), "-o", str(out)],
                env=environment, cwd=tmp_path, check=True, capture_output=True,
            )  # fmt: skip
            digests.add(hashlib.sha256(out.read_bytes()).hexdigest())
        assert digests == {hashlib.sha256(pdf).hexdigest()}

    def test_another_release_is_another_file(self, words: Catalogue) -> None:
        other = city_report(specimen(seed=8), words)
        mine = city_report(specimen(), words)
        assert render_pdf(shortened(other)) != render_pdf(shortened(mine))


class TestStructure:
    def test_it_claims_pdfa_2a_and_pdfua_1(self, pdf: bytes) -> None:
        with pikepdf.open(BytesIO(pdf)) as file, file.open_metadata() as metadata:
            assert metadata["pdfaid:part"] == "2"
            assert metadata["pdfaid:conformance"] == "A"
            assert metadata["pdfuaid:part"] == "1"
            assert metadata["dc:title"] == "Specimen City Safety Assessment 2026: city report"
            assert metadata["xmp:CreateDate"].startswith("2026-06-30T12:00:00")

    def test_it_is_tagged_in_its_language(self, pdf: bytes) -> None:
        with pikepdf.open(BytesIO(pdf)) as file:
            assert str(file.Root.Lang) == "en"
            assert file.Root.MarkInfo.Marked
            assert str(file.Root.ViewerPreferences.DisplayDocTitle) == "True"
            tags: dict[str, int] = {}
            missing_alternative = []
            todo: list[Any] = [file.Root.StructTreeRoot]
            while todo:
                node = todo.pop()
                if not isinstance(node, pikepdf.Dictionary):
                    continue
                tag = str(node.get("/S", ""))
                tags[tag] = tags.get(tag, 0) + 1
                if tag == "/Figure" and not str(node.get("/Alt", "")):
                    missing_alternative.append(node)
                children: Any = node.get("/K", [])
                todo += list(children) if isinstance(children, pikepdf.Array) else [children]
        assert missing_alternative == []
        assert tags["/Figure"] >= 15
        assert tags["/H1"] >= 13
        assert tags["/TH"] > 100
        assert tags["/Table"] > 60

    def test_fonts_are_the_pinned_ones_and_embedded(self, pdf: bytes) -> None:
        names = set()
        with pikepdf.open(BytesIO(pdf)) as file:
            for item in file.objects:
                if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/FontDescriptor":
                    assert "/FontFile2" in item or "/FontFile3" in item
                    names.add(str(item.FontName).partition("+")[2])
        assert names == {"NotoSans-Regular", "NotoSans-Bold", "NotoSans-Italic"}

    def test_nothing_in_it_can_act(self, pdf: bytes) -> None:
        with pikepdf.open(BytesIO(pdf)) as file:
            kinds = {
                str(item.get("/S", ""))
                for item in file.objects
                if isinstance(item, pikepdf.Dictionary)
            }
        assert not kinds & {"/JavaScript", "/Launch", "/URI", "/SubmitForm", "/GoToR"}


class TestText:
    def test_every_page_says_synthetic(self, pdf: bytes) -> None:
        pages = pdf_pages(pdf)
        assert len(pages) > 20
        assert all("SYNTHETIC DATA" in page for page in pages)

    def test_real_data_carry_no_such_label(self, words: Catalogue) -> None:
        pages = pdf_pages(render_pdf(shortened(city_report(specimen(synthetic=False), words))))
        assert not any("SYNTHETIC" in page for page in pages)

    def test_numbers_of_hidden_cells_are_nowhere_D11(self, words: Catalogue) -> None:
        planted, forms = canary_bundle()
        told = "".join(pdf_pages(render_pdf(city_report(planted, words)))).replace(" ", "")
        assert "2,306" in told  # the reader reads
        assert [form for form in forms if form in told] == []

    def test_markup_in_titles_is_only_text(self, words: Catalogue) -> None:
        evil = '#panic("x") $1$ *b* <l> @ref `raw` \\ #sys.inputs'
        bundle = specimen()
        context = bundle.context.model_copy(update={"title": {"en": evil}, "city": evil})
        first = bundle.indicators[0].model_copy(update={"title": {"en": evil}})
        changed = bundle.model_copy(
            update={"context": context, "indicators": [first, *bundle.indicators[1:]]}
        )
        told = "".join(pdf_pages(render_pdf(shortened(city_report(changed, words)))))
        assert '#panic("x") $1$ *b*' in told

    def test_a_character_without_a_glyph_is_seen_to_be_missing(self, document: Document) -> None:
        told = pdf_pages(render_pdf(replace(shortened(document), header="Old \u57ce town")))[3]
        assert "Old \N{REPLACEMENT CHARACTER} town" in told

    def test_the_fonts_hold_the_letters_of_all_five_languages(self, document: Document) -> None:
        letters = "1\u202f234,5 \u2212 \u2013 \u2020 ñáéíóúü¿¡ ёъыэюяЁЪЫЭЮЯ №«» oʻgʻ Oʻzbekiston ng’ambo \u2026"
        told = pdf_pages(render_pdf(replace(shortened(document), header=letters)))[3]
        for word in ("ёъыэюя", "oʻgʻ", "ñáéíóúü¿¡", "\u2020"):
            assert word in told
