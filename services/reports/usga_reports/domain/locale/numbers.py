"""How a language writes numbers, percentages, ranges and dates (house number style)."""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from babel.dates import format_date

NARROW_SPACE = "\N{NARROW NO-BREAK SPACE}"
NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
EN_DASH = "\N{EN DASH}"


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """Separators of a language; the platform fixes them, so that tables agree everywhere."""

    decimal: str
    group: str
    percent: str

    def number(self, value: float, decimals: int = 0) -> str:
        """`-1234.5` as this language writes it; halves are rounded away from zero."""
        step = Decimal(1).scaleb(-decimals)
        rounded = Decimal(repr(float(value))).quantize(step, rounding=ROUND_HALF_UP)
        sign = MINUS if rounded < 0 else ""
        whole, _, fraction = f"{abs(rounded):,f}".partition(".")
        grouped = whole.replace(",", self.group)
        return sign + grouped + (self.decimal + fraction if fraction else "")


_POINT = NumberStyle(decimal=".", group=",", percent="%")
_COMMA = NumberStyle(decimal=",", group=NARROW_SPACE, percent=f"{NO_BREAK_SPACE}%")
_STYLES = {
    "en": _POINT,
    "es": _COMMA,
    "es-MX": NumberStyle(decimal=".", group=",", percent=f"{NO_BREAK_SPACE}%"),
    "ru": _COMMA,
    "sw": _POINT,
    "uz": NumberStyle(decimal=",", group=NARROW_SPACE, percent="%"),
}


def number_style(language: str, country: str = "") -> NumberStyle:
    """The style of a language, in a country where the country differs (Mexico)."""
    return _STYLES.get(f"{language}-{country}") or _STYLES.get(language) or _POINT


@dataclass(frozen=True, slots=True)
class Numbers:
    """Formats values of one report."""

    language: str
    style: NumberStyle

    def number(self, value: float, decimals: int = 0) -> str:
        """A number with separators."""
        return self.style.number(value, decimals)

    def percent(self, value: float, decimals: int = 1) -> str:
        """A percentage that is already between 0 and 100."""
        return self.style.number(value, decimals) + self.style.percent

    def interval(self, lower: float, upper: float, decimals: int = 1) -> str:
        """Two ends of an interval; joined by words where an end is negative."""
        low, high = self.style.number(lower, decimals), self.style.number(upper, decimals)
        dash = f" {EN_DASH} " if lower < 0 or upper < 0 else EN_DASH
        return f"{low}{dash}{high}"

    def date(self, value: date) -> str:
        """A day in the long form of the language, e.g. `5 March 2026`."""
        pattern = "d MMMM y" if self.language == "en" else "long"
        return format_date(value, format=pattern, locale=self.language)
