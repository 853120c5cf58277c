"""Every word through a catalogue; numbers as the language writes them."""

import ast
import re
from importlib.resources import files
from pathlib import Path
from string import Formatter

import pytest
from usga_reports.domain.locale import Numbers, UnknownLanguage, load_catalogue, number_style
from usga_reports.domain.locale.catalogue import MissingMessage, read_catalogue, shipped_languages
from usga_reports.domain.template import annexes, city_report

PACKAGE = Path(str(files("usga_reports")))
RUSSIAN = """
msgid ""
msgstr ""
"Language: ru\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);\\n"

msgid "fact.instrument_text"
msgid_plural "fact.instrument_text"
msgstr[0] "{instrument}, {count} вопрос"
msgstr[1] "{instrument}, {count} вопроса"
msgstr[2] "{instrument}, {count} вопросов"

#, fuzzy
msgid "column.code"
msgstr "Код?"
"""


def keys_in_code() -> tuple[set[str], set[str]]:
    """Literal keys, and the beginnings of keys that are put together."""
    literal, begun = set(), set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                if re.fullmatch(r"[a-z_]+(\.[a-zA-Z0-9_]+)+", node.value):
                    literal.add(node.value)
            elif isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                begun.add(str(node.values[0].value))
    return literal, {start for start in begun if re.fullmatch(r"[a-z_]+\.(\w+\.)?", start)}


def messages(language: str) -> dict[str, str]:
    catalog = load_catalogue(language).translations._catalog  # type: ignore[attr-defined]
    return {
        key[0] if isinstance(key, tuple) else key: text for key, text in catalog.items() if key
    }


class TestCatalogues:
    def test_english_is_shipped(self) -> None:
        assert "en" in shipped_languages()

    @pytest.mark.parametrize("language", shipped_languages())
    def test_every_key_of_the_code_has_words(self, language: str) -> None:
        known = messages(language)
        literal, _ = keys_in_code()
        families = {key.partition(".")[0] for key in known}
        asked = {key for key in literal if key.partition(".")[0] in families}
        assert len(asked) > 100
        assert asked - set(known) == set()
        composed = [
            *(f"glossary.{name}.{part}" for name in annexes.GLOSSARY for part in ("term", "text")),
            *(f"label.{name}" for name in city_report._LABELS),
        ]
        assert [key for key in composed if key not in known] == []

    @pytest.mark.parametrize("language", shipped_languages())
    def test_no_words_are_left_over(self, language: str) -> None:
        literal, begun = keys_in_code()
        unused = [
            key
            for key in messages(language)
            if key not in literal and not any(key.startswith(start) for start in begun)
        ]
        assert unused == []

    @pytest.mark.parametrize("language", shipped_languages())
    def test_languages_fill_the_same_places(self, language: str) -> None:
        english = messages("en")
        for key, text in messages(language).items():
            places = {field for _, field, _, _ in Formatter().parse(text) if field}
            expected = {field for _, field, _, _ in Formatter().parse(english[key]) if field}
            assert places == expected, key

    def test_a_missing_message_is_an_error_not_english(self) -> None:
        with pytest.raises(MissingMessage):
            load_catalogue("en")("no.such.key")

    def test_an_unknown_language_is_refused(self) -> None:
        with pytest.raises(UnknownLanguage):
            load_catalogue("../en")

    @pytest.mark.parametrize(
        ("count", "expected"),
        [
            (1, "вопрос"),
            (2, "вопроса"),
            (5, "вопросов"),
            (11, "вопросов"),
            (21, "вопрос"),
            (206, "вопросов"),
        ],
    )
    def test_russian_plurals(self, count: int, expected: str) -> None:
        russian = read_catalogue("ru", RUSSIAN.encode())
        text = russian.plural("fact.instrument_text", count, instrument="hvs")
        assert text == f"hvs, {count} {expected}"

    def test_a_fuzzy_translation_counts_as_missing(self) -> None:
        with pytest.raises(MissingMessage):
            read_catalogue("ru", RUSSIAN.encode())("column.code")

    def test_values_are_not_parsed(self) -> None:
        text = load_catalogue("en")("caption.figure", number=1, caption="{number.__class__} %s")
        assert text == "Figure 1. {number.__class__} %s"

    def test_the_authors_words_fall_back_to_english(self) -> None:
        words = load_catalogue("en")
        assert words.of({"en": "Roads", "sw": "Barabara"}) == "Roads"
        assert words.of({"sw": "Barabara"}) == "Barabara"
        assert words.of({}, "R-1") == "R-1"


class TestNumbers:
    @pytest.mark.parametrize(
        ("language", "country", "expected"),
        [
            ("en", "KE", "1,234.5"),
            ("es", "ES", "1\u202f234,5"),
            ("es", "MX", "1,234.5"),
            ("ru", "UZ", "1\u202f234,5"),
            ("sw", "KE", "1,234.5"),
            ("uz", "UZ", "1\u202f234,5"),
        ],
    )
    def test_separators(self, language: str, country: str, expected: str) -> None:
        assert number_style(language, country).number(1234.5, 1) == expected

    @pytest.mark.parametrize(
        ("value", "decimals", "expected"),
        [
            (0.05, 1, "0.1"),
            (2.675, 2, "2.68"),
            (-0.04, 1, "0.0"),
            (-1234.56, 1, "\N{MINUS SIGN}1,234.6"),
            (1e6, 0, "1,000,000"),
        ],
    )
    def test_rounding_is_the_readers_not_the_machines(
        self, value: float, decimals: int, expected: str
    ) -> None:
        assert number_style("en").number(value, decimals) == expected

    def test_an_interval_below_zero_is_not_a_double_dash(self) -> None:
        numbers = Numbers("en", number_style("en"))
        assert numbers.interval(30.14, 38.55) == "30.1\N{EN DASH}38.6"
        assert numbers.interval(-2, 3) == "\N{MINUS SIGN}2.0 \N{EN DASH} 3.0"
