"""Column headers in every spelling that XLSForm allows: aliases, groups and languages."""

import re
from dataclasses import dataclass

from pyxform import aliases
from pyxform.parsing.sheet_headers import process_header
from pyxform.question import MultipleChoiceQuestion, Option
from pyxform.survey import Survey

UNDETERMINED = "und"
"""The language of a column that names none, in a form that declares no default language."""

TEXTS = {
    ("label",): "label",
    ("hint",): "hint",
    ("guidance_hint",): "guidance",
    ("bind", "jr:constraintMsg"): "constraint_message",
    ("bind", "jr:requiredMsg"): "required_message",
    ("media", "image"): "image",
    ("media", "big-image"): "image",
    ("media", "audio"): "audio",
    ("media", "video"): "video",
    ("public_title",): "public_title",
    ("title",): "title",
    ("public_intro",): "public_intro",
}
"""Columns whose cells are texts in a language."""

CODE_IN_BRACKETS = re.compile(r"\(([A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8})*)\)\s*$")
BARE_CODE = re.compile(r"^[a-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*$")
NAMES = {
    "english": "en", "spanish": "es", "español": "es", "espanol": "es", "french": "fr",
    "français": "fr", "francais": "fr", "russian": "ru", "русский": "ru", "swahili": "sw",
    "kiswahili": "sw", "uzbek": "uz", "o'zbekcha": "uz", "arabic": "ar", "portuguese": "pt",
    "somali": "so", "amharic": "am", "hindi": "hi", "default": UNDETERMINED,
}  # fmt: skip

_OPTION = frozenset(Option.get_slot_names())
SHEET_COLUMNS: dict[str, frozenset[str]] = {
    "survey": frozenset(MultipleChoiceQuestion.get_slot_names()),
    "choices": _OPTION,
    "external_choices": _OPTION,
    "settings": frozenset(Survey.get_slot_names()),
}
"""The columns of each sheet that pyxform knows in capitals and with blanks too."""

SHEET_ALIASES = {
    "survey": aliases.survey_header,
    "choices": aliases.list_header,
    "external_choices": aliases.list_header,
    "settings": aliases.settings_header,
}


@dataclass(frozen=True, slots=True)
class Header:
    """What a column means: a path such as ("bind", "relevant"), and the language of its texts."""

    path: tuple[str, ...]
    language: str | None = None

    @property
    def text(self) -> str | None:
        """The kind of text, when the column holds texts in a language."""
        return TEXTS.get(self.path)


def language_code(name: str) -> str:
    """The code of a language named as "English (en)", "en" or "English"; else the name itself."""
    bracketed = CODE_IN_BRACKETS.search(name)
    if bracketed:
        return bracketed[1].replace("_", "-")
    stripped = name.strip()
    if BARE_CODE.match(stripped):
        return stripped.replace("_", "-")
    return NAMES.get(stripped.lower(), stripped.lower())


def parse_header(sheet: str, header: str, *, double_colon: bool) -> Header:
    """Understand one column header as pyxform does, then split its language off."""
    columns = SHEET_COLUMNS.get(sheet, frozenset())
    _, tokens = process_header(header, double_colon, SHEET_ALIASES.get(sheet, {}), columns)
    path: tuple[str, ...] = tuple(str(token) for token in tokens)
    if path and path[0] in {"list name", "list_name"}:
        return Header(("list_name",))
    for length in (2, 1):
        if path[:length] in TEXTS and len(path) == length + 1:
            return Header(path[:length], language_code(path[length]))
    return Header(path)


def parse_headers(sheet: str, columns: dict[str, int]) -> dict[str, Header]:
    """Understand all the headers of a sheet."""
    double = any("::" in header for header in columns)
    return {header: parse_header(sheet, header, double_colon=double) for header in columns}
