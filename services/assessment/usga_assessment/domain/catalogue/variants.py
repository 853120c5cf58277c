"""Variants of an instrument: some of its modules, some classes of questions, nothing left hanging.

A question that a kept one refers to (in relevance, constraint, calculation, filter, count or text)
stays too, from whichever module. One that the variant names under `without` goes for certain; what
still refers to it refuses the variant, by name.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from usga_assessment.domain.catalogue.shorthand import Shorthand
from usga_assessment.domain.catalogue.source import BLOCKS, Source, SourceModule, SourceRow

FULL = "full"
REFERENCE = re.compile(r"\$\{(\w+)\}")
OPTIONAL = frozenset({"LIST(inc_list)"})
"""Generated lists that are made of whatever questions are there."""


class VariantRefused(ValueError):
    """Kept questions refer to questions that the variant leaves out; one line for each."""

    def __init__(self, findings: list[str]) -> None:
        super().__init__("; ".join(findings))
        self.findings = findings


@dataclass(frozen=True, slots=True)
class Selection:
    """What a variant keeps: modules by letter, classes of questions; and what goes for certain."""

    modules: frozenset[str]
    classes: frozenset[str]
    without: frozenset[str] = frozenset()

    @classmethod
    def of(cls, about: Mapping[str, Any]) -> "Selection":
        """From a table `[variants.NAME]` of an instrument.toml."""
        modules, classes = str(about["modules"]).split(), str(about["classes"]).split()
        return cls(frozenset(modules), frozenset(classes), frozenset(about.get("without", ())))


def select(source: Source, selection: Selection, *, name: str) -> Source:
    """The variant of an instrument; raises `VariantRefused` when something is left hanging."""
    rows = {
        row.name: (row, module) for module in source.modules for row in module.rows if row.name
    }
    unknown = [
        f"{gone!r} is not a question of {source.name}" for gone in selection.without - rows.keys()
    ]
    if unknown:
        raise VariantRefused(sorted(unknown))
    needs = _Needs(source)
    wanted = [
        row.name
        for row, module in rows.values()
        if row.name not in selection.without
        and row.type not in BLOCKS
        and module.letter in selection.modules
        and row.cls in selection.classes
    ]
    kept: set[str] = set()
    hanging: set[str] = set()
    while wanted:
        asked = wanted.pop()
        if asked in kept:
            continue
        kept.add(asked)
        for needed in needs.of(asked):
            if needed in selection.without:
                hanging.add(
                    f"{asked!r} refers to {needed!r}, which the variant {name!r} leaves out"
                )
            elif needed not in kept:
                wanted.append(needed)
    if hanging:
        raise VariantRefused(sorted(hanging))
    modules = [replace(module, rows=_kept(module.rows, kept)) for module in source.modules]
    return replace(
        source,
        version=f"{source.version}-{name}",
        modules=[module for module in modules if module.rows],
    )


class _Needs:
    """What each question refers to, itself and by the blocks and the module around it."""

    def __init__(self, source: Source) -> None:
        shorthand = Shorthand(source.modules, source.lists, source.sets)
        self._direct: dict[str, set[str]] = {}
        for module in source.modules:
            around = [set(REFERENCE.findall(module.relevant))]
            for row in module.rows:
                if not row.name:
                    around.pop()
                    continue
                named = {
                    match
                    for text in _texts(row, module, shorthand)
                    for match in REFERENCE.findall(text)
                }
                named |= _screener(row)
                if row.type in BLOCKS:
                    around.append(named)
                else:
                    self._direct[row.name] = named.union(*around) - {row.name}

    def of(self, name: str) -> set[str]:
        """The questions that this one cannot do without."""
        return self._direct.get(name, set())


def _screener(row: SourceRow) -> set[str]:
    """The question whose answers make this one certain."""
    rule = row.more.get("implied")
    return {rule.partition(":")[0].strip()} if rule else set()


def _texts(row: SourceRow, module: SourceModule, shorthand: Shorthand) -> Iterator[str]:
    """Every cell of a row that may refer to other questions."""
    yield from (row.constraint, row.label.english, *(text.english for text in row.texts.values()))
    many = row.type.startswith("many ")
    for expression in (row.relevant, *row.more.values()):
        if expression not in OPTIONAL:
            yield shorthand.expand(expression, module.letter, many=many)


def _kept(rows: list[SourceRow], kept: set[str]) -> list[SourceRow]:
    """The rows that stay, with the blocks that still hold any of them."""
    stack: list[list[SourceRow]] = [[]]
    for row in rows:
        if row.type in BLOCKS:
            stack.append([row])
        elif not row.name:
            block = stack.pop()
            if len(block) > 1:
                stack[-1] += [*block, row]
        elif row.name in kept:
            stack[-1].append(row)
    return stack[0]
