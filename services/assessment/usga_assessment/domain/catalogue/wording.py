"""Texts as the cells of a form: one column a language."""

from collections.abc import Mapping

from usga_assessment.domain.catalogue.source import Text
from usga_assessment.domain.catalogue.translation import Translations

ENGLISH = "English (en)"
LANGUAGES = {
    "es": "Español (es)",
    "ru": "Русский (ru)",
    "sw": "Kiswahili (sw)",
    "uz_latn": "Oʻzbekcha (uz-Latn)",
}
"""Languages other than English by the name of their PO file, with the header of their columns."""


class Wording:
    """Gives cells in English and in the given languages; remembers which texts it was asked."""

    def __init__(self, languages: Mapping[str, Translations]) -> None:
        self._columns = {LANGUAGES[name]: words for name, words in languages.items()}
        self.asked: list[Text] = []

    def cells(self, column: str, *texts: Text) -> dict[str, str]:
        """The cells of a column for one or several sentences; none without texts.

        A cell that lacks the translation of one sentence stays empty, so that half a text is
        never read aloud.
        """
        if not texts:
            return {}
        self.asked += texts
        made = {f"{column}::{ENGLISH}": " ".join(text.filled(text.english) for text in texts)}
        for header, translations in self._columns.items():
            words = [translations.words(text) for text in texts]
            whole = [word for word in words if word is not None]
            made[f"{column}::{header}"] = " ".join(whole) if len(whole) == len(words) else ""
        return made
