"""`wording [NAME ...]`: how far each language covers the catalogue; `--refresh` its PO files."""

import argparse
from collections.abc import Iterable
from pathlib import Path

from babel.messages.pofile import PoFileError

from usga_assessment.cli.commands import say
from usga_assessment.domain.catalogue.homes import GENERATED, OVERLAYS, home
from usga_assessment.domain.catalogue.instruments import (
    entries,
    own_texts,
    texts_of,
    translations,
)
from usga_assessment.domain.catalogue.overlays import read_overlay
from usga_assessment.domain.catalogue.po_text import refreshed, template
from usga_assessment.domain.catalogue.source import SHARED
from usga_assessment.domain.catalogue.translation import Completeness, unused
from usga_assessment.domain.catalogue.wording import LANGUAGES

COMMON = "shared"
"""The name of what all instruments share, on the command line."""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "wording", help="count what is translated of the instruments that ship"
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="shared, hvs, ...; default: all")
    parser.add_argument(
        "--language", action="append", choices=sorted(LANGUAGES), help="default: all; repeatable"
    )
    parser.add_argument(
        "--list", action="store_true", help="name each place that is missing, stale or broken"
    )
    parser.add_argument("--template", action="store_true", help="write the templates anew")
    parser.add_argument(
        "--refresh",
        action="store_true",
        help="bring PO files to the present source; a new language needs --language",
    )
    parser.add_argument(
        "--check", action="store_true", help="exit 1 when an entry is stale, broken or unused"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Count, and refresh when asked."""
    every = [COMMON, *GENERATED, *OVERLAYS]
    names = arguments.names or every
    unknown = sorted(set(names) - set(every))
    if unknown:
        say(f"not in the catalogue: {', '.join(unknown)}", error=True)
        return 2
    wrong = 0
    for name in (SHARED if name == COMMON else name for name in names):
        try:
            if arguments.template:
                _write(name, "template.pot", template(name or COMMON, own_texts(name)))
            if arguments.refresh:
                _refresh(name, arguments.language)
            for language in arguments.language or _spoken(name):
                wrong += _report(name, language, detail=arguments.list)
        except PoFileError as error:
            say(f"{name or COMMON}: {error}", error=True)
            return 2
    return 1 if wrong and arguments.check else 0


def _spoken(name: str) -> Iterable[str]:
    """The languages that are expected: an overlay has its country's own."""
    return read_overlay(name).languages if name in OVERLAYS else LANGUAGES


def _report(name: str, language: str, *, detail: bool) -> int:
    """Print one line, and the places if wanted; returns how many entries are wrong."""
    own = own_texts(name)
    texts = texts_of(name) if name in GENERATED else own
    found = Completeness.of(texts, translations(language))
    extra = unused(entries(name, language), own, name)
    say(
        f"{name or COMMON:12} {language:8} {found.translated:4} of {found.total}"
        f"  stale {len(found.stale)}  broken {len(found.broken)}  unused {len(extra)}"
        f"{'  complete' if found.complete else ''}"
    )
    if detail:
        for worth in ("missing", "stale", "broken"):
            for place in getattr(found, worth):
                say(f"  {worth}: {place}")
        for place in extra:
            say(f"  unused: {place}")
    return len(found.stale) + len(found.broken) + len(extra)


def _refresh(name: str, languages: list[str] | None) -> None:
    texts = own_texts(name)
    for language in languages or [code for code in LANGUAGES if entries(name, code)]:
        title = f"{name or COMMON}: {LANGUAGES[language]}"
        found = entries(name, language)
        _write(name, f"{language}.po", refreshed(title, language, texts, found))
    entries.cache_clear()


def _write(name: str, file: str, text: str) -> None:
    folder = Path(str(home(name))) / "wording"
    folder.mkdir(exist_ok=True)
    (folder / file).write_text(text, encoding="utf-8")
