"""The executive summary: key figures with their uncertainty, and what stands out."""

from usga_shared.wire.release import IndicatorView, Observation

from usga_reports.domain.narrative.statements import sex_contrast
from usga_reports.domain.published import CellState, state_of
from usga_reports.domain.template.blocks import (
    Block,
    Bullets,
    KeyFigure,
    KeyFigures,
    Paragraph,
    Section,
)
from usga_reports.domain.template.figures import map_figure
from usga_reports.domain.template.front import caution_list, fieldwork
from usga_reports.domain.template.material import Material

KEY_FIGURES = 10
_SPEAKING_UNITS = frozenset({"percent", "percentage_points", "currency"})


def summary(material: Material) -> list[Section]:
    """Chapter 1."""
    words = material.words
    blocks: list[Block] = [Paragraph(text=lead(material), style="lead")]
    ranked = material.published.key_figures(KEY_FIGURES)
    told = [indicator for indicator in ranked if _is_told(material, indicator)]
    figures = KeyFigures(items=tuple(_figure(material, indicator) for indicator in told))
    sections = [Section(title=words("chapter.summary"), level=1, blocks=tuple(blocks))]
    if figures.items:
        note = Paragraph(text=words("summary.key_figures_note"), style="small")
        sections.append(
            Section(title=words("summary.key_figures"), level=2, blocks=(figures, note))
        )
    contrasts = [
        text
        for indicator in ranked
        if (text := sex_contrast(material.presenter, material.published, indicator))
    ]
    if contrasts:
        sections.append(
            Section(
                title=words("summary.women_men"),
                level=2,
                blocks=(Bullets(items=tuple(contrasts)),),
            )
        )
    overview = next(
        (found for i in ranked if (found := map_figure(material, i, name="overview", alone=True))),
        None,
    )
    if overview is not None:
        sections.append(Section(title=words("summary.map"), level=2, blocks=(overview,)))
    sections.append(
        Section(title=words("summary.caution"), level=2, blocks=(caution_list(material),))
    )
    return sections


def lead(material: Material) -> str:
    """What was done, in three sentences."""
    words, context = material.words, material.context
    interviews = material.release.interviews
    dated = context.fieldwork_from is not None and context.fieldwork_to is not None
    text = words.plural(
        "summary.lead" if dated else "summary.lead_undated",
        interviews,
        interviews=material.presenter.numbers.number(interviews),
        city=context.city,
        fieldwork=fieldwork(material),
        age=context.age_floor,
    )
    kind = "summary.probability" if material.probability else "summary.nonprobability"
    settlements = words.plural("summary.settlements", len(context.strata))
    return " ".join(
        part for part in (text, settlements if context.strata else "", words(kind)) if part
    )


def _is_told(material: Material, indicator: IndicatorView) -> bool:
    """Whether a number comes with its base, and of a sample with its interval (Q-02)."""
    cell = material.published.total(indicator.code)
    if cell is None or state_of(cell) not in {CellState.SHOWN, CellState.FLAGGED}:
        return cell is not None  # a hidden or missing number says so
    presenter = material.presenter
    return presenter.base(cell) is not None and (
        not material.probability or presenter.interval_words(cell) is not None
    )


def _figure(material: Material, indicator: IndicatorView) -> KeyFigure:
    cell = material.published.total(indicator.code)
    assert cell is not None  # key_figures gives only indicators with a total
    presenter = material.presenter
    state = state_of(cell)
    value = presenter.value(cell)
    flagged = material.words("state.flag") if state is CellState.FLAGGED else ""
    unit = cell.unit_measure
    evidence = (
        presenter.interval_words(cell) or "",
        presenter.base(cell) or "",
        presenter.reference(indicator),
    )
    return KeyFigure(
        label=presenter.title(indicator),
        value=value + flagged,
        state=state,
        evidence=tuple(part for part in evidence if part),
        unit="" if unit in _SPEAKING_UNITS else material.words.optional(f"unit_name.{unit}", unit),
        gauge=_gauge(cell),
    )


def _gauge(cell: Observation) -> tuple[float, float, float] | None:
    """Positions on a line from 0 to 100; only for percentages with an interval."""
    if cell.unit_measure != "percent" or cell.obs_value is None:
        return None
    if cell.lower_bound is None or cell.upper_bound is None:
        return None
    return cell.lower_bound, cell.obs_value, cell.upper_bound
