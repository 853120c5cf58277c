"""Cover and imprint: what the report is, how to cite it, what it must not be taken for."""

from usga_reports.domain.template.blocks import Bullets, Front, Note, Paragraph, Section, Terms
from usga_reports.domain.template.material import Material


def front(material: Material) -> Front:
    """Everything before the table of contents."""
    words, context = material.words, material.context
    return Front(
        series=words("cover.series"),
        title=material.presenter.assessment(),
        subtitle=words(f"cover.subtitle.{context.variant}"),
        facts=(
            (
                words("cover.city"),
                words("cover.place", city=context.city, country=context.country),
            ),
            (words("cover.period"), material.release.time_period),
            (words("cover.fieldwork"), fieldwork(material)),
            (words("cover.release"), material.release.id),
            (words("cover.published"), material.presenter.day(_published(material))),
            *_corrections(material),
        ),
        banner=material.banner(),
        imprint=_imprint(material),
    )


def _corrections(material: Material) -> tuple[tuple[str, str], ...]:
    """What this release corrects, and what corrects it."""
    words, release = material.words, material.release
    rows = (
        ("cover.corrects", release.corrects or ""),
        ("cover.corrected_by", words("punctuation.comma").join(material.corrected_by)),
    )
    return tuple((words(term), text) for term, text in rows if text)


def _correction_notes(material: Material) -> list[Note]:
    words, release = material.words, material.release
    notes = []
    if material.corrected_by:
        text = words("corrected.text", release=material.corrected_by[-1])
        notes.append(Note(kind="warning", title=words("corrected.title"), text=text))
    if release.corrects:
        text = words("correction.text", release=release.corrects, note=release.note or "")
        notes.append(Note(kind="note", title=words("correction.title"), text=text.strip()))
    return notes


def fieldwork(material: Material) -> str:
    """First and last day of fieldwork."""
    context = material.context
    if context.fieldwork_from is None or context.fieldwork_to is None:
        return material.words("state.missing")
    return material.words(
        "cover.fieldwork_days",
        first=material.presenter.day(context.fieldwork_from),
        last=material.presenter.day(context.fieldwork_to),
    )


def _published(material: Material) -> str:
    release = material.release
    moment = release.published_at or release.frozen_at or release.created_at
    return moment.date().isoformat()


def responsible(material: Material) -> str:
    """The controller of the assessment, as its record names it; else the assessment team."""
    record = material.context.records.get("controller", {})
    name = record.get("name")
    return str(name) if name else material.words("cover.team")


def citation(material: Material) -> str:
    """How to cite this report."""
    return material.words(
        "imprint.citation",
        author=responsible(material),
        year=_published(material)[:4],
        title=material.presenter.assessment(),
        release=material.release.id,
    )


def _imprint(material: Material) -> tuple[Section, ...]:
    words = material.words
    notes = _correction_notes(material)
    if material.synthetic:
        notes.append(
            Note(kind="warning", title=words("synthetic.title"), text=words("synthetic.text"))
        )
    if material.withheld:
        codes = words("punctuation.comma").join(material.withheld)
        text = words("withheld.text", codes=codes)
        notes.append(Note(kind="warning", title=words("withheld.title"), text=text))
    if not material.probability:
        notes.append(
            Note(
                kind="warning",
                title=words("nonprobability.title"),
                text=words("nonprobability.text"),
            )
        )
    return (
        Section(title=words("imprint.about"), level=1, blocks=(
            *notes,
            Paragraph(text=words("imprint.disclaimer"), style="small"),
            Paragraph(text=words("imprint.boundaries"), style="small"),
        )),
        Section(title=words("imprint.cite"), level=2, blocks=(
            Paragraph(text=citation(material), style="small"),
        )),
        Section(title=words("imprint.reading"), level=2, blocks=(
            Paragraph(text=words("imprint.reading_text"), style="small"),
            Terms(items=reading_key(material)),
        )),
    )  # fmt: skip


def reading_key(material: Material) -> tuple[tuple[str, str], ...]:
    """How shown, flagged, hidden and missing values look (rule D-11)."""
    words = material.words
    key = [
        (words("key.value.term"), words("key.value.text")),
        (words("key.base.term"), words("key.base.text")),
        (words("key.flagged.term"), words("key.flagged.text")),
        (words("state.hidden"), words("key.hidden.text")),
        (words("state.missing"), words("key.missing.text")),
        (words("key.below.term"), words("key.below.text")),
    ]
    if material.probability:
        key.insert(1, (words("key.interval.term"), words("key.interval.text")))
    return tuple(key)


def caution_list(material: Material) -> Bullets:
    """What readers usually get wrong."""
    keys = ["caution.reported", "caution.adults", "caution.places"]
    if material.probability:
        keys.insert(0, "caution.overlap")
    floor = material.context.age_floor
    return Bullets(items=tuple(material.words(key, age=floor) for key in keys))
