"""The thematic chapters: driven by what the release holds, silent where it holds nothing."""

from collections.abc import Iterable
from dataclasses import dataclass

from usga_shared.wire.release import IndicatorView

from usga_reports.domain.narrative.statements import (
    beside_statement,
    sex_contrast,
    statement,
    strata_contrast,
)
from usga_reports.domain.published import Dimension
from usga_reports.domain.template.blocks import Block, Bullets, Note, Paragraph, Section
from usga_reports.domain.template.figures import (
    bars_figure,
    dumbbell_figure,
    items_figure,
    map_figure,
    people_figure,
    strata_figure,
)
from usga_reports.domain.template.material import Material
from usga_reports.domain.template.tables import area_table, results_table

DAY, NIGHT = "PER-02", "PER-01"
MAPPED = "victimisation"  # the summary has the map of perception
_SEVERE = 3  # sensitivity class of questions about violence


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter and the themes that it tells."""

    name: str
    themes: tuple[str, ...]


CHAPTERS = (
    Chapter("perception", ("PER",)),
    Chapter("victimisation", ("VIC", "VIO")),
    Chapter("justice", ("JUS", "POL")),
    Chapter("integrity", ("INT",)),
    Chapter("flows", ("FLO",)),
    Chapter("cohesion", ("COH",)),
    Chapter("governance", ("SVC", "ENV", "GOV")),
)


def chapters(material: Material) -> list[Section]:
    """All chapters with at least one published indicator; unknown themes come last."""
    sections: list[Section] = []
    told = {theme for chapter in CHAPTERS for theme in chapter.themes}
    others = tuple(sorted({i.theme for i in material.published.indicators.values()} - told))
    for chapter in (*CHAPTERS, Chapter("other", others)):
        indicators = material.published.theme(*chapter.themes)
        if indicators:
            sections += _chapter(material, chapter, indicators)
    return sections


def _chapter(
    material: Material, chapter: Chapter, indicators: list[IndicatorView]
) -> list[Section]:
    words = material.words
    opening: list[Block] = [Paragraph(text=words(f"intro.{chapter.name}"))]
    if any(indicator.sensitivity >= _SEVERE for indicator in indicators):
        opening.append(
            Note(kind="note", title=words("sensitive.title"), text=words("sensitive.text"))
        )
    title = words(f"chapter.{chapter.name}")
    sections = [Section(title=title, level=1, starts_page=False, blocks=tuple(opening))]
    sections.append(_results(material, chapter, indicators))
    if chapter.name == "perception":
        sections += _perception(material)
    for lead in leads(material, indicators):
        section = _breakdown(material, lead, with_map=chapter.name == MAPPED)
        if section is not None:
            sections.append(section)
    for indicator in indicators:
        figure = items_figure(material, indicator)
        if figure is not None:
            sections.append(
                Section(title=material.presenter.title(indicator), level=2, blocks=(figure,))
            )
    return sections


def _results(material: Material, chapter: Chapter, indicators: list[IndicatorView]) -> Section:
    words = material.words
    sentences = []
    for indicator in leads(material, indicators, count=4):
        cell = material.published.total(indicator.code)
        if cell is not None:
            beside = beside_statement(material.presenter, material.published, indicator)
            told = statement(material.presenter, indicator, cell)
            sentences.append(f"{told} {beside}" if beside else told)
    figure = bars_figure(
        material,
        f"bars-{chapter.name}",
        words("figure.bars", chapter=words(f"chapter.{chapter.name}")),
        indicators,
    )
    table = results_table(
        material, words("table.results", chapter=words(f"chapter.{chapter.name}")), indicators
    )
    blocks = _present((Bullets(items=tuple(sentences)) if sentences else None, figure, table))
    caveats = [
        words("results.caveat", title=material.presenter.title(i), caveat=text)
        for i in indicators
        if (text := words.of(i.caveats))
    ]
    if caveats:
        blocks = (
            *blocks,
            Paragraph(text=" ".join((words("results.caveats"), *caveats)), style="small"),
        )
    return Section(title=words("results.title"), level=2, blocks=blocks)


def _perception(material: Material) -> list[Section]:
    """Day against night, for the same people."""
    indicators = material.published.indicators
    if DAY not in indicators or NIGHT not in indicators:
        return []
    figure = dumbbell_figure(material, indicators[DAY], indicators[NIGHT])
    if figure is None:
        return []
    title = material.words("perception.day_night")
    text = Paragraph(text=material.words("perception.day_night_text"))
    return [Section(title=title, level=2, blocks=(text, figure))]


def leads(
    material: Material, indicators: Iterable[IndicatorView], count: int = 1
) -> list[IndicatorView]:
    """The indicators that a chapter tells at length: best ranked key figures, then richest."""

    def order(indicator: IndicatorView) -> tuple[int, int, str]:
        cells = sum(1 for _ in material.published.everything(indicator.code))
        return indicator.key_figure or 1_000_000, -cells, indicator.code

    return sorted(indicators, key=order)[:count]


def _breakdown(material: Material, indicator: IndicatorView, *, with_map: bool) -> Section | None:
    """Who and where: by sex and age, by settlement, on the map."""
    presenter, published = material.presenter, material.published
    texts = [
        sex_contrast(presenter, published, indicator),
        strata_contrast(presenter, published, indicator),
    ]
    items = tuple(text for text in texts if text)
    where = map_figure(material, indicator) if with_map else None
    blocks = _present(
        (
            Bullets(items=items) if items else None,
            people_figure(material, indicator),
            where,
            area_table(material, indicator) if where is not None else None,
            strata_figure(material, indicator) if where is None else None,
        )
    )
    if not any(
        material.has(indicator, d) for d in (Dimension.SEX, Dimension.AGE, Dimension.STRATUM)
    ):
        return None
    title = material.words("breakdown.title", title=presenter.title(indicator))
    return Section(title=title, level=2, blocks=blocks)


def _present(blocks: Iterable[Block | None]) -> tuple[Block, ...]:
    return tuple(block for block in blocks if block is not None)
