"""Item lists: one template row becomes a question an item, never typed five times.

A module that holds a group named with `{group}` is repeated for each group of `items.md`; inside,
rows named with `{item}` for each of its items. `{text}` is the item's own text, translated once
wherever it is asked.
"""

from dataclasses import dataclass, replace

from usga_assessment.domain.catalogue.source import SourceModule, SourceRow, Text, cells

GROUP, ITEM, WORDS = "{group}", "{item}", "{text}"


@dataclass(frozen=True, slots=True)
class ItemGroup:
    """A group of items: its code, its title, and the items by code."""

    code: str
    title: Text
    items: dict[str, Text]


def read_items(text: str, *, home: str) -> list[ItemGroup]:
    """Read the item lists; a row without an item opens a group and gives its title."""
    groups: list[ItemGroup] = []
    for group, code, english, *_ in cells(text):
        if group:
            groups.append(ItemGroup(group, Text(f"items:{group}", english, home), {}))
        else:
            groups[-1].items[code] = Text(f"item:{code}", english, home)
    return groups


def item_sets(groups: list[ItemGroup]) -> dict[str, tuple[str, ...]]:
    """Names for expressions: the items of each group, `items` for all, `groups` for the groups."""
    sets = {group.code: tuple(group.items) for group in groups}
    everything = tuple(item for group in groups for item in group.items)
    return {**sets, "items": everything, "groups": tuple(group.code for group in groups)}


def expand_items(module: SourceModule, groups: list[ItemGroup]) -> SourceModule:
    """The module with its template rows repeated."""
    rows: list[SourceRow] = []
    block: list[SourceRow] | None = None
    for row in module.rows:
        if GROUP in row.name and row.type == "group":
            block = [row]
        elif block is None:
            rows.append(row)
        elif row.name:
            block.append(row)
        else:
            rows += [made for group in groups for made in _group([*block, row], group)]
            block = None
    return replace(module, rows=rows)


def _group(block: list[SourceRow], group: ItemGroup) -> list[SourceRow]:
    """The rows of one group: its head, the rows of each item, what is said once, its end."""
    head, *inner, end = block
    each = [row for row in inner if ITEM in row.name]
    once = [row for row in inner if ITEM not in row.name]
    made = [_filled(head, group.code, "", group.title)]
    for code, words in group.items.items():
        made += [_filled(row, group.code, code, words) for row in each]
    return [*made, *(_filled(row, group.code, "", group.title) for row in once), end]


def _filled(row: SourceRow, group: str, item: str, words: Text) -> SourceRow:
    def fill(text: str) -> str:
        return text.replace(GROUP, group).replace(ITEM, item)

    shown = (("group", group), ("item", item))
    return replace(
        row,
        name=fill(row.name),
        relevant=fill(row.relevant),
        constraint=fill(row.constraint),
        label=words if row.label.english == WORDS else replace(row.label, values=shown),
        more={key: fill(value) for key, value in row.more.items()},
        texts={key: replace(text, values=shown) for key, text in row.texts.items()},
    )
