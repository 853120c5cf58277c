"""Which characters the pinned fonts can draw, and what stands for the others.

An archival PDF must hold a glyph for each of its characters. A title comes from a city, so what
it holds is not ours to choose: a character without a glyph becomes U+FFFD, which readers see.
Source of the tables: OpenType 1.9.1, chapter "cmap", formats 4 and 12.
"""

import re
from functools import lru_cache
from importlib.resources import files
from struct import unpack_from
from typing import Any

from usga_reports.domain.render.text import mapped

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_PRIVATE = range(0xE000, 0xF900)
_SURELY_DRAWN = re.compile(r"[\x20-\x7e]*")


def drawable(value: Any) -> Any:
    """The value with U+FFFD for every character, in any of its texts, that has no glyph."""
    return mapped(value, _text)


def _text(text: str) -> str:
    if _SURELY_DRAWN.fullmatch(text):
        return text
    held = held_characters()
    return "".join(c if ord(c) in held else REPLACEMENT for c in text)


@lru_cache(maxsize=1)
def held_characters() -> frozenset[int]:
    """Code points that every pinned font has a glyph for, and line breaks."""
    fonts = sorted(
        (f for f in (files("usga_reports.domain.render") / "fonts").iterdir()
         if f.name.endswith(".ttf")),
        key=lambda f: f.name,
    )  # fmt: skip
    held = set.intersection(*(character_map(font.read_bytes()) for font in fonts))
    return frozenset(held - set(_PRIVATE) | {ord("\n")})


def character_map(font: bytes) -> set[int]:
    """Code points of a TrueType font that lead to a glyph. Raises KeyError without a `cmap`."""
    tables = {
        font[at : at + 4]: unpack_from(">I", font, at + 8)[0]
        for at in range(12, 12 + 16 * unpack_from(">H", font, 4)[0], 16)
    }
    start = tables[b"cmap"]
    points: set[int] = set()
    for index in range(unpack_from(">H", font, start + 2)[0]):
        at = start + unpack_from(">I", font, start + 8 + 8 * index)[0]
        match unpack_from(">H", font, at)[0]:
            case 4:
                points |= _segments(font, at)
            case 12:
                points |= _ranges(font, at)
    return points


def _segments(font: bytes, at: int) -> set[int]:
    count = unpack_from(">H", font, at + 6)[0] // 2
    ends = unpack_from(f">{count}H", font, at + 14)
    starts, deltas, offsets = (
        unpack_from(f">{count}H", font, at + 16 + 2 * count * part) for part in (1, 2, 3)
    )
    points = set()
    for index, (first, last) in enumerate(zip(starts, ends, strict=True)):
        for point in range(first, last + 1):
            glyph = point
            if offsets[index]:
                place = at + 16 + 6 * count + 2 * index + offsets[index] + 2 * (point - first)
                glyph = unpack_from(">H", font, place)[0]
                if glyph == 0:
                    continue
            if (glyph + deltas[index]) % 0x10000:
                points.add(point)
    return points


def _ranges(font: bytes, at: int) -> set[int]:
    points: set[int] = set()
    for index in range(unpack_from(">I", font, at + 12)[0]):
        first, last, glyph = unpack_from(">III", font, at + 16 + 12 * index)
        points.update(range(first if glyph else first + 1, last + 1))
    return points
