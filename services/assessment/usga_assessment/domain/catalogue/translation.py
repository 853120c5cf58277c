"""Translations of the catalogue: gettext PO files whose contexts name places of the source.

`msgctxt` is the place (`question:age:label`), `msgid` the English words, `msgstr` the
translation. An entry counts only while its English words are the source's own, it is not marked
fuzzy, and every reference and placeholder survived.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO

from babel.messages.pofile import read_po

from usga_assessment.domain.catalogue.source import Text

PLACEHOLDER = re.compile(r"\$\{[^}]*\}|\{[^}]*\}")
"""References such as ${ref_12m}, and places such as {low}: both are kept as they are."""


class Worth(StrEnum):
    """What an entry of a PO file is worth."""

    TRANSLATED = "translated"
    MISSING = "missing"
    STALE = "stale"
    """The English words have changed since, or a person marked the entry fuzzy."""
    BROKEN = "broken"
    """A reference or a placeholder was lost, added or changed."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a PO file."""

    english: str
    words: str
    fuzzy: bool


Entries = Mapping[str, Entry]
"""The entries of one PO file by place."""


def read_entries(po: bytes) -> dict[str, Entry]:
    """Read a PO file; entries without a context are not ours and are left out."""
    catalog = read_po(BytesIO(po), abort_invalid=True)
    return {
        message.context: Entry(_one(message.id), _one(message.string), message.fuzzy)
        for message in catalog
        if message.context
    }


def _one(text: object) -> str:
    return text if isinstance(text, str) else ""


def placeholders(words: str) -> Counter[str]:
    """How often each reference and placeholder stands in a text."""
    return Counter(PLACEHOLDER.findall(words))


def judge(text: Text, entry: Entry | None) -> Worth:
    """Whether an entry can be used for a text of the source."""
    if entry is None or not entry.words.strip():
        return Worth.MISSING
    if entry.fuzzy or entry.english != text.english:
        return Worth.STALE
    if placeholders(entry.words) != placeholders(text.english):
        return Worth.BROKEN
    return Worth.TRANSLATED


class Translations:
    """All PO files of one language: one a home, and the shared one."""

    def __init__(self, by_home: Mapping[str, Entries]) -> None:
        self._by_home = by_home

    def worth(self, text: Text) -> Worth:
        """What the translation of a text is worth."""
        return judge(text, self._entry(text))

    def words(self, text: Text) -> str | None:
        """The translated words, filled; None when there are none that can be used."""
        entry = self._entry(text)
        if entry is None or judge(text, entry) is not Worth.TRANSLATED:
            return None
        return text.filled(entry.words)

    def _entry(self, text: Text) -> Entry | None:
        return self._by_home.get(text.home, {}).get(text.place)


@dataclass(frozen=True, slots=True)
class Completeness:
    """How far a language covers the texts of an instrument."""

    total: int
    translated: int
    stale: tuple[str, ...]
    broken: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether a form may offer this language."""
        return self.translated == self.total

    @classmethod
    def of(cls, texts: Iterable[Text], translations: Translations) -> "Completeness":
        """Judge every text, each place once."""
        by_worth: dict[Worth, list[str]] = {worth: [] for worth in Worth}
        for text in {(text.home, text.place): text for text in texts}.values():
            by_worth[translations.worth(text)].append(text.place)
        return cls(
            total=sum(map(len, by_worth.values())),
            translated=len(by_worth[Worth.TRANSLATED]),
            stale=tuple(by_worth[Worth.STALE]),
            broken=tuple(by_worth[Worth.BROKEN]),
            missing=tuple(by_worth[Worth.MISSING]),
        )


def unused(entries: Entries, texts: Iterable[Text], home: str) -> list[str]:
    """Places of a PO file that its source no longer has."""
    known = {text.place for text in texts if text.home == home}
    return sorted(set(entries) - known)
