"""Rows to document: types, texts in languages, groups, lists, settings."""

from typing import Any

import pytest
from usga_assessment.domain.xlsform.codebook import codebook
from usga_assessment.domain.xlsform.compiler import digest_of
from usga_assessment.domain.xlsform.headers import language_code, parse_header

from tests.unit.assessment.xlsform.support import codes, compiled, one

YES_NO = """
| list_name | name | label |
| yn | yes | Yes |
| yn | no | No |
"""


def document(survey: str, choices: str = "") -> dict[str, Any]:
    result = compiled(survey, choices)
    assert result.document is not None, result.findings
    return result.document


class TestHeaders:
    @pytest.mark.parametrize(
        ("header", "path", "language"),
        [
            ("label", ("label",), None),
            ("label::English (en)", ("label",), "en"),
            ("label::en", ("label",), "en"),
            ("label:sw", ("label",), "sw"),
            ("Label::Kiswahili (sw)", ("label",), "sw"),
            ("constraint_message::French", ("bind", "jr:constraintMsg"), "fr"),
            ("bind::jr:constraintMsg::es", ("bind", "jr:constraintMsg"), "es"),
            ("media::image::en", ("media", "image"), "en"),
            ("relevance", ("bind", "relevant"), None),
            ("bind::usga:sensitivity", ("bind", "usga:sensitivity"), None),
            ("repeat_count", ("control", "jr:count"), None),
        ],
    )
    def test_every_spelling_means_the_same(
        self, header: str, path: tuple[str, ...], language: str | None
    ) -> None:
        found = parse_header("survey", header, double_colon="::" in header)
        assert (found.path, found.language) == (path, language)

    @pytest.mark.parametrize(
        ("name", "code"),
        [
            ("English (en)", "en"),
            ("uz-Latn", "uz-latn"),
            ("Oʻzbekcha (uz-Latn)", "uz-Latn"),
            ("Tigirigna", "tigirigna"),
        ],
    )
    def test_languages(self, name: str, code: str) -> None:
        assert language_code(name).lower() == code.lower()


class TestTypes:
    @pytest.mark.parametrize(
        ("written", "base"),
        [
            ("int", "integer"), ("add text prompt", "text"), ("datetime", "dateTime"), ("gps", "geopoint"),
            ("photo", "image"), ("percentage", "integer"), ("trigger", "acknowledge"),
        ],
    )  # fmt: skip
    def test_aliases_become_one_base_type(self, written: str, base: str) -> None:
        (node,) = document(f"| type | name | label |\n| {written} | a | A |")["nodes"]
        assert node["type"] == base

    @pytest.mark.parametrize(
        ("written", "base", "name"),
        [
            ("select_one yn", "select_one", "yn"), ("select one from yn", "select_one", "yn"),
            ("select_multiple yn", "select_multiple", "yn"), ("rank yn", "rank", "yn"),
            ("select_one_from_file places.csv", "select_one_from_file", "places"),
        ],
    )  # fmt: skip
    def test_selects_name_their_list(self, written: str, base: str, name: str) -> None:
        found = document(f"| type | name | label |\n| {written} | a | A |", YES_NO)
        assert (found["nodes"][0]["type"], found["nodes"][0]["list"]) == (base, name)
        assert found["external_lists"] == (["places.csv"] if "file" in base else [])

    def test_or_other_brings_its_question_and_its_choice(self) -> None:
        found = document("| type | name | label |\n| select_one yn or_other | a | A |", YES_NO)
        assert [node["name"] for node in found["nodes"]] == ["a", "a_other"]
        assert found["nodes"][1]["relevant"] == "selected(${a}, 'other')"
        assert [choice["name"] for choice in found["choice_lists"]["yn"]] == ["yes", "no", "other"]


class TestLoops:
    SURVEY = (
        "| type | name | label |\n| text | a | A |\n| begin loop over yn | l | L |\n"
        "| integer | n | How many said %(label)s? |\n| end loop | | |"
    )

    def test_a_loop_is_a_group_for_each_choice(self) -> None:
        loop = document(self.SURVEY, YES_NO)["nodes"][1]
        assert [group["name"] for group in loop["children"]] == ["yes", "no"]
        asked = [group["children"][0] for group in loop["children"]]
        assert [q["label"]["und"] for q in asked] == ["How many said Yes?", "How many said No?"]
        assert [(q["name"], q.get("xml_name")) for q in asked] == [("n", None), ("no_n", "n")]

    def test_a_loop_does_not_grow_without_end(self) -> None:
        many = "| list_name | name | label |\n" + "\n".join(
            f"| yn | c{i} | C |" for i in range(90)
        )
        inner = self.SURVEY.replace("| integer", "| begin loop over yn | m | M |\n| integer", 1)
        result = compiled(inner + "\n| end loop | | |", many)
        assert codes(result)["too-many-questions"] == "survey!A3"


class TestTree:
    SURVEY = """
    | type | name | label | relevant | repeat_count | bind::usga:module | required |
    | begin group | g | G | ${n}>0 | | H | |
    | begin repeat | r | R | | ${n} | | |
    | integer | age | Age | ${n}>1 | | | yes |
    | end repeat | | | | | | |
    | end_group | | | | | | |
    | integer | n | N | | | | no |
    """

    def test_groups_and_repeats_hold_their_children(self) -> None:
        group, last = document(self.SURVEY)["nodes"]
        (repeat,) = group["children"]
        (age,) = repeat["children"]
        assert [group["kind"], repeat["kind"], age["kind"], last["name"]] == [
            "group",
            "repeat",
            "question",
            "n",
        ]
        assert repeat["repeat_count"] == "${n}"
        assert (age["required"], last["required"]) == ("true()", None)
        assert (group["module"], age["module"], last["module"]) == ("H", "H", None)

    def test_the_codebook_gives_the_effective_relevance(self) -> None:
        book = {variable.name: variable for variable in codebook(document(self.SURVEY))}
        assert book["age"].universe == "(${n}>0) and (${n}>1)"
        assert (book["age"].repeat, book["n"].repeat) == ("r", None)
        assert book["n"].universe is None

    @pytest.mark.parametrize(
        ("survey", "code", "cell"),
        [
            (
                "| type | name | label |\n| begin_group | g | G |\n| text | a | A |",
                "group-not-closed",
                "survey!A2",
            ),
            (
                "| type | name | label |\n| text | a | A |\n| end_group | | |",
                "group-not-opened",
                "survey!A3",
            ),
            (
                "| type | name | label |\n| text | a | A |\n| text | a | A |",
                "duplicate-name",
                "survey!B3",
            ),
            ("| type | name | label |\n| text | 1a | A |", "bad-name", "survey!B2"),
            ("| type | name | label |\n| text | | A |", "no-name", "survey!B2"),
            ("| type | name | label |\n| | a | A |", "no-type", "survey!A2"),
            ("| type | name | label |\n| select_one nix | a | A |", "unknown-list", "survey!A2"),
            (
                "| type | name | label | relevant |\n| text | a | A | ${b}='x' |",
                "unknown-reference",
                "survey!D2",
            ),
            (
                "| type | name | label | relevant |\n| text | a | A | 1 + |",
                "expression-syntax",
                "survey!D2",
            ),
            (
                "| type | name | label | parameters |\n| text | a | A | == |",
                "parameters",
                "survey!D2",
            ),
        ],
    )
    def test_what_is_wrong_is_said_at_its_cell(self, survey: str, code: str, cell: str) -> None:
        result = compiled(survey, YES_NO)
        assert result.refused
        assert codes(result).get(code) == cell, result.findings

    def test_everything_wrong_is_said_at_once(self) -> None:
        result = compiled(
            "| type | name | label | relevant |\n| text | a | A | ${b}=1 |\n| select_one nix | c | C | |\n| text | c | C | |",
            YES_NO + "| yn | no | Again |\n",
        )
        assert {"unknown-reference", "unknown-list", "duplicate-name", "duplicate-choice"} <= set(
            codes(result)
        )

    def test_misspelt_types_and_broken_expressions_are_said_together(self) -> None:
        result = compiled(
            "| type | name | label | relevant | constraint |\n"
            "| selct_one yn | a | A | | |\n"
            "| integr | b | B | | . >= |\n"
            "| text | c | C | ${bb}=1 | |\n"
            "| select_one ynn | d | D | ${b} >> 1 | |",
            YES_NO,
        )
        errors = [f for f in result.findings if f.severity == "error"]
        near = "Check brackets, quotes and operators near that place."
        assert [(f.code, f.cell, f.hint) for f in errors] == [
            ("unknown-type", "survey!A2", "Did you mean 'select_one'?"),
            ("unknown-type", "survey!A3", "Did you mean 'integer'?"),
            ("expression-syntax", "survey!E3", near),
            ("unknown-reference", "survey!D4", "Did you mean 'b'?"),
            ("unknown-list", "survey!A5", "Did you mean 'yn'?"),
            ("expression-syntax", "survey!D5", near),
        ]

    @pytest.mark.parametrize(
        ("written", "hint"),
        [
            ("select_one", "Name a list of the choices sheet, as in 'select_one LIST'."),
            ("Integer", "Did you mean 'integer'?"),
            ("number", "Did you mean 'integer'?"),
            ("begin grp", "Did you mean 'begin_group'?"),
            ("repeat", "Did you mean 'begin_repeat'?"),
            ("xyzzy", "The types are listed at xlsform.org."),
        ],
    )
    def test_a_type_that_is_none_has_a_hint(self, written: str, hint: str) -> None:
        finding = one(compiled(f"| type | name | label |\n| {written} | a | A |"), "unknown-type")
        assert (finding.cell, finding.hint) == ("survey!A2", hint)

    @pytest.mark.parametrize(
        "written", ["osm", "osm roads", "q picture", "add note prompt", "gps"]
    )
    def test_every_type_of_the_converter_is_known(self, written: str) -> None:
        result = compiled(f"| type | name | label |\n| {written} | a | A |")
        assert result.document is not None, result.findings

    def test_a_map_feature_is_a_location_whatever_its_tags(self) -> None:
        document = compiled("| type | name | label |\n| osm roads | a | A |").document
        assert document is not None
        node = document["nodes"][0]
        assert (node["type"], node["field_class"]) == ("osm", "location")

    def test_deep_nesting_is_a_finding(self) -> None:
        rows = [f"| begin_group | g{i} | G |" for i in range(400)] + ["| text | a | A |"]
        rows += ["| end_group | | |"] * 400
        result = compiled("| type | name | label |\n" + "\n".join(rows))
        assert result.refused
        assert "nested-too-deep" in codes(result)


class TestLanguages:
    SURVEY = "| type | name | label::English (en) | label::sw |\n| text | a | Name | Jina |\n| text | b | Place | |"

    def test_texts_come_by_code(self) -> None:
        found = document(self.SURVEY)
        assert (found["languages"], found["default_language"]) == (["en", "sw"], "en")
        assert found["nodes"][0]["label"] == {"en": "Name", "sw": "Jina"}

    def test_a_gap_is_a_warning_with_its_cell(self) -> None:
        finding = one(compiled(self.SURVEY), "language-incomplete")
        assert (finding.severity, finding.cell) == ("warning", "survey!D3")

    def test_a_plain_label_without_default_language_is_undetermined(self) -> None:
        assert document("| type | name | label |\n| text | a | Name |")["nodes"][0]["label"] == {
            "und": "Name"
        }


class TestSettings:
    def test_without_name_and_version_both_are_made_and_said(self) -> None:
        result = compiled("| type | name | label |\n| text | a | A |", settings="")
        assert result.document is not None
        assert result.document["name"] == "form"
        assert len(result.document["version"]) == 12
        assert {"missing-form-id", "missing-version"} <= set(codes(result))

    def test_the_digest_follows_the_content(self) -> None:
        one_form, other = (
            document(f"| type | name | label |\n| text | a | {x} |") for x in ("A", "B")
        )
        assert digest_of(one_form) == digest_of(
            document("| type | name | label |\n| text | a | A |")
        )
        assert digest_of(one_form) != digest_of(other)
