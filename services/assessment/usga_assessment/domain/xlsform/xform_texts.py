"""The texts of an XForm: itext in its languages, and labels with the answers they show."""

import re
from collections.abc import Callable

from usga_assessment.domain.xlsform.headers import UNDETERMINED, language_code
from usga_assessment.domain.xlsform.node import Texts
from usga_assessment.domain.xlsform.xml_elements import Element

ITEXT = re.compile(r"^\s*jr:itext\(\s*(?:'([^']*)'|\"([^\"]*)\"|([^)]*))\s*\)\s*$")
Authored = Callable[[str], str]


class Itext:
    """Every text by its id, in every language; remembers which ids were asked for in vain."""

    def __init__(self, model: Element) -> None:
        self.languages: list[str] = []
        self.default: str | None = None
        self._texts: dict[str, dict[str, Element]] = {}
        itext = model.first("itext")
        for translation in itext.all("translation") if itext is not None else ():
            language = language_code(translation.get("lang") or "default")
            self.languages.append(language)
            if translation.get("default") is not None and self.default is None:
                self.default = language
            for text in translation.all("text"):
                self._texts.setdefault(text.get("id") or "", {})[language] = text
        self.languages = list(dict.fromkeys(self.languages)) or [UNDETERMINED]
        self.default = self.default or self.languages[0]

    def __contains__(self, text_id: str) -> bool:
        return text_id in self._texts

    def get(self, text_id: str, authored: Authored) -> Texts:
        """The text of an id in each language that has it."""
        found: Texts = {}
        for language, text in self._texts.get(text_id, {}).items():
            plain = [value for value in text.all("value") if value.get("form") is None]
            words = shown(plain[0], authored) if plain else ""
            if words and words != "-":
                found[language] = words
        return found

    def has_media(self, text_id: str) -> bool:
        """Whether a text is a picture, a sound or a film instead of words."""
        forms = {"image", "audio", "video", "big-image"}
        return any(
            value.get("form") in forms
            for text in self._texts.get(text_id, {}).values()
            for value in text.all("value")
        )


def shown(element: Element, authored: Authored) -> str:
    """The words of an element; `output` elements become references."""
    parts: list[str] = []
    for part in element.content:
        if isinstance(part, str):
            parts.append(part)
        elif part.tag == "output":
            parts.append(authored(part.get("value") or part.get("ref") or ""))
        else:
            parts.append(shown(part, authored))
    return " ".join("".join(parts).split())


def text_id(reference: str | None) -> str | None:
    """The id that `jr:itext('...')` names, or None when it is no such reference or computed."""
    match = ITEXT.match(reference or "")
    return (match[1] or match[2]) if match else None
