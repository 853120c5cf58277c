"""The city report: the whole assessment for the city's residents and its government."""

from usga_shared.wire.release import ReleaseBundle

from usga_reports.domain.locale import Catalogue
from usga_reports.domain.template.annexes import annexes
from usga_reports.domain.template.blocks import Document
from usga_reports.domain.template.chapters import chapters
from usga_reports.domain.template.front import front, responsible
from usga_reports.domain.template.material import Material
from usga_reports.domain.template.method import method
from usga_reports.domain.template.numbering import numbered
from usga_reports.domain.template.summary import summary

NAME = "city-report"
VERSION = "1.3.0"
"""Raised with every change of what a report says or looks like; part of a report's identity."""

_LABELS = ("contents", "source", "base", "note", "page", "figures", "tables", "skip", "generated")


def city_report(bundle: ReleaseBundle, words: Catalogue) -> Document:
    """Compose the report. Pure: the same bundle and words always give the same document."""
    material = Material.of(bundle, words)
    release = material.release
    sections = [
        *summary(material),
        *method(material),
        *chapters(material),
        *annexes(material, template=NAME, version=VERSION),
    ]
    title = material.presenter.assessment()
    moment = release.published_at or release.frozen_at or release.created_at
    return Document(
        language=words.language,
        title=words("document.title", title=title),
        description=words("document.description", city=material.context.city, release=release.id),
        author=responsible(material),
        keywords=tuple(words("document.keywords").split("|")),
        created_at=int(moment.timestamp()),
        front=front(material),
        sections=numbered(sections, words),
        labels={name: words(f"label.{name}") for name in _LABELS},
        probability_sample=material.probability,
        places=material.places(),
        header=title,
        footer=words("document.footer", release=release.id),
        banner=material.banner(),
    )
