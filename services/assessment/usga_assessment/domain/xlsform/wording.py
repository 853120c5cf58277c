"""The words of findings, in every language of the API; English when one lacks a text."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

from usga_shared.i18n import LANGUAGES, fill

from usga_assessment.domain.xlsform.finding import Finding, Severity, UnreadableForm

ENGLISH = LANGUAGES[0]
MOST_CHARACTERS = 200
"""Of any value in a text: what an author wrote may be a novel."""

NOTHING = ""
"""A value where there is nothing to name: told as `none` in the language of the reader."""

Texts = Mapping[str, Mapping[str, str]]


def found(
    code: str, severity: Severity, cell: str = "", /, *, name: str | None = None, **values: object
) -> Finding:
    """Make a finding; `values` fill its texts.

    `says`, `expects` and `hints` among the values name another entry of the catalogue whose text
    stands in place of the code's own.
    """
    pairs = {key: _short(value) for key, value in values.items() if value is not None}
    if name:
        pairs["name"] = _short(name)
    return in_language(Finding(code, severity, cell, "", values=tuple(pairs.items())), ENGLISH)


def error(code: str, cell: str = "", /, **values: Any) -> Finding:
    """A finding that refuses the form."""
    return found(code, Severity.ERROR, cell, **values)


def warning(code: str, cell: str = "", /, **values: Any) -> Finding:
    """A finding that does not refuse the form."""
    return found(code, Severity.WARNING, cell, **values)


def unreadable(code: str, cell: str = "", /, **values: Any) -> UnreadableForm:
    """The exception of a form that cannot even be read."""
    return UnreadableForm(error(code, cell, **values))


def in_language(finding: Finding, language: str) -> Finding:
    """The same finding in another language of the API."""
    values = _told(dict(finding.values), language)
    said = _text("m", values.get("says", finding.code), language, values) or finding.code
    return replace(
        finding,
        message=_where(finding, values, language) + said,
        expected=_text("e", values.get("expects", finding.code), language, values),
        hint=_text("h", values.get("hints", finding.code), language, values),
    )


def _told(values: dict[str, str], language: str) -> dict[str, str]:
    """Values with the words that differ by language: nothing, a group, a repeat."""
    told = {key: value or _own_words("none", language) for key, value in values.items()}
    if told.get("kind") in {"group", "repeat"}:
        told["kind_word"] = _own_words(told["kind"], language)
    return told


def all_in_language(findings: Iterable[Finding], language: str) -> tuple[Finding, ...]:
    """Many findings in another language."""
    if language == ENGLISH:
        return tuple(findings)
    return tuple(in_language(finding, language) for finding in findings)


def named(finding: Finding, name: str | None) -> Finding:
    """The finding with the name of what stands in its row, unless it has one."""
    if not name or finding.name is not None:
        return finding
    pairs = (*finding.values, ("name", _short(name)))
    return in_language(replace(finding, values=pairs), ENGLISH)


def expected_word(language: str) -> str:
    """What stands before an expectation in a line of text."""
    return _own_words("expected", language)


def verdict(language: str, facts: Mapping[str, object] | None) -> str:
    """A line on the whole form: accepted with these facts (form, size, digest), or refused."""
    if facts is None:
        return _own_words("refused", language)
    return fill(_own_words("accepted", language), facts)


def _own_words(key: str, language: str) -> str:
    return str(_catalogue(language)["where"].get(key) or _catalogue(ENGLISH)["where"][key])


def codes() -> frozenset[str]:
    """Every code that the catalogue has words for."""
    return frozenset(_catalogue(ENGLISH)["finding"])


def _where(finding: Finding, values: Mapping[str, str], language: str) -> str:
    sheet, row = finding.place
    if not sheet:
        return ""
    if row is None:
        kind = "sheet"
    elif sheet == "xform":
        kind = "named-line" if "name" in values else "line"
    else:
        kind = "named" if "name" in values else "row"
    template = _catalogue(language)["where"].get(kind) or _catalogue(ENGLISH)["where"][kind]
    return fill(template, {**values, "sheet": sheet, "row": row})


def _text(part: str, key: str, language: str, values: Mapping[str, str]) -> str | None:
    for spoken in (language, ENGLISH):
        catalogue = _catalogue(spoken)
        texts = catalogue["finding"].get(key) or catalogue["also"].get(key)
        if texts is not None and part in texts:
            return fill(texts[part], _Values(values)) or None
    return None


class _Values(dict[str, Any]):
    """What fills a text; what nobody knows, as of some words of the converter, is an ellipsis."""

    def __contains__(self, key: object) -> bool:
        return True

    def __missing__(self, key: str) -> str:
        return "…"


@cache
def _catalogue(language: str) -> dict[str, Any]:
    source = files("usga_assessment.locale").joinpath(f"forms.{language}.toml")
    if language not in LANGUAGES or not source.is_file():
        return {"where": {}, "also": {}, "finding": {}}
    return tomllib.loads(source.read_text("utf-8"))


def _short(value: object) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + "…"
