"""Files made to break a reader of forms: each by name, as bytes."""

import io
import zipfile
from collections.abc import Callable

import openpyxl

from tests.unit.assessment.xlsform.old_excel import xls

HEAD = "survey\n,type,name,label,relevant,calculation,choice_filter\n"
SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
END = "</sheetData></worksheet>"
LAUGHS = (
    '<!DOCTYPE l [<!ENTITY a "lol">'
    + "".join(
        f'<!ENTITY a{i} "{("&a" + (str(i - 1) if i else "") + ";") * 10}">' for i in range(9)
    )
    + "]>"
)
XFORM = (
    '<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml">'
    '<h:head><model><instance><data id="f" version="1">{}</data></instance>{}</model></h:head>'
    "<h:body>{}</h:body></h:html>"
)
ASKED = '<input ref="/data/a"><label>A</label></input>'


def csv(rows: str, choices: str = "") -> bytes:
    lists = f"choices\n,list_name,name,label,p\n{choices}" if choices else ""
    return (HEAD + rows + lists).encode()


def xform(instance: str, model: str = "", body: str = "") -> bytes:
    return XFORM.format(instance, model, body).encode()


def xlsx(sheet: str, shared: str | None = None) -> bytes:
    """A workbook whose only sheet has this XML."""
    plain, out = io.BytesIO(), io.BytesIO()
    workbook = openpyxl.Workbook()
    workbook.worksheets[0].title = "survey"
    workbook.save(plain)
    with (
        zipfile.ZipFile(plain) as good,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bad,
    ):
        for part in good.infolist():
            content = good.read(part)
            if part.filename == "xl/worksheets/sheet1.xml":
                content = sheet.encode()
            if part.filename == "xl/sharedStrings.xml" and shared is not None:
                content = shared.encode()
            bad.writestr(part.filename, content)
    return out.getvalue()


def bomb(*, lies: bool) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * 100_000_000)
    data = bytearray(out.getvalue())
    if lies:
        entry = data.find(b"PK\x01\x02")
        data[entry + 24 : entry + 28] = data[22:26] = (1000).to_bytes(4, "little")
    return bytes(data)


def old_excel(damage: Callable[[bytearray], None]) -> bytes:
    data = bytearray(xls({"survey": [["type", "name", "label"], ["text", "a", "A"]]}))
    damage(data)
    return bytes(data)


def _endless_chain(data: bytearray) -> None:
    data[512:1024] = (1).to_bytes(4, "little") * 128


def _wild_pointers(data: bytearray) -> None:
    data[44:52] = b"\xff\xff\xff\x00\xff\xff\xff\x7f"


def _cell(text: str) -> str:
    return f'<c r="A1" t="inlineStr"><is><t>{text}</t></is></c>'


FILES: dict[str, Callable[[], bytes]] = {
    "10,000 groups": lambda: csv(
        "".join(f",begin_group,g{i},G\n" for i in range(9_900))
        + ",text,a,A\n"
        + ",end_group\n" * 9_900
    ),
    "250 long expressions": lambda: csv(
        "".join(f',text,a{i},A,"{"+".join("1" * 15_000)}"\n' for i in range(250))
    ),
    "an expression of 1 MB": lambda: csv(f',text,a,A,"{"+".join("1" * 500_000)}"\n'),
    "a cell of 10 MB": lambda: csv(f",text,a,{'x' * 10_000_000}\n"),
    "a cell of 6 MB that never closes": lambda: b'survey\n,"' + b"x\n" * 3_000_000,
    "each refers to the next twice": lambda: csv(
        "".join(f',calculate,q{i},,,"concat(${{q{i + 1}}},${{q{i + 1}}})"\n' for i in range(3_000))
        + ",text,q3000,A\n"
    ),
    "a circle of 3,000": lambda: csv(
        "".join(f',calculate,q{i},,,"${{q{(i + 1) % 3_000}}}"\n' for i in range(3_000))
        + ",text,z,A\n"
    ),
    "each refers to 250": lambda: csv(
        "".join(
            f',integer,q{i},A,"{" and ".join(f"${{q{j}}}=1" for j in range(max(0, i - 250), i))}"\n'
            for i in range(1_500)
        )
    ),
    "a label of references": lambda: csv(f',text,a,"{"${a} " * 5_000}"\n'),
    "references that never close": lambda: csv(f',text,a,"{"${" * 15_000}"\n'),
    "100,000 choices": lambda: csv(
        ",select_one l,a,A\n", "".join(f",l,c{i},x\n" for i in range(100_000))
    ),
    "19,000 choices": lambda: csv(
        ",select_one l,a,A\n", "".join(f",l,c{i},x\n" for i in range(19_000))
    ),
    "4,999 questions": lambda: csv("".join(f",text,a{i},A\n" for i in range(4_999))),
    "5,000 mistakes": lambda: csv(
        "".join(f',texxt{i},a{i},A,"(${{zz{i}}} ="\n' for i in range(4_900))
    ),
    "the same name 5,000 times": lambda: csv(",text,a,A\n" * 4_999),
    "NULs": lambda: csv(",text,a,\x00\n"),
    "a megabyte of NULs": lambda: b"\x00" * 1_000_000,
    "commas": lambda: b"," * 8_000_000,
    "pipes": lambda: b"|" * 8_000_000,
    "short lines": lambda: b"a,b\n" * 2_000_000,
    "XXE": lambda: (
        b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
        + xform("<a>&e;</a>", "", ASKED)
    ),
    "a billion laughs": lambda: LAUGHS.encode() + xform("<a>&a8;</a>", "", ASKED),
    "a billion laughs in UTF-16": lambda: (
        '<?xml version="1.0" encoding="UTF-16"?>' + LAUGHS + "<a>&a8;</a>"
    ).encode("utf-16"),
    "10,000 elements deep": lambda: xform("<g>" * 10_000 + "</g>" * 10_000),
    "10,000 controls deep": lambda: xform("<a/>", "", "<group>" * 10_000 + "</group>" * 10_000),
    "150,000 nodes": lambda: xform("".join(f"<a{i}/>" for i in range(150_000))),
    "100,000 paths": lambda: xform(
        "".join(f"<a{i}/>" for i in range(4_900)),
        "".join(
            f'<bind nodeset="/data/a{i}" relevant="{" and ".join(["/data/a1=1"] * 20)}"/>'
            for i in range(4_900)
        ),
        ASKED.replace("/a", "/a1"),
    ),
    "a path that leaves the form": lambda: xform(
        "<a/>", f'<bind nodeset="/data/a" relevant="{"../" * 1_000_000}a"/>', ASKED
    ),
    "a million brackets": lambda: xform(
        "<a/>", f'<bind nodeset="/data/a" relevant="{"(" * 1_000_000}"/>', ASKED
    ),
    "60,000 items": lambda: xform(
        "<a/>",
        "",
        '<select1 ref="/data/a"><label>A</label>'
        + "".join(f"<item><label>x</label><value>v{i}</value></item>" for i in range(60_000))
        + "</select1>",
    ),
    "300,000 attributes": lambda: xform(
        "<a " + " ".join(f'a{i}="x"' for i in range(300_000)) + "/>", "", ASKED
    ),
    "a million empty rows": lambda: xlsx(
        SHEET
        + f'<row r="1">{_cell("type")}</row>'
        + "".join(f'<row r="{i}"/>' for i in range(2, 1_048_576))
        + END
    ),
    "a million rows": lambda: xlsx(
        SHEET
        + "".join(f'<row r="{i}"><c t="n"><v>1</v></c></row>' for i in range(1, 1_048_576))
        + END
    ),
    "cells at the far right": lambda: xlsx(
        SHEET
        + "".join(f'<row r="{i}"><c r="XFD{i}" t="n"><v>1</v></c></row>' for i in range(1, 20_000))
        + END
    ),
    "a cell of 60 MB": lambda: xlsx(f'{SHEET}<row r="1">{_cell("x" * 60_000_000)}</row>{END}'),
    "laughs in a sheet": lambda: xlsx(LAUGHS + f'{SHEET}<row r="1">{_cell("&a8;")}</row>{END}'),
    "laughs behind a long comment": lambda: xlsx(
        f'<?xml version="1.0"?><!--{"x" * 6000}-->{LAUGHS}{SHEET}<row r="1">{_cell("&a8;")}</row>{END}'
    ),
    "a sheet 500,000 elements deep": lambda: xlsx(
        f'{SHEET}<row r="1"><c r="A1">{"<is>" * 500_000}{"</is>" * 500_000}</c></row>{END}'
    ),
    "a zip bomb": lambda: bomb(lies=False),
    "a zip bomb that lies": lambda: bomb(lies=True),
    "an .xls that is cut": lambda: old_excel(lambda data: data.__delitem__(slice(1500, None))),
    "an .xls whose chain is endless": lambda: old_excel(_endless_chain),
    "an .xls with wild pointers": lambda: old_excel(_wild_pointers),
}

ACCEPTED = frozenset(
    {
        "each refers to the next twice", "19,000 choices", "4,999 questions", "60,000 items",
        "300,000 attributes", "a million empty rows",
    }
)  # fmt: skip
"""Odd, but forms."""
