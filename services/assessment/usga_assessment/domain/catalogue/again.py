"""A block of a repeat asked once more, of one kind, as a sealed group: nothing is typed twice.

`again inc` makes a group of the items of the repeat `inc` in the place of the row. Names take the
group's own for the repeat's (`inc_n` -> `incp_n`), also where the items refer to each other; words
and translations are those of the repeat. Every item is S3 whatever it is in the repeat, and asked
only where the group is. `.kind` is the constant that takes the place of the repeat's kind.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from usga_assessment.domain.catalogue.shown import ONLY, SHOWS
from usga_assessment.domain.catalogue.source import BLOCKS, SourceModule, SourceRow, Text

AGAIN = "again "
KIND = "kind"
S3 = "3"
REFERENCE = re.compile(r"\$\{(\w+)\}")


def expand_again(modules: list[SourceModule]) -> list[SourceModule]:
    """The modules with each row of type `again REPEAT` replaced by its group.

    Raises KeyError when there is no such repeat, ValueError when it holds blocks of its own.
    """
    return [
        replace(module, rows=[made for row in module.rows for made in _group(row, modules)])
        for module in modules
    ]


def _group(row: SourceRow, modules: list[SourceModule]) -> Iterator[SourceRow]:
    if not row.type.startswith(AGAIN):
        yield row
        return
    repeat = row.type.removeprefix(AGAIN)
    items, end = _items(repeat, modules)
    names = {item.name: _renamed(item.name, repeat, row.name) for item in items}
    kind = row.more.get(KIND, "")
    yield replace(row, type="group", more={k: v for k, v in row.more.items() if k != KIND})
    for item in items:
        yield _item(item, names, kind)
    yield end


def _items(repeat: str, modules: list[SourceModule]) -> tuple[list[SourceRow], SourceRow]:
    """The rows inside a repeat, and the row that ends it."""
    rows = [row for module in modules for row in module.rows]
    start = next((n for n, r in enumerate(rows) if (r.name, r.type) == (repeat, "repeat")), None)
    if start is None:
        raise KeyError(repeat)
    end = next(n for n, row in enumerate(rows) if n > start and not row.name)
    items = rows[start + 1 : end]
    if any(item.type in BLOCKS for item in items):
        raise ValueError(f"{repeat!r} holds blocks: it cannot be asked again")
    return items, rows[end]


def _renamed(name: str, repeat: str, group: str) -> str:
    if not name.startswith(f"{repeat}_"):
        raise ValueError(f"{name!r} does not begin with the name of its repeat, {repeat!r}")
    return f"{group}_{name.removeprefix(f'{repeat}_')}"


def _item(item: SourceRow, names: dict[str, str], kind: str) -> SourceRow:
    """One item of the group; its kind does not come from a list of kinds but is told."""

    def refer(expression: str) -> str:
        return REFERENCE.sub(lambda m: f"${{{names.get(m[1], m[1])}}}", expression)

    more = {key: refer(value) for key, value in item.more.items() if key != "class"}
    if item.type == "calculate" and "list" in more:
        more["calculation"] = f"'{kind}'"
    shown = item.type.removeprefix(SHOWS)
    if shown != item.type:
        more = {ONLY: kind}
    return replace(
        item,
        name=names[item.name],
        type=f"{SHOWS}{names.get(shown, shown)}" if shown != item.type else item.type,
        relevant=refer(item.relevant),
        constraint=refer(item.constraint),
        sensitivity=S3,
        label=_said(item.label, names),
        more=more,
        texts={key: _said(text, names) for key, text in item.texts.items()},
    )


def _said(text: Text, names: dict[str, str]) -> Text:
    """The same words; `${inc_type}` in them, in every language, names the group's own."""
    own = tuple((old, f"{{{new}}}") for old, new in names.items() if f"{{{old}}}" in text.english)
    return replace(text, values=(*text.values, *own))
