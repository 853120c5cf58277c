"""Overlays: an instrument as a country asks it, without a copy of it.

An overlay replaces whole choice lists and single texts. Codes of choices stay what they are, so
that answers can be compared; what it does not name stays as it was.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

from usga_assessment.domain.catalogue.homes import file_text, home
from usga_assessment.domain.catalogue.source import (
    BLOCKS,
    Source,
    SourceLists,
    SourceModule,
    SourceRow,
    Text,
    cells,
    read_lists,
)

EVERYWHERE = "*"
"""In the place of an instrument's name: in all of them."""

Words = Mapping[tuple[str, str], Text]
"""Texts by instrument (or `*`) and place."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """What a country changes."""

    name: str
    country: str
    currency: str
    languages: tuple[str, ...]
    """Languages that its forms offer beside English, by the name of their PO file."""
    placeholders: tuple[str, ...]
    """Lists whose labels an assessment still has to set."""
    lists: SourceLists
    words: Words

    def texts(self) -> list[Text]:
        """Every text of the overlay, for its translators."""
        labels = [c.label for choices in self.lists.values() for c in choices]
        return [*self.words.values(), *(label for label in labels if label.home == self.name)]


@cache
def read_overlay(name: str) -> Overlay:
    """Read `instruments/overlays/<country>`; its name is its home, such as "overlays/ke"."""
    folder = home(name)
    about = tomllib.loads((folder / "overlay.toml").read_text(encoding="utf-8"))
    return Overlay(
        name=name,
        country=str(about["country"]),
        currency=str(about["currency"]),
        languages=tuple(about["languages"]),
        placeholders=tuple(about.get("placeholders", ())),
        lists=read_lists(file_text(folder, "lists.md"), home=name),
        words=_words(file_text(folder, "words.md"), name),
    )


def _words(text: str, name: str) -> dict[tuple[str, str], Text]:
    """The replaced texts; one of a single instrument has that in its place, to be told apart."""
    found = {}
    for where, place, english, *_ in cells(text):
        own = place if where == EVERYWHERE else f"{where}/{place}"
        found[where, place] = Text(own, english, name)
    return found


def lay(source: Source, overlay: Overlay, *, version: str) -> Source:
    """The instrument with the overlay upon it, as a version of its own."""
    words = {
        place: overlay.words.get((source.name, place), text)
        for (where, place), text in overlay.words.items()
        if where in {EVERYWHERE, source.name}
    }
    replaced = {name: overlay.lists.get(name, choices) for name, choices in source.lists.items()}
    return replace(
        source,
        version=f"{source.version}-{version}",
        title=_said(source.title, words),
        modules=[_module(module, words) for module in source.modules],
        lists={
            name: [replace(choice, label=_said(choice.label, words)) for choice in choices]
            for name, choices in replaced.items()
        },
    )


def _module(module: SourceModule, words: Mapping[str, Text]) -> SourceModule:
    return replace(
        module,
        title=_said(module.title, words),
        rows=[_row(row, words) for row in module.rows],
    )


def _row(row: SourceRow, words: Mapping[str, Text]) -> SourceRow:
    texts = {key: _said(text, words) for key, text in row.texts.items()}
    if row.name and row.type not in BLOCKS:
        for key in ("hint", "message"):
            if (own := words.get(f"question:{row.name}:{key}")) is not None:
                texts[key] = own
    return replace(row, label=_said(row.label, words), texts=texts)


def _said(text: Text, words: Mapping[str, Text]) -> Text:
    other = words.get(text.place)
    return text if other is None else replace(other, values=text.values)
