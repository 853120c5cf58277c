"""Languages of a report: messages, plural rules, numbers and dates."""

from usga_reports.domain.locale.catalogue import (
    Catalogue,
    UnknownLanguage,
    load_catalogue,
    shipped_languages,
)
from usga_reports.domain.locale.numbers import Numbers, NumberStyle, number_style

__all__ = [
    "Catalogue",
    "NumberStyle",
    "Numbers",
    "UnknownLanguage",
    "load_catalogue",
    "number_style",
    "shipped_languages",
]
