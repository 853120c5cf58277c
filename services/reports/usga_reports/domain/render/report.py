"""From a frozen bundle to an artefact; what the service, the command line and checks call."""

import orjson
from usga_shared.wire.release import ReleaseBundle

from usga_reports.domain.locale import UnknownLanguage, load_catalogue
from usga_reports.domain.locale.catalogue import MissingMessage
from usga_reports.domain.published import protect
from usga_reports.domain.render.html import render_html
from usga_reports.domain.render.pdf import UnrenderableText, render_pdf
from usga_reports.domain.render.text import clean, mapped
from usga_reports.domain.report import ReportFormat
from usga_reports.domain.template.lint import UnsoundReport, sound
from usga_reports.domain.template.registry import TEMPLATES

FINAL = (UnsoundReport, UnrenderableText, MissingMessage, UnknownLanguage, KeyError)
"""What rendering the same bytes again would raise again."""
_RENDERERS = {ReportFormat.PDF: render_pdf, ReportFormat.HTML: render_html}


def freeze(bundle: ReleaseBundle) -> bytes:
    """The canonical bytes of a bundle, without any number of a hidden cell."""
    return orjson.dumps(protect(bundle).model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)


def render_report(frozen: bytes, *, template: str, language: str, kind: ReportFormat) -> bytes:
    """Render the bytes that `freeze` gave. Pure: the same arguments give the same bytes.

    Raises one of `FINAL`: KeyError for an unknown template.
    """
    bundle = ReleaseBundle.model_validate(mapped(orjson.loads(frozen), clean))
    document = TEMPLATES[template].compose(bundle, load_catalogue(language))
    return _RENDERERS[kind](sound(document))
