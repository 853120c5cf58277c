"""A writer of the old .xls (BIFF8 in a compound file), just enough for sheets of text."""

import struct

SECTOR = 512
FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def _record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _text(value: str, length: str) -> bytes:
    return struct.pack(length, len(value)) + b"\x01" + value.encode("utf-16-le")


def _begin(kind: int) -> bytes:
    return _record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0x0DBB, 0x07CC, 0, 6))


def _sheet(rows: list[list[str]]) -> bytes:
    cells = b"".join(
        _record(0x0204, struct.pack("<HHH", r, c, 0) + _text(value, "<H"))
        for r, row in enumerate(rows)
        for c, value in enumerate(row)
        if value
    )
    return _begin(0x0010) + cells + _record(0x000A, b"")


def _stream(sheets: dict[str, list[list[str]]]) -> bytes:
    parts = [_sheet(rows) for rows in sheets.values()]
    names = [_text(name, "<B") for name in sheets]
    offset = len(_begin(5)) + sum(4 + 6 + len(name) for name in names) + 4
    globals_ = _begin(5)
    for part, name in zip(parts, names, strict=True):
        globals_ += _record(0x0085, struct.pack("<IBB", offset, 0, 0) + name)
        offset += len(part)
    return globals_ + _record(0x000A, b"") + b"".join(parts)


def _entry(name: str, kind: int, start: int, size: int, child: int = FREE) -> bytes:
    encoded = (name + "\0").encode("utf-16-le")
    return (
        encoded.ljust(64, b"\0")
        + struct.pack("<HBBIII", len(encoded), kind, 1, FREE, FREE, child)
        + b"\0" * 36
        + struct.pack("<IQ", start, size)
    )


def xls(sheets: dict[str, list[list[str]]]) -> bytes:
    """The bytes of a workbook of text cells."""
    stream = _stream(sheets)
    stream = stream.ljust(max(4096, -(-len(stream) // SECTOR) * SECTOR), b"\0")
    count = len(stream) // SECTOR
    fat = [FAT, END, *range(3, count + 2), END]
    fat += [FREE] * (SECTOR // 4 - len(fat))
    directory = _entry("Root Entry", 5, END, 0, child=1) + _entry("Workbook", 2, 2, len(stream))
    header = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + b"\0" * 16
        + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
        + b"\0" * 6
        + struct.pack("<IIIIIIIIII", 0, 1, 1, 0, 4096, END, 0, END, 0, 0)
        + struct.pack("<109I", 0, *[FREE] * 108)[4:]
    )
    header = header.ljust(SECTOR, b"\xff")
    return header + struct.pack("<128I", *fat) + directory.ljust(SECTOR, b"\0") + stream
