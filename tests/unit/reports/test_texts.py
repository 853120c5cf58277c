"""Whatever a city writes into its titles, a report comes out and says what it can."""

import random
import sys
from dataclasses import replace
from typing import Any

import orjson
import pytest
from usga_reports.domain.render.glyphs import REPLACEMENT, drawable, held_characters
from usga_reports.domain.render.html import render_html
from usga_reports.domain.render.pdf import render_pdf
from usga_reports.domain.render.report import freeze, render_report
from usga_reports.domain.render.text import clean
from usga_reports.domain.report import ReportFormat
from usga_reports.domain.template.blocks import Document, Figure, Paragraph, Section
from usga_shared.wire.release import ReleaseBundle

from tests.unit.reports.reading import pdf_pages
from tests.unit.reports.specimen import specimen

HOSTILE = "Ma\x07th\x90are \u202eevil\u202c\u2066x\u2069\ufeff \x9b\n\u57ce\U0001f600 \ue000\u0378 a\u20dd"


def small(title: str) -> ReleaseBundle:
    """A bundle with few cells whose titles are all this one."""
    bundle = specimen()
    kept = bundle.indicators[:2]
    codes = {i.code for i in kept}
    areas: dict[str, Any] = orjson.loads(orjson.dumps(bundle.context.areas))
    for feature in areas["features"]:
        feature["properties"]["title"] = title
    words = {"en": title}
    context = bundle.context.model_copy(
        update={
            "title": words, "city": title, "areas": areas,
            "records": {"ethics": {"board": title}, "controller": {"name": title}},
            "strata": [s.model_copy(update={"title": words}) for s in bundle.context.strata],
        }
    )  # fmt: skip
    return ReleaseBundle(
        release=bundle.release.model_copy(update={"title": title}),
        context=context,
        indicators=[i.model_copy(update={"title": words, "caveats": words}) for i in kept],
        observations=[o for o in bundle.observations if o.indicator in codes],
    )


class TestTitles:
    def test_controls_and_overrides_are_taken_out(self) -> None:
        assert clean(HOSTILE).startswith("Mathare evilx  \u57ce")
        assert clean("a\tb\r\nc\x00\u200ed") == "a b c\u200ed"
        assert clean("Нью-\u043c\u00f1") == "Нью-\u043c\u00f1"

    @pytest.mark.parametrize("kind", list(ReportFormat))
    def test_a_report_comes_out(self, kind: ReportFormat) -> None:
        made = render_report(
            freeze(small(HOSTILE)), template="city-report", language="en", kind=kind
        )
        told = "".join(pdf_pages(made)) if kind is ReportFormat.PDF else made.decode()
        assert "Mathare evilx" in told
        if kind is ReportFormat.HTML:
            assert "\u57ce" in told  # a browser has other fonts
        assert not set(told) & set("\x07\x90\u202e\u2066\x9b")

    def test_any_character_can_stand_in_a_pdf(self, document: Document) -> None:
        draw = random.Random(11)
        points = [p for p in range(1, sys.maxunicode) if not 0xD800 <= p < 0xE000]
        low = [p for p in points if p < 0x3000]
        chosen = [chr(p) for p in draw.sample(points, 300) + draw.sample(low, 900)]
        lines = ["a" + "".join(chosen[at : at + 60]) for at in range(0, len(chosen), 60)]
        section = Section(
            title=clean(lines[0]), level=1, anchor="s",
            blocks=tuple(Paragraph(text=clean(line)) for line in lines),
        )  # fmt: skip
        assert render_pdf(replace(document, sections=(section,))).startswith(b"%PDF")

    def test_many_long_titles_do_not_break_the_pdf(self, document: Document) -> None:
        figures = [b for s in document.sections for b in s.blocks if isinstance(b, Figure)]
        figure = replace(figures[0], alt="\U0001d400" * 40_000)
        section = Section(title="t", level=1, anchor="s", blocks=(figure,))
        assert render_pdf(replace(document, sections=(section,))).startswith(b"%PDF")

    def test_what_the_fonts_hold_is_left_as_it_is(self, document: Document) -> None:
        text = "Нью ñ oʻgʻ \u2212 \u202f \u2020 \u0301"
        assert drawable(text) == text
        assert drawable(("\u57ce", {"k": ["\U0001f600"]})) == [REPLACEMENT, {"k": [REPLACEMENT]}]
        assert {ord(REPLACEMENT), ord("ы"), ord("ñ")} <= held_characters()
        assert ord("\u57ce") not in held_characters()
        assert render_html(document)  # the document itself is not touched
