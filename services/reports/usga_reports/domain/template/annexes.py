"""Annexes: every published cell, what each indicator is, what was hidden, whence it came."""

from collections import Counter
from dataclasses import replace

from usga_shared.wire.release import IndicatorView, ReleaseAnalysis

from usga_reports.domain.published import CellState, state_of
from usga_reports.domain.template.blocks import (
    Cell,
    Column,
    Note,
    Paragraph,
    Section,
    Table,
    Terms,
)
from usga_reports.domain.template.material import Material
from usga_reports.domain.template.tables import annex_table

GLOSSARY = (
    "base",
    "confidence_interval",
    "design_effect",
    "domain",
    "household",
    "indicator",
    "numerator",
    "prevalence",
    "psu",
    "reference_period",
    "respondent",
    "response_rate",
    "stratum",
    "suppression",
    "victim",
    "weight",
)

_SHORT = frozenset({"glossary"})


def annexes(material: Material, *, template: str, version: str) -> list[Section]:
    """All annexes, in order."""
    return [
        *_tables(material),
        *_sheets(material),
        _hidden(material),
        _glossary(material),
        _provenance(material, template=template, version=version),
    ]


def _annex(material: Material, name: str, *blocks: Paragraph | Table | Terms | Note) -> Section:
    return Section(
        title=material.words(f"annex.{name}"),
        level=1,
        annex=True,
        starts_page=name not in _SHORT,
        blocks=tuple(blocks),
    )


def _tables(material: Material) -> list[Section]:
    key = "annex.tables_text" if material.probability else "annex.tables_nonprobability"
    intro = Paragraph(text=material.words(key), style="small")
    tables = [
        annex_table(material, indicator)
        for indicator in material.published.indicators.values()
        if any(True for _ in material.published.everything(indicator.code))
    ]
    source = Paragraph(text=material.source(), style="small")
    return [_annex(material, "tables", intro, *tables, source)]


def _sheets(material: Material) -> list[Section]:
    words = material.words
    intro = Paragraph(text=words("annex.sheets_text"), style="small")
    sheets = [_sheet(material, i) for i in material.published.indicators.values()]
    return [replace(_annex(material, "sheets", intro, *sheets), columns=2)]


def _sheet(material: Material, indicator: IndicatorView) -> Table:
    """The metadata sheet of one indicator; empty fields are left out."""
    words = material.words
    method = (
        words.optional(f"statistic.{indicator.statistic}", indicator.statistic),
        words.optional(f"unit_name.{indicator.unit_measure}", indicator.unit_measure),
        words(f"weight.{indicator.weight}"),
        words("sheet.reference_text", reference=material.presenter.reference(indicator)),
        words(f"direction.{_DIRECTION[indicator.direction]}"),
    )
    links = (
        words("sheet.sdg", code=indicator.sdg) if indicator.sdg else "",
        words("sheet.umf", code=indicator.umf) if indicator.umf else "",
        words("sheet.sensitivity", sensitivity=indicator.sensitivity),
    )
    join = words("punctuation.semicolon").join
    fields = (
        ("description", words.of(indicator.description)),
        ("numerator", indicator.numerator),
        ("denominator", indicator.denominator),
        ("method", join(method)),
        ("source", words(f"kind.{indicator.source}")),
        ("beside", _beside(material, indicator)),
        ("missing", words(f"missing_policy.{indicator.missing_policy}")),
        ("links", join(link for link in links if link)),
        ("caveats", words.of(indicator.caveats)),
        ("variables", words("punctuation.comma").join(indicator.variables)),
    )
    rows = tuple(
        (Cell(text=words(f"sheet.{name}"), kind="label"), Cell(text=text))
        for name, text in fields
        if text
    )
    return Table(
        caption=words(
            "sheet.caption",
            code=indicator.code,
            title=material.presenter.title(indicator),
            version=indicator.version,
        ),
        columns=(
            Column(title=words("column.field"), width=1),
            Column(title=words("column.content"), width=3.2),
        ),
        rows=rows,
        dense=True,
        listed=False,
    )


def _beside(material: Material, indicator: IndicatorView) -> str:
    """The indicator to read with it, where the release has it."""
    other = material.published.indicators.get(indicator.beside or "")
    return f"{other.code} {material.presenter.title(other)}" if other else ""


_DIRECTION = {"+": "higher", "-": "lower", "o": "neutral"}


def _hidden(material: Material) -> Section:
    """What is hidden, flagged or missing, counted by rule."""
    words, numbers = material.words, material.presenter.numbers
    cells = material.published.bundle.observations
    counts = Counter((state_of(cell), cell.reason or "") for cell in cells)
    order = (CellState.SHOWN, CellState.FLAGGED, CellState.HIDDEN, CellState.MISSING)
    rows = tuple(
        (
            Cell(text=words(f"cell_state.{state}"), kind="label"),
            Cell(text=reason or words("state.none")),
            Cell(text=words.optional(f"rule.{reason}", words("state.none"))),
            Cell(text=numbers.number(counts[state, reason]), kind="number"),
        )
        for state, reason in sorted(counts, key=lambda k: (order.index(k[0]), k[1]))
    )
    table = Table(
        caption=words("table.hidden"),
        columns=(
            Column(title=words("column.state"), width=2),
            Column(title=words("column.rule"), width=1),
            Column(title=words("column.meaning"), width=4.5),
            Column(title=words("column.cells"), align="right", width=1),
        ),
        rows=rows,
        source=material.source(),
    )
    return _annex(material, "hidden", Paragraph(text=words("annex.hidden_text")), table)


def _glossary(material: Material) -> Section:
    words = material.words
    terms = tuple(
        (words(f"glossary.{name}.term"), words(f"glossary.{name}.text")) for name in GLOSSARY
    )
    return _annex(material, "glossary", Terms(items=tuple(sorted(terms, key=_term))))


def _term(item: tuple[str, str]) -> str:
    return item[0].casefold()


def _analysis(material: Material) -> tuple[tuple[str, str], ...]:
    """Weights and variance, as whoever computes again must set them."""
    analysis = material.release.analysis or ReleaseAnalysis()
    design = analysis.design.model_dump()
    variance = analysis.variance.model_dump() if analysis.variance else {}
    return (
        ("weight_set", analysis.weight_set or material.words("fact.weights_base")),
        ("weight_set_digest", analysis.weight_set_sha256 or ""),
        ("design", ", ".join(f"{name}={value}" for name, value in design.items())),
        ("variance", ", ".join(f"{name}={value}" for name, value in variance.items())),
    )


def _provenance(material: Material, *, template: str, version: str) -> Section:
    """Whence every number came; enough to compute it again (rule Q-01)."""
    words, release = material.words, material.release
    instrument = material.context.instrument
    methods = sorted({c.method_version for c in material.published.bundle.observations})
    rows = (
        ("assessment", release.assessment),
        ("release", release.id),
        ("title", release.title),
        ("frozen", release.frozen_at.isoformat() if release.frozen_at else ""),
        ("published", release.published_at.isoformat() if release.published_at else ""),
        ("snapshot", release.snapshot_sha256 or ""),
        ("definitions", release.definitions_sha256 or ""),
        ("content", release.content_sha256 or ""),
        ("instrument", f"{instrument.get('name', '')} {instrument.get('version', '')}".strip()),
        ("instrument_digest", str(instrument.get("digest", ""))),
        ("code", release.code_version),
        ("method", ", ".join(methods)),
        ("seed", str(release.seed)),
        *_analysis(material),
        ("corrects", release.corrects or ""),
        ("corrected_by", ", ".join(material.corrected_by)),
        ("template", f"{template} {version}"),
        ("language", words.language),
    )
    terms = Terms(
        items=tuple((words(f"provenance.{name}"), text) for name, text in rows if text), mono=True
    )
    return _annex(material, "provenance", Paragraph(text=words("annex.provenance_text")), terms)
