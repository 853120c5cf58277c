"""Packs: the instruments of one city, with its country's overlay and its reference lists."""

import csv
import io
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from usga_assessment.domain.catalogue.form import FormSheets
from usga_assessment.domain.catalogue.homes import file_text, home
from usga_assessment.domain.catalogue.instruments import (
    build,
    read_source,
    texts_in,
    translations,
    variant_of,
)
from usga_assessment.domain.catalogue.overlays import Overlay, lay, read_overlay
from usga_assessment.domain.catalogue.source import Source
from usga_assessment.domain.catalogue.translation import Completeness

ListRows = list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Pack:
    """What a city loads with one command."""

    name: str
    title: str
    overlay: Overlay
    instruments: dict[str, str]
    """The variant of each instrument."""
    lists: dict[str, ListRows]
    placeholders: tuple[str, ...]
    """Lists, of the form or beside it, that the assessment still has to set."""


@cache
def read_pack(name: str) -> Pack:
    """Read `instruments/packs/<name>`."""
    folder = home(f"packs/{name}")
    about = tomllib.loads((folder / "pack.toml").read_text(encoding="utf-8"))
    overlay = read_overlay(f"overlays/{about['overlay']}")
    return Pack(
        name=name,
        title=str(about["title"]),
        overlay=overlay,
        instruments={str(key): str(variant) for key, variant in about["instruments"].items()},
        lists={
            stem: list(csv.DictReader(io.StringIO(file_text(folder, f"{stem}.csv"))))
            for stem in about["lists"]
        },
        placeholders=(*overlay.placeholders, *about.get("placeholders", ())),
    )


def source_of(pack: Pack, instrument: str, *, variant: str | None = None) -> Source:
    """An instrument as the pack asks it; raises `VariantRefused` when the variant cannot be."""
    chosen = variant or pack.instruments[instrument]
    return lay(variant_of(read_source(instrument), chosen), pack.overlay, version=pack.name)


def languages_of(pack: Pack, source: Source) -> tuple[list[str], list[str]]:
    """The pack's languages in which this form is complete, and those in which it is not."""
    texts = texts_in(source)
    complete = {
        language: Completeness.of(texts, translations(language)).complete
        for language in pack.overlay.languages
    }
    return [name for name in complete if complete[name]], [
        name for name in complete if not complete[name]
    ]


def form_of(pack: Pack, source: Source, languages: Iterable[str] | None = None) -> FormSheets:
    """The form in English and the complete languages of the pack, or in those that are named."""
    return build(source, languages_of(pack, source)[0] if languages is None else languages)
