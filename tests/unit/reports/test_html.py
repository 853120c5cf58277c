"""The HTML: one file, no script, nothing from elsewhere, readable by machines for people."""

import base64
import hashlib
import re
from collections import Counter
from html.parser import HTMLParser

import pytest
from usga_reports.domain.locale import Catalogue
from usga_reports.domain.render.html import render_html
from usga_reports.domain.template.blocks import Document
from usga_reports.domain.template.city_report import city_report

from tests.unit.reports.canary import canary_bundle
from tests.unit.reports.specimen import specimen


class Page(HTMLParser):
    """Elements with their attributes, and all text."""

    def __init__(self, html: bytes) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.feed(html.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def html(document: Document) -> bytes:
    return render_html(document)


@pytest.fixture(scope="module")
def page(html: bytes) -> Page:
    return Page(html)


class TestSafety:
    def test_nothing_runs_and_nothing_is_loaded(self, page: Page) -> None:
        tags = Counter(tag for tag, _ in page.elements)
        for tag in ("script", "link", "img", "iframe", "object", "embed", "form", "base"):
            assert tags[tag] == 0
        for _, attributes in page.elements:
            assert not any(name.startswith("on") for name in attributes)
            assert attributes.get("href", "#").startswith("#")
            assert not {"src", "style", "xlink:href"} & set(attributes)

    def test_the_policy_allows_this_style_sheet_alone(self, html: bytes, page: Page) -> None:
        style = re.search(rb"<style>(.*?)</style>", html, re.DOTALL)
        assert style is not None
        digest = base64.b64encode(hashlib.sha256(style[1]).digest()).decode()
        policy = next(m["content"] for m in page.all("meta") if "http-equiv" in m)
        assert policy.startswith("default-src 'none'; ")
        assert f"style-src 'sha256-{digest}'" in policy
        assert "unsafe" not in policy
        assert b"url(http" not in style[1]

    def test_markup_in_titles_is_only_text(self, words: Catalogue) -> None:
        evil = "</title><script>alert(1)</script>\"'>{{ 7 * 7 }}"
        bundle = specimen()
        titles = {"title": {"en": evil}, "city": evil, "records": {"controller": {"name": evil}}}
        areas = {**bundle.context.areas}
        areas["features"] = [
            {**f, "properties": {**f["properties"], "title": evil}} for f in areas["features"]
        ]
        context = bundle.context.model_copy(update={**titles, "areas": areas, "strata": []})
        indicators = [i.model_copy(update={"title": {"en": evil}}) for i in bundle.indicators]
        changed = bundle.model_copy(update={"context": context, "indicators": indicators})
        found = Page(render_html(city_report(changed, words)))
        assert found.all("script") == []
        assert "{{ 7 * 7 }}" in found.text
        assert "49" not in found.text.partition("Executive")[0]

    def test_numbers_of_hidden_cells_are_nowhere_D11(self, words: Catalogue, html: bytes) -> None:
        planted, forms = canary_bundle()
        made = render_html(city_report(planted, words)).decode()
        assert [form for form in forms if form in made] == []
        assert made.encode() == html


class TestAccess:
    def test_language_title_and_one_main(self, page: Page) -> None:
        assert page.all("html") == [{"lang": "en"}]
        assert len(page.all("main")) == 1
        assert len(page.all("h1")) == 1
        assert "Specimen City Safety Assessment 2026: city report" in page.text

    def test_headings_skip_no_level(self, page: Page) -> None:
        levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
        assert levels[0] == 1
        assert max(b - a for a, b in zip(levels, levels[1:], strict=False)) <= 1  # noqa: RUF007

    def test_every_drawing_has_a_text_alternative(self, page: Page) -> None:
        drawings = [d for d in page.all("svg") if d.get("aria-hidden") != "true"]
        assert len(drawings) >= 15
        for drawing in drawings:
            assert drawing["role"] == "img"
            assert len(drawing["aria-label"]) > 60

    def test_ids_are_unique_and_links_lead_somewhere(self, page: Page) -> None:
        ids = Counter(a["id"] for _, a in page.elements if "id" in a)
        assert [name for name, times in ids.items() if times > 1] == []
        for link in page.all("a"):
            assert link["href"].removeprefix("#") in ids

    def test_tables_have_captions_and_headers_with_scope(self, page: Page) -> None:
        assert len(page.all("caption")) == len(page.all("table")) > 60
        assert all(header.get("scope") in {"col", "row", "rowgroup"} for header in page.all("th"))

    def test_hidden_and_missing_cells_look_different_D11(self, html: bytes) -> None:
        assert b'<td class="hidden">hidden</td>' in html
        assert b'<td class="missing">no data</td>' in html
        assert b"td.hidden" in html
        assert b"td.missing" in html

    def test_one_to_nine_missing_people_are_said_to_be_few(self, html: bytes) -> None:
        assert b"10 / &lt;10 / 0 / 0 / 0" in html
