"""What a form is called, an interview can carry: no published form rejects its own interviews."""

import csv
import io

import orjson
import pytest
from usga_assessment.domain.submission.envelope import read_envelope
from usga_assessment.domain.xlsform.compiler import compile_form

from tests.unit.assessment.xlsform.support import codes, compiled, one

PAIRS = [
    ("my form", "1"), ("a b c!/../x", "1"), ("ok1", "v 1.0"), ("ok2", "2024/05"),
    ("ok3", "../x"), ("Größe", "1"), ("ok4", "версия"), ("x" * 200, "1"), ("ok5", "1" * 120),
    ("Walks-2", "2024.05 (draft)"), ("ok6", "1'\"<>"), ("2fast", "1"), ("анкета", "1"),
    ("x" * 65, "1"), ("_a", "-"),
]  # fmt: skip
XFORM = """<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml">
<h:head><h:title>T</h:title><model><instance><data id="{id}" version="{version}"><a/></data>
</instance><bind nodeset="/data/a" type="int"/></model></h:head>
<h:body><input ref="/data/a"><label>A</label></input></h:body></h:html>"""


def sheets(form_id: str, version: str, question: str = "a") -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(
        [
            ["settings"],
            ["", "form_title", "form_id", "version"],
            ["", "T", form_id, version],
            ["survey"],
            ["", "type", "name", "label"],
            ["", "integer", question, "A"],
        ]
    )
    return out.getvalue().encode()


def envelope(name: object, version: object, answer: str = "a") -> bytes:
    return orjson.dumps(
        {
            "id": "0192f0c1-2b3c-7def-8123-456789abcdef",
            "assessment": "KE-MATHARE-2026",
            "instrument": name,
            "version": version,
            "purpose": "production",
            "install": "0192f0c1-2b3c-7def-8123-456789abcd00",
            "seq": 1,
            "salt": "0" * 32,
            "started_at": "2026-03-01T10:00:00+03:00",
            "ended_at": "2026-03-01T10:30:00+03:00",
            "language": "en",
            "answers": {answer: 1},
        }
    )


@pytest.mark.parametrize(("form_id", "version"), PAIRS)
def test_what_the_compiler_accepts_an_interview_can_name(form_id: str, version: str) -> None:
    form = compile_form(sheets(form_id, version))
    assert form.document is not None, form.findings
    read = read_envelope(envelope(form.document["name"], form.document["version"]))
    assert (read.instrument, read.version) == (form.document["name"], form.document["version"])
    found = codes(form)
    assert ("form-id-adapted" in found) == (form.document["name"] != form_id)
    assert ("version-adapted" in found) == (form.document["version"] != version)


def test_a_ready_xform_gets_such_a_name_too() -> None:
    form = compile_form(XFORM.format(id="http://example.org/f", version="1 2").encode())
    assert form.document is not None, form.findings
    read_envelope(envelope(form.document["name"], form.document["version"]))
    assert codes(form)["form-id-adapted"] == codes(form)["version-adapted"] == "xform!2"


def test_the_warnings_stand_at_the_cells_and_say_both_names() -> None:
    form = compile_form(sheets("my form", "v 1.0"))
    said = one(form, "form-id-adapted")
    assert (said.cell, one(form, "version-adapted").cell) == ("settings!B2", "settings!C2")
    assert form.document is not None
    assert "'my form'" in said.message
    assert f"'{form.document['name']}'" in said.message


def test_names_stay_the_same_and_are_never_shared() -> None:
    def name(form_id: str) -> str:
        document = compile_form(sheets(form_id, "1")).document
        assert document is not None
        return str(document["name"])

    assert name("my form") == name("my form")
    alike = ["my form", "my  form!", "my/form", "my_form", "mý form", "x" * 65, "x" * 66]
    assert len({name(each) for each in alike}) == len(alike)


def test_a_question_has_a_name_that_a_body_can_carry() -> None:
    longest, over = "q" * 256, "q" * 257
    assert compile_form(sheets("f", "1", longest)).document is not None
    read_envelope(envelope("f", "1", longest))
    refused = compile_form(sheets("f", "1", over))
    assert refused.document is None
    assert one(refused, "name-too-long").cell == "survey!B2"


def test_so_has_a_question_that_is_kept_under_a_longer_name() -> None:
    group, name = "g" * 200, "q" * 100
    refused = compiled(
        f"""| type | name | label |
        | begin_group | a{group} | G |
        | integer | {name} | Q |
        | end_group | | |
        | begin_group | b{group} | G |
        | integer | {name} | Q |
        | end_group | | |"""
    )
    assert one(refused, "name-too-long").cell == "survey!B6"
