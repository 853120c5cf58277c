"""Numbers of chapters, annexes, tables and figures: set once, the same in every format."""

from dataclasses import replace
from string import ascii_uppercase

from usga_reports.domain.locale import Catalogue
from usga_reports.domain.template.blocks import Block, Figure, Section, Table


def numbered(sections: list[Section], words: Catalogue) -> tuple[Section, ...]:
    """Sections with numbers (`2`, `2.1`, `A`) and anchors, captions with theirs."""
    result: list[Section] = []
    chapter = annex = part = 0
    counts = {"figure": 0, "table": 0}
    for section in sections:
        if section.level == 1:
            part = 0
            chapter, annex = (chapter, annex + 1) if section.annex else (chapter + 1, annex)
            number = ascii_uppercase[annex - 1] if section.annex else str(chapter)
            head = number
        else:
            part += 1
            number = f"{head}.{part}"
        blocks = tuple(_captioned(block, counts, words) for block in section.blocks)
        result.append(replace(section, number=number, anchor=f"s-{number}".lower(), blocks=blocks))
    return tuple(result)


def _captioned(block: Block, counts: dict[str, int], words: Catalogue) -> Block:
    if isinstance(block, Figure):
        kind = "figure"
    elif isinstance(block, Table) and block.listed:
        kind = "table"
    else:
        return block
    counts[kind] += 1
    return replace(
        block, caption=words(f"caption.{kind}", number=counts[kind], caption=block.caption)
    )
