"""Message catalogues: gettext PO files, read when they are needed, with their plural rules.

Message ids are keys (`cover.series`); the words of every language, English too, stand in
`messages/<language>.po`. So no language is the source of another, and a missing key is an error
rather than an English word in a Russian report.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from gettext import GNUTranslations
from importlib.resources import files
from io import BytesIO

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

_MESSAGES = files("usga_reports.domain.locale") / "messages"


class UnknownLanguage(LookupError):
    """No catalogue is shipped for this language."""


class MissingMessage(LookupError):
    """A key has no words in this language."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The words of one language. Values are put into `{named}` places, never parsed."""

    language: str
    translations: GNUTranslations

    def __call__(self, key: str, **values: object) -> str:
        """Words for `key`; raises `MissingMessage` when this language has none."""
        return self._filled(key, self.translations.gettext(key), values)

    def plural(self, key: str, count: int, **values: object) -> str:
        """Words for `key` in the plural form that `count` takes in this language.

        `{count}` is offered to the text as it is; pass a formatted one to replace it.
        """
        return self._filled(
            key, self.translations.ngettext(key, key, count), {"count": count, **values}
        )

    def optional(self, key: str, fallback: str) -> str:
        """Words for an open code list: the code itself where the catalogue knows no word."""
        text = self.translations.gettext(key)
        return fallback if text == key else text

    def of(self, words: Mapping[str, str], fallback: str = "") -> str:
        """The author's own words in this language, else in English, else any, else `fallback`."""
        text = words.get(self.language) or words.get("en") or next(iter(words.values()), "")
        return text or fallback

    def _filled(self, key: str, text: str, values: Mapping[str, object]) -> str:
        if text == key:
            raise MissingMessage(f"{self.language}: {key}")
        return text.format_map(values)


def read_catalogue(language: str, po: bytes) -> Catalogue:
    """Parse a PO file; entries marked fuzzy count as missing."""
    catalogue = read_po(BytesIO(po), locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Catalogue(language, GNUTranslations(compiled))


@lru_cache(maxsize=16)
def load_catalogue(language: str) -> Catalogue:
    """The shipped catalogue of a language; raises `UnknownLanguage`."""
    if language not in shipped_languages():
        raise UnknownLanguage(language)
    return read_catalogue(language, (_MESSAGES / f"{language}.po").read_bytes())


@lru_cache(maxsize=1)
def shipped_languages() -> tuple[str, ...]:
    """Codes of the languages whose catalogue stands in `messages/`, sorted."""
    names = (entry.name for entry in _MESSAGES.iterdir())
    return tuple(sorted(name.removesuffix(".po") for name in names if name.endswith(".po")))
