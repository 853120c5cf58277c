"""Ready XForms: the same instrument as the XLSForm that they were made from."""

from pathlib import Path
from typing import Any

import pytest
from usga_assessment.domain.xlsform.codebook import Variable, codebook, sections
from usga_assessment.domain.xlsform.compiler import CompiledForm, compile_form
from usga_assessment.domain.xlsform.xform_paths import Paths

from tests.unit.assessment.xlsform.support import codes, one

REAL = Path("tests/golden/xlsforms")
HEAD = (
    '<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" '
    'xmlns:jr="http://openrosa.org/javarosa" xmlns:odk="http://www.opendatakit.org/xforms" '
    'xmlns:usga="urn:usga:xlsform:1"><h:head><h:title>Walks</h:title><model>'
)


def xform(
    instance: str, binds: str = "", body: str = "", rest: str = "", root: str = "walk"
) -> bytes:
    return (
        f'{HEAD}{rest}<instance><{root} id="walks" version="3">{instance}</{root}></instance>'
        f"{binds}</model></h:head><h:body>{body}</h:body></h:html>"
    ).encode()


def made(*parts: str, **more: str) -> CompiledForm:
    return compile_form(xform(*parts, **more))


def nodes(form: CompiledForm) -> dict[str, dict[str, Any]]:
    assert form.document is not None, form.findings
    found: dict[str, dict[str, Any]] = {}

    def collect(items: list[dict[str, Any]]) -> None:
        for item in items:
            found[item["name"]] = item
            collect(item["children"])

    collect(form.document["nodes"])
    return found


def squeezed(text: str | None) -> str:
    return "".join((text or "").split())


def essence(variable: Variable) -> tuple[object, ...]:
    return (
        variable.type, variable.repeat, squeezed(variable.universe),
        squeezed(variable.calculation), variable.field_class,
        [code for code, _ in variable.codes],
    )  # fmt: skip


class TestSameInstrument:
    @pytest.mark.parametrize("name", ["whova_form.xlsx", "liberia_standardisation_form.xlsx"])
    def test_a_converted_form_has_the_codebook_of_its_workbook(self, name: str) -> None:
        workbook = compile_form((REAL / name).read_bytes())
        assert workbook.document is not None
        assert workbook.xform is not None
        ready = compile_form(workbook.xform.encode())
        assert ready.document is not None, ready.findings
        ours = {v.name: essence(v) for v in codebook(workbook.document)}
        theirs = {v.name: essence(v) for v in codebook(ready.document)}
        counts = {name for name in theirs if name.endswith("_count")}
        assert {name: theirs[name] for name in theirs.keys() - counts} == ours
        assert ready.document["languages"] == workbook.document["languages"]

    def test_every_question_type_is_read(self) -> None:
        workbook = compile_form((REAL / "all_question_types.xlsx").read_bytes())
        assert workbook.xform is not None
        ready = compile_form(workbook.xform.encode())
        assert ready.document is not None, ready.findings
        assert ready.document["size"]["questions"] >= 82


class TestParts:
    def test_name_version_and_title(self) -> None:
        document = made("<a/>", "", '<input ref="/walk/a"><label>A</label></input>').document
        assert document is not None
        assert (document["name"], document["version"]) == ("walks", "3")
        assert document["title"] == {"und": "Walks"}

    def test_paths_become_names(self) -> None:
        form = made(
            "<you><age/><sex/></you><b/>",
            '<bind nodeset="/walk/you/sex" relevant=" /walk/you/age &gt; 17 and ../age &lt; 99"/>'
            '<bind nodeset="/walk/b" relevant="/walk/you/age != \'/walk/you/age\'"/>',
            '<group ref="/walk/you"><input ref="/walk/you/age"><label>A</label></input>'
            '<input ref="/walk/you/sex"><label>S</label></input></group>'
            '<input ref="/walk/b"><label>B</label></input>',
        )
        found = nodes(form)
        assert found["sex"]["relevant"] == "${age} > 17 and ${age} < 99"
        assert found["b"]["relevant"] == "${age} != '/walk/you/age'"

    def test_texts_come_in_their_languages_with_the_answers_they_show(self) -> None:
        rest = (
            '<itext><translation lang="English (en)" default="true()"><text id="/walk/a:label">'
            '<value>Hello <output value=" /walk/n "/></value></text></translation>'
            '<translation lang="Kiswahili (sw)"><text id="/walk/a:label"><value>Habari</value>'
            "</text></translation></itext>"
        )
        body = (
            '<input ref="/walk/n"><label>N</label></input>'
            '<input ref="/walk/a"><label ref="jr:itext(\'/walk/a:label\')"/></input>'
        )
        # the instance must come first in a model, so texts stand behind it
        data = xform("<n/><a/>", rest, body)
        node = nodes(compile_form(data))["a"]
        assert node["label"] == {"en": "Hello ${n}", "sw": "Habari"}

    def test_repeats_merge_their_template_and_count(self) -> None:
        form = made(
            '<n/><r jr:template=""><x/></r><r><x/></r>',
            '<bind nodeset="/walk/n" type="int"/>',
            '<input ref="/walk/n"><label>N</label></input><group ref="/walk/r"><label>R</label>'
            '<repeat nodeset="/walk/r" jr:count=" /walk/n "><input ref="/walk/r/x"><label>X'
            "</label></input></repeat></group>",
        )
        repeat = nodes(form)["r"]
        assert (repeat["kind"], repeat["repeat_count"]) == ("repeat", "${n}")
        assert [child["name"] for child in repeat["children"]] == ["x"]

    def test_choices_come_from_instances_items_and_files(self) -> None:
        body = (
            '<select1 ref="/walk/a"><label>A</label><itemset '
            'nodeset="instance(\'towns\')/root/item[county=/walk/c]"><value ref="name"/>'
            '<label ref="label"/></itemset></select1>'
            '<select1 ref="/walk/c"><label>C</label><item><label>One</label><value>1</value></item>'
            "</select1>"
            '<select ref="/walk/f"><label>F</label><itemset nodeset="randomize(instance(\'w\')'
            '/root/item)"><value ref="name"/><label ref="label"/></itemset></select>'
        )
        lists = (
            '<instance id="towns"><root><item><name>x</name><label>X</label><county>1</county>'
            "</item></root></instance>"
            '<instance id="w" src="jr://file-csv/wards.csv"/>'
        )
        form = made("<a/><c/><f/>", lists, body)
        found = nodes(form)
        assert form.document is not None
        assert (found["a"]["list"], found["a"]["choice_filter"]) == ("towns", "county=${c}")
        assert form.document["choice_lists"]["towns"] == [
            {"name": "x", "label": {"und": "X"}, "extra": {"county": "1"}}
        ]
        assert [c["name"] for c in form.document["choice_lists"][found["c"]["list"]]] == ["1"]
        assert (found["f"]["type"], found["f"]["list"]) == ("select_multiple_from_file", "wards")
        assert found["f"]["parameters"] == {"randomize": "true"}
        assert form.document["external_lists"] == ["wards.csv"]

    @pytest.mark.parametrize(
        ("bind", "control", "expected"),
        [
            ('type="int"', "input", "integer"), ('type="xsd:decimal"', "input", "decimal"),
            ('type="string" readonly="true()"', "input", "note"), ('type="geotrace"', "input", "geotrace"),
            ('type="string"', "trigger", "acknowledge"), ('type="binary"', "upload", "file"),
            ('type="int"', "range", "range"), ('type="barcode"', "input", "barcode"),
        ],
    )  # fmt: skip
    def test_types_are_told_by_bind_and_control(
        self, bind: str, control: str, expected: str
    ) -> None:
        form = made(
            "<a/><b/>",
            f'<bind nodeset="/walk/a" {bind}/>',
            f'<{control} ref="/walk/a"><label>A</label></{control}>'
            '<input ref="/walk/b"><label>B</label></input>',
        )
        assert nodes(form)["a"]["type"] == expected

    @pytest.mark.parametrize(
        ("bind", "expected"),
        [
            ('jr:preload="timestamp" jr:preloadParams="start"', "start"),
            ('jr:preload="property" jr:preloadParams="uri:deviceid"', "deviceid"),
            ('calculate="1+1"', "calculate"), ("", "hidden"),
        ],
    )  # fmt: skip
    def test_what_has_no_control_is_told_by_what_fills_it(self, bind: str, expected: str) -> None:
        form = made(
            "<a/><b/>",
            f'<bind nodeset="/walk/a" {bind}/>',
            '<input ref="/walk/b"><label>B</label></input>',
        )
        assert nodes(form)["a"]["type"] == expected

    def test_sensitivity_travels_with_the_bind(self) -> None:
        form = made(
            "<a/>",
            '<bind nodeset="/walk/a" usga:sensitivity="2" usga:field_class="text"/>',
            '<input ref="/walk/a"><label>A</label></input>',
        )
        node = nodes(form)["a"]
        assert (node["sensitivity"], node["field_class"]) == (2, "text")

    def test_sections_have_their_universe_and_variables(self) -> None:
        form = made(
            "<g><a/></g>",
            '<bind nodeset="/walk/g" relevant="1 = 1"/>',
            '<group ref="/walk/g"><label>G</label><input ref="/walk/g/a"><label>A</label></input>'
            "</group>",
        )
        assert form.document is not None
        (section,) = sections(form.document)
        assert (section.name, section.universe, section.variables) == ("g", "1 = 1", ("a",))


class TestFindings:
    @pytest.mark.parametrize(
        ("parts", "code"),
        [
            (("<a/>", "", '<input ref="/walk/z"><label>Z</label></input>'), "xform-unknown-node"),
            (("<a/>", '<bind nodeset="/walk/z" relevant="1"/>', ""), "xform-unknown-node"),
            (("<a/>", "", '<group ref="/walk/a"/>'), "too-little-in-group"),
            (
                ("<a/>", "", '<input ref="/walk/a"><label ref="jr:itext(\'x\')"/></input>'),
                "xform-missing-text",
            ),
            (
                (
                    "<a/>",
                    "",
                    (
                        '<select1 ref="/walk/a"><label>A</label><itemset '
                        "nodeset=\"instance('zz')/root/item\"/></select1>"
                    ),
                ),
                "xform-unknown-list",
            ),
            (
                (
                    "<a/>",
                    '<bind nodeset="/walk/a" relevant="foo(1)"/>',
                    '<input ref="/walk/a"><label>A</label></input>',
                ),
                "expression-unknown-function",
            ),
        ],
    )
    def test_what_is_wrong_is_said_by_line(self, parts: tuple[str, ...], code: str) -> None:
        form = made(*parts)
        assert form.refused
        assert codes(form)[code].startswith("xform!")

    @pytest.mark.parametrize(
        ("data", "code"),
        [
            (b"<a><b></a>", "xml-broken"),
            (b"<html/>", "xform-none"),
            (xform("<a/>").replace(b"<instance>", b"<x>").replace(b"</instance>", b"</x>"), "xform-no-instance"),
            (b"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", "document-type"),
            (b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>', "document-type"),
            ('<?xml version="1.0" encoding="utf-16"?><!DOCTYPE a><a/>'.encode("utf-16"), "document-type"),
            (xform("<g>" * 200 + "</g>" * 200), "xml-too-deep"),
        ],
    )  # fmt: skip
    def test_what_is_no_form_is_refused(self, data: bytes, code: str) -> None:
        form = compile_form(data)
        assert (form.readable, form.document) == (False, None)
        assert one(form, code).hint


def test_a_form_that_asks_nothing_is_told_so() -> None:
    form = made("")
    assert one(form, "xform-no-questions").severity == "warning"
    assert not form.refused


class TestPaths:
    PATHS = Paths("d", {"/d/g": "g", "/d/g/a": "a", "/d/b": "b"}, frozenset({"g", "a", "b"}))

    @pytest.mark.parametrize(
        ("written", "authored"),
        [
            ("/d/b or /d/g/a", "${b} or ${a}"), ("(/d/b - /d/g/a)", "(${b} - ${a})"),
            ("instance('x')/root/item[n = /d/b]/label", "instance('x')/root/item[n = ${b}]/label"),
            ("current()/../a + current()/../../b", "${a} + ${b}"), ("x[../b = 1]", "x[../b = 1]"),
            ("/d/g[1]/a", "/data/g[1]/a"), ('"/d/b"', '"/d/b"'), ("../../../../../z", "../../../../../z"),
            ("jr:choice-name( /d/b , ' /d/g/a ')", "jr:choice-name( ${b} , '${a}')"),
            ("count( /d/g )", "count( ${g} )"), ("/d/other", "/data/other"),
        ],
    )  # fmt: skip
    def test_a_path_that_is_one_question_is_its_name(self, written: str, authored: str) -> None:
        assert self.PATHS.authored(written, "/d/g/a") == authored
