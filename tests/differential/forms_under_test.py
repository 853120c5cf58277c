"""The forms whose interviews are compared: the catalogue's, the shipped examples', real ones."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from usga_assessment.domain.xlsform.compiler import compile_form
from usga_expressions.cases import markdown
from usga_expressions.instrument import Instrument

_GOLDEN = Path(__file__).parents[1] / "golden"


@dataclass(frozen=True, slots=True)
class FormUnderTest:
    """A form as the service compiles it, and as pyxform writes it for other engines."""

    name: str
    document: dict[str, Any]
    xform: str
    instrument: Instrument


def catalogue() -> dict[str, bytes]:
    """Every instrument that ships, by its folder."""
    found = {}
    for folder in files("usga_assessment").joinpath("instruments").iterdir():
        for ending in (".csv", ".md"):
            path = folder / f"{folder.name}{ending}"
            if folder.is_dir() and path.is_file():
                found[folder.name] = path.read_bytes()
                break
    return found


def sources() -> dict[str, bytes]:
    """All forms by name, as bytes; some of them are refused."""
    real = {path.stem: path.read_bytes() for path in (_GOLDEN / "xlsforms").glob("*.xls*")}
    small = {
        path.stem: path.read_bytes() for path in (_GOLDEN / "expressions" / "forms").glob("*.md")
    }
    order = {"order": (Path(__file__).parent / "forms" / "order.md").read_bytes()}
    return {**catalogue(), **real, **small, **order}


@cache
def compiled(name: str) -> FormUnderTest | None:
    """The form of a name; None when the service refuses it or pyxform cannot convert it."""
    made = compile_form(sources()[name])
    if made.document is None or made.xform is None:
        return None
    return FormUnderTest(name, made.document, made.xform, Instrument.load(made.document))


def tables() -> dict[str, list[dict[str, str]]]:
    """Rows of the look-up tables that the forms name, synthetic."""
    wards = markdown.tables(_GOLDEN / "expressions" / "forms")
    rows = {name: [{k: str(v) for k, v in row.items()} for row in table] for name, table in
            wards.items()}  # fmt: skip
    return {
        **rows,
        "psu": [
            {"name": "p01", "label": "Cluster 1", "stratum": "s01"},
            {"name": "p02", "label": "Cluster 2", "stratum": "s02"},
        ],
        "points": [
            {"name": f"pt{n}", "label": f"Point {n}", "geometry": f"-1.26{n} 36.85{n} 0 0"}
            for n in range(3)
        ],
        "enumerators": [{"name": "e1", "label": "One"}, {"name": "e2", "label": "Two"}],
    }
