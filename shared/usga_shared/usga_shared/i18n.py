"""The language of a caller, and message catalogues in TOML (en, es, ru, sw)."""

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from string import Formatter
from typing import Any

LANGUAGES = ("en", "es", "ru", "sw")
"""The languages in which the API speaks."""


@lru_cache(maxsize=512)
def negotiate(accept_language: str | None, available: tuple[str, ...] = LANGUAGES) -> str:
    """Choose the best available language of an `Accept-Language` header (RFC 9110 12.5.4)."""
    ranked: list[tuple[float, int, str]] = []
    for position, part in enumerate((accept_language or "")[:512].split(",")):
        tag, _, parameters = part.strip().partition(";")
        try:
            quality = float(parameters.strip().removeprefix("q=")) if parameters else 1.0
        except ValueError:
            quality = 0.0
        ranked.append((-quality, position, tag.strip().lower().partition("-")[0]))
    for weight, _, language in sorted(ranked):
        if language in available and weight < 0:
            return language
    return available[0]


class Messages:
    """Message templates by language; English stands in where a translation is missing."""

    def __init__(self, by_language: Mapping[str, Mapping[str, str]]) -> None:
        self._by_language = by_language

    @classmethod
    def load(cls, packages: Iterable[str], stem: str) -> "Messages":
        """Read `<package>/<stem>.<language>.toml` of each package; later ones add to earlier."""
        merged: dict[str, dict[str, str]] = {language: {} for language in LANGUAGES}
        for package in packages:
            for language in LANGUAGES:
                merged[language].update(_catalogue(package, f"{stem}.{language}.toml"))
        return cls(merged)

    def text(self, key: str, language: str, /, **params: Any) -> str | None:
        """The message of `key`, filled; None when no catalogue knows it."""
        template = self._by_language.get(language, {}).get(key)
        if template is None:
            template = self._by_language["en"].get(key)
        return None if template is None else fill(template, params)

    def keys(self, language: str) -> frozenset[str]:
        """Every key that this language has a message for."""
        return frozenset(self._by_language.get(language, {}))


@cache
def _catalogue(package: str, name: str) -> Mapping[str, str]:
    """One file of messages, read once in a process; nothing when there is none."""
    source = files(package).joinpath(name)
    return _flatten(tomllib.loads(source.read_text("utf-8"))) if source.is_file() else {}


def fill(template: str, params: Mapping[str, Any]) -> str:
    """Fill `{name}` fields by plain text; a missing one stays visible as `{name}`."""
    parts: list[str] = []
    for literal, field, _, _ in Formatter().parse(template):
        parts.append(literal)
        if field is not None:
            parts.append(_words(params[field]) if field in params else "{" + field + "}")
    return "".join(parts)


def _words(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _flatten(tree: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in tree.items():
        if isinstance(value, dict):
            flat.update(_flatten(value, f"{prefix}{key}."))
        else:
            flat[f"{prefix}{key}"] = str(value)
    return flat
