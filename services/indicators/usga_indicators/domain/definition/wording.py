"""Titles and caveats of the shipped definitions in other languages than English.

The definition files hold English alone; `definitions/wording/<language>.po` hold the rest, as
those of instruments do (ADR-0025). `msgctxt` names the place (`PER-01:title`), `msgid` is the
English text: an entry whose English is no longer the file's own counts for nothing.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from importlib.resources import files
from io import BytesIO

from babel.messages.pofile import read_po

from usga_indicators.domain.definition.model import Definition

#: Languages of titles by the name of their file; Uzbek is written in Latin letters.
FILES = {"es": "es", "ru": "ru", "sw": "sw", "uz": "uz_latn"}
_FIELDS = ("title", "caveats")
Entries = Mapping[str, tuple[str, str]]


@lru_cache(maxsize=len(FILES))
def entries(language: str) -> Entries:
    """English and translation by place, of one language."""
    folder = files("usga_indicators.definitions").joinpath("wording")
    catalog = read_po(BytesIO(folder.joinpath(f"{FILES[language]}.po").read_bytes()))
    return {
        message.context: (str(message.id), str(message.string))
        for message in catalog
        if message.context and message.string and not message.fuzzy
    }


def places(definition: Definition) -> dict[str, str]:
    """Every text of a definition that is translated: English by place."""
    return {
        f"{definition.code}:{field}": english
        for field in _FIELDS
        if (english := getattr(definition, field).get("en"))
    }


def worded(definition: Definition) -> Definition:
    """The definition with every translation that still fits its English text."""
    found: dict[str, dict[str, str]] = {}
    for field in _FIELDS:
        texts = dict(getattr(definition, field))
        for language in FILES:
            english, words = entries(language).get(f"{definition.code}:{field}", ("", ""))
            if words and english == texts.get("en"):
                texts.setdefault(language, words)
        found[field] = texts
    return replace(definition, title=found["title"], caveats=found["caveats"])
