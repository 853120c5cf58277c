"""Approach and method: what was done, with whom, how well, and how numbers were made."""

from functools import partial

from usga_shared.wire.release import ReleaseAnalysis

from usga_reports.domain.chart.dots import dot_whiskers
from usga_reports.domain.chart.marks import Group, Mark
from usga_reports.domain.published import CellState
from usga_reports.domain.template.blocks import (
    Block,
    Bullets,
    Figure,
    Paragraph,
    Section,
    Terms,
)
from usga_reports.domain.template.front import fieldwork, responsible
from usga_reports.domain.template.material import Material
from usga_reports.domain.template.tables import outcome_table

_ROUNDED_TO = 5
_PUBLIC = {
    "mandate": ("instrument", "host_institution", "signed_on"),
    "ethics": ("board", "approval_id", "approved_on"),
    "dpia": ("reference", "version", "completed_on"),
    "referral_directory": ("version", "checked_on"),
    "validation": ("held_on",),
}
"""Fields of records that a report shows. Remarks and reasons are for the assessment's people."""


def method(material: Material) -> list[Section]:
    """Chapter 2."""
    words = material.words
    return [
        Section(
            title=words("chapter.method"),
            level=1,
            blocks=(
                Paragraph(text=words("method.approach")),
                Paragraph(text=words("method.principles")),
            ),
        ),
        Section(title=words("method.survey"), level=2, blocks=(Terms(items=_facts(material)),)),
        Section(title=words("method.sample"), level=2, blocks=_sample(material)),
        Section(title=words("method.estimation"), level=2, blocks=_estimation(material)),
        Section(
            title=words("method.protection"),
            level=2,
            blocks=(
                Paragraph(text=words("method.protection_text")),
                Bullets(
                    items=tuple(
                        words(f"protection.{rule}") for rule in ("d01", "s3", "d02", "d05")
                    )
                ),
            ),
        ),
        Section(title=words("method.limits"), level=2, blocks=(_limits(material),)),
    ]


def _facts(material: Material) -> tuple[tuple[str, str], ...]:
    words, context, numbers = material.words, material.context, material.presenter.numbers
    instrument = context.instrument
    facts = [
        (words("fact.responsible"), responsible(material)),
        (words("fact.area"), context.city),
        (words("fact.population"), words("fact.population_text", age=context.age_floor)),
        (words("fact.fieldwork"), fieldwork(material)),
        (words("fact.mode"), words("fact.mode_text")),
        (words("fact.languages"), words("punctuation.comma").join(_languages(material))),
    ]
    if instrument.get("name"):
        text = f"{instrument['name']} {instrument.get('version', '')}".strip()
        if isinstance(instrument.get("questions"), int):
            count = instrument["questions"]
            text = words.plural("fact.instrument_text", count, instrument=text)
        facts.append((words("fact.instrument"), text))
    facts.append((words("fact.interviews"), numbers.number(material.release.interviews)))
    if context.enumerators:
        facts.append((words("fact.enumerators"), numbers.number(context.enumerators)))
    facts.append(
        (
            words("fact.set_aside"),
            words(
                "fact.set_aside_text",
                quarantined=_few_hidden(material, context.quarantined),
                withdrawn=_few_hidden(material, context.withdrawn),
            ),
        )
    )
    return tuple(facts + _records(material))


def _few_hidden(material: Material, count: int) -> str:
    """A number of people by what they did, to the nearest 5; none is not told from a few."""
    if count < _ROUNDED_TO:
        return material.words("fact.set_aside_few")
    rounded = _ROUNDED_TO * ((count + _ROUNDED_TO // 2) // _ROUNDED_TO)
    return material.presenter.numbers.number(rounded)


def _languages(material: Material) -> list[str]:
    return [
        material.words.optional(f"language.{code}", code) for code in material.context.languages
    ]


def _records(material: Material) -> list[tuple[str, str]]:
    """Ethics approval, data protection assessment and the like: what of them is public."""
    words, records = material.words, material.context.records
    rows = []
    for kind, fields in _PUBLIC.items():
        record = records.get(kind, {})
        said = [str(record[name]) for name in fields if record.get(name)]
        if said:
            rows.append((words(f"record.{kind}"), words("punctuation.semicolon").join(said)))
    return rows


def _sample(material: Material) -> tuple[Block, ...]:
    words = material.words
    key = "method.sample_text" if material.probability else "method.sample_nonprobability"
    blocks: list[Block] = [Paragraph(text=words(key))]
    table = outcome_table(material)
    if table is not None:
        blocks.append(table)
        figure = response_figure(material)
        if figure is not None:
            blocks.append(figure)
    return tuple(blocks)


def response_figure(material: Material) -> Figure | None:
    """Response rate RR2 by settlement, in the order of the sample (figure F10)."""
    context, words = material.context, material.words
    known = [
        (s, s.rates.rr2) for s in sorted(context.strata, key=lambda s: s.stratum)
        if s.rates.rr2 is not None
    ]  # fmt: skip
    if not known:
        return None
    marks = tuple(
        _rate_mark(material, material.presenter.stratum(s.stratum), rate) for s, rate in known
    )
    overall = context.rates.rr2 if context.rates else None
    caption = words("figure.response")
    svg = dot_whiskers(
        (Group(title="", marks=marks),),
        name="response",
        tick=partial(material.tick, "percent"),
        percent=True,
        reference=_rate_mark(material, "", overall) if overall is not None else None,
    )
    values = words("punctuation.semicolon").join(
        words("alt.item", label=mark.label, value=mark.text) for mark in marks
    )
    cases = sum(s.cases for s, _ in known)
    return Figure(
        caption=caption,
        svg=svg,
        alt=words("alt.dots", caption=caption, values=values),
        source=material.source(),
        base=words("base.cases", n=material.presenter.numbers.number(cases)),
        note=words("note.response"),
    )


def _rate_mark(material: Material, label: str, rate: float) -> Mark:
    text = material.presenter.numbers.percent(rate * 100, 1)
    return Mark(label=label, state=CellState.SHOWN, text=text, value=rate * 100)


def _estimation(material: Material) -> tuple[Block, ...]:
    words = material.words
    if not material.probability:
        return (Paragraph(text=words("method.estimation_nonprobability")),)
    analysis = material.release.analysis or ReleaseAnalysis()
    return (
        Paragraph(text=words("method.weights")),
        Paragraph(
            text=" ".join(
                (
                    words("method.replicates" if analysis.variance else "method.linearised"),
                    words(f"method.population.{analysis.design.fpc}"),
                    words("method.variance"),
                )
            )
        ),
        Terms(items=analysis_facts(material)),
        Paragraph(text=words("method.missing")),
    )


def analysis_facts(material: Material) -> tuple[tuple[str, str], ...]:
    """Weights, errors and design rules of this very release."""
    words, analysis = material.words, material.release.analysis or ReleaseAnalysis()
    variance = analysis.variance
    weights = words("fact.weights_base")
    if analysis.weight_set:
        weights = words("fact.weights_set", weight_set=analysis.weight_set)
    errors = words("fact.errors_linearised")
    if variance is not None:
        errors = words(
            "fact.errors_replicates",
            method=variance.method,
            replicates=material.presenter.numbers.number(variance.replicates),
        )
    return (
        (words("fact.weights"), weights),
        (words("fact.errors"), errors),
        (words("fact.lonely_psu"), words(f"lonely_psu.{analysis.design.lonely_psu}")),
    )


def _limits(material: Material) -> Bullets:
    keys = ["limits.recall", "limits.privacy", "limits.population"]
    keys.insert(0, "limits.sampling" if material.probability else "limits.nonprobability")
    return Bullets(items=tuple(material.words(key) for key in keys))
