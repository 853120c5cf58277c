"""Read documents back as a reader would: all texts of a document, all text of a PDF."""

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from io import BytesIO
from typing import Any

import pikepdf


def texts(value: Any) -> Iterator[str]:
    """Every string in a document, wherever it stands."""
    if isinstance(value, str):
        yield value
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from texts(getattr(value, field.name))
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from texts(item)


def pdf_pages(pdf: bytes) -> list[str]:
    """The text of each page, decoded through the fonts' own ToUnicode maps."""
    with pikepdf.open(BytesIO(pdf)) as file:
        return ["".join(_text(page.obj)) for page in file.pages]


def _text(holder: Any) -> Iterator[str]:
    resources = holder.get("/Resources", {})
    fonts = {n: _to_unicode(f) for n, f in dict(resources.get("/Font", {})).items()}
    current: dict[int, str] = {}
    for instruction in pikepdf.parse_content_stream(holder):
        operands: Any = instruction.operands
        match str(instruction.operator):
            case "Tf":
                current = fonts[str(operands[0])]
            case "Tj":
                yield _decode(bytes(operands[0]), current)
            case "TJ":
                for part in operands[0]:
                    if isinstance(part, pikepdf.String):
                        yield _decode(bytes(part), current)
            case "Td" | "Tm" | "ET":
                yield " "
            case "Do":
                drawn = resources["/XObject"][str(operands[0])]
                if drawn.get("/Subtype") == "/Form":
                    yield from _text(drawn)


def _decode(codes: bytes, table: dict[int, str]) -> str:
    pairs = (int.from_bytes(codes[i : i + 2]) for i in range(0, len(codes), 2))
    return "".join(table.get(pair, "\N{REPLACEMENT CHARACTER}") for pair in pairs)


_CHAR = re.compile(rb"<([0-9a-fA-F]{4})>\s*<([0-9a-fA-F]+)>\s*\n")
_RANGE = re.compile(rb"<([0-9a-fA-F]{4})>\s*<([0-9a-fA-F]{4})>\s*<([0-9a-fA-F]+)>")


def _to_unicode(font: Any) -> dict[int, str]:
    table: dict[int, str] = {}
    cmap = font["/ToUnicode"].read_bytes()
    for block in re.findall(rb"beginbfchar(.*?)endbfchar", cmap, re.DOTALL):
        for code, text in _CHAR.findall(block + b"\n"):
            table[int(code, 16)] = bytes.fromhex(text.decode()).decode("utf-16-be")
    for block in re.findall(rb"beginbfrange(.*?)endbfrange", cmap, re.DOTALL):
        for low, high, text in _RANGE.findall(block):
            first = int(text, 16)
            for step in range(int(high, 16) - int(low, 16) + 1):
                table[int(low, 16) + step] = chr(first + step)
    return table
