"""The instruments that ship: their sources are data files of the package."""

from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

from usga_assessment.domain.catalogue.form import FormSheets, build_form
from usga_assessment.domain.catalogue.source import Both

PACKAGE = "usga_assessment"


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One instrument of the catalogue."""

    name: str
    version: str
    title: Both


HVS = CatalogueEntry("hvs", "2026.1.0", ("Life in your neighbourhood", "Maisha katika mtaa wako"))
GENERATED = {HVS.name: HVS}


def home(name: str) -> Traversable:
    """The folder of an instrument's files."""
    return files(PACKAGE) / "instruments" / name


def generate(name: str) -> FormSheets:
    """Build an instrument from its source."""
    entry = GENERATED[name]
    folder = home(name)
    return build_form(
        (folder / "questions.md").read_text(encoding="utf-8"),
        (folder / "lists.md").read_text(encoding="utf-8"),
        name=entry.name,
        version=entry.version,
        title=entry.title,
    )


def form_bytes(name: str) -> bytes:
    """The committed form of an instrument: "hvs" (CSV) or "skeleton" (Markdown)."""
    folder = home(name)
    generated = folder / f"{name}.csv"
    return generated.read_bytes() if name in GENERATED else (folder / f"{name}.md").read_bytes()
