"""One-file HTML: the same document and charts, no script, nothing loaded from elsewhere."""

import base64
import hashlib
from functools import lru_cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from usga_reports.domain.template.blocks import Document

_HERE = files("usga_reports.domain.render")


@lru_cache(maxsize=1)
def _style() -> str:
    return (_HERE / "report.css").read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["drawing"] = drawing
    return environment


def drawing(svg: str, alt: str) -> Markup:
    """An inline SVG with its text alternative. Our canvas escaped every text in it."""
    label = Markup('<svg role="img" aria-label="{}" ').format(alt)
    return Markup(svg.replace("<svg ", str(label), 1))  # noqa: S704 - made by chart.svg


def policy(style: str) -> str:
    """A content security policy that allows this style sheet and nothing else."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def render_html(document: Document) -> bytes:
    """The document as one HTML file, UTF-8."""
    source = (_HERE / "report.html.j2").read_text(encoding="utf-8")
    style = _style()
    page = _environment().from_string(source)
    text = page.render(doc=document, style=Markup(style), policy=policy(style))  # noqa: S704
    return text.encode()
