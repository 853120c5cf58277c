"""The instruments that ship: their sources are data files of the package."""

import tomllib
from collections.abc import Iterable
from dataclasses import replace
from functools import cache

from usga_assessment.domain.catalogue.again import expand_again
from usga_assessment.domain.catalogue.form import FormSheets, build_form
from usga_assessment.domain.catalogue.homes import GENERATED, OVERLAYS, file_text, home
from usga_assessment.domain.catalogue.items import expand_items, item_sets, read_items
from usga_assessment.domain.catalogue.overlays import read_overlay
from usga_assessment.domain.catalogue.phrases import PHRASES
from usga_assessment.domain.catalogue.source import (
    NON_SUBSTANTIVE,
    SHARED,
    Source,
    SourceLists,
    SourceModule,
    SourceRow,
    Text,
    read_lists,
    read_modules,
)
from usga_assessment.domain.catalogue.translation import (
    Completeness,
    Entries,
    Translations,
    read_entries,
)
from usga_assessment.domain.catalogue.variants import FULL, Selection, VariantRefused, select
from usga_assessment.domain.catalogue.wording import LANGUAGES, Wording


@cache
def read_source(name: str) -> Source:
    """Read an instrument: its own lists come after the shared ones and replace those."""
    folder = home(name)
    about = tomllib.loads((folder / "instrument.toml").read_text(encoding="utf-8"))
    items = read_items(file_text(folder, "items.md"), home=name)
    modules = read_modules(file_text(folder, "questions.md"), home=name)
    modules = [expand_items(_borrowed(module), items) for module in modules]
    modules = expand_again(modules)
    sets = {key: tuple(names) for key, names in about.get("sets", {}).items()}
    lists = shared_lists()
    for lender in about.get("borrows_from", ()):
        lists |= read_source(lender).lists
    return Source(
        name=name,
        version=str(about["version"]),
        title=Text("title", str(about["title"]), name),
        modules=modules,
        lists=lists | read_lists(file_text(folder, "lists.md"), home=name),
        sets=item_sets(items) | sets,
        variants=about.get("variants", {}),
    )


def _borrowed(module: SourceModule) -> SourceModule:
    """A row of type `=hvs` is the question of that name in the other instrument, words and all."""
    return replace(module, rows=[_lent(row) for row in module.rows])


def _lent(row: SourceRow) -> SourceRow:
    if not row.type.startswith("="):
        return row
    lender = read_source(row.type.removeprefix("="))
    rows = (other for module in lender.modules for other in module.rows)
    lent = next(other for other in rows if other.name == row.name)
    return replace(
        lent,
        relevant=row.relevant,
        more=lent.more | row.more,
        texts=lent.texts | row.texts,
    )


def shared_lists() -> SourceLists:
    """The choice lists that any instrument may use."""
    return read_lists(file_text(home(SHARED), "lists.md"))


def shared_texts() -> list[Text]:
    """Every text that all instruments share: phrases, non-substantive answers, lists."""
    lists = [choice.label for choices in shared_lists().values() for choice in choices]
    return [*PHRASES, *(label for _, label in NON_SUBSTANTIVE), *lists]


def generate(
    name: str, languages: Iterable[str] | None = None, *, variant: str = FULL
) -> FormSheets:
    """Build an instrument in English and in `languages`: by default those that are complete."""
    return build(variant_of(read_source(name), variant), languages)


def build(source: Source, languages: Iterable[str] | None = None) -> FormSheets:
    """Build a form from its source, whatever was left out of it or laid over it."""
    chosen = complete_languages(source) if languages is None else languages
    return build_form(source, Wording({language: translations(language) for language in chosen}))


def variant_of(source: Source, variant: str) -> Source:
    """A variant of an instrument by name; raises `VariantRefused` when it cannot be made."""
    if variant == FULL:
        return source
    if variant not in source.variants:
        known = ", ".join([FULL, *source.variants])
        raise VariantRefused([f"{source.name} has no variant {variant!r}, only {known}"])
    return select(source, Selection.of(source.variants[variant]), name=variant)


def texts_of(name: str) -> list[Text]:
    """Every text of an instrument, its own and the shared ones that it uses."""
    return texts_in(read_source(name))


def texts_in(source: Source) -> list[Text]:
    """Every text that a form of this source shows."""
    wording = Wording({})
    build_form(source, wording)
    return wording.asked


def own_texts(name: str) -> list[Text]:
    """The texts whose translations stand in this home's PO files."""
    if name == SHARED:
        return shared_texts()
    if name in OVERLAYS:
        return read_overlay(name).texts()
    return [text for text in texts_of(name) if text.home == name]


def translations(language: str) -> Translations:
    """The PO files of a language, in every home that has one."""
    return Translations(
        {name: entries(name, language) for name in (SHARED, *GENERATED, *OVERLAYS)}
    )


@cache
def entries(name: str, language: str) -> Entries:
    """The entries of one PO file; none when there is no such file."""
    path = home(name) / "wording" / f"{language}.po"
    return read_entries(path.read_bytes()) if path.is_file() else {}


def completeness(name: str, language: str) -> Completeness:
    """How far a language covers an instrument."""
    return Completeness.of(texts_of(name), translations(language))


def complete_languages(source: Source) -> list[str]:
    """The languages in which every text of a form can be shown."""
    texts = texts_in(source)
    return [
        language
        for language in LANGUAGES
        if Completeness.of(texts, translations(language)).complete
    ]


def form_bytes(name: str) -> bytes:
    """The committed form of an instrument: "hvs" (CSV) or "skeleton" (Markdown)."""
    folder = home(name)
    generated = folder / f"{name}.csv"
    return generated.read_bytes() if name in GENERATED else (folder / f"{name}.md").read_bytes()
