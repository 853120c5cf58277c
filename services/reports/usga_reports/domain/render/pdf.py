"""PDF by Typst: tagged, PDF/A-2a and PDF/UA-1, pinned fonts, a timestamp from the release."""

from dataclasses import asdict
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
from usga_shared.deferred import Deferred

from usga_reports.domain.render.glyphs import drawable
from usga_reports.domain.template.blocks import Document

if TYPE_CHECKING:
    import typst
else:  # the process that renders needs it, the service does not
    typst = Deferred("typst")

_KEPT_COMPILATIONS = 10
_HERE = Path(str(files("usga_reports.domain.render")))
_STANDARDS: "list[typst.PDFStandard]" = ["a-2a", "ua-1"]


class UnrenderableText(ValueError):
    """The document cannot become an archival PDF."""


@lru_cache(maxsize=1)
def _fonts() -> "typst.Fonts":
    """Only the fonts that are shipped; what the machine has installed changes nothing."""
    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(_HERE / "fonts")],
    )


@lru_cache(maxsize=1)
def _layout() -> bytes:
    return (_HERE / "report.typ").read_bytes()


def forget() -> None:
    """Let Typst drop what it remembers of documents, about 2 MB a page.

    Its cache keeps what was used within the last ten compilations and has no other switch; our
    reports share next to nothing, so a few empty documents cost less than the memory.
    """
    for _ in range(_KEPT_COMPILATIONS + 1):
        typst.compile(b"", format="pdf", font_paths=_fonts(), ignore_system_fonts=True)


def render_pdf(document: Document) -> bytes:
    """The document as PDF; a text alternative that is too long for one ends in an ellipsis.

    Raises `UnrenderableText` where the standards cannot be met.
    """
    try:
        pdf, warnings = typst.compile_with_warnings(
            _layout(),
            format="pdf",
            font_paths=_fonts(),
            ignore_system_fonts=True,
            sys_inputs={"document": orjson.dumps(drawable(asdict(document))).decode()},
            pdf_standards=_STANDARDS,
            timestamp=document.created_at,
        )
    except typst.TypstError as error:
        raise UnrenderableText(str(error.message)) from error
    if warnings:
        raise UnrenderableText("; ".join(warning.message for warning in warnings))
    assert isinstance(pdf, bytes)
    return pdf
